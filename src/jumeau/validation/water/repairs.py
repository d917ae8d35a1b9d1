# SPDX-License-Identifier: EUPL-1.2
"""A network drawn as files of a geographic information system, broken in many ways, and mended."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.water.study import Figure, Study

if TYPE_CHECKING:
    import numpy as np

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.report import Report

FILE = Path("validation") / "water" / "battledim" / "L-TOWN.inp"
SOURCE = "L-TOWN (KIOS Research Center), drawn and broken by this project, computed by EPANET 2.3"
LICENCE = "EUPL-1.2"
SEED = 8
REACH = 0.4
"""How far ends are moved at most [m]."""
COUNTS = {
    "moved": 60, "unsplit": 30, "duplicate": 12, "zero_length": 5, "loop": 3, "orphan": 6,
    "no_diameter": 15, "metres": 10, "no_length": 20, "same_id": 4,
}  # fmt: skip
"""How often each fault is put in."""
Line = dict[str, Any]


def steady(net: Network) -> Network:
    """Return a network of one period: each junction with its demand of the first moment.

    Parameters
    ----------
    net : Network
        With patterns, controls and rules, which the answer has not.
    """
    from jumeau.worksites.water.network import empty

    out = net.copy()
    usual = out.options.get("PATTERN", "1")
    first = {name: values[0] for name, values in out.patterns["multipliers"].items() if values}
    demand = dict.fromkeys(out.junctions.index, 0.0)
    told = out.demands["junction"].tolist()
    for name, amount, pattern in zip(
        told, out.demands["demand_m3_h"], out.demands["pattern"], strict=True
    ):
        demand[name] += amount * first.get(pattern or usual, 1.0)
    listed = set(told)
    for name, amount, pattern in zip(
        out.junctions.index, out.junctions["demand_m3_h"], out.junctions["pattern"], strict=True
    ):
        if name not in listed:
            demand[name] = amount * first.get(pattern or usual, 1.0)
    out.junctions["demand_m3_h"] = list(demand.values())
    out.junctions["pattern"] = ""
    out.demands = empty("demands")
    out.controls, out.rules, out.document, out.origin = [], [], None, None
    out.options = {"ACCURACY": "0.00001", "TRIALS": "200"}
    out.times = {"DURATION": "0"}
    return out


def drawn(net: Network) -> tuple[list[Line], list[Line]]:
    """Return the lines and the points that a plan of a network would show.

    Parameters
    ----------
    net : Network
        With places of all nodes.
    """
    spots = {
        name: (x, y, z)
        for table, height in (("junctions", "elevation_m"), ("reservoirs", "head_m"),
                              ("tanks", "elevation_m"))
        for name, x, y, z in zip(
            getattr(net, table).index, getattr(net, table)["x"], getattr(net, table)["y"],
            getattr(net, table)[height], strict=True,
        )
    }  # fmt: skip
    bends: dict[str, list[tuple[float, ...]]] = {}
    for link, x, y in zip(net.vertices["link"], net.vertices["x"], net.vertices["y"], strict=True):
        bends.setdefault(link, []).append((x, y, 0.0))
    lines: list[Line] = []
    for table, kind in (("pipes", "conduite"), ("pumps", "pompe"), ("valves", "PRV")):
        for name, row in getattr(net, table).to_dict("index").items():
            ends = row["from_node"], row["to_node"]
            course = [spots[ends[0]], *bends.get(name, []), spots[ends[1]]]
            lines.append({
                "id": name, "type": kind, "ends": ends, "course": course,
                "longueur": row.get("length_m"), "diametre": row.get("diameter_mm"),
                "rugosite": row.get("roughness"), "consigne": row.get("setting"),
            })  # fmt: skip
    points: list[Line] = []
    for name, row in net.reservoirs.to_dict("index").items():
        points.append({"id": name, "type": "source", "at": spots[name], "charge": row["head_m"]})
    for name, row in net.tanks.to_dict("index").items():
        points.append({
            "id": name, "type": "réservoir", "at": spots[name], "cote": row["elevation_m"],
            "niv_ini": row["initial_level_m"], "niv_min": row["minimum_level_m"],
            "niv_max": row["maximum_level_m"], "diam_cuve": row["diameter_m"],
        })  # fmt: skip
    return lines, points


def broken(
    lines: list[Line], points: list[Line], seed: int = SEED
) -> tuple[list[Line], list[Line], dict[str, int]]:
    """Return a plan with faults, and how many of each were put in.

    Ends moved by up to 0.4 m, mains not split at their tees, pipes drawn twice, pipes without
    length, pipes from a node to itself, a part of its own, nodes without pipes, diameters missing
    or in metres, lengths missing, ids given twice, a pipe in two parts, a reducing valve that looks
    the wrong way, the others drawn as points, and no name of a node anywhere.

    Parameters
    ----------
    lines, points : list of dict
        As :func:`drawn` gives them; each line's ``course`` holds (x, y, z) in metres.
    seed : int
        Of the draws.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    lines = [{**line, "course": list(line["course"])} for line in lines]
    points = [dict(point) for point in points]
    done: dict[str, int] = {}
    done["point valve"], done["turned valve"] = _valves(lines, points)
    done["unsplit"] = _unsplit(lines, rng)
    pipes = [line for line in lines if line["type"] == "conduite"]
    chosen = rng.permutation(len(pipes))
    start = 0

    def some(fault: str) -> list[Line]:
        nonlocal start
        found = [pipes[k] for k in chosen[start : start + COUNTS[fault]]]
        start += COUNTS[fault]
        done[fault] = len(found)
        return found

    for line in some("moved"):
        end = int(rng.integers(2)) - 1
        angle, far = rng.uniform(0.0, 2.0 * math.pi), REACH * math.sqrt(rng.uniform())
        x, y, z = line["course"][end]
        line["course"][end] = (x + far * math.cos(angle), y + far * math.sin(angle), z)
    for k, line in enumerate(some("duplicate")):
        course = line["course"][:: 1 if k % 2 else -1]
        lines.append({**line, "id": f"double{k}", "course": course})
    for k, line in enumerate(some("zero_length")):
        lines.append({**line, "id": f"nil{k}", "course": [line["course"][0]] * 2, "longueur": 0.0})
    for k, line in enumerate(some("loop")):
        x, y, z = line["course"][0]
        ring = [(x, y, z), (x + 3.0, y + 4.0, z), (x - 3.0, y + 4.0, z), (x, y, z)]
        lines.append({**line, "id": f"ring{k}", "course": ring, "longueur": 16.0})
    for line in some("no_diameter"):
        line["diametre"] = None
    for line in some("metres"):
        line["diametre"] /= 1000.0
    for line in some("no_length"):
        line["longueur"] = None
    for line, other in zip(some("same_id"), pipes, strict=False):
        line["id"] = other["id"]
    low = min(point[0] for line in pipes for point in line["course"])
    for k in range(4):
        course = [(low - 2000.0 - 50.0 * k, 0.0, 10.0), (low - 2050.0 - 50.0 * k, 0.0, 10.0)]
        lines.append({**pipes[0], "id": f"far{k}", "course": course, "longueur": 50.0})
    for k in range(COUNTS["orphan"]):
        at = (low - 500.0, 100.0 * k, 10.0)
        points.append({"id": f"alone{k}", "type": "noeud", "at": at})
    done |= {"isolated": 1, "orphan": COUNTS["orphan"]}
    return lines, points, done


