# SPDX-License-Identifier: EUPL-1.2
"""Breaks of pipes: how often each will break, how sure that is, and what renewing it is worth."""

from __future__ import annotations

from jumeau.worksites.water.breaks.programme import curve, renewal
from jumeau.worksites.water.breaks.proposing import effect, options
from jumeau.worksites.water.breaks.rating import break_rates

__all__ = ["break_rates", "curve", "effect", "options", "renewal"]
