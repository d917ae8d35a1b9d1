# SPDX-License-Identifier: EUPL-1.2
"""Links that lead nowhere or are there twice, nodes without links, parts without a source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jumeau.worksites.water.network import LINKS, NODES, Network, tuples
from jumeau.worksites.water.repairing.draft import ENDS, SOURCES, Draft, Row
from jumeau.worksites.water.report import Edit, Repair, Report, both

if TYPE_CHECKING:
    import pandas as pd

NOTHING = 1e-3
"""Length under which a pipe is a point [m]."""
ALIKE = 0.02
"""Share by which lengths of two drawings of one pipe differ at most."""


def renamed(net: Network, report: Report) -> Network:
    """Return a network of which each id names one node or one link, new names told.

    Parameters
    ----------
    net : Network
        Rows of the same kind may bear one id.
    report : Report
        Receives the repairs.
    """
    out = net
    for tables in (NODES, LINKS):
        taken = {name for table in tables for name in getattr(net, table).index}
        seen: set[str] = set()
        for table in tables:
            index, changed = [], False
            for name in getattr(net, table).index:
                new, number = name, 2
                while new in seen or (new != name and new in taken):
                    new, number = f"{name}_{number}", number + 1
                seen.add(new)
                index.append(new)
                if new != name:
                    changed = True
                    repair = Repair("renamed", table, new, name, new)
                    report.mend("JUM-H063", repair, [Edit(table, new, "id", name, new)])
            if changed:
                out = net.copy() if out is net else out
                getattr(out, table).index = _index(index)
    return out


def _index(names: list[str]) -> pd.Index[str]:
    import pandas as pd

    return pd.Index(names, dtype=object, name="id")


def dangling(draft: Draft) -> None:
    """Give links that name a node that is not there this node: a junction of unknown elevation."""
    for link in list(draft.links):
        table = draft.links[link]
        for end in ENDS:
            name = draft.link(link)[end]
            if name in draft.nodes:
                continue
            named = isinstance(name, str) and bool(name)
            new = name if named else draft.free(link, draft.nodes)
            bends = draft.bends.get(link, [])
            near: Row = bends[0 if end == "from_node" else -1] if bends else {}
            row = {**_junction(), "x": near.get("x", math.nan), "y": near.get("y", math.nan)}
            draft.add_node("junctions", new, row)
            if not named:
                draft.set(table, link, end, new)
            draft.mended("JUM-H062", Repair("created", "junctions", new, "", new), link=link)


def _junction() -> Row:
    return {"elevation_m": math.nan, "demand_m3_h": 0.0, "pattern": "", "emitter_m3_h": 0.0}


def loops(draft: Draft) -> None:
    """Drop links that end where they begin, join the ends of pipes without length."""
    for link in list(draft.links):
        first, last = draft.ends(link)
        table, row = draft.links[link], draft.link(link)
        drawn = draft.drawn_length(link) if draft.to_scale else math.nan
        empty = not row.get("length_m", math.nan) > 0 if table == "pipes" else False
        point = empty and not drawn > NOTHING and (row["length_m"] == 0 or drawn <= NOTHING)
        if first == last:
            told = row.get("length_m", math.nan) > draft.tolerance
            kind = "zero_length" if drawn <= draft.tolerance and not told else "loop"
            _out(draft, link, kind, first)
        elif point and not (draft.nodes[first] in SOURCES and draft.nodes[last] in SOURCES):
            _drop_point(draft, link)


def _drop_point(draft: Draft, link: str) -> None:
    first, last = draft.ends(link)
    kept, gone = (last, first) if draft.nodes[last] in SOURCES else (first, last)
    draft.drop_link(link)
    if any(draft.other(it, gone) == kept for it in draft.touching[gone]):
        draft.mended("JUM-H059", Repair("zero_length", "pipes", link, link, ""),
                     why=both("zero_length_why"), other=kept)  # fmt: skip
        return
    draft.join(gone, kept)
    repair = Repair("zero_length", "pipes", link, f"{first} – {last}", kept)
    draft.mended("JUM-H059", repair, why=both("zero_length_why"), other=kept)


def _out(draft: Draft, link: str, kind: str, other: str) -> None:
    table, length = draft.links[link], draft.link(link).get("length_m", math.nan)
    draft.drop_link(link)
    told = f"{link} ({length:.1f} m)" if length > 0 else link
    draft.mended(
        "JUM-H059", Repair(kind, table, link, told, ""), why=both(f"{kind}_why"), other=other
    )


def duplicates(draft: Draft) -> None:
    """Drop pipes that another one repeats: same ends, same course, nothing that contradicts.

    The course is the same when no point of one lies further than the tolerance from the other;
    what only the dropped one knows (diameter, length, material, years) goes to the other.
    """
    pairs: dict[tuple[str, str], list[str]] = {}
    for name, row in draft.tables["pipes"].items():
        first, last = row["from_node"], row["to_node"]
        pairs.setdefault((min(first, last), max(first, last)), []).append(name)
    for names in pairs.values():
        for k, name in enumerate(names):
            for other in names[k + 1 :]:
                there = name in draft.links and other in draft.links
                if there and _same(draft, name, other):
                    _one(draft, name, other)


def _same(draft: Draft, name: str, other: str) -> bool:
    one, two = draft.link(name), draft.link(other)
    if {one["status"], two["status"]} & {"cv"} and one["status"] != two["status"]:
        return False
    for column in ("diameter_mm", "material", "roughness"):
        a, b = one.get(column), two.get(column)
        if _known(a) and _known(b) and a != b:
            return False
    a, b = one["length_m"], two["length_m"]
    if _known(a) and _known(b) and abs(a - b) > max(ALIKE * max(a, b), draft.tolerance):
        return False
    import shapely

    kept, lines = draft.lines((name, other))
    if len(kept) < 2:
        return True
    reach = draft.tolerance / draft.scale if draft.to_scale else 0.0
    return float(shapely.hausdorff_distance(lines[0], lines[1])) <= reach


def _one(draft: Draft, name: str, other: str) -> None:
    """Drop the second of two pipes that are one."""
    given = draft.link(other)
    for column, value in draft.link(name).items():
        if column in ("diameter_mm", "length_m", "roughness", "material", "installed_from",
                      "installed_to") and not _known(value) and _known(given[column]):  # fmt: skip
            draft.set("pipes", name, column, given[column])
    if draft.link(name)["status"] != given["status"]:
        facts = {"attribute": both("status"), "value": given["status"]}
        why = both("duplicate_status")
        draft.report.add("JUM-H066", "pipes", name, where=name, count=1, why=why, **facts)
    draft.rehang("pipe_id", other, name)
    draft.drop_link(other)
    repair = Repair("duplicate", "pipes", other, other, name)
    draft.mended("JUM-H059", repair, why=both("duplicate_why"), other=name)


def _known(value: object) -> bool:
    if isinstance(value, str):
        return value != ""
    return isinstance(value, float) and value > 0


def orphans(draft: Draft) -> None:
    """Drop nodes that no link touches; demand that goes with them is told."""
    for name in [it for it in draft.nodes if not draft.touching[it]]:
        table, row = draft.nodes[name], draft.node(name)
        demand = float(row.get("demand_m3_h", 0.0))
        draft.drop_node(name)
        if table in SOURCES:
            draft.mended("JUM-H069", Repair("orphan", table, name, name, ""))
        else:
            draft.mended("JUM-H060", Repair("orphan", table, name, name, ""), demand=demand)


def parts(net: Network) -> pd.DataFrame:
    """Return which connected part each node belongs to, and whether it has a source.

    Parameters
    ----------
    net : Network
        Links that are closed still connect.

    Returns
    -------
    DataFrame
        By node: ``part`` (0 for the largest, then by size) and ``fed``.
    """
    import numpy as np
    import pandas as pd
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names = [name for table in NODES for name in getattr(net, table).index]
    place = pd.Series(np.arange(len(names)), index=pd.Index(names, dtype=object))
    place = place[~place.index.duplicated()]
    ends = []
    for end in ENDS:
        named = [getattr(net, table)[end] for table in LINKS]
        ends.append(place.reindex(pd.concat(named).to_numpy(dtype=object)).to_numpy(dtype=float))
    known = np.isfinite(ends[0]) & np.isfinite(ends[1])
    first, last = (it[known].astype(np.int64) for it in ends)
    graph = coo_matrix((np.ones(len(first)), (first, last)), shape=(len(names), len(names)))
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label, minlength=1)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    source = np.zeros(len(names), dtype=bool)
    source[len(net.junctions) :] = True
    fed = np.zeros(len(sizes), dtype=bool)
    fed[label[source]] = True
    return pd.DataFrame(
        {"part": rank[label], "fed": fed[label]}, index=pd.Index(names, dtype=object, name="id")
    )


def isolated(net: Network) -> pd.DataFrame:
    """Return the parts of a network that no path of links joins to a reservoir or a tank.

    Parameters
    ----------
    net : Network
        Links that are closed still connect.

    Returns
    -------
    DataFrame
        A row a part, the largest first: ``node`` (one of its nodes), ``nodes`` and ``pipes`` (how
        many), ``length_m`` [m], ``demand_m3_h`` [m³/h].
    """
    import pandas as pd

    found = parts(net)
    found = found[~found["fed"]]
    of = found["part"]
    pipes = net.pipes.assign(part=net.pipes["from_node"].map(of)).dropna(subset=["part"])
    grouped = pipes.groupby("part")["length_m"].agg(["size", "sum"])
    demand = net.junctions["demand_m3_h"].groupby(of.reindex(net.junctions.index)).sum()
    rows = [
        {
            "node": names[0],
            "nodes": len(names),
            "pipes": int(grouped["size"].get(part, 0)),
            "length_m": float(grouped["sum"].get(part, 0.0)),
            "demand_m3_h": float(demand.get(part, 0.0)),
        }
        for part, names in ((part, list(group.index)) for part, group in found.groupby("part"))
    ]
    columns = ["node", "nodes", "pipes", "length_m", "demand_m3_h"]
    return pd.DataFrame(rows, columns=columns)


def apart(draft: Draft, drop: bool) -> None:
    """Tell the parts without a source, or drop them."""
    if not any(draft.tables[table] for table in SOURCES):
        draft.report.add("JUM-H061", "reservoirs", "", where=both("no_source"), **_all(draft))
        return
    net = draft.network()
    for row in tuples(isolated(net)):
        facts = {"nodes": row.nodes, "pipes": row.pipes, "length": round(float(row.length_m), 1),
                 "demand": round(float(row.demand_m3_h), 3)}  # fmt: skip
        if not drop:
            where = {"en": f"around {row.node}", "fr": f"autour de {row.node}"}
            draft.report.add("JUM-H061", "junctions", str(row.node), where=where, **facts)
            continue
        members = _reach(draft, str(row.node))
        for link in {link for name in members for link in draft.touching[name]}:
            draft.drop_link(link)
        for name in members:
            draft.drop_node(name)
        repair = Repair("isolated", "junctions", str(row.node), f"{row.nodes}", "")
        draft.mended("JUM-H068", repair, **facts)


def _all(draft: Draft) -> Row:
    lengths = [row["length_m"] for row in draft.tables["pipes"].values()]
    return {
        "nodes": len(draft.nodes),
        "pipes": len(lengths),
        "length": round(math.fsum(it for it in lengths if it > 0), 1),
        "demand": round(sum(it["demand_m3_h"] for it in draft.tables["junctions"].values()), 3),
    }


def _reach(draft: Draft, start: str) -> list[str]:
    """Return the nodes that links join to one, itself included."""
    seen, front = {start: None}, [start]
    while front:
        name = front.pop()
        for link in draft.touching[name]:
            other = draft.other(link, name)
            if other not in seen:
                seen[other] = None
                front.append(other)
    return list(seen)
