# SPDX-License-Identifier: EUPL-1.2
"""Ends that miss one another, ends on the middle of a pipe, pipes that cross."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water.repairing.draft import MANY, SOURCES, Draft, Point, Row
from jumeau.worksites.water.report import Repair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Miss = tuple[float, str, str]
NEAR = 4.0
"""Misses told: gaps up to this many times the tolerance."""
SPREAD = 1.25
"""Factor within which half of the lengths over drawn lengths of a plan to scale agree."""
FAR = 2.0
"""Extent of places that could be degrees and are no metres, when no length says more."""
EXACT = 0.02
"""Share by which a plan's scale may differ from 1 and still be that of metres."""


def scale(draft: Draft) -> tuple[bool, float, float]:
    """Tell from the known lengths how long a unit of the plan is, if it is to scale at all.

    The scale is the median over the pipes of length / drawn length. When less than half of them
    lie within :data:`SPREAD` of it, the plan is a sketch: nothing is concluded from its places.
    A drawing (``net.drawn``) is in metres.

    Parameters
    ----------
    draft : Draft
        Receives ``to_scale`` and ``scale``.

    Returns
    -------
    to_scale : bool
        Whether it is to scale.
    scale : float
        Metres of a unit of the plan.
    share : float
        Share of the lengths that agree.
    """
    import numpy as np

    draft.to_scale, draft.scale, share = True, 1.0, 1.0
    if draft.net.drawn:
        return True, 1.0, 1.0
    pipes = draft.tables["pipes"]
    drawn = {name: draft.drawn_length(name) for name in pipes}
    ratios = np.array([pipes[name]["length_m"] / it for name, it in drawn.items() if it > 0])
    ratios = ratios[ratios > 0]
    if not len(ratios):
        _, places = draft.placed()
        degrees = len(places) > 0 and bool((np.abs(places) <= (180.0, 90.0)).all())
        draft.to_scale = not (degrees and float(np.ptp(places, axis=0).max()) < FAR)
        return draft.to_scale, 1.0, 0.0
    middle = float(np.percentile(ratios, 50.0, method="lower"))
    share = float(np.mean((ratios <= middle * SPREAD) & (ratios * SPREAD >= middle)))
    draft.to_scale = share >= 0.5
    if draft.to_scale and abs(middle - 1.0) > EXACT:
        draft.scale = middle
    return draft.to_scale, draft.scale, share


def tell_scale(draft: Draft, share: float) -> None:
    """Tell a plan that is a sketch (``JUM-H051``) or in other units than metres (``JUM-H052``).

    Parameters
    ----------
    draft : Draft
        Its verdict.
    share : float
        Share of the lengths that agree.
    """
    if not draft.to_scale:
        draft.report.add("JUM-H051", "pipes", "", share=round(100.0 * share, 1))
    elif draft.scale != 1.0:
        draft.report.add("JUM-H052", "", "", scale=draft.scale)


def loose(draft: Draft, name: str) -> bool:
    """Tell whether at most one link touches a node."""
    return draft.degree(name) <= 1


def linked(draft: Draft, first: str, second: str) -> bool:
    """Tell whether a link joins two nodes, or valves and pumps one behind the other."""
    if any(draft.other(link, first) == second for link in draft.touching[first]):
        return True
    seen, front = {first}, [first]
    while front:
        node = front.pop()
        for link in draft.touching[node]:
            other = draft.other(link, node)
            if draft.links[link] != "pipes" and other not in seen:
                if other == second:
                    return True
                seen.add(other)
                front.append(other)
    return False


