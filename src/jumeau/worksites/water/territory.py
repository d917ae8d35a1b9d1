# SPDX-License-Identifier: EUPL-1.2
"""A water network into a territory and out of it, nothing lost on the way."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from jumeau.base import findings
from jumeau.base.errors import JumeauError, error
from jumeau.twin import schema
from jumeau.twin.config import slug
from jumeau.worksites.water import document as documents
from jumeau.worksites.water import placing as placings
from jumeau.worksites.water import twin_rows
from jumeau.worksites.water.faults import Faults
from jumeau.worksites.water.inp_reading import network_of
from jumeau.worksites.water.inp_writing import text_of
from jumeau.worksites.water.naming import Names, unique
from jumeau.worksites.water.network import LINKS, NODES, Network, tuples
from jumeau.worksites.water.placing import Placing
from jumeau.worksites.water.report import Report
from jumeau.worksites.water.twin_rows import NETWORK, TABLES

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory

Placement = Literal["surveyed", "control points", "declared", "invented"]
DRIVER = "EPANET INP"
_NODES = tuple(TABLES[name] for name in NODES)
_LINKS = tuple(TABLES[name] for name in LINKS)
_ALIKE = 0.5  # share of nodes in common from which two networks of one name are the same


@dataclass
class Prepared:
    """A network ready to enter a territory.

    Parameters
    ----------
    network, name : str
        Row of ``water_network``, and its name for people.
    frames : dict of DataFrame
        Rows by table of the twin.
    removed : dict of list of str
        Rows of a former version of the network that it has no more, by table.
    report : Report
        What was read, and findings.
    estimates : DataFrame
        Rows of the ``estimate`` table: what the network itself says is supposed.
    """

    network: str
    name: str
    frames: dict[str, pd.DataFrame]
    removed: dict[str, list[str]]
    report: Report
    estimates: pd.DataFrame


def to_territory(
    net: Network,
    t: Territory,
    *,
    name: str | None = None,
    placement: Placement | None = None,
    error_m: float = math.nan,
    replace: bool | None = None,
) -> Report:
    """Put a water network in a territory, in one transaction; a wrong one changes nothing.

    Parameters
    ----------
    net : Network
        Network. Its coordinates are those of the territory, degrees, or those of another system
        used at the place; local ones are placed at a guess and said so: see
        :func:`~jumeau.worksites.water.georeference`.
    t : Territory
        Territory.
    name : str, optional
        Name for people; by default that it bears in the territory, else the first line of its
        title.
    placement : {"surveyed", "control points", "declared", "invented"}, optional
        How the coordinates were obtained; found out by default.
    error_m : float, optional
        Root mean square of the residuals at the control points [m].
    replace : bool, optional
        Whether it takes the place of the network of that name. By default it does when they have
        half of their nodes in common, and is given a number otherwise.

    Returns
    -------
    Report
        Rows by table, and findings.

    Raises
    ------
    InvalidError
        ``JUM-H001`` with EPANET's codes for a network that it would refuse, ``JUM-H080`` for an
        unknown placement.
    """
    with t.transaction(f"water network {name or ''}".strip()) as tx:
        made = prepare(net, t, name=name, placement=placement, error_m=error_m, replacing=replace)
        text = str(made.frames[NETWORK]["document"].iloc[0] or made.network)
        digest = hashlib.sha256(text.encode()).hexdigest()
        source = uuid.uuid4().hex
        for table, rows in made.frames.items():
            key = "id" if table == NETWORK else "network_id"
            tx.delete(table, {key: made.network})
            tx.insert(table, rows.assign(source_id=source))
        for attribute in twin_rows.METHODS:
            begin = twin_rows.estimate_prefix(made.network, attribute)
            former = tx.con.execute("SELECT id FROM estimate WHERE starts_with(id, ?)", [begin])
            tx.delete("estimate", {"id": [row[0] for row in former.fetchall()]})
        tx.insert("estimate", made.estimates)
        tx.insert("finding", findings.frame(made.report.findings, source_id=source))
        tx.insert("source", _source(source, made, digest))
    return made.report


def from_territory(t: Territory, network: str | None = None) -> Network:
    """Return a water network of a territory, ready to be computed.

    Rows edited in the twin come out as they are now; where nothing changed, :func:`write_inp`
    gives the file back byte for byte. What rows do not tell is completed as the worksite does
    (:mod:`jumeau.worksites.water.completing`): ends of pipes by geometry, elevations from the
    terrain, diameters and demands as estimates.

    Parameters
    ----------
    t : Territory
        Territory.
    network : str, optional
        Row or name of ``water_network``, "" for rows that no network file brought; the only
        network by default.

    Returns
    -------
    Network
        Tables in m, mm, m³/h and kW, identifiers those of its file. Pipes have the columns
        ``material``, ``installed_from``, ``installed_to`` and ``dma_id`` where the twin knows
        them. What is an estimate bears its interval beside it: ``roughness_low`` and
        ``roughness_high``, ``diameter_mm_low``…; of junctions and tanks ``elevation_m_low``…, of
        junctions ``demand_m3_h_low``…; :func:`to_territory` keeps it an estimate as long as these
        are not emptied. ``report`` says what was found by geometry, supposed or left out.

    Raises
    ------
    MissingError
        ``JUM-H081`` when the territory has no network.
    UnknownNameError
        ``JUM-H082`` when it has no such network, ``JUM-H126`` when it has several and none is
        named.
    """
    from jumeau.worksites.water import completing, twin_reading

    reading = twin_reading.read(t, twin_reading.choose(t, network))
    completing.complete(t, reading)
    read = {table: len(getattr(reading.net, table)) for table in TABLES}
    reading.net.report = Report(read=read, findings=reading.findings, guessed=reading.estimates)
    return reading.net


def prepare(
    net: Network,
    t: Territory,
    *,
    name: str | None = None,
    placement: str | None = None,
    error_m: float = math.nan,
    replacing: bool | None = None,
    placing: Placing | None = None,
) -> Prepared:
    """Return the rows of a network for a territory; see :func:`to_territory`.

    Parameters
    ----------
    net, t, name, placement, error_m, replacing
        As there.
    placing : Placing, optional
        How it is placed, when that is known.
    """
    if placement is not None and placement not in placings.PLACEMENTS:
        raise error("JUM-H080", placement=placement, known=list(placings.PLACEMENTS))
    document = text_of(net)
    complete = _checked(net, document)
    report = Report(read={table: len(getattr(net, table)) for table in TABLES})
    known = {row["id"]: row for row in t.table(NETWORK).to_pylist()}
    network, shown = _identity(net, t, known, name, document, replacing)
    former = known.get(network)
    if placing is None:
        placing = _placing(net, t, former, placement, error_m)
    elif placement is not None:
        placing = replace(placing, label=placement)
    nodes, links = Names(network), Names(network)
    prefixed = 0
    for names, tables, targets in ((nodes, NODES, _NODES), (links, LINKS, _LINKS)):
        own = [str(it) for table in tables for it in getattr(net, table).index]
        prefixed += names.give(own, _taken(t, targets, network))
    frames, invented = twin_rows.frames(
        net, network, shown, placing, nodes, links, complete=complete
    )
    if placing.label == "invented":
        report.add("JUM-H083", NETWORK, network, network=shown, scale=placing.a)
    if invented:
        report.add("JUM-H084", "junction", count=len(invented), nodes=invented[:5])
    if prefixed:
        report.add("JUM-H085", NETWORK, network, count=prefixed, prefix=nodes.prefix)
    if not complete:
        report.add("JUM-H087", NETWORK, network, network=shown)
    removed: dict[str, list[str]] = {}
    if former is not None:
        frames, removed = _kept(t, network, former, frames)
    gone = sum(map(len, removed.values()))
    report.add("JUM-H086", NETWORK, network, network=shown, gone=gone, **report.read)
    guessed = twin_rows.estimates(net, network, nodes, links)
    return Prepared(network, shown, frames, removed, report, guessed)


def _checked(net: Network, document: documents.Document) -> bool:
    """Tell whether EPANET would read a network; refuse one whose parts do not fit.

    A network that never had a file may lack a source or a pump its curve: it is kept as it is.
    """
    faults = Faults("")
    nothing = documents.Line("")
    ids = [str(name) for table in NODES for name in getattr(net, table).index]
    for group in (NODES, LINKS):
        count = Counter(str(it) for name in group for it in getattr(net, name).index)
        for name in sorted(it for it, times in count.items() if times > 1):
            faults.add(215, nothing, name)
    known = set(ids)
    for table in LINKS:
        for row in tuples(getattr(net, table)):
            for end in (row.from_node, row.to_node):
                if end not in known:
                    faults.add(203, nothing, f"{row.Index}: {end}")
    faults.stop()
    try:
        network_of(documents.parse(document.text(), document.coding))
    except JumeauError:
        if net.document is not None:
            raise
        return False
    return True


def _identity(
    net: Network,
    t: Territory,
    known: dict[str, Any],
    name: str | None,
    document: documents.Document,
    replacing: bool | None,
) -> tuple[str, str]:
    """Return the row of a network and its name: a known row that it replaces, or a new one."""
    if name is None and net.network_id in known and replacing is not False:
        return net.network_id, str(known[net.network_id]["name"] or net.network_id)
    shown = name or (twin_rows.title_of(document).splitlines() or [""])[0].strip() or "network"
    wanted = slug(shown)
    if wanted in known and not replacing and (replacing is False or not _alike(net, t, wanted)):
        wanted = unique(wanted, known)
        shown = f"{shown} ({wanted.rpartition('-')[2]})"
    return wanted, shown


def _alike(net: Network, t: Territory, network: str) -> bool:
    """Tell whether a network has half of its nodes in common with one of the territory."""
    prefix = f"{network}:"
    there = {it.removeprefix(prefix) for it in _ids(t, _NODES, "network_id = ?", network)}
    mine = {str(name) for table in NODES for name in getattr(net, table).index}
    return len(mine & there) >= _ALIKE * min(len(mine), len(there))


def _taken(t: Territory, tables: tuple[str, ...], network: str) -> set[str]:
    return _ids(t, tables, "network_id IS DISTINCT FROM ?", network)


def _ids(t: Territory, tables: tuple[str, ...], clause: str, network: str) -> set[str]:
    return {
        str(name)
        for table in tables
        for name in t.sql(f"SELECT id FROM {schema.quoted(table)} WHERE {clause}", [network])[
            "id"
        ].to_pylist()
    }


def _placing(
    net: Network, t: Territory, former: dict[str, Any] | None, label: str | None, error_m: float
) -> Placing:
    """Return how a network is placed: as asked, as its coordinates say, or as it was before."""
    label = label or net.placement or None
    error_m = net.placement_error_m if math.isnan(error_m) else error_m
    if net.crs:
        source = "" if net.crs == t.crs else net.crs
        found = Placing("declared", source=source, target=t.crs)
    else:
        found = placings.guess(net, t.crs, lambda: _around(t))
    if former is not None:
        kept = Placing.of(former["placement"], json.loads(former["transform"] or "{}"))
        same = kept.to_json() == found.to_json()
        if same or (found.label == "invented" and kept.to_json()):
            found = replace(kept, error_m=former["placement_error_m"] or math.nan)
    error_m = found.error_m if math.isnan(error_m) else error_m
    return replace(found, label=label or found.label, error_m=error_m)


def _around(t: Territory) -> tuple[float, float, float, float] | None:
    """Return the box of the municipalities, else of the terrain, else of every fact [m]."""
    row = t.sql(
        "SELECT min(xmin) a, min(ymin) b, max(xmax) c, max(ymax) d FROM municipality"
    ).to_pylist()[0]
    if row["a"] is not None:
        return (row["a"], row["b"], row["c"], row["d"])
    return t.raster("dtm").bounds or t.extent()


def _kept(
    t: Territory, network: str, former: dict[str, Any], frames: dict[str, pd.DataFrame]
) -> tuple[dict[str, pd.DataFrame], dict[str, list[str]]]:
    """Complete rows with what the twin knew of them besides the network; list those gone."""
    out, removed = {}, {}
    for table, rows in frames.items():
        if table == NETWORK:
            out[table] = rows.assign(description=former["description"])
            continue
        there = t.table(table, where={"network_id": network}).to_pandas().set_index("id")
        removed[table] = sorted(set(there.index) - set(rows["id"]))
        more = [it for it in there if it not in rows and it not in ("geometry", "source_id")]
        out[table] = rows.join(there[more], on="id") if len(there) else rows
    return out, {table: ids for table, ids in removed.items() if ids}


def _source(source: str, made: Prepared, digest: str) -> pd.DataFrame:
    import pandas as pd

    count = sum(made.report.read.values())
    return pd.DataFrame(
        [
            {
                "id": source,
                "table": NETWORK,
                "file": f"{made.network}.inp",
                "sha256": digest,
                "title": made.name,
                "driver": DRIVER,
                "read": count,
                "added": count,
                "updated": 0,
                "linked": 0,
                "dropped": 0,
                "repaired": 0,
                "mapping": "{}",
                "imported_at": datetime.now(UTC),
            }
        ]
    )
