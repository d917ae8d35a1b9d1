# SPDX-License-Identifier: EUPL-1.2
"""What rows of the twin do not say of a network: found by geometry, or supposed and said so.

Nothing is supposed for a network read from a file: EPANET refuses one that lacks something.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import parameters
from jumeau.base.findings import finding
from jumeau.worksites.water import allotting, facts_beside, pruning, topology
from jumeau.worksites.water.exchange import supposing
from jumeau.worksites.water.network import LINKS, NODES, frame, records
from jumeau.worksites.water.twin_rows import TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.twin_reading import Reading

    Floats = NDArray[np.float64]

_WORDS = {
    "elevation_m": ("Altitude of nodes", "Altitude des nœuds"),
    "diameter_mm": ("Diameter of pipes", "Diamètre des conduites"),
    "roughness": ("Roughness of pipes", "Rugosité des conduites"),
    "level": ("Levels of tanks", "Niveaux des réservoirs"),
}
_EFFECTS = {
    "elevation_m": (
        "A metre of altitude is a metre of pressure; pipes lie a metre or so under the ground.",
        "Un mètre d'altitude est un mètre de pression ; les conduites sont à un mètre environ sous "
        "le sol.",
    ),
    "diameter_mm": (
        "Head loss goes as the fifth power of the diameter.",
        "La perte de charge varie comme la puissance cinquième du diamètre.",
    ),
    "roughness": (
        "Head loss goes about as the square of the roughness.",
        "La perte de charge varie à peu près comme le carré de la rugosité.",
    ),
    "level": (
        "The head of the whole network follows from it.",
        "La charge de tout le réseau en découle.",
    ),
}


@cache
def defaults() -> Parameters:
    """Return the worksite's parameters, with their sources."""
    return parameters.load(Path(__file__).parent / "parameters.csv")


def complete(t: Territory, reading: Reading, given: Parameters | None = None) -> None:
    """Complete a network read from rows; findings and estimates are noted in the reading.

    Parameters
    ----------
    t : Territory
        Territory: terrain, water towers, buildings and people.
    reading : Reading
        The network, changed in place.
    given : Parameters, optional
        Parameters of the worksite; their defaults otherwise.
    """
    given = given or defaults()
    _ends(reading, given["water_snap_m"].value)
    facts_beside.take_up(t, reading)
    _towers(t, reading)
    _elevations(t, reading)
    _tanks(reading)
    _pipes(reading, given)
    allotting.demands(t, reading, given)
    reading.findings += pruning.prune(reading.net)
    facts_beside.put(reading)


def _say(reading: Reading, attribute: str, table: str, count: int, total: int, how: Any) -> None:
    """Note that values are supposed."""
    label, effect = _WORDS[attribute], _EFFECTS[attribute]
    reading.findings.append(
        finding(
            "JUM-H089",
            table,
            attribute,
            attribute={"en": label[0], "fr": label[1]},
            count=count,
            total=total,
            how={"en": how[0], "fr": how[1]},
            effect={"en": effect[0], "fr": effect[1]},
        )
    )


def _ends(reading: Reading, snap: float) -> None:
    """Give their ends to links whose rows do not tell them."""
    net = reading.net
    given = {
        str(name): (str(row["from_node"]), str(row["to_node"]))
        for table in LINKS
        for name, row in records(getattr(net, table)).items()
    }
    lacking = [name for name, pair in given.items() if not all(pair)]
    if not lacking:
        return
    found = topology.join(reading.lines, given, reading.points, snap)
    _make(reading, found.made)
    for table in LINKS:
        rows = records(getattr(net, table))
        out: dict[str, dict[str, Any]] = {}
        for name, row in rows.items():
            if name not in found.ends:
                out[name] = row
                continue
            row["from_node"], row["to_node"] = found.ends[name]
            cuts = found.cuts.get(name, []) if table == "pipes" else []
            out |= _parts(reading, name, row, cuts) if cuts else {name: row}
        setattr(net, table, frame(table, out))
    reading.findings.append(
        finding(
            "JUM-H088", "pipe", "", count=len(found.ends), snap=snap, made=len(found.made),
            split=len(found.cuts),
        )
    )  # fmt: skip


def _make(reading: Reading, made: dict[str, tuple[float, float]]) -> None:
    """Add junctions at the tips of pipes."""
    import pandas as pd

    if not made:
        return
    rows = {
        name: {"elevation_m": math.nan, "demand_m3_h": math.nan, "x": x, "y": y}
        for name, (x, y) in made.items()
    }
    new = frame("junctions", rows)
    known = reading.net.junctions
    reading.net.junctions = pd.concat([known, new]) if len(known) else new
    reading.points |= made


