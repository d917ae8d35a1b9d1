# SPDX-License-Identifier: EUPL-1.2
"""From a network to rows of the twin, nothing lost: its text, its tables, its lines and points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.twin import schema
from jumeau.worksites.water import placing as placings
from jumeau.worksites.water.inp_writing import text_of
from jumeau.worksites.water.naming import Names
from jumeau.worksites.water.network import COLUMNS, LINKS, NODES, Network, records, tuples
from jumeau.worksites.water.placing import Placing

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.document import Document

TABLES = {
    "junctions": "junction", "reservoirs": "reservoir", "tanks": "tank", "pipes": "pipe",
    "pumps": "pump", "valves": "valve",
}  # fmt: skip
"""Table of the twin of each table of a network."""
ASSETS = ("isolation_valve", "hydrant", "service_connection", "meter")
"""Tables of what hangs on the pipes, which the computation does not know."""
NETWORK = "water_network"
SUPPOSED = ("roughness_low", "roughness_high")
"""Columns of pipes whose finite values say that the roughness is an estimate."""


@dataclass(frozen=True)
class Placed:
    """Where things of a network stand in the territory.

    Parameters
    ----------
    points : dict
        (x, y) of each node [m].
    lines : dict
        Points of each link, its ends included, (n, 2) array [m].
    invented : list of str
        Nodes whose own coordinates nobody gave.
    """

    points: dict[str, tuple[float, float]]
    lines: dict[str, NDArray[np.float64]]
    invented: list[str]


def placed(net: Network, placing: Placing) -> Placed:
    """Return where the nodes and links of a network stand; links without bends are straight.

    Parameters
    ----------
    net : Network
        Network.
    placing : Placing
        How its coordinates become those of the territory.
    """
    own, invented = placings.everywhere(net)
    names = list(own)
    xy = np.array([own[name] for name in names], dtype=float).reshape(-1, 2)
    x, y = placing.forward(xy[:, 0], xy[:, 1])
    points = dict(zip(names, zip(x.tolist(), y.tolist(), strict=True), strict=True))
    bx, by = placing.forward(
        net.vertices["x"].to_numpy(dtype=float), net.vertices["y"].to_numpy(dtype=float)
    )
    bends: dict[str, list[tuple[float, float]]] = {}
    for link, east, north in zip(net.vertices["link"], bx.tolist(), by.tolist(), strict=True):
        bends.setdefault(link, []).append((east, north))
    lines = {}
    for table in LINKS:
        for row in tuples(getattr(net, table)):
            ends = [points.get(row.from_node), points.get(row.to_node)]
            line = [*ends[:1], *bends.get(row.Index, ()), *ends[1:]]
            held = [it for it in line if it is not None]
            if len(held) >= 2:
                lines[str(row.Index)] = np.array(held)
    return Placed(points, lines, invented)


def frames(
    net: Network,
    network: str,
    name: str,
    placing: Placing,
    nodes: Names,
    links: Names,
    *,
    complete: bool = True,
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the rows of a network by table of the twin, and the nodes placed at a guess.

    Parameters
    ----------
    net : Network
        Network.
    network, name : str
        Row of ``water_network``, and its name for people.
    placing : Placing
        How it is placed.
    nodes, links : Names
        Identifiers in the twin.
    complete : bool
        Whether EPANET would read its text, which is then kept.
    """
    import pandas as pd
    import shapely

    where = placed(net, placing)
    demands: dict[str, list[dict[str, Any]]] = {}
    for row in tuples(net.demands):
        kind = {"demand_m3_h": row.demand_m3_h, "pattern": row.pattern, "category": row.category}
        demands.setdefault(row.junction, []).append(kind)
    found = {NETWORK: pd.DataFrame([_network(net, network, name, placing, complete)])}
    for table, target in TABLES.items():
        source = getattr(net, table)
        ids = [str(it) for it in source.index]
        rows = source.drop(columns=[it for it in ("x", "y") if it in source]).copy()
        if table == "pipes" and SUPPOSED[0] in source:  # an estimate is no fact
            rows["roughness"] = rows["roughness"].where(~supposed(net))
        rows = rows[[it for it in rows if it in schema.table(target).names]]
        plain = [it for it in ("material", "dma_id") if it in rows]
        rows[plain] = rows[plain].replace("", None)
        if table in NODES:
            shapes = [shapely.Point(where.points[it]) for it in ids]
            rows.insert(0, "id", [nodes.to_twin[it] for it in ids])
        else:
            shapes = [shapely.LineString(where.lines[it]) for it in ids]
            rows.insert(0, "id", [links.to_twin[it] for it in ids])
            for end in ("from_node", "to_node"):
                rows[end] = [nodes.to_twin[it] for it in rows[end]]
        if table == "junctions":
            rows["demands"] = pd.Series([demands.get(it, []) for it in ids], rows.index, object)
        rows.insert(1, "geometry", list(shapely.to_wkb(np.array(shapes, dtype=object))))
        rows.insert(2, "network_id", network)
        found[target] = rows.reset_index(drop=True)
    for target, rows in net.assets.items():
        found[target] = _asset(target, rows, network, placing, nodes, links)
    return found, where.invented


