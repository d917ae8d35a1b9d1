# SPDX-License-Identifier: EUPL-1.2
"""Fetch a dataset of the catalogue: from its service or the cache into the twin."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import Bounds, Progress
from jumeau.base.errors import JumeauError, error
from jumeau.base.findings import Finding, finding
from jumeau.sources.connectors import entering, loose, record
from jumeau.sources.connectors import scope as scopes
from jumeau.sources.connectors.cache import Cache, Entry
from jumeau.sources.connectors.obtain import Task, obtain
from jumeau.sources.connectors.record import Dataset, Way
from jumeau.sources.connectors.scope import Scope

if TYPE_CHECKING:
    from jumeau.twin.adding import AddReport
    from jumeau.twin.territory import Territory


@dataclass
class FetchReport:
    """What a fetch brought.

    Parameters
    ----------
    name : str
        Dataset, or the fallback that replaced it.
    announced : int or None
        Records that the service announced; ``None`` when it does not say.
    received : int
        Records received.
    rejected : dict
        {reason: records left out before the import}.
    pages : int
        Pages or files asked.
    seconds : float
        Duration [s].
    from_cache : bool
        Whether no service was asked.
    path : Path or None
        GeoParquet, or the first of the files, in the cache.
    add : AddReport or None
        What entered the twin; ``None`` when nothing did.
    findings : list of Finding
        What was met on the way.
    """

    name: str
    announced: int | None
    received: int
    rejected: dict[str, int]
    pages: int
    seconds: float
    from_cache: bool
    path: Path | None
    add: AddReport | None
    findings: list[Finding] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            **{key: value for key, value in self.__dict__.items() if key not in ("findings",)},
            "path": str(self.path) if self.path else None,
            "add": self.add.to_dict() if self.add is not None else None,
            "findings": [item.to_row() for item in self.findings],
        }


def fetch(
    name: str,
    territory: Territory | None = None,
    *,
    since: Any = None,
    until: Any = None,
    code: str | Sequence[str] | None = None,
    bounds: Bounds | None = None,
    cache: str | Path | None = None,
    offline: bool = False,
    base_url: str | None = None,
    add: bool = True,
    progress: Progress | None = None,
) -> FetchReport:
    """Fetch a dataset of the catalogue for a territory, and bring it into the twin.

    Ways are tried in the order of the record: file of the département, pages by commune,
    rectangle. What was received the same day is not asked again, live data excepted.

    Parameters
    ----------
    name : str
        Dataset, as :func:`catalog` names it.
    territory : Territory, optional
        Territory to fetch for and to fill. Without it nothing is added.
    since, until : datetime, date or str, optional
        Period of live data. By default, from the last observation of the twin, else the last
        thirty days, until now.
    code : str or sequence of str, optional
        INSEE codes instead of the territory's, or the identifier that a dataset asks for.
    bounds : tuple of 4 float, optional
        Rectangle (xmin, ymin, xmax, ymax) in the territory's CRS instead of its extent [m].
    cache : str or Path, optional
        Folder of the cache; ``JUMEAU_CACHE``, else the user's own, by default.
    offline : bool
        Read the cache only: no request leaves this machine.
    base_url : str, optional
        Base address instead of the catalogue's; ``https``, or this machine.
    add : bool
        Whether to bring it into the twin; without, it only enters the cache.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    FetchReport

    Raises
    ------
    UnknownNameError
        ``JUM-S301`` no such dataset.
    InvalidError
        ``JUM-S320`` no table receives it yet; ``JUM-S321`` it is downloaded by hand; and those of
        the service: ``JUM-S302`` to ``JUM-S319``.
    MissingFileError
        ``JUM-S318`` offline, and not in the cache.
    """
    begun = monotonic()
    item = record.dataset(name)
    if add and territory is not None and not item.target:
        raise error("JUM-S320", name=name, title=item.title)
    store = Cache(cache)
    hand = loose.files_of(item, store.folder) if offline and territory is not None else []
    if all(way.style == "file" for way in item.ways) and not hand:
        raise error("JUM-S321", name=name, page=item.page_url or item.base_url)
    scope = scopes.of(
        territory, code=code, bounds=bounds, since=since, until=until, extent=not offline
    )
    found: list[Finding] = []
    if hand and territory is not None and not store.entries(item.name):
        return _by_hand(item, territory, scope, hand, begun, add)
    if item.live:
        scope = _period(item, territory, scope)
    if item.needs and not scope.code and not offline:
        kwargs: dict[str, Any] = {"cache": cache, "base_url": base_url, "bounds": bounds}
        listed = fetch(item.needs, territory, code=code, add=add, progress=progress, **kwargs)
        found += listed.findings
        scope = replace(scope, stations=_stations(item, listed))
        if not scope.stations:
            found.append(finding("JUM-S334", item.target, name, name=name))
            return _report(item, None, begun, True, None, found)
    elif scope.code:
        scope = replace(scope, stations=tuple(scope.code.split(",")))
    try:
        entry, from_cache = _entry(
            item, territory, scope, store, offline, base_url, bounds is not None, found, progress
        )
    except JumeauError as exc:
        if not item.fallback:
            raise
        try:
            report = fetch(
                item.fallback, territory, since=since, until=until, code=code, bounds=bounds,
                cache=cache, offline=offline, base_url=base_url, add=add, progress=progress,
            )  # fmt: skip
        except JumeauError:
            raise exc from None  # what was asked is what the user is told about
        facts = {"name": name, "fallback": item.fallback, "detail": exc.what}
        report.findings = [finding("JUM-S332", item.target, name, **facts), *report.findings]
        return report
    for kept in entry.sidecar.get("findings", []):
        found.append(Finding(kept["code"], kept["table"], kept["entity"], kept["data"]))
    added = None
    if add and territory is not None:
        added = entering.enter(territory, item, entry, progress)
        if added is None:
            found.append(finding("JUM-S334", item.target, name, name=name))
    found += _left_out(item, entry.sidecar.get("rejected", {}))
    return _report(item, entry, begun, from_cache, added, found)


def _by_hand(
    item: Dataset,
    territory: Territory,
    scope: Scope,
    files: Sequence[tuple[Path, str]],
    begun: float,
    add: bool,
) -> FetchReport:
    """Bring the ordinary files of a folder that are this dataset, restricted to the territory."""
    report = FetchReport(item.name, None, 0, {}, 0, 0.0, True, files[0][0], None)
    areas = _areas(territory, scope)
    failures: list[JumeauError] = []
    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        for path, member in files if add else ():
            try:
                made, parsed = loose.enter(territory, item, path, member, Path(folder), areas)
            except JumeauError as exc:
                failures.append(exc)
                facts = {"detail": exc.what}
                report.findings.append(finding("JUM-S335", item.target, path.name, **facts))
                continue
            report.received += parsed.read
            report.pages += 1
            report.findings += parsed.findings
            for reason, count in parsed.rejected.items():
                report.rejected[reason] = report.rejected.get(reason, 0) + count
            report.add = _summed(report.add, made)
    if failures and len(failures) == len(files):
        raise failures[0]
    report.findings += _left_out(item, report.rejected)
    if add and report.add is None:
        report.findings.append(finding("JUM-S334", item.target, item.name, name=item.name))
    report.seconds = round(monotonic() - begun, 3)
    return report


def _summed(first: AddReport | None, second: AddReport | None) -> AddReport | None:
    """Return one report for two files of a dataset."""
    if first is None or second is None:
        return first or second
    import pandas as pd

    for name in ("read", "added", "updated", "unchanged", "dropped", "repaired", "linked"):
        setattr(second, name, getattr(first, name) + getattr(second, name))
    second.file = f"{first.file}, {second.file}"
    second.findings = pd.concat([first.findings, second.findings], ignore_index=True)
    return second


def _left_out(item: Dataset, rejected: Mapping[str, int]) -> list[Finding]:
    return [
        finding(
            "JUM-S336", item.target, item.name, name=item.name, count=count,
            reason=REASONS.get(reason, reason),
        )
        for reason, count in rejected.items()
    ]  # fmt: skip


REASONS: dict[str, dict[str, str]] = {
    "outside": {"en": "about another place", "fr": "sur un autre lieu"},
    "unreadable": {"en": "not readable", "fr": "illisibles"},
    "twice": {"en": "given twice", "fr": "donnés deux fois"},
    "empty": {"en": "without value", "fr": "sans valeur"},
    "future": {"en": "dated in the future", "fr": "datés du futur"},
    "no file": {"en": "without a file", "fr": "sans fichier"},
}
"""Why records are left out, for people."""


def _report(
    item: Dataset,
    entry: Entry | None,
    begun: float,
    from_cache: bool,
    added: AddReport | None,
    found: list[Finding],
) -> FetchReport:
    facts = entry.sidecar if entry is not None else {}
    return FetchReport(
        name=item.name,
        announced=facts.get("announced"),
        received=int(facts.get("received", 0)),
        rejected=dict(facts.get("rejected", {})),
        pages=int(facts.get("pages", 0)),
        seconds=round(monotonic() - begun, 3),
        from_cache=from_cache,
        path=entry.files[0] if entry is not None and entry.files else None,
        add=added,
        findings=found,
    )


def _entry(
    item: Dataset,
    territory: Territory | None,
    scope: Scope,
    store: Cache,
    offline: bool,
    base_url: str | None,
    exact: bool,
    found: list[Finding],
    progress: Progress | None,
) -> tuple[Entry, bool]:
    """Return the entry to use, and whether no service was asked."""
    if offline:
        kept = _kept(item, scope, store, exact, found)
        if kept is None:
            page = item.page_url or item.base_url
            raise error("JUM-S318", name=item.name, folder=str(store.folder), page=page)
        return kept, True
    if not item.live:
        recent = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        kept = _kept(item, scope, store, True, [], after=recent)
        if kept is not None:
            return kept, True
    failures: list[JumeauError] = []
    for way in _ways(item, scope):
        try:
            task = _task(item, way, territory, scope, store, base_url, progress)
            entry = obtain(task)
        except JumeauError as exc:
            failures.append(exc)
            continue
        for failure in failures:
            facts = {"name": item.name, "detail": failure.what}
            found.append(finding("JUM-S333", item.target, item.name, **facts))
        return entry, False
    kept = _kept(item, scope, store, exact, found)
    if kept is not None:
        facts = {"name": item.name, "date": kept.date.date().isoformat()}
        found.append(finding("JUM-S331", item.target, item.name, detail=failures[0].what, **facts))
        return kept, True
    raise failures[0]


def _ways(item: Dataset, scope: Scope) -> list[Way]:
    """Return the ways worth trying for a territory of this size, the preferred one first.

    A point is asked only where the commune is ambiguous, unless there is no other way.
    """
    count = len(scope.insee)
    possible = [
        way
        for way in item.ways
        if way.style != "file" and (way.by != "point" or len(item.ways) == 1)
    ]
    sized = [
        way
        for way in possible
        if count >= way.from_communes and (not way.to_communes or count <= way.to_communes)
    ]
    return sized or possible


def _task(
    item: Dataset,
    way: Way,
    territory: Territory | None,
    scope: Scope,
    store: Cache,
    base_url: str | None,
    progress: Progress | None,
) -> Task:
    from jumeau.sources.connectors.http import Client, check_address

    base = check_address(record.base_of(item, way, territory, base_url))
    return Task(
        item, way, scope, base, Client(item.rate), store,
        areas=_areas(territory, scope), progress=progress,
    )  # fmt: skip


def _areas(territory: Territory | None, scope: Scope) -> Any:
    """Return the contours of the communes asked, when all of them are known."""
    if territory is None or not scope.insee:
        return None
    import shapely

    where = {"id": list(scope.insee)}
    rows = territory.table("municipality", columns=["geometry"], where=where).to_pylist()
    shapes = [shapely.from_wkb(row["geometry"]) for row in rows if row["geometry"] is not None]
    return shapely.union_all(shapes) if len(shapes) == len(scope.insee) else None


def _kept(
    item: Dataset,
    scope: Scope,
    store: Cache,
    exact: bool,
    found: list[Finding],
    after: datetime | None = None,
) -> Entry | None:
    """Return the newest whole entry about a place; of other bounds when they were not imposed."""
    place = scope.place()
    near: Entry | None = None
    for entry in store.entries(item.name):
        about = entry.sidecar.get("place")
        if not isinstance(about, dict) or (after is not None and entry.date < after):
            continue
        same = about == place
        alike = all(about.get(key) == place[key] for key in ("insee", "crs"))
        if not same and (exact or not alike or near is not None):
            continue
        if not entry.whole():
            found.append(finding("JUM-S337", item.target, entry.folder.name, name=item.name))
            continue
        if same:
            return entry
        near = entry
    return near


def _stations(item: Dataset, listed: FetchReport) -> tuple[str, ...]:
    """Return the codes of the stations that a dataset lists."""
    if listed.path is None:
        return ()
    import pyarrow.parquet as pq

    table = pq.read_table(listed.path)
    if item.needs_column not in table.column_names:
        return ()
    codes = table.column(item.needs_column).to_pylist()
    return tuple(sorted({str(code) for code in codes if code}))


def _period(item: Dataset, territory: Territory | None, scope: Scope) -> Scope:
    """Return the period to ask: what the caller says, else what is new since the twin's last."""
    until = scope.until or datetime.now(UTC).replace(second=0, microsecond=0)
    since = scope.since
    if since is None:
        since = until - scopes.DEFAULT_PERIOD
        last = _last(item, territory, since)
        if last is not None and last < until:
            since = max(since, last - timedelta(hours=1))
    return scope.over(since, until)


def _last(item: Dataset, territory: Territory | None, since: datetime) -> datetime | None:
    """Return the time until which every sensor heard since a time has given its observations.

    A station that lags behind the others would lose what it sends late; one that has been silent
    since then holds nobody back.
    """
    if territory is None:
        return None
    rows = territory.sql(
        "SELECT min(last) AS last FROM (SELECT max(o.time) AS last FROM observation o "
        "JOIN source s ON o.source_id = s.id WHERE s.file = ? GROUP BY o.sensor_id) "
        "WHERE last >= ?",
        [f"{item.name}.parquet", since],
    ).to_pylist()
    last: datetime | None = rows[0]["last"]
    if last is None:
        return None
    return last.astimezone(UTC) if last.tzinfo else last.replace(tzinfo=UTC)