def _parts(
    reading: Reading, name: str, row: dict[str, Any], cuts: list[tuple[str, float]]
) -> dict[str, dict[str, Any]]:
    """Return a pipe cut at the nodes on its way, its length shared out."""
    line = reading.lines.pop(name)
    parts = topology.pieces(line, [at for _, at in cuts])
    drawn = [_drawn(part) for part in parts]
    stops = [row["from_node"], *(node for node, _ in cuts), row["to_node"]]
    twin = reading.links.to_twin.get(name, name)
    out: dict[str, dict[str, Any]] = {}
    for k, part in enumerate(parts):
        own = f"{name}~{k + 1}"
        out[own] = {
            **row, "from_node": stops[k], "to_node": stops[k + 1],
            "length_m": row["length_m"] * drawn[k] / sum(drawn),
        }  # fmt: skip
        reading.lines[own] = part
        reading.links.to_twin[own] = twin
        if name in reading.materials:
            reading.materials[own] = reading.materials[name]
        if name in reading.years:
            reading.years[own] = reading.years[name]
        if name in reading.pipe_districts:
            reading.pipe_districts[own] = reading.pipe_districts[name]
    return out


def _drawn(line: Floats) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _towers(t: Territory, reading: Reading) -> None:
    """Take water towers of the map as sources when the network has none, where a node is near."""
    net = reading.net
    if len(net.tanks) or len(net.reservoirs) or not reading.points:
        return
    from scipy.spatial import cKDTree

    rows = t.geo("storage_tank", columns=["id", "kind", "height_m", "geometry"])
    rows = rows[rows["kind"].fillna("").str.lower().str.contains("eau|water")]
    if not len(rows):
        return
    names = list(net.junctions.index)
    tree = cKDTree(np.array([reading.points[name] for name in names]))
    middle = rows.geometry.centroid
    far, near = tree.query(np.column_stack([middle.x, middle.y]), distance_upper_bound=_BESIDE)
    ground = t.raster("dtm").sample(middle.x, middle.y).astype(float)
    heads: dict[str, float] = {}
    for k, distance in enumerate(far.tolist()):
        height = rows["height_m"].iloc[k]
        if math.isfinite(distance) and math.isfinite(ground[k]):
            up = float(height) if height is not None and math.isfinite(height) else 0.0
            heads[names[int(near[k])]] = float(ground[k]) + up
    if not heads:
        return
    places = {name: reading.points[name] for name in heads}
    net.reservoirs = frame(
        "reservoirs",
        {
            name: {"head_m": head, "x": places[name][0], "y": places[name][1]}
            for name, head in heads.items()
        },
    )
    net.junctions = net.junctions.drop(index=list(heads))
    reading.suppose("head_m", heads)
    _say(reading, "level", "storage_tank", len(heads), len(heads), (
        "water towers of the map, ground and height, at the nearest node",
        "châteaux d'eau de la carte, sol et hauteur, au nœud le plus proche",
    ))  # fmt: skip


_BESIDE = 50.0
"""Distance within which a water tower feeds a node [m]."""


def _elevations(t: Territory, reading: Reading) -> None:
    """Take from the terrain the altitudes that rows do not tell."""
    total = sum(len(getattr(reading.net, table)) for table in ("junctions", "tanks"))
    count = 0
    for table in ("junctions", "tanks"):
        rows = getattr(reading.net, table)
        lacking = rows.index[~np.isfinite(rows["elevation_m"].to_numpy(float))]
        lacking = [name for name in lacking if name in reading.points]
        if not lacking:
            continue
        places = np.array([reading.points[name] for name in lacking])
        ground = t.raster("dtm").sample(places[:, 0], places[:, 1]).astype(float)
        known = np.isfinite(ground)
        kept = [name for name, there in zip(lacking, known, strict=True) if there]
        rows.loc[kept, "elevation_m"] = ground[known]
        count += len(kept)
        error = _error(t, places[known])
        found = list(zip(kept, ground[known].tolist(), error, strict=True))
        reading.between(
            "elevation_m",
            {str(name): (value - 1.0 - off, value + off, "terrain") for name, value, off in found},
        )
        twin = reading.nodes.to_twin
        reading.estimates += [
            {
                "table": TABLES[table], "entity": twin[name], "attribute": "elevation_m",
                "value": round(value, 2), "low": round(value - 1.0 - off, 2),
                "high": round(value + off, 2), "method": "terrain",
            }
            for name, value, off in found
            if name in twin
        ]  # fmt: skip
    if count:
        _say(reading, "elevation_m", "junction", count, total, (
            "that of the terrain", "celle du relief",
        ))  # fmt: skip


def _error(t: Territory, places: Floats) -> list[float]:
    """Return the standard deviation of the terrain at points, 0.5 m where it is not told [m]."""
    if not len(places):
        return []
    told = t.raster("dtm_std").sample(places[:, 0], places[:, 1]).astype(float)
    return np.where(np.isfinite(told), told, 0.5).tolist()  # type: ignore[no-any-return]


