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
GUESSES = {
    "junctions": ("elevation_m", "demand_m3_h"),
    "tanks": ("elevation_m",),
    "pipes": ("diameter_mm", "roughness"),
}
"""Attributes of each table of a network that may be estimates rather than facts."""
METHODS = {
    "elevation_m": "terrain", "demand_m3_h": "population", "diameter_mm": "usual_diameter",
    "roughness": "material_and_age",
}  # fmt: skip
"""How each is supposed, where its column ``…_method`` does not say."""


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
        for attribute in GUESSES.get(table, ()):  # an estimate is no fact
            guessed = supposed(source, attribute)
            if guessed.any():
                rows[attribute] = rows[attribute].where(~guessed)
                if attribute == "demand_m3_h":
                    for own in source.index[guessed]:
                        demands.pop(str(own), None)
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


def bounds(attribute: str) -> tuple[str, str]:
    """Return the columns whose finite values say that an attribute is an estimate."""
    return f"{attribute}_low", f"{attribute}_high"


def supposed(rows: pd.DataFrame, attribute: str) -> NDArray[np.bool_]:
    """Tell which rows of a table of a network have an attribute that is an estimate.

    Parameters
    ----------
    rows : DataFrame
        Table of a network.
    attribute : str
        One of :data:`GUESSES`.
    """
    low = bounds(attribute)[0]
    if low not in rows:
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(np.isfinite(rows[low].to_numpy(float)), dtype=np.bool_)


def estimates(net: Network, network: str, nodes: Names, links: Names) -> pd.DataFrame:
    """Return the rows of the ``estimate`` table of a network: what it says is supposed.

    Parameters
    ----------
    net : Network
        Network; ``roughness_low`` and ``roughness_high`` bound what is supposed of its pipes, and
        alike for the other attributes of :data:`GUESSES`.
    network : str
        Row of ``water_network``.
    nodes, links : Names
        Identifiers in the twin.
    """
    import pandas as pd

    made = []
    for table, attributes in GUESSES.items():
        rows, names = getattr(net, table), nodes if table in NODES else links
        for attribute in attributes:
            found = rows[supposed(rows, attribute)]
            value, low, high = (
                found[it].to_numpy(float) if len(found) else np.zeros(0)
                for it in (attribute, *bounds(attribute))
            )
            entities = [names.to_twin[str(it)] for it in found.index]
            usual = METHODS[attribute]
            told = found.get(f"{attribute}_method", pd.Series(usual, found.index, dtype=object))
            begin = estimate_prefix(network, attribute)
            made.append(
                pd.DataFrame(
                    {
                        "id": [f"{begin}{it}" for it in entities],
                        "table": TABLES[table],
                        "entity": entities,
                        "attribute": attribute,
                        "value": value,
                        "low": np.minimum(low, value),
                        "high": np.maximum(high, value),
                        "method": [it or usual for it in told],
                    }
                )
            )
    return pd.concat(made, ignore_index=True)


def estimate_prefix(network: str, attribute: str) -> str:
    """Return how the identifiers of estimates of an attribute begin that came with a network."""
    return f"water:{network}:{attribute}:"


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
    # Written anew, its text says its units: they would be gone from it if they were not options.
    units = {"UNITS": net.units.flow_unit, "HEADLOSS": net.units.headloss}
    patterns, curves = records(net.patterns), records(net.curves)
    return {
        "id": network,
        "name": name,
        "title": title_of(document) or None,
        "document": document.text() if complete else None,
        "coding": document.coding,
        "units": f"{net.units.flow_unit} {net.units.headloss}",
        "options": {**({} if net.document else units), **net.options},
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