def supposed(net: Network) -> NDArray[np.bool_]:
    """Tell which pipes of a network have a roughness that is an estimate, with its range."""
    if SUPPOSED[0] not in net.pipes:
        return np.zeros(len(net.pipes), dtype=bool)
    return np.asarray(np.isfinite(net.pipes[SUPPOSED[0]].to_numpy(float)), dtype=np.bool_)


def estimates(net: Network, network: str, links: Names) -> pd.DataFrame:
    """Return the rows of the ``estimate`` table of a network: roughness that is supposed.

    Parameters
    ----------
    net : Network
        Network; ``pipes.roughness_low`` and ``roughness_high`` bound what is supposed.
    network : str
        Row of ``water_network``.
    links : Names
        Identifiers in the twin.
    """
    import pandas as pd

    found = net.pipes[supposed(net)]
    entities = [links.to_twin[str(it)] for it in found.index]
    values = [found[it].to_numpy(float) for it in ("roughness", *SUPPOSED)] if len(found) else []
    value, low, high = values or [np.zeros(0)] * 3
    return pd.DataFrame(
        {
            "id": [f"{estimate_prefix(network)}{it}" for it in entities],
            "table": "pipe",
            "entity": entities,
            "attribute": "roughness",
            "value": value,
            "low": np.minimum(low, value),
            "high": np.maximum(high, value),
            "method": "material_and_age",
        }
    )


def estimate_prefix(network: str) -> str:
    """Return how the identifiers of estimates begin that came with a network."""
    return f"water:{network}:roughness:"


def _asset(
    target: str,
    source: pd.DataFrame,
    network: str,
    placing: Placing,
    nodes: Names,
    links: Names,
) -> pd.DataFrame:
    """Return the rows of what hangs on the pipes: valves, hydrants, connections, meters."""
    import shapely

    known = [it for it in source if it in schema.table(target).names and it != "geometry"]
    rows = source[known].replace("", None)
    if "geometry" in source:
        shapes = shapely.from_wkt(source["geometry"].to_numpy(object))
    else:
        shapes = shapely.points(source[["x", "y"]].to_numpy(float))
    shapes = shapely.transform(shapes, lambda it: np.column_stack(placing.forward(*it.T)))
    for column, names in (("junction_id", nodes), ("pipe_id", links)):
        if column in rows:
            rows[column] = [names.to_twin.get(str(it), it) for it in rows[column]]
    rows.insert(0, "id", [str(it) for it in source.index])
    rows.insert(1, "geometry", list(shapely.to_wkb(shapes)))
    rows.insert(2, "network_id", network)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kept: pd.DataFrame = rows[there].reset_index(drop=True)
    return kept


def _network(
    net: Network, network: str, name: str, placing: Placing, complete: bool
) -> dict[str, Any]:
    document = text_of(net)
    patterns, curves = records(net.patterns), records(net.curves)
    return {
        "id": network,
        "name": name,
        "title": title_of(document) or None,
        "document": document.text() if complete else None,
        "coding": document.coding,
        "units": f"{net.units.flow_unit} {net.units.headloss}",
        "options": dict(net.options),
        "times": dict(net.times),
        "controls": list(net.controls),
        "rules": list(net.rules),
        "patterns": {key: [*map(float, row["multipliers"])] for key, row in patterns.items()},
        "curves": {
            key: {"kind": row["kind"], "x": [*map(float, row["x"])], "y": [*map(float, row["y"])]}
            for key, row in curves.items()
        },
        "placement": placing.label,
        "placement_error_m": placing.error_m,
        "transform": placing.to_json(),
    }


def title_of(document: Document) -> str:
    """Return the title of a file, its lines together."""
    lines = [line.text for section in document.named("TITLE") for line in section.lines]
    return "\n".join(lines).strip()


def own_columns(table: str) -> list[str]:
    """Return the columns of a table of the twin that a network fills."""
    known = schema.table(TABLES[table]).names
    return [name for name in COLUMNS[table] if name in known]