def snap(draft: Draft) -> list[Miss]:
    """Join nodes nearer to one another than the tolerance, the nearest first.

    Of a drawn network all; else those of which one is a loose end. Two that a link joins stay
    apart, two sources too. The node with more links stays where it is, a source before any.
    Return the loose ends that stop short of a node, with the gap in metres.
    """
    import numpy as np
    from scipy.spatial import cKDTree

    names, places = draft.placed()
    if len(names) < 2 or draft.tolerance <= 0 or not draft.to_scale:
        return []
    reach = draft.tolerance / draft.scale
    tree = cKDTree(places)
    pairs = tree.query_pairs(reach * NEAR, output_type="ndarray")
    gaps = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T) if len(pairs) else np.array([])
    clusters = {k: [k] for k in range(len(names))}
    heads = list(range(len(names)))
    missed: list[Miss] = []
    for k in np.argsort(gaps, kind="stable"):
        first, second = int(pairs[k, 0]), int(pairs[k, 1])
        a, b = names[first], names[second]
        free = loose(draft, a) or loose(draft, b)
        if heads[first] == heads[second] or not (free or draft.net.drawn):
            continue
        if gaps[k] > reach * (1 + 1e-9):
            if free and not linked(draft, a, b):
                missed.append((float(gaps[k]) * draft.scale, a, b))
            continue
        members = clusters[heads[first]] + clusters[heads[second]]
        if _apart(draft, [names[it] for it in members], places[members], reach):
            continue
        for member in members:
            heads[member] = heads[first]
        clusters[heads[first]] = members
    for head, members in clusters.items():
        if heads[head] == head and len(members) > 1:
            _merge(draft, [names[it] for it in sorted(members)])
    return missed


def meet(draft: Draft) -> None:
    """Join loose ends of a drawing that can meet half-way, neither moved by the tolerance.

    The gap is below twice the tolerance; the other side is a loose end too, or a node that ends
    were joined to before: both were drawn carelessly. The node goes to the middle.
    """
    import numpy as np
    from scipy.spatial import cKDTree

    names, places = draft.placed()
    kept = [k for k, name in enumerate(names) if loose(draft, name) or name in draft.met]
    if len(kept) < 2 or draft.tolerance <= 0 or not draft.net.drawn:
        return
    spots = places[kept]
    pairs = cKDTree(spots).query_pairs(2.0 * draft.tolerance * (1.0 - 1e-9), output_type="ndarray")
    if not len(pairs):
        return
    gaps = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T)
    for k in np.argsort(gaps, kind="stable"):
        a, b = (names[kept[it]] for it in pairs[k])
        if a not in draft.nodes or b not in draft.nodes or linked(draft, a, b):
            continue
        far = math.dist(draft.at(a), draft.at(b))
        stiff = {draft.nodes[a], draft.nodes[b]} != {"junctions"}
        if stiff or far >= 2.0 * draft.tolerance or not (loose(draft, a) or loose(draft, b)):
            continue
        stays, gone = (a, b) if draft.degree(a) >= draft.degree(b) else (b, a)
        (x1, y1), (x2, y2) = draft.at(stays), draft.at(gone)
        draft.join(gone, stays)
        draft.set("junctions", stays, "x", 0.5 * (x1 + x2))
        draft.set("junctions", stays, "y", 0.5 * (y1 + y2))
        draft.met.add(stays)
        repair = Repair("snapped", "junctions", gone, gone, stays, 0.5 * far)
        draft.mended("JUM-H053", repair, moved=round(0.5 * far, 3))


def _apart(draft: Draft, members: list[str], places: NDArray[np.float64], reach: float) -> bool:
    """Tell whether nodes may not be one: linked, two sources, or strung out too far."""
    if sum(draft.nodes[name] in SOURCES for name in members) > 1:
        return True
    if any(linked(draft, a, b) for k, a in enumerate(members) for b in members[k + 1 :]):
        return True
    spread = max(math.dist(a, b) for a in places for b in places)
    return spread > 2.0 * reach


def _merge(draft: Draft, members: list[str]) -> None:
    """Make one of several nodes, in their order."""
    kept, *others = sorted(
        members, key=lambda it: (draft.nodes[it] not in SOURCES, -draft.degree(it))
    )
    draft.met.add(kept)
    for gone in others:
        moved = draft.scale * math.dist(draft.at(gone), draft.at(kept))
        table = draft.nodes[gone]
        draft.join(gone, kept)
        repair = Repair("snapped", table, gone, gone, kept, moved)
        draft.mended("JUM-H053", repair, moved=round(moved, 3))


