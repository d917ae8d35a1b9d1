# SPDX-License-Identifier: EUPL-1.2
"""Numbers without which no network can be computed nor written: refused when they are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.base.errors import error

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

NEEDED = {
    "junctions": ("elevation_m", "demand_m3_h", "emitter_m3_h"),
    "reservoirs": ("head_m",),
    "tanks": (
        "elevation_m", "initial_level_m", "minimum_level_m", "maximum_level_m", "diameter_m",
        "minimum_volume_m3",
    ),
    "pipes": ("length_m", "diameter_mm", "roughness", "minor_loss"),
    "pumps": ("speed",),
    "valves": ("diameter_mm", "minor_loss"),
}  # fmt: skip
"""Columns that must hold finite numbers, by table."""
SHOWN = 5
"""Elements that the error names."""


def check_finite(net: Network) -> None:
    """Refuse a network in which a number that EPANET needs is none.

    Parameters
    ----------
    net : Network
        The network; settings of active valves count, save those of a GPV.

    Raises
    ------
    InvalidError
        ``JUM-H014`` with the first elements and their count.
    """
    import numpy as np

    found: list[str] = []
    for table, columns in NEEDED.items():
        rows = getattr(net, table)
        for column in columns:
            values = rows[column].to_numpy(dtype=np.float64, na_value=np.nan)
            found += [f"{column} {name}" for name in rows.index[~np.isfinite(values)]]
    valves = net.valves[(net.valves["status"] == "active") & (net.valves["type"] != "GPV")]
    settings = valves["setting"].to_numpy(dtype=np.float64, na_value=np.nan)
    found += [f"setting {name}" for name in valves.index[~np.isfinite(settings)]]
    if found:
        shown = ", ".join(found[:SHOWN]) + (", …" if len(found) > SHOWN else "")
        raise error("JUM-H014", count=len(found), where=shown)
