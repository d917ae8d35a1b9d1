# SPDX-License-Identifier: EUPL-1.2
"""Heights of buildings and altitude of their ground, estimated from the rasters of relief.

A building whose source gives no height takes one from the cells inside its outline: the lower
quartile of those that stand above :data:`STANDING`, which is near the gutter of a pitched roof and
the edge of a flat one, as BD TOPO and BDNB measure heights. Where enough buildings of the twin have
a known height under the same rasters, the difference to it shifts the estimates and gives their
bounds. These are estimates: the column of facts stays empty.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from jumeau.base import grid
from jumeau.base.contract import Progress
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory

WORKSITE = "relief"
"""Name of the run."""
STANDING = 1.5
"""Height from which a cell stands [m]."""
SHARE = 0.3
"""Share of the outline that must stand."""
ENOUGH = 30
"""Buildings of known height from which the estimates are calibrated on them."""
Z90 = 1.6448536269514722
LAYERS = ("building_height", "height", "dtm", "dtm_std")
RANKS = (0.05, 0.25, 0.5, 0.95)
"""Quantiles taken of the cells of a building."""
_KEYS = "id, height_m, ground_m, xmin, ymin, xmax, ymax"


def derive(territory: Territory, progress: Progress | None = None) -> Recorder | None:
    """Estimate heights and ground altitudes of buildings from the rasters of relief.

    Parameters
    ----------
    territory : Territory
        Territory; its rasters ``building_height`` or ``height`` [m above ground] and ``dtm`` [m].
    progress : callable, optional
        Receives ``"relief"`` and the share done.

    Returns
    -------
    Recorder or None
        The recorded run; ``None`` when there is nothing to derive, or nothing has changed since
        the last time.
    """
    files = {name: territory.raster(name).files for name in LAYERS}
    if not any(files[name] for name in LAYERS[:3]) or not territory.count("building"):
        return None
    digest = _digest(territory, files)
    if digest == _last(territory):
        return None
    with territory.recording(WORKSITE) as record:
        record.reads("building", *(name for name in LAYERS if files[name]))
        record.inputs["building"]["digest"] = digest
        rows = territory.table("building", columns=["id", "geometry", "height_m", "ground_m"])
        frame = rows.select(["id", "height_m", "ground_m"]).to_pandas()
        measured = measure(territory, rows.column("geometry"), progress)
        tables, found = heights(frame, measured)
        tables.append(grounds(frame, measured))
        for table in tables:
            record.add_estimates(table)
        record.add_findings(found)
    return record


def _digest(territory: Territory, files: dict[str, dict[str, str]]) -> str:
    """Return a mark of everything that the estimates depend on, this code included."""
    from jumeau.twin.runs import code_version

    state = territory.sql(f"SELECT count(*) n, bit_xor(hash({_KEYS})) AS mark FROM building")
    text = repr(
        (
            code_version(),
            state.to_pylist(),
            sorted((k, sorted(v.items())) for k, v in files.items()),
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _last(territory: Territory) -> str:
    import json

    rows = territory.sql(
        "SELECT arg_max(inputs, started_at) AS inputs FROM run WHERE worksite = ?", [WORKSITE]
    ).to_pylist()
    inputs = json.loads(rows[0]["inputs"] or "{}") if rows else {}
    return str(inputs.get("building", {}).get("digest", ""))


def measure(
    territory: Territory, geometry: Any, progress: Progress | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return what the cells inside each outline hold.

    Parameters
    ----------
    territory : Territory
        Territory whose rasters are read, one tile of buildings after the other.
    geometry : pyarrow.ChunkedArray
        Outlines as WKB.
    progress : callable, optional
        Receives ``"relief"`` and the share done.

    Returns
    -------
    dict of (n, 7) array
        {layer: cells inside, cells known, cells kept, then :data:`RANKS` quantiles of those
        kept}; kept are the cells above :data:`STANDING` for heights, all for altitudes.
    """
    import shapely

    shapes = shapely.from_wkb(geometry.to_numpy(zero_copy_only=False))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    ring_first = np.searchsorted(ring, np.arange(len(rings) + 1)).astype(np.int64)
    first = np.searchsorted(owner[part], np.arange(len(shapes) + 1)).astype(np.int64)
    box = shapely.bounds(shapes).reshape(-1, 4)
    out = {name: np.full((len(shapes), 3 + len(RANKS)), np.nan) for name in LAYERS}
    for name in LAYERS:
        out[name][:, :3] = 0
    whole = np.isfinite(box).all(axis=1)
    tx, ty = grid.tile_of(np.where(whole, box[:, 0], 0.0), np.where(whole, box[:, 3], 0.0))
    key = ty * 100_000 + tx
    order = np.argsort(key, kind="stable")
    order = order[whole[order]]
    groups = np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if order.size else []
    layers = {name: territory.raster(name) for name in LAYERS}
    for number, group in enumerate(groups):
        bounds = (*box[group, :2].min(axis=0), *box[group, 2:].max(axis=0))
        for name, layer in layers.items():
            if not layer.files:
                continue
            values, place = layer.read(bounds)
            if not np.isfinite(values).any():
                continue
            floor = STANDING if name in LAYERS[:2] else -np.inf
            out[name][group] = inside(
                xy,
                ring_first,
                first,
                group,
                values,
                place.c + 0.5,
                place.f - 0.5,
                floor,
                np.array(RANKS),
            )
        if progress is not None:
            progress(WORKSITE, (number + 1) / len(groups))
    return out