def misses(draft: Draft, missed: list[Miss]) -> None:
    """Tell loose ends that stop short of a node, the nearest node of each."""
    nearest: dict[str, tuple[float, str]] = {}
    for gap, a, b in missed:
        if a in draft.nodes and b in draft.nodes:
            for one, two in ((a, b), (b, a)):
                if loose(draft, one):
                    nearest.setdefault(one, (gap, two))
    said = set()
    for name, (gap, other) in list(nearest.items()):
        pair = frozenset((name, other))
        if pair not in said and not _near_by_pipe(draft, name, other):
            said.add(pair)
            draft.report.add("JUM-H054", draft.nodes[name], name, other=other, gap=round(gap, 2))


def _near_by_pipe(draft: Draft, name: str, other: str) -> bool:
    """Tell whether a loose end reaches another node through one node between them."""
    return any(linked(draft, draft.other(link, name), other) for link in draft.touching[name])


def tees(draft: Draft) -> None:
    """Split pipes at nodes on their middle.

    A node splits a pipe when it lies within the tolerance of it, further than that from its ends,
    and belongs to no link of it. Of a drawn network any node; else loose ends, and nodes without a
    link that stand for something: sources, demands, hydrants. Two pipes that cross without a node
    are left as they are.
    """
    import numpy as np
    import shapely

    if draft.tolerance <= 0 or not draft.to_scale:
        return
    names, places = draft.placed()
    wanted = [k for k, name in enumerate(names) if _splits(draft, name)]
    pipes, lines = draft.lines(draft.tables["pipes"])
    if not wanted or not pipes:
        return
    reach = draft.tolerance / draft.scale
    points = shapely.points(places[wanted])
    at, on = shapely.STRtree(lines).query(points, predicate="dwithin", distance=reach)
    along = shapely.line_locate_point(lines[on], points[at])
    left = shapely.length(lines[on]) - along
    cuts: dict[str, list[tuple[float, str]]] = {}
    for k in np.flatnonzero((along > reach) & (left > reach)):
        pipe, node = pipes[on[k]], names[wanted[at[k]]]
        if node not in draft.ends(pipe) and not _beside(draft, node, pipe):
            cuts.setdefault(pipe, []).append((float(along[k]), node))
    gaps = {
        (pipes[line], names[wanted[point]]): gap * draft.scale
        for point, line, gap in zip(at, on, shapely.distance(points[at], lines[on]), strict=True)
    }
    for pipe, where in cuts.items():
        _split(draft, pipe, sorted(where), gaps)


def _splits(draft: Draft, name: str) -> bool:
    links = draft.degree(name)
    if links == 0:
        row = draft.node(name)
        something = (
            draft.touching[name]
            or row.get("demand_m3_h")
            or row.get("emitter_m3_h")
            or row.get("kind")
        )
        return draft.nodes[name] in SOURCES or bool(something)
    return links == 1 or draft.net.drawn


def _beside(draft: Draft, node: str, pipe: str) -> bool:
    """Tell whether a node hangs by a short link on an end of a pipe it lies beside."""
    ends = draft.ends(pipe)
    reach = 2.0 * draft.tolerance / draft.scale
    return any(
        end in ends and math.dist(draft.at(end), draft.at(node)) <= reach
        for end in (draft.other(link, node) for link in draft.touching[node])
    )