def _valves(lines: list[Line], points: list[Line]) -> tuple[int, int]:
    """Draw all reducing valves but the first as points, and turn the first one round."""
    valves = [line for line in lines if line["type"] == "PRV"]
    first = valves[0]
    first["course"] = first["course"][::-1]
    for valve in valves[1:]:
        here, there = valve["course"][0], valve["course"][-1]
        for line in lines:
            for end in (0, -1):
                if line["course"][end][:2] == here[:2]:
                    line["course"][end] = (*there[:2], line["course"][end][2])
        lines.remove(valve)
        points.append({**valve, "at": there})
    return len(valves) - 1, 1


def _unsplit(lines: list[Line], rng: np.random.Generator) -> int:
    """Make one line of two pipes at nodes where others meet them too."""
    at: dict[tuple[float, ...], list[Line]] = {}
    for line in lines:
        for end in (0, -1):
            at.setdefault(line["course"][end][:2], []).append(line)
    spots = [spot for spot, there in at.items() if len(there) == 3]
    count = 0
    used: set[str] = set()
    for k in rng.permutation(len(spots)):
        there = [it for it in at[spots[k]] if it["type"] == "conduite"]
        pair = [(a, b) for a in there for b in there
                if a is not b and a["diametre"] == b["diametre"] and a["rugosite"] == b["rugosite"]
                and a["course"][-1][:2] == spots[k] == b["course"][0][:2]]  # fmt: skip
        if len(there) < 3 or not pair or {it["id"] for it in pair[0]} & used:
            continue
        one, two = pair[0]
        used |= {one["id"], two["id"]}
        ends = one["course"][0], two["course"][-1]
        if one["longueur"] + two["longueur"] <= 5.0 or ends[0] == ends[1]:
            continue
        one["course"] = [*one["course"], *two["course"][1:]]
        one["longueur"] += two["longueur"]
        lines.remove(two)
        count += 1
        if count == COUNTS["unsplit"]:
            break
    return count