@njit(cache=True, nogil=True)
def inside(
    xy: NDArray[np.float64],
    ring_first: NDArray[np.int64],
    first: NDArray[np.int64],
    chosen: NDArray[np.int64],
    values: NDArray[np.float32],
    west: float,
    north: float,
    floor: float,
    ranks: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return counts and quantiles of the cells whose centre is inside each outline.

    Parameters
    ----------
    xy : (m, 2) array
        Vertices of all rings [m].
    ring_first : (r + 1,) array
        First vertex of each ring.
    first : (n + 1,) array
        First ring of each outline.
    chosen : (k,) array
        Outlines wanted.
    values : (rows, columns) array
        Raster, row 0 north.
    west, north : float
        Centre of its north-west cell [m].
    floor : float
        Values above which a cell is kept.
    ranks : (q,) array
        Quantiles wanted, from 0 to 1.

    Returns
    -------
    (k, 3 + q) array
        Cells inside, known, kept; quantiles of the cells kept, NaN when there are none. An outline
        that holds no centre takes the cell under the middle of its box.
    """
    out = np.full((chosen.size, 3 + ranks.size), np.nan)
    rows, columns = values.shape
    for k in range(chosen.size):
        a, b = ring_first[first[chosen[k]]], ring_first[first[chosen[k] + 1]]
        ymin, ymax = xy[a:b, 1].min(), xy[a:b, 1].max()
        xmin, xmax = xy[a:b, 0].min(), xy[a:b, 0].max()
        r0, r1 = max(0, int(np.ceil(north - ymax))), min(rows - 1, int(np.floor(north - ymin)))
        room = max(1, (r1 - r0 + 1) * (int(xmax - xmin) + 2))
        kept = np.empty(room, np.float32)
        cells = known = n = 0
        cuts = np.empty(b - a + 1)
        for r in range(r0, r1 + 1):
            y = north - r
            m = 0
            for g in range(first[chosen[k]], first[chosen[k] + 1]):
                for i in range(ring_first[g], ring_first[g + 1] - 1):
                    y0, y1 = xy[i, 1], xy[i + 1, 1]
                    if (y0 <= y) != (y1 <= y):
                        cuts[m] = xy[i, 0] + (y - y0) / (y1 - y0) * (xy[i + 1, 0] - xy[i, 0])
                        m += 1
            line = np.sort(cuts[:m])
            for i in range(0, m - 1, 2):
                c0 = max(0, int(np.ceil(line[i] - west)))
                c1 = min(columns - 1, int(np.ceil(line[i + 1] - west)) - 1)
                for c in range(c0, c1 + 1):
                    cells += 1
                    value = values[r, c]
                    if np.isnan(value):
                        continue
                    known += 1
                    if value > floor and n < room:
                        kept[n] = value
                        n += 1
        if cells == 0:
            r = min(rows - 1, max(0, int(np.floor(north - (ymin + ymax) / 2 + 0.5))))
            c = min(columns - 1, max(0, int(np.floor((xmin + xmax) / 2 - west + 0.5))))
            cells = 1
            if not np.isnan(values[r, c]):
                known = 1
                if values[r, c] > floor:
                    kept[0], n = values[r, c], 1
        out[k, 0], out[k, 1], out[k, 2] = cells, known, n
        if n:
            ordered = np.sort(kept[:n])
            for q in range(ranks.size):
                place = ranks[q] * (n - 1)
                low = int(place)
                high = min(n - 1, low + 1)
                out[k, 3 + q] = ordered[low] + (place - low) * (ordered[high] - ordered[low])
    return out


def heights(
    frame: pd.DataFrame, measured: dict[str, NDArray[np.float64]]
) -> tuple[list[pd.DataFrame], list[Finding]]:
    """Return the estimates of ``height_m`` where it is unknown, and what there is to say.

    Parameters
    ----------
    frame : DataFrame
        ``id`` and ``height_m`` [m] of buildings.
    measured : dict
        What :func:`measure` returned.

    Returns
    -------
    list of DataFrame
        One for each raster used, with the columns of ``estimate``.
    list of Finding
        Coverage, and the check on known heights.
    """
    known = frame["height_m"].to_numpy(np.float64)
    unknown = np.isnan(known)
    tables: list[pd.DataFrame] = []
    found: list[Finding] = []
    left, covered = unknown.copy(), np.zeros(len(frame), np.bool_)
    for layer in LAYERS[:2]:
        cells, seen, standing, low, value, _, high = measured[layer].T
        solid = (standing >= SHARE * cells) & (standing > 0)
        covered |= seen > 0
        usable = solid & (known > STANDING)
        bias, below, above = 0.0, None, None
        if usable.sum() >= ENOUGH:
            gap = known[usable] - value[usable]
            bias = float(np.median(gap))
            below, above = (float(item) for item in np.quantile(gap, (0.05, 0.95)))
        take = left & solid
        if take.any():
            centre = np.maximum(value[take] + bias, STANDING)
            lows = value[take] + below if below is not None else low[take]
            lows = np.maximum(lows, 0.0)
            highs = value[take] + above if above is not None else high[take]
            method = f"{layer}_quartile" + ("_calibrated" if below is not None else "")
            tables.append(
                _estimates(frame["id"].to_numpy()[take], "height_m", centre, lows, highs, method)
            )
            found.append(
                finding(
                    "JUM-S231",
                    "building",
                    layer,
                    count=int(take.sum()),
                    known=int(usable.sum()),
                    bias_m=round(bias, 2),
                )
            )
        left &= ~take
    for code, which in (("JUM-S230", left & ~covered), ("JUM-S232", left & covered)):
        if which.any():
            found.append(finding(code, "building", "height_m", count=int(which.sum())))
    return tables, found


def grounds(frame: pd.DataFrame, measured: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Return the estimates of ``ground_m`` where it is unknown: the median of the terrain inside.

    Bounds hold the spread of the terrain under the building and its own uncertainty.
    """
    unknown = frame["ground_m"].isna().to_numpy()
    _, _, count, low, _, value, high = measured["dtm"].T
    take = unknown & (count > 0)
    spread = np.nan_to_num(measured["dtm_std"][:, 5])[take] * Z90
    return _estimates(
        frame["id"].to_numpy()[take],
        "ground_m",
        value[take],
        low[take] - spread,
        high[take] + spread,
        "dtm_median",
    )


def _estimates(
    ids: NDArray[np.object_],
    attribute: str,
    value: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    method: str,
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "table": "building",
            "entity": ids,
            "attribute": attribute,
            "value": np.round(value, 2),
            "low": np.round(np.minimum(low, value), 2),
            "high": np.round(np.maximum(high, value), 2),
            "method": method,
        }
    )
