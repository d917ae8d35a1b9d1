# SPDX-License-Identifier: EUPL-1.2
"""From results to choices: options are valued here, whatever worksite proposes them."""

from jumeau.decision.cashflow import annuity, discount, irr, irr_flags, npv, payback
from jumeau.decision.choose import Choice, choose
from jumeau.decision.methods import METHODS
from jumeau.decision.prices import prices_of, restate
from jumeau.decision.value import (
    ENERGY,
    billed,
    energy_account,
    energy_methods,
    parameters,
    value,
    wide,
)

__all__ = [
    "ENERGY",
    "METHODS",
    "Choice",
    "annuity",
    "billed",
    "choose",
    "discount",
    "energy_account",
    "energy_methods",
    "irr",
    "irr_flags",
    "npv",
    "parameters",
    "payback",
    "prices_of",
    "restate",
    "value",
    "wide",
]
