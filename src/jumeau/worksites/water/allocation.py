# SPDX-License-Identifier: EUPL-1.2
"""Volumes of meters or buildings brought to the junctions of a network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from jumeau.base.errors import error
from jumeau.worksites.water import undoing
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.repairing.draft import Draft
from jumeau.worksites.water.report import Repair, Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

HOURS = {"m3/h": 1.0, "m3/day": 24.0, "m3/year": 8760.0}
"""Hours over which a volume is given."""
SHOWN = 20
"""Points out of reach that are told one by one."""


def allocate_demand(
    net: Network,
    points_xy: ArrayLike,
    volumes: ArrayLike,
    *,
    unit: Literal["m3/h", "m3/day", "m3/year"] = "m3/year",
    to: Literal["pipe", "node"] = "pipe",
    distance_m: float = 100.0,
    pattern: str = "",
    category: str | Sequence[str] = "",
    ids: Sequence[str] | None = None,
    replace: bool = True,
) -> tuple[Network, Report]:
    """Bring volumes of meters or buildings to the nearest pipe, or node, of a network.

    A volume goes to the nearest point of the nearest pipe and from there to the two ends of that
    pipe, each the share that the other end is far: w₁ = (L − s) / L, w₂ = s / L. What goes to a
    tank or a reservoir goes to the other end. The sum over junctions is the sum of the volumes
    that were matched.

    Parameters
    ----------
    net : Network
        The network, with coordinates in metres; it is not changed.
    points_xy : (n, 2) array_like
        Places of meters or buildings, in the network's reference system [m].
    volumes : (n,) array_like
        Their volumes [m³ over the unit's time].
    unit : {"m3/h", "m3/day", "m3/year"}
        Time over which volumes are given.
    to : {"pipe", "node"}
        Whether a volume goes to the nearest pipe or to the nearest junction.
    distance_m : float
        Volumes further than this are not matched, and told [m].
    pattern : str
        Pattern of the demand.
    category : str or sequence of str
        Category of all, or of each; a junction has one demand a category.
    ids : sequence of str, optional
        Names of the points, for the findings.
    replace : bool
        Whether the network's own demands are taken out first.

    Returns
    -------
    net : Network
        With demands in m³/h.
    report : Report
        ``measures``: ``matched`` (share of the volume), ``matched_points`` (share of the points),
        ``volume_m3_h``, ``unmatched_m3_h``, ``distance_median_m``, ``distance_p95_m``.

    Raises
    ------
    InvalidError
        ``JUM-H110`` for volumes that are negative or not finite, tables of other lengths, or an
        unknown unit.
    """
    import numpy as np

    places = np.asarray(points_xy, dtype=np.float64).reshape(-1, 2)
    amounts = np.asarray(volumes, dtype=np.float64).ravel()
    kinds = [category] * len(amounts) if isinstance(category, str) else [str(it) for it in category]
    _checked(places, amounts, kinds, unit, to, distance_m)
    if pattern and pattern not in net.patterns.index:
        raise error("JUM-H110", name="pattern", value=pattern)
    hourly = amounts / HOURS[unit]
    report = Report(read={"points": len(amounts)}, order=undoing.orders(net))
    draft = Draft(net, report, 0.0)
    first, last, share, gap = _to_pipes(draft, places) if to == "pipe" else _to_nodes(draft, places)
    near = np.isfinite(gap) & (gap <= distance_m)
    shares: dict[str, dict[str, list[float]]] = {}
    for k in np.flatnonzero(near):
        one = hourly[k] * share[k]
        for node, part in ((first[k], hourly[k] - one), (last[k], one)):
            if part:
                shares.setdefault(node, {}).setdefault(kinds[k], []).append(float(part))
    _write(draft, shares, pattern, replace)
    names = [str(it) for it in ids] if ids is not None else [str(k) for k in range(len(amounts))]
    _told(report, names, hourly, gap, near)
    return draft.network(), report


def _checked(
    places: NDArray[np.float64], amounts: NDArray[np.float64], kinds: list[str], unit: str, to: str,
    distance_m: float,
) -> None:  # fmt: skip
    import numpy as np

    if len(places) != len(amounts) or len(kinds) != len(amounts):
        raise error("JUM-H110", name="len(volumes)", value=f"{len(amounts)} ≠ {len(places)}")
    if not np.isfinite(amounts).all() or (amounts < 0).any():
        wrong = amounts[~(np.isfinite(amounts) & (amounts >= 0))]
        raise error("JUM-H110", name="volumes", value=str(float(wrong[0])))
    if unit not in HOURS or to not in ("pipe", "node"):
        raise error("JUM-H110", name="unit / to", value=f"{unit} / {to}")
    if not distance_m >= 0:
        raise error("JUM-H110", name="distance_m", value=str(distance_m))


Matches = tuple[list[str], list[str], Any, Any]


def _to_pipes(draft: Draft, places: NDArray[np.float64]) -> Matches:
    """Return both ends of the nearest pipe of each point, the share of the second, the gap."""
    import numpy as np
    import shapely

    junctions = draft.tables["junctions"]
    served = [
        name
        for name, row in draft.tables["pipes"].items()
        if row["from_node"] in junctions or row["to_node"] in junctions
    ]
    pipes, lines = draft.lines(served)
    count = len(places)
    first, last = [""] * count, [""] * count
    share, gap = np.zeros(count), np.full(count, math.inf)
    if not pipes or not count:
        return first, last, share, gap
    points = shapely.points(places)
    fine = np.isfinite(places).all(axis=1)
    at, on = shapely.STRtree(lines).query_nearest(points[fine], all_matches=False)
    at = np.flatnonzero(fine)[at]
    gap[at] = shapely.distance(points[at], lines[on])
    whole = shapely.length(lines[on])
    along = shapely.line_locate_point(lines[on], points[at])
    share[at] = np.divide(along, whole, out=np.zeros(len(at)), where=whole > 0)
    for k, pipe in zip(at.tolist(), on.tolist(), strict=True):
        first[k], last[k] = draft.ends(pipes[pipe])
        if first[k] not in junctions:
            share[k] = 1.0
        elif last[k] not in junctions:
            share[k] = 0.0
    return first, last, share, gap


def _to_nodes(draft: Draft, places: NDArray[np.float64]) -> Matches:
    """Return the nearest junction of each point, as :func:`_to_pipes` does."""
    import numpy as np
    from scipy.spatial import cKDTree

    names, spots = draft.placed()
    kept = [k for k, name in enumerate(names) if name in draft.tables["junctions"]]
    count = len(places)
    gap = np.full(count, math.inf)
    nearest = [""] * count
    fine = np.flatnonzero(np.isfinite(places).all(axis=1))
    if kept and len(fine):
        gap[fine], which = cKDTree(spots[kept]).query(places[fine])
        for k, at in zip(fine.tolist(), which.tolist(), strict=True):
            nearest[k] = names[kept[at]]
    return nearest, list(nearest), np.zeros(count), gap


def _write(
    draft: Draft, shares: dict[str, dict[str, list[float]]], pattern: str, replace: bool
) -> None:
    """Write the demands of the junctions, all one repair."""
    for name, row in list(draft.tables["junctions"].items()):
        given = shares.get(name)
        own = [] if replace else draft.categories(name)
        if given is None and (not replace or not (row["demand_m3_h"] or draft.demands.get(name))):
            continue
        rows = own + [
            {"junction": name, "demand_m3_h": math.fsum(parts), "pattern": pattern, "category": it}
            for it, parts in (given or {}).items()
        ]
        total = math.fsum(it["demand_m3_h"] for it in rows)
        draft.set("junctions", name, "demand_m3_h", total)
        draft.set("junctions", name, "pattern", rows[0]["pattern"] if rows else "")
        plain = len(rows) < 2 and not any(it["category"] for it in rows)
        if draft.demands.get(name) or not plain:
            draft.set_rows("demands", name, [] if plain else rows)
    told = Repair("allocated", "junctions", "", "", str(len(shares)))
    draft.mended("JUM-H115", told, count=len(shares))


def _told(
    report: Report, names: list[str], hourly: NDArray[np.float64], gap: NDArray[np.float64],
    near: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Note how much was matched and how far; tell what was not."""
    import numpy as np

    total, matched = math.fsum(hourly), math.fsum(hourly[near])
    far = np.flatnonzero(~near)
    report.dropped = {"points": len(far)}
    report.measures = {
        "matched": matched / total if total else 1.0,
        "matched_points": float(near.mean()) if len(near) else 1.0,
        "volume_m3_h": matched,
        "unmatched_m3_h": math.fsum(hourly[far]),
        "distance_median_m": float(np.median(gap[near])) if near.any() else math.nan,
        "distance_p95_m": float(np.percentile(gap[near], 95.0)) if near.any() else math.nan,
    }
    worst = far[np.argsort(-hourly[far], kind="stable")]
    for k in worst[:SHOWN]:
        away = round(float(gap[k]), 1) if math.isfinite(gap[k]) else "?"
        report.add("JUM-H116", "points", names[k], count=1, volume=float(hourly[k]), distance=away)
    if len(worst) > SHOWN:
        rest = worst[SHOWN:]
        report.add("JUM-H116", "points", "", count=len(rest), volume=math.fsum(hourly[rest]),
                   distance=round(float(np.min(gap[rest])), 1))  # fmt: skip