def _split(
    draft: Draft, pipe: str, where: list[tuple[float, str]], gaps: dict[tuple[str, str], float]
) -> None:
    """Split a pipe at nodes along it; its first part keeps the id, the rest is new."""
    course = draft.course(pipe)
    rest, start = pipe, 0.0
    for place, node in where:
        row = draft.link(rest)
        last, length, whole = row["to_node"], row["length_m"], _length(course)
        if node in (row["from_node"], last):
            continue
        before, after = cut(course, place - start)
        share = _length(before) / whole if whole > 0 else 0.5
        new = draft.free(pipe, draft.links)
        other: Row = {**row, "from_node": node, "length_m": length * (1.0 - share)}
        other["minor_loss"] = 0.0
        draft.set("pipes", rest, "to_node", node)
        draft.set("pipes", rest, "length_m", length * share)
        draft.add_link("pipes", new, other)
        if len(course) > 2:
            draft.set_rows("vertices", rest, _bends(rest, before))
            draft.set_rows("vertices", new, _bends(new, after))
        _reassign(draft, rest, new, before, after)
        moved = gaps.get((pipe, node), float("nan"))
        repair = Repair("split", "pipes", pipe, rest, f"{rest} + {new}", moved)
        draft.mended("JUM-H055", repair, node=node, moved=round(moved, 3))
        rest, course, start = new, [draft.at(node), *after[1:]], place


def _reassign(draft: Draft, rest: str, new: str, before: list[Point], after: list[Point]) -> None:
    """Hang the assets that stand on the second part of a pipe on it."""
    import shapely

    there = draft.hanging.get(("pipe_id", rest), [])
    if not there:
        return
    parts = shapely.LineString(before), shapely.LineString(after)
    for table, name in list(there):
        row = draft.tables[table][name]
        spot = shapely.Point(row.get("x", math.nan), row.get("y", math.nan))
        if spot.is_valid and parts[1].distance(spot) < parts[0].distance(spot):
            draft.set(table, name, "pipe_id", new)
            there.remove((table, name))
            draft.hanging.setdefault(("pipe_id", new), []).append((table, name))


def cut(course: list[Point], place: float) -> tuple[list[Point], list[Point]]:
    """Return the two parts of a course, cut at a distance from its beginning."""
    done = 0.0
    for k, (a, b) in enumerate(pairwise(course)):
        step = math.dist(a, b)
        if done + step >= place or k == len(course) - 2:
            share = min(max((place - done) / step, 0.0), 1.0) if step > 0 else 0.0
            middle = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
            return [*course[: k + 1], middle], [middle, *course[k + 1 :]]
        done += step
    return course, course[-1:]


def _length(course: list[Point]) -> float:
    return math.fsum(math.dist(a, b) for a, b in pairwise(course))


def _bends(link: str, course: list[Point]) -> list[Row]:
    return [{"link": link, "x": x, "y": y} for x, y in course[1:-1]]


def crossings(draft: Draft) -> None:
    """Tell the pipes that cross without a node there: nothing says that water passes."""
    import numpy as np
    import shapely

    pipes, lines = draft.lines(draft.tables["pipes"])
    if len(pipes) < 2 or not draft.to_scale:
        return
    first, second = shapely.STRtree(lines).query(lines, predicate="crosses")
    ahead = first < second
    first, second = first[ahead], second[ahead]
    where = shapely.point_on_surface(shapely.intersection(lines[first], lines[second]))
    reach = draft.tolerance / draft.scale
    found: list[tuple[str, str, Any]] = []
    for k in np.arange(len(first)):
        a, b = pipes[first[k]], pipes[second[k]]
        point = (float(where[k].x), float(where[k].y))
        ends = {*draft.ends(a), *draft.ends(b)}
        if all(math.dist(point, draft.at(end)) > reach for end in ends):
            found.append((a, b, point))
    for a, b, (x, y) in found[:MANY]:
        where_told = f"{a} × {b} ({x:.1f}, {y:.1f})"
        draft.report.add("JUM-H056", "pipes", a, other=b, x=x, y=y, where=where_told, count=1)
    if len(found) > MANY:
        rest = len(found) - MANY
        draft.report.add("JUM-H056", "pipes", "", where=f"+ {rest}", count=rest)
