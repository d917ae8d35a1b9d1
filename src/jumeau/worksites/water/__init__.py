# SPDX-License-Identifier: EUPL-1.2
"""Drinking water: the network as it is, and its hydraulics."""

from __future__ import annotations

from jumeau.worksites.water.hydraulics import solve
from jumeau.worksites.water.inp_reading import read_inp
from jumeau.worksites.water.inp_writing import write_inp
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.solution import Solution

__all__ = ["Network", "Solution", "read_inp", "solve", "write_inp"]