def written(folder: Path, lines: list[Line], points: list[Line]) -> tuple[Path, Path]:
    """Write a plan as two Shapefiles and return their paths.

    Parameters
    ----------
    folder : Path
        Where.
    lines, points : list of dict
        As :func:`broken` gives them.
    """
    import geopandas
    import shapely

    shapes = [shapely.LineString(line["course"]) for line in lines]
    long = max(range(len(shapes)), key=lambda k: shapes[k].length)
    half = shapely.get_coordinates(shapes[long], include_z=True)
    middle = half[:2].mean(axis=0)
    shapes[long] = shapely.MultiLineString([[half[0], middle], [middle, *half[1:]]])
    files = []
    for name, rows, geometries in (
        ("conduites.shp", lines, shapes),
        ("points.shp", points, [shapely.Point(point["at"]) for point in points]),
    ):
        kept = [{it: v for it, v in row.items() if it not in ("course", "at", "ends")}
                for row in rows]  # fmt: skip
        table = geopandas.GeoDataFrame(kept, geometry=geometries, crs="EPSG:2154")
        table.to_file(folder / name)
        files.append(folder / name)
    return files[0], files[1]


def mended(net: Network, seed: int = SEED) -> tuple[Network, Network, Report, dict[str, int]]:
    """Return a network of one period, what became of it broken and mended, the report, the faults.

    Parameters
    ----------
    net : Network
        With places of all nodes.
    seed : int
        Of the draws.
    """
    import numpy as np

    from jumeau.worksites import water

    whole = steady(net)
    lines, points, done = broken(*drawn(whole), seed)
    with tempfile.TemporaryDirectory() as folder:
        files = written(Path(folder), lines, points)
        plan = water.read_gis(files[0], points=files[1])
    plan.curves = whole.curves.copy()
    plan.pumps["head_curve"] = whole.pumps["head_curve"].reindex(plan.pumps.index)
    plan.options, plan.times = dict(whole.options), dict(whole.times)
    again, report = water.repair(plan, drop_isolated=True)
    users = whole.junctions[whole.junctions["demand_m3_h"] > 0]
    again, _ = water.allocate_demand(
        again, np.asarray(users[["x", "y"]]), users["demand_m3_h"], unit="m3/h", to="node"
    )
    return whole, again, report, done


def compared(file: Path, seed: int = SEED) -> dict[str, float]:
    """Return how far the heads of a mended network are from those of the one that was broken."""
    import numpy as np
    from scipy.spatial import cKDTree

    from jumeau.worksites import water

    whole, again, _, _ = mended(water.read_inp(file), seed)
    right, ours = water.solve(whole, 0, engine="epanet"), water.solve(again, 0, engine="epanet")
    where = [np.asarray(it.junctions[["x", "y"]]) for it in (whole, again)]
    there = cKDTree(where[1]).query_ball_point(where[0], 2.0 * REACH)
    heads = right.head[0, 0], ours.head[0, 0]
    # Both ends of a valve drawn as a point stand at one place: the nearer head is meant.
    apart = np.array(
        [min((abs(heads[0][k] - heads[1][it]) for it in near), default=np.nan)
         for k, near in enumerate(there)]
    )  # fmt: skip
    known = np.isfinite(apart)
    return {
        "nodes found": float(known.mean()),
        "mean difference of head": float(apart[known].mean()),
        "largest difference of head": float(apart[known].max()),
        "volume lost": float(
            again.junctions["demand_m3_h"].sum() - whole.junctions["demand_m3_h"].sum()
        ),
    }


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the network broken and mended, whose file is shared."""
    file = shared / FILE if shared and (shared / FILE).is_file() else None
    figures = (
        Figure("nodes found", 1.0, 0.005, ""),
        Figure("mean difference of head", 0.0, 0.01, "m"),
        Figure("largest difference of head", 0.0, 0.1, "m"),
        Figure("volume lost", 0.0, 1e-9, "m³/h"),
    )
    yield Study(
        "L-TOWN broken in fourteen ways and mended",
        "epanet",
        partial(compared, file) if file else None,
        figures,
        SOURCE,
        LICENCE,
    )