def _tanks(reading: Reading) -> None:
    """Hold at a fixed level the tanks whose shape is not known; drop sources without a head."""
    import pandas as pd

    net = reading.net
    tanks = net.tanks
    heads: dict[str, dict[str, Any]] = {}
    for name, row in records(tanks).items():
        shape = (row["diameter_m"], row["minimum_level_m"], row["maximum_level_m"])
        known = all(math.isfinite(it) for it in shape) or bool(row["volume_curve"])
        if known and math.isfinite(row["elevation_m"]):
            if not math.isfinite(row["initial_level_m"]):
                middle = 0.5 * (row["minimum_level_m"] + row["maximum_level_m"])
                net.tanks.loc[name, "initial_level_m"] = middle
                reading.suppose("head_m", [name])
            continue
        levels = [row[it] for it in ("initial_level_m", "maximum_level_m")]
        level = next((it for it in levels if math.isfinite(it)), 0.0)
        heads[name] = {"head_m": row["elevation_m"] + level, "x": row["x"], "y": row["y"]}
    if heads:
        made = frame("reservoirs", heads)
        net.tanks = tanks.drop(index=list(heads))
        net.reservoirs = pd.concat([net.reservoirs, made]) if len(net.reservoirs) else made
        reading.suppose("head_m", heads)
        _say(reading, "level", "tank", len(heads), len(tanks), (
            "held at their known level, or at their bottom",
            "tenus à leur niveau connu, ou à leur radier",
        ))  # fmt: skip


def _pipes(reading: Reading, given: Parameters) -> None:
    """Give their length, diameter and roughness to the pipes whose rows do not tell them."""
    pipes = reading.net.pipes
    if not len(pipes):
        return
    names = [str(it) for it in pipes.index]
    length = pipes["length_m"].to_numpy(float).copy()
    for k, name in enumerate(names):
        if not length[k] > 0 and name in reading.lines:
            length[k] = max(_drawn(reading.lines[name]), 0.01)
    pipes["length_m"] = length
    size = pipes["diameter_mm"].to_numpy(float).copy()
    unsized = ~(size > 0)
    if unsized.any():
        usual = given["water_usual_diameter_mm"]
        size[unsized] = usual.value
        pipes["diameter_mm"] = size
        _estimate(reading, "diameter_mm", np.flatnonzero(unsized), names,
                  (size, np.full(len(size), usual.low), np.full(len(size), usual.high)),
                  "usual_diameter")  # fmt: skip
        _say(reading, "diameter_mm", "pipe", int(unsized.sum()), len(pipes), (
            f"{usual.value:g} mm", f"{usual.value:g} mm",
        ))  # fmt: skip
    rough = pipes["roughness"].to_numpy(float).copy()
    unknown = ~(rough > 0)
    if not unknown.any() or reading.net.units.headloss != "H-W":
        return
    years = np.array([reading.years.get(name, (math.nan, math.nan)) for name in names], float)
    kinds = [reading.materials.get(name, "") for name in names]
    supposed = supposing.roughness(kinds, years[:, 0], years[:, 1], size, datetime.now(UTC).year)
    rough[unknown] = supposed[0][unknown]
    pipes["roughness"] = rough
    _estimate(reading, "roughness", np.flatnonzero(unknown), names, supposed, "material_and_age")
    _say(reading, "roughness", "pipe", int(unknown.sum()), len(pipes), (
        "from the material and the year of laying", "d'après le matériau et l'année de pose",
    ))  # fmt: skip


def _estimate(
    reading: Reading,
    attribute: str,
    rows: NDArray[np.int64],
    names: list[str],
    values: tuple[Floats, Floats, Floats],
    method: str,
) -> None:
    """Note the estimates of an attribute of pipes, one for each row of the twin."""
    _, least, most = values
    reading.between(
        attribute, {names[k]: (float(least[k]), float(most[k]), method) for k in rows.tolist()}
    )
    seen: set[str] = set()
    for k in rows:
        twin = reading.links.to_twin.get(names[k], names[k])
        if twin in seen:
            continue
        seen.add(twin)
        value, low, high = (round(float(it[k]), 2) for it in values)
        reading.estimates.append(
            {
                "table": "pipe", "entity": twin, "attribute": attribute, "value": value,
                "low": min(low, value), "high": max(high, value), "method": method,
            }
        )  # fmt: skip


def unknown_heights(net: Network) -> list[str]:
    """Return the nodes whose altitude nobody tells."""
    columns = {"junctions": "elevation_m", "tanks": "elevation_m", "reservoirs": "head_m"}
    return [
        str(name)
        for table in NODES
        for name, value in getattr(net, table)[columns[table]].items()
        if not math.isfinite(value)
    ]
