# SPDX-License-Identifier: EUPL-1.2
"""Point clouds as a source: files read once into spools, then one tile after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds, Counts, ImportRequest, Intake, RasterWindow
from jumeau.base.errors import error
from jumeau.base.findings import Finding
from jumeau.base.grid import Tile
from jumeau.sources import placing
from jumeau.sources.lidar import classes, decks, kernels, opening, parallel, telling, terrain
from jumeau.sources.lidar.opening import Cloud
from jumeau.sources.lidar.spool import Part
from jumeau.sources.lidar.survey import Digest, survey
from jumeau.sources.lidar.survey import Job as Reading
from jumeau.sources.lidar.tile import PER_TILE, Result, Task, footprint, make
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYERS = {
    "dtm": ("dtm", "dtm_std"),
    "dsm": ("dsm",),
    "height": ("height", "building_height"),
    "all": ("dtm", "dtm_std", "dsm", "height", "building_height"),
}
"""Raster layers that each choice writes."""


def read(request: ImportRequest) -> Intake:
    """Read point clouds into raster layers.

    The clouds are read entirely, and refused if they must be, before anything is returned; the
    tiles are made while ``windows`` is consumed.

    Parameters
    ----------
    request : ImportRequest
        Files, and ``layer``: ``dtm`` (with ``dtm_std``), ``dsm``, ``height`` (with
        ``building_height``) or ``all``.

    Raises
    ------
    JumeauError
        ``JUM-S001``, ``S002``, ``S004`` missing, empty, damaged; ``S008``–``S026`` CRS; ``S200``
        not a point cloud; ``S201`` format unknown; ``S202`` layer; ``S203`` no ground; ``S204``
        nothing usable.
    """
    target = str(request.layer or (request.schema.name if request.schema else ""))
    if request.schema is not None or target not in LAYERS:
        raise error("JUM-S202", file=Path(request.uri).name, target=target, known=list(LAYERS))
    holder = tempfile.TemporaryDirectory(prefix="jumeau-lidar-")
    try:
        return _read(request, target, holder)
    except BaseException:
        holder.cleanup()
        raise


def _read(
    request: ImportRequest,
    target: str,
    holder: tempfile.TemporaryDirectory[str],
) -> Intake:
    folder = Path(holder.name)
    uris = request.uris or (request.uri,)
    clouds = [cloud for uri in uris for cloud in opening.clouds(uri, folder)]
    lowest, highest = schema.layer("dtm").minimum, schema.layer("dsm").maximum
    total = sum(cloud.announced for cloud in clouds)
    pool = parallel.executor(len(clouds), total)
    found: list[Finding] = []
    jobs = []
    for rank, cloud in enumerate(clouds):
        place = _place(cloud, request, target)
        found += place.findings
        jobs.append(
            Reading(
                rank=rank,
                cloud=cloud,
                crs=place.crs,
                territory=request.crs,
                swapped=place.swapped,
                folder=holder.name,
                limits=(lowest, highest),
                threads=pool is None,
            )
        )
    digests: list[Digest] = []
    for digest in parallel.each(survey, jobs, pool):
        digests.append(digest)
        _progress(request, clouds[digest.rank].name, 0.5 * len(digests) / len(jobs))
    _usable(clouds, digests, target)
    counts: dict[str, Counts] = {}
    for cloud, digest in zip(clouds, digests, strict=True):
        own = counts.setdefault(cloud.uri, Counts(announced=0))
        own.read += digest.read
        own.announced = (own.announced or 0) + cloud.announced
        own.dropped += digest.read - digest.counts[kernels.KEPT]
        found += telling.of_cloud(cloud, digest, target)
    read_, dropped = (
        sum(getattr(c, name) for c in counts.values()) for name in ("read", "dropped")
    )
    first = clouds[0]
    intake = Intake(
        read=read_,
        announced=sum(cloud.announced for cloud in clouds),
        dropped=dropped,
        repaired=0,
        table=None,
        windows=None,
        findings=found,
        mapping={},
        source={
            "driver": f"LAS {first.version}, point format {first.point_format}",
            "crs": jobs[0].crs,
            "encoding": "",
            "layer": first.name,
            "columns": [],
            "unmapped": list(first.extra),
        },
        files=counts,
    )
    tasks = _tasks(request, digests, target)
    intake.windows = _windows(
        request, target, holder, clouds, digests, tasks, intake,
        parallel.executor(len(tasks), total),
    )  # fmt: skip
    return intake


def _place(cloud: Cloud, request: ImportRequest, target: str) -> placing.Place:
    """Return the CRS of a cloud, from what it declares and from where its box falls."""
    if not cloud.announced:
        raise error("JUM-S204", file=cloud.name, count=0)
    west, south, east, north = cloud.bounds
    return placing.settle(
        np.linspace(west, east, 5).repeat(5),
        np.tile(np.linspace(south, north, 5), 5),
        declared=cloud.crs,
        territory=request.crs,
        table=target,
        file=cloud.name,
        given=request.options.get("source_crs"),
        area=request.options.get("area"),
    )


def _usable(clouds: Sequence[Cloud], digests: Sequence[Digest], target: str) -> None:
    """Refuse clouds without any usable point, and those without ground where it is needed."""
    if not any(digest.counts[kernels.KEPT] for digest in digests):
        raise error("JUM-S204", file=clouds[0].name, count=sum(item.read for item in digests))
    if target == "dsm":
        return
    for cloud, digest in zip(clouds, digests, strict=True):
        plain = sum(digest.classes[code] for code in classes.UNCLASSIFIED)
        if digest.read and plain == digest.read:
            raise error("JUM-S203", file=cloud.name, count=digest.read)
    if not any(digest.counts[kernels.TERRAIN] for digest in digests):
        raise error("JUM-S203", file=clouds[0].name, count=sum(item.read for item in digests))


def _tasks(request: ImportRequest, digests: Sequence[Digest], target: str) -> list[Task]:
    """Return what makes each tile, from north to south and west to east."""
    boxes = tuple(digest.bounds for digest in digests if digest.bounds is not None)
    blocks: dict[tuple[int, int], list[Part]] = {}
    for digest in digests:
        for part in digest.parts:
            blocks.setdefault((part.column, part.row), []).append(part)
    tiles = sorted(
        {tile for box in boxes for tile in grid.tiles_of(box)},
        key=lambda tile: (-tile.y, tile.x),
    )
    reach = -(-terrain.REACHES[-1] // kernels.BLOCK)
    outlines = decks.known(request.territory, boxes)
    tasks = []
    for tile in tiles:
        if not footprint(tile, boxes).any():
            continue
        columns = range(PER_TILE * tile.x - reach, PER_TILE * (tile.x + 1) + reach)
        rows = range(-PER_TILE * tile.y - reach, PER_TILE * (1 - tile.y) + reach)
        near = {
            (column, row): tuple(blocks[column, row])
            for row in rows
            for column in columns
            if (column, row) in blocks
        }
        tasks.append(
            Task(
                tile=tile,
                parts=near,
                boxes=boxes,
                held=_held(request.territory, tile, boxes),
                decks=decks.near(outlines, tile),
                surface=target != "dtm",
            )
        )
    return tasks


def _held(territory: Any, tile: Tile, boxes: tuple[Bounds, ...]) -> NDArray[np.float64] | None:
    """Return the terrain that the twin holds around a tile where the clouds say nothing."""
    if territory is None:
        return None
    layer = territory.raster("dtm")
    if not layer.files:
        return None
    reach = float(terrain.REACHES[0])
    west, south, east, north = tile.bounds
    wide = (west - reach, south - reach, east + reach, north + reach)
    names = {item.name for item in grid.tiles_of(wide)}
    if not names & set(layer.tiles()):
        return None
    values, _ = layer.read(wide)
    x, y = grid.centres(wide)
    free = np.isfinite(values)
    for w, s, e, n in boxes:
        free &= ~(((x >= w) & (x < e))[None, :] & ((y > s) & (y <= n))[:, None])
    rows, columns = np.nonzero(free)
    if not rows.size:
        return None
    return np.column_stack([x[columns], y[rows], values[rows, columns].astype(np.float64)])


def _windows(
    request: ImportRequest,
    target: str,
    holder: tempfile.TemporaryDirectory[str],
    clouds: Sequence[Cloud],
    digests: Sequence[Digest],
    tasks: Sequence[Task],
    intake: Intake,
    pool: Executor | None,
) -> Iterator[RasterWindow]:
    """Make the tiles; complete the counts, the findings and the decks of the intake."""
    wanted = LAYERS[target]
    results: list[Result] = []
    with holder:
        for result in parallel.each(make, tasks, pool):
            uri = clouds[_owner(result, digests)].uri
            for layer in wanted:
                values = result.layers[layer]
                if np.isfinite(values).any():
                    yield RasterWindow(result.bounds, values, layer, uri, last=True)
            for rank, again in result.twice.items():
                intake.dropped += again
                intake.files[clouds[rank].uri].dropped += again
            result.layers.clear()
            results.append(result)
            share = 0.5 + 0.5 * len(results) / len(tasks)
            _progress(request, result.tile.name, share)
    intake.findings += telling.of_tiles(clouds, results, target)
    if target in {"all", "dsm", "height"}:
        rows = decks.rows(results, request.territory)
        if rows is not None:
            intake.others["bridge"] = rows


def _owner(result: Result, digests: Sequence[Digest]) -> int:
    """Return the rank of the cloud that covers most of a tile."""
    best, largest = 0, -1.0
    for digest in digests:
        if digest.bounds is None:
            continue
        common = grid.intersection(digest.bounds, result.bounds)
        area = (common[2] - common[0]) * (common[3] - common[1]) if common else 0.0
        if area > largest:
            best, largest = digest.rank, area
    return best


def _progress(request: ImportRequest, stage: str, share: float) -> None:
    if request.progress is not None:
        request.progress(stage, share)
