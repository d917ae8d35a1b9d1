# SPDX-License-Identifier: EUPL-1.2
"""One way of one dataset, from the service to a whole entry of the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jumeau.base.contract import Progress
from jumeau.base.errors import JumeauError, error
from jumeau.base.findings import Finding
from jumeau.sources.connectors import downloads, observed, paging, parsers
from jumeau.sources.connectors import scope as scopes
from jumeau.sources.connectors.cache import Cache, Entry, Pages, digest, key_of
from jumeau.sources.connectors.http import Client
from jumeau.sources.connectors.paging import Request
from jumeau.sources.connectors.record import Dataset, Way
from jumeau.sources.connectors.scope import Scope

RESUMED = ("JUM-S305", "JUM-S308", "JUM-S309")
"""Failures after which what was received is kept for the next attempt."""
MUNICIPALITIES = 600
"""Communes of a département, at most: how plausible counts grow."""
AROUND = 4
"""How many times more records than its commune a rectangle may hold."""


@dataclass
class Task:
    """What is to be obtained, and how.

    Parameters
    ----------
    item, way : Dataset, Way
        Dataset, and the way taken.
    scope : Scope
        What it is about.
    base : str
        Base address.
    client : Client
        Client.
    cache : Cache
        Cache.
    areas : shapely geometry or None
        Contours of the communes.
    progress : callable, optional
        Receives a stage and the share done.
    """

    item: Dataset
    way: Way
    scope: Scope
    base: str
    client: Client
    cache: Cache
    areas: Any = None
    progress: Progress | None = None

    @property
    def key(self) -> str:
        """Digest of what is asked."""
        period = [self.scope.since, self.scope.until] if self.item.live else []
        asked = [self.way.style, self.way.path, self.way.by, sorted(self.way.query.items())]
        return key_of(self.item.name, self.scope.place(), period, asked)

    def request(self, values: Mapping[str, str], way: Way | None = None) -> Request:
        """Return one request of this task."""
        chosen = way or self.way
        path, query = scopes.address(chosen, values)
        many = {"commune": 1, "point": 1, "station": 1, "departement": MUNICIPALITIES}
        count = many.get(chosen.by, AROUND * max(1, len(self.scope.insee)))
        work = self.cache.work(self.key)
        return Request(
            self.client, chosen, self.base, path, query, self.item.plausible * count,
            self.item.name, Pages(work),
        )  # fmt: skip

    def values(self) -> Iterator[dict[str, str]]:
        """Yield the placeholders of each request."""
        scope, margin = self.scope, self.way.around
        if scope.bounds is not None and margin:
            xmin, ymin, xmax, ymax = scope.bounds
            box = (xmin - margin, ymin - margin, xmax + margin, ymax + margin)
            scope = replace(scope, bounds=box)
        for asked in scope.requests(self.way.by):
            for variant in self.way.variants or ({},):
                yield asked | variant

    def tell(self, stage: str, share: float) -> None:
        """Show progress."""
        if self.progress:
            self.progress(stage, share)


@dataclass
class Brought:
    """What the requests of a task brought, before it is kept.

    Parameters
    ----------
    files : list of str
        Names of the files in the folder of the work.
    received, announced, pages : int
        Records received and announced; pages.
    url, query : str
        First address asked, and its parameters.
    """

    files: list[str] = field(default_factory=list)
    received: int = 0
    announced: int | None = None
    pages: int = 0
    url: str = ""
    rejected: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    vintage: str = ""
    origin: list[dict[str, Any]] = field(default_factory=list)


def obtain(task: Task) -> Entry:
    """Obtain a dataset and keep it in the cache, or keep nothing.

    Parameters
    ----------
    task : Task
        What, and how.

    Returns
    -------
    Entry
        Whole entry: GeoParquet, or files as they are, with their sidecar.

    Raises
    ------
    JumeauError
        See :mod:`.http`, :mod:`.answers`, :mod:`.paging` and :mod:`.downloads`.
    """
    begun = datetime.now(UTC).replace(microsecond=0)
    task.cache.tidy()
    with task.cache.held(task.key) as waited:
        made = task.cache.latest(task.item.name, task.key, begun) if waited else None
        return made or _obtained(task)


def _obtained(task: Task) -> Entry:
    """Obtain a dataset whose work this process holds."""
    try:
        brought = _bring(task)
        facts = {
            "title": task.item.title_en,
            "producer": task.item.producer,
            "licence": task.item.licence,
            "vintage": brought.vintage or task.item.vintage,
            "url": brought.url,
            "style": task.way.style,
            "crs": task.scope.crs,
            "place": task.scope.place(),
            "since": task.scope.since and task.scope.since.isoformat(),
            "until": task.scope.until and task.scope.until.isoformat(),
            "announced": brought.announced,
            "received": brought.received,
            "rejected": dict(brought.rejected),
            "pages": brought.pages,
            "origin": brought.origin,
            "findings": [
                {"code": item.code, "table": item.table, "entity": item.entity, "data": item.data}
                for item in brought.findings
            ],
            "files": brought.files,
        }
        return task.cache.keep(task.item.publisher, task.item.name, task.key, facts)
    except JumeauError as exc:
        if exc.code not in RESUMED:
            task.cache.drop(task.key)
        raise


def _bring(task: Task) -> Brought:
    way = task.way
    if way.style in ("bulk", "atom"):
        return _files(task)
    if way.style == "wms":
        return _tiles(task)
    if way.files:
        return _named(task)
    return _records(task)


# -- records -------------------------------------------------------------------------------------
def _records(task: Task) -> Brought:
    """Ask every page of every request, and write one GeoParquet."""
    made = Brought()
    parts: list[observed.Part] = []
    asked = list(task.values())
    for rank, values in enumerate(asked):
        task.tell(task.item.name, rank / len(asked))
        gathered = _gathered(task, values)
        made.url = made.url or gathered.url
        made.pages += gathered.pages
        made.received += len(gathered.records)
        if gathered.announced is not None:
            made.announced = (made.announced or 0) + gathered.announced
        made.findings += gathered.findings
        parts.append(observed.Part(values, gathered.records))
    made.vintage = _vintage(task.item, parts)
    if task.item.parser:
        return _observations(task, parts, made)
    records = [record for part in parts for record in part.records]
    parsed = parsers.from_records(records, task.way, task.scope.crs, keep=task.scope.insee)
    return _written(task, parsed, made)


def _gathered(task: Task, values: Mapping[str, str]) -> paging.Gathered:
    """Return the records of one request; of an ambiguous commune, those at a point in it."""
    try:
        return paging.gather(task.request(values))
    except JumeauError as exc:
        if exc.code != "JUM-S315" or not task.way.again:
            raise
        other = next(way for way in task.item.ways if way.by == task.way.again)
        found = [
            item for item in task.scope.requests(other.by)
            if item.get("insee") == values.get("insee")
        ]  # fmt: skip
        return paging.gather(task.request(found[0], other))


def _written(task: Task, parsed: parsers.Parsed, made: Brought) -> Brought:
    wide = task.way.style in ("bulk", "atom") and not task.way.only
    if wide and task.areas is None and task.scope.bounds is None:
        raise error("JUM-S317", lacking={"en": "the bounds", "fr": "l'emprise"})
    if (task.way.by == "bounds" and not task.way.around) or wide:
        parsed = parsers.inside(parsed, task.areas, task.scope.bounds)
    work = task.cache.work(task.key)
    name = f"{task.item.name}.parquet"
    parsers.write(parsed.table, work / name, task.scope.crs)
    made.files = [name]
    made.rejected.update(parsed.rejected)
    made.findings += parsed.findings
    return made


def _vintage(item: Dataset, parts: Sequence[observed.Part]) -> str:
    """Return the latest date that records bear."""
    if not item.vintage_field:
        return ""
    from jumeau.sources.connectors.answers import at

    dates = [str(at(record, item.vintage_field) or "") for part in parts for record in part.records]
    return max(dates, default="")[:10]


def _observations(task: Task, parts: Sequence[observed.Part], made: Brought) -> Brought:
    import numpy as np
    import pyarrow as pa
    import shapely

    from jumeau.base import crs as crs_

    now = datetime.now(UTC).replace(microsecond=0)
    found = observed.READERS[task.item.parser](parts, now)
    observed.without_future(found, now)
    made.rejected.update(found.rejected)
    work = task.cache.work(task.key)
    rows = sorted(
        found.observations.values(),
        key=lambda row: (row["sensor_id"], row["property"], row["time"]),
    )
    columns = ("sensor_id", "property", "time", "value", "unit", "quality")
    kinds = (pa.string(), pa.string(), pa.timestamp("us", "UTC"), pa.float64(), pa.string())
    table = pa.table(
        {
            name: pa.array([row[name] for row in rows], kind)
            for name, kind in zip(columns, (*kinds, pa.string()), strict=True)
        }
    )
    name, beside = f"{task.item.name}.parquet", f"{task.item.name}.sensors.parquet"
    parsers.write(table, work / name, task.scope.crs)
    sensors = [found.sensors[key] for key in sorted(found.sensors)]
    texts = ("id", "name", "property", "unit", "table", "entity")
    held = {key: pa.array([row.get(key) for row in sensors], pa.string()) for key in texts}
    held["interval_s"] = pa.array([row.get("interval_s") for row in sensors], pa.float64())
    if any(row.get("lon") is not None for row in sensors):
        lon, lat = ([row.get(key) or np.nan for row in sensors] for key in ("lon", "lat"))
        x, y = crs_.reproject(lon, lat, scopes.WGS84, task.scope.crs)
        placed = np.isfinite(x) & np.isfinite(y)
        points = np.where(placed, shapely.points(np.nan_to_num(x), np.nan_to_num(y)), None)
        held[parsers.GEOMETRY] = pa.array(shapely.to_wkb(points), pa.binary())
    parsers.write(pa.table(held), work / beside, task.scope.crs)
    made.files = [name, beside]
    return made


# -- files ---------------------------------------------------------------------------------------
def _files(task: Task) -> Brought:
    """Download whole files; those of a table are read now and restricted to the territory."""
    made = Brought()
    work = task.cache.work(task.key)
    paths: list[Path] = []
    asked = list(task.values())
    for rank, values in enumerate(asked):
        task.tell(task.item.name, rank / max(1, len(asked)))
        request = task.request(values)
        if task.way.style == "atom":
            # One archive holds many layers: what another dataset has downloaded serves again.
            key = key_of("archive", request.url, request.query)
            with task.cache.held(key):
                found = downloads.atom(request, task.cache.work(key))
        else:
            query = urlencode(request.query, safe=",:|*/")
            found = [
                downloads.bulk(task.client, request.url + ("?" + query if query else ""), work)
            ]
        made.url = made.url or request.url
        paths += found
    made.pages = len(paths)
    for path in paths:
        size = path.stat().st_size
        made.origin.append({"file": path.name, "bytes": size, "sha256": digest(path)})
    if not task.item.table:
        made.files = [path.name for path in paths]
        made.received = len(paths)
        return made
    if task.item.parser:
        parts = [observed.Part({}, _rows(path, task)) for path in paths]
        made.received = sum(len(part.records) for part in parts)
        return _observations(task, parts, made)
    parsed = parsers.joined(
        [
            parsers.from_file(path, task.way, task.item, task.scope.crs, task.scope.insee)
            for path in paths
        ]
    )
    made.received = parsed.read
    return _written(task, parsed, made)


def _rows(path: Path, task: Task) -> list[dict[str, Any]]:
    """Return the rows of a file of observations that are in the period asked."""
    from jumeau.sources import archive, files

    located = archive.locate(str(path), member=task.way.member or None)
    table = files._records(located, None, None, "observation").table
    rows: list[dict[str, Any]] = table.to_pylist()
    if "AAAAMMJJHH" in table.column_names and task.scope.since is not None:
        first = task.scope.since.strftime("%Y%m%d%H")
        last = task.scope.until.strftime("%Y%m%d%H") if task.scope.until else "9"
        rows = [row for row in rows if first <= str(row["AAAAMMJJHH"]) <= last]
    return rows


def _tiles(task: Task) -> Brought:
    bounds = task.scope.bounds
    if bounds is None:
        raise error("JUM-S317", lacking={"en": "the bounds", "fr": "l'emprise"})
    request = task.request(next(task.values()))
    paths = downloads.tiles(request, bounds, task.cache.work(task.key), task.progress)
    return _images(paths, request)


def _named(task: Task) -> Brought:
    made = Brought()
    for values in task.values():
        request = task.request(values)
        gathered = paging.gather(request)
        work = task.cache.work(task.key)
        paths, failed = downloads.named(request, gathered.records, work, task.progress)
        part = _images(paths, request)
        made.files += [name for name in part.files if name not in made.files]
        made.url = made.url or part.url
        made.pages += gathered.pages
        made.findings += [*gathered.findings, *failed]
        made.announced = (made.announced or 0) + len(gathered.records)
        if len(gathered.records) > len(paths):
            made.rejected["no file"] += len(gathered.records) - len(paths)
    made.received = len(made.files)
    return made


def _images(paths: Sequence[Path], request: Request) -> Brought:
    return Brought(
        files=[path.name for path in paths],
        received=len(paths),
        announced=len(paths),
        pages=len(paths),
        url=request.url,
    )
