# SPDX-License-Identifier: EUPL-1.2
"""Networks written in StaR-Eau and RAEPA and read again: nothing lost, every code legal.

Without the companion, the tables alone must still give the same nodes and links. The template of
StaR-Eau, where it is here, tells whether the 22 tables are whole.
"""

from __future__ import annotations

import csv
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.validation.water import networks
from jumeau.validation.water.study import MILLIMETRE, Figure, Study

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

ROUND = ("L-TOWN", "ky4", "Net3")
"""Networks that are written and read again."""
TABLES = 22
SOURCES = {
    "stareau": "StaR-Eau, template of 29 June 2025 (Astee, CNIG)",
    "raepa": "RAEPA 1.2 (COVADIS, 2019)",
}
"""Standard → where it is published."""
ILLEGAL = "JUM-H047"
"""Finding of a value that is no code of its list."""
WHEELS = "network of the wheels, not shipped"
LICENCES = {"L-TOWN": "EUPL-1.2 (KIOS)", "ky4": WHEELS, "Net3": WHEELS}
LTOWN = "validation/water/battledim/L-TOWN.inp"
COLUMNS = "validation/water/stareau/gpkg_columns.csv"


def located(shared: Path | None) -> dict[str, Path]:
    """Return the networks of the round trips that are here.

    Parameters
    ----------
    shared : Path or None
        Folder of real files, for L-TOWN.
    """
    here = {name: path for name, path in networks.located().items() if name in ROUND}
    own = shared / LTOWN if shared else None
    if own is not None and own.is_file():
        here["L-TOWN"] = own
    return here


def trip(net: Network, standard: str, folder: Path, *, companion: bool = True) -> Network:
    """Return a network written in a standard and read again.

    Parameters
    ----------
    net : Network
        The network.
    standard : str
        "stareau" or "raepa".
    folder : Path
        Where to write.
    companion : bool
        Whether what the standard has no place for may be read again.
    """
    from jumeau.worksites import water
    from jumeau.worksites.water.exchange import raepa_writing, stareau_writing

    if standard == "stareau":
        path = folder / "network.gpkg"
        water.write_stareau(net, path)
        if not companion:
            name = stareau_writing.COMPANION
            with closing(sqlite3.connect(path)) as base, base:
                base.execute(f"DROP TABLE {name}")
                base.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (name,))
        back: Network = water.read_stareau(path)
        return back
    water.write_raepa(net, folder)
    if not companion:
        (folder / raepa_writing.COMPANION).unlink()
    back = water.read_raepa(folder)
    return back


def lost(net: Network, back: Network) -> int:
    """Return how many tables, sections, controls and other parts differ from those that left.

    Parameters
    ----------
    net, back : Network
        Before and after.
    """
    from jumeau.worksites.water.inp_writing import text_of
    from jumeau.worksites.water.network import COLUMNS as PARTS

    count = sum(not getattr(net, name).equals(getattr(back, name)) for name in PARTS)
    for name in ("controls", "rules", "options", "times", "units"):
        count += getattr(net, name) != getattr(back, name)
    own, other = (
        [(it.name, [line.text for line in it.lines]) for it in text_of(one).sections]
        for one in (net, back)
    )
    return count + sum(it not in other for it in own) + (own != other)


def apart(net: Network, back: Network) -> int:
    """Return how many nodes and links are not those that left, by id and by the nodes they join.

    Parameters
    ----------
    net, back : Network
        Before and after.
    """
    count = len(set(net.node_ids()) ^ set(back.node_ids()))
    count += len(set(net.link_ids()) ^ set(back.link_ids()))
    for name in ("pipes", "pumps", "valves"):
        own, other = getattr(net, name), getattr(back, name)
        both = [it for it in own.index if it in other.index]
        for end in ("from_node", "to_node"):
            pairs = zip(own.loc[both, end], other.loc[both, end], strict=True)
            count += sum(one != two for one, two in pairs)
    return count


def illegal(back: Network) -> int:
    """Return how many values of the file a network was read from are no codes of their lists.

    Parameters
    ----------
    back : Network
        Read from the file.
    """
    found = back.report.findings if back.report else []
    return sum(int(it.data["count"]) for it in found if it.code == ILLEGAL)


def whole(path: Path, columns: Path) -> int:
    """Return how many tables of a GeoPackage have exactly the columns of the template.

    Parameters
    ----------
    path : Path
        The GeoPackage.
    columns : Path
        Columns of the template: table, column, type, not_null, primary_key.
    """
    wanted: dict[str, list[tuple[str, ...]]] = {}
    with columns.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            told = (row["column"], row["type"], row["not_null"], row["primary_key"])
            wanted.setdefault(row["table"], []).append(told)
    with closing(sqlite3.connect(path)) as base:
        there = {
            table: [
                (str(it[1]), str(it[2]), str(it[3]), str(it[5]))
                for it in base.execute(f"PRAGMA table_info({table})")
            ]
            for table in wanted
        }
    return sum(there[table] == told for table, told in wanted.items())


def _measured(path: Path, standard: str, columns: Path | None) -> dict[str, float]:
    import numpy as np

    from jumeau.worksites import water

    net = water.read_inp(path)
    before = water.solve(net)
    with tempfile.TemporaryDirectory(prefix="jumeau-exchange-") as place:
        folder = Path(place)
        back = trip(net, standard, folder)
        after = water.solve(back)
        gap = np.abs(after.head - before.head)
        same = before.nodes == after.nodes and (np.isnan(gap) == np.isnan(before.head)).all()
        tables = 0
        if standard == "stareau" and columns is not None:
            tables = whole(folder / "network.gpkg", columns)
        bare = trip(net, standard, folder, companion=False)
        return {
            "difference of heads": float(np.nanmax(gap)) if same else float("nan"),
            "parts lost": float(lost(net, back)),
            "illegal codes": float(illegal(back)),
            "nodes and links that the tables alone join otherwise": float(apart(net, bare)),
            "tables as in the template": float(tables),
        }


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the round trips of each network in each standard.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    here = located(shared)
    columns = shared / COLUMNS if shared and (shared / COLUMNS).is_file() else None
    common = (
        Figure("difference of heads", 0.0, MILLIMETRE, "m"),
        Figure("parts lost", 0.0, 0.0, ""),
        Figure("illegal codes", 0.0, 0.0, ""),
        Figure("nodes and links that the tables alone join otherwise", 0.0, 0.0, ""),
    )
    for name in ROUND:
        path = here.get(name)
        for standard, source in SOURCES.items():
            told = standard == "stareau" and columns is not None
            own = (Figure("tables as in the template", float(TABLES), 0.0, ""),) * told
            compute = partial(_measured, path, standard, columns) if path is not None else None
            yield Study(
                f"{name} there and back", f"write_{standard} and read_{standard}", compute,
                (*common, *own), f"the network itself, before; {source}", LICENCES[name],
            )  # fmt: skip
