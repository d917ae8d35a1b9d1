# SPDX-License-Identifier: EUPL-1.2
"""Indicators of public water services (SISPEA) and the duties that hang on them."""

from __future__ import annotations

from jumeau.worksites.water.sispea.assess import indicators
from jumeau.worksites.water.sispea.recording import findings, last_year, rows
from jumeau.worksites.water.sispea.specs import SPECS

__all__ = ["SPECS", "findings", "indicators", "last_year", "rows"]
