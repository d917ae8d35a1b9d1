# SPDX-License-Identifier: EUPL-1.2
"""Published cases, computed with the public functions and compared with their reference.

``jumeau validate`` prints what :func:`run` returns. A case that needs files which cannot be
shipped reads them from the folder that ``JUMEAU_SHARED`` names and is *absent* without it.
"""

from __future__ import annotations

from jumeau.validation.registry import COLUMNS, Case, names, run

__all__ = ["COLUMNS", "Case", "names", "run"]
