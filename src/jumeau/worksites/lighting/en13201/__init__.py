# SPDX-License-Identifier: EUPL-1.2
"""Road lighting to EN 13201: performance, energy, classes, and real streets as road fields.

``performance`` computes roads to EN 13201-3:2015 and EN 13201-5:2015, ``classes`` holds the
requirements of EN 13201-2:2015, ``selection`` proposes a class by CEN/TR 13201-1:2014,
``segments`` turns lamps and streets into road fields or says why it cannot.
"""

from __future__ import annotations

PROCEDURE = "EN 13201-3:2015"
"""Procedure of the road quantities; named in every result."""
ENERGY_PROCEDURE = "EN 13201-5:2015"
"""Procedure of the energy indicators."""
