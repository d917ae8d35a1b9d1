# SPDX-License-Identifier: EUPL-1.2
"""Columns of telemetry against the elements of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jumeau.base.errors import did_you_mean
from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.network import LINKS
from jumeau.worksites.water.telemetry.prepared import WORDS

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.network import Network

TABLES = {"pressures": ("junctions",), "flows": LINKS, "levels": ("tanks",),
          "meters": ("junctions",)}  # fmt: skip
"""Tables of the network whose elements the columns of each frame name."""
SHOWN = 6


def known(
    frames: dict[str, pd.DataFrame], net: Network
) -> tuple[dict[str, pd.DataFrame], list[Finding], bool]:
    """Return frames with the columns that the network knows, and what is left out.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Readings by quantity.
    net : Network
        The network.

    Returns
    -------
    frames : dict of str to DataFrame
        Columns renamed to the ids of the network, those given twice and unknown left out.
    findings : list of Finding
        ``JUM-H175`` by frame with unknown columns.
    match : bool
        False when most columns of pressure or flow are of another network.
    """
    kept: dict[str, pd.DataFrame] = {}
    found: list[Finding] = []
    match = True
    for quantity, frame in frames.items():
        ids = [str(name) for table in TABLES[quantity] for name in getattr(net, table).index]
        there = set(ids)
        names = {column: str(column).strip() for column in frame.columns}
        unique = ~frame.columns.duplicated()
        good = [it in there for it in names.values()] if unique.all() else [
            str(column).strip() in there and alone
            for column, alone in zip(frame.columns, unique, strict=True)
        ]  # fmt: skip
        lost = [str(column) for column, fine in zip(frame.columns, good, strict=True) if not fine]
        kept[quantity] = frame.loc[:, good].rename(columns=names)
        if lost:
            found.append(_told(quantity, lost, ids))
        if quantity in ("pressures", "flows") and len(lost) > max(1, frame.shape[1] // 2):
            match = False
    return kept, found, match


def _told(quantity: str, lost: list[str], ids: list[str]) -> Finding:
    data: dict[str, Any] = {"file": WORDS[quantity], "count": len(lost), "columns": lost[:SHOWN]}
    close = [f"{name} → {near}" for name in lost[:SHOWN] if (near := did_you_mean(name, ids))]
    return finding("JUM-H175", "observation", quantity, **data, close=close or ["–"])
