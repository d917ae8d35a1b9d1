# SPDX-License-Identifier: EUPL-1.2
"""Records of the catalogue: where a dataset is published, under which limits, what it fills.

One YAML file a publisher in ``sources/catalog``. What its head says (``base_url``, ``licence``,
``rate``…) holds for each of its ``datasets``, and what a dataset says holds for each of its
``ways``: the ways to obtain it, the preferred one first. A text may hold the placeholders of
:mod:`.scope`: ``{insee}``, ``{dep}``, ``{west}``, ``{since}``…
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n
from jumeau.base.errors import did_you_mean, error
from jumeau.twin import schema

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

STYLES = (
    "wfs", "atom", "datafair", "ods", "hubeau", "postgrest", "pages", "offset", "single", "bulk",
    "wms", "file",
)  # fmt: skip
"""How a service gives its records. ``file``: downloaded by hand, recognised by its name."""
SCOPES = ("commune", "departement", "bounds", "national", "point", "code", "station")
"""What one request covers."""
FORMATS = ("geojson", "json", "csv", "atom", "raster", "file")
ENVIRONMENT = "JUMEAU_SOURCE_"
"""Beginning of the variables that replace the base address of a publisher."""


@dataclass(frozen=True)
class Way:
    """One way to obtain a dataset.

    Parameters
    ----------
    style : str
        One of :data:`STYLES`.
    path : str
        Path after the base address, with placeholders.
    by : str
        One of :data:`SCOPES`.
    from_communes, to_communes : int
        Numbers of communes between which this way is worth taking.
    base_url : str
        Base address, when it is not that of the publisher.
    query, headers : dict
        Parameters and headers; a parameter whose placeholder is unknown is left out.
    announced : str
        Dotted path of the number of records that the service announces; ``@name`` for a header.
    records : str
        Dotted path of the records; empty when the answer is the list itself.
    next : str
        Dotted path of the address of the next page.
    offset, size, page : str
        Names of the parameters of paging.
    page_size, page_limit : int
        Records asked for a page, and the most that the service gives.
    window : int
        Records beyond which the service refuses to page; 0 for no such limit.
    split : tuple of str
        Names of the parameters « from » and « to » by which a request too large is split.
    format : str
        One of :data:`FORMATS`.
    crs : str
        CRS of the answer; that of the territory when it is ``{crs}``.
    geometry : str
        Where positions are: ``x,y`` or ``lon,lat`` columns, a column of GeoJSON or WKT, or
        ``@latlon column``. Empty for GeoJSON features and for no position.
    id : str
        Dotted path of what identifies a record.
    member : str
        Layer of a downloaded file.
    only : str
        Column of the INSEE code by which a wider file is restricted to the territory.
    files : str
        Column that holds the address of a file to download for each record.
    empty : dict
        ``status`` and ``contains``: an answer that means « nothing », not an error.
    again : str
        Scope of the other way to take for a commune that the service finds ambiguous (409).
    around : float
        Margin around the rectangle, whose records are all kept: stations beside a commune tell
        about it [m].
    variants : tuple of dict
        Placeholders of this record's own; each request is made once for each of them.
    """

    style: str
    path: str = ""
    by: str = "commune"
    from_communes: int = 0
    to_communes: int = 0
    base_url: str = ""
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    announced: str = ""
    records: str = ""
    next: str = ""
    offset: str = ""
    size: str = ""
    page: str = ""
    page_size: int = 0
    page_limit: int = 0
    window: int = 0
    split: tuple[str, ...] = ()
    format: str = "json"
    crs: str = "EPSG:4326"
    geometry: str = ""
    id: str = ""
    member: str = ""
    only: str = ""
    files: str = ""
    empty: dict[str, Any] = field(default_factory=dict)
    again: str = ""
    around: float = 0.0
    variants: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Dataset:
    """A dataset of the catalogue.

    Parameters
    ----------
    name : str
        Name in code, ``publisher.…``.
    publisher, producer : str
        Key of the publisher, and its name for people.
    title_en, title_fr : str
        Title.
    licence, vintage, vintage_field : str
        Licence; edition, or the field that holds it.
    page_url : str
        Page where people find and download it.
    rate : float
        Most requests a second.
    plausible : int
        Most records that one commune may have: more means that a filter was ignored.
    table, layer : str
        Table or raster layer that it fills; both empty when the twin has none for it.
    profile : str
        Profile of the publisher's files (:mod:`jumeau.sources.publishers`).
    mapping, constants : dict
        Columns and constants, as :meth:`jumeau.twin.territory.Territory.add` takes them.
    parser : str
        Name of a reader of observations (:mod:`.observed`); empty for ordinary records.
    auth : str
        What the service asks to identify oneself; empty for nothing.
    fallback : str
        Dataset to use when this one cannot be had.
    needs, needs_column : str
        Dataset that lists the stations to ask, and its column of their codes.
    live : bool
        Whether a kept answer is never taken for a new one.
    traps_en, traps_fr, status_en, status_fr : str
        What to know before using it; whether it was seen to work.
    ways : tuple of Way
        Ways to obtain it, in order of preference.
    """

    name: str
    publisher: str
    producer: str
    title_en: str
    title_fr: str
    licence: str
    ways: tuple[Way, ...]
    base_url: str = ""
    page_url: str = ""
    vintage: str = ""
    vintage_field: str = ""
    rate: float = 5.0
    plausible: int = 100_000
    table: str = ""
    layer: str = ""
    profile: str = ""
    mapping: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    parser: str = ""
    auth: str = ""
    fallback: str = ""
    needs: str = ""
    needs_column: str = ""
    live: bool = False
    traps_en: str = ""
    traps_fr: str = ""
    status_en: str = ""
    status_fr: str = ""

    @property
    def title(self) -> str:
        """Title in the language in force."""
        return i18n.pick(self.__dict__, "title")

    @property
    def target(self) -> str:
        """Table or raster layer that it fills; empty when there is none."""
        return self.table or self.layer

    @property
    def fetchable(self) -> bool:
        """Whether :func:`jumeau.sources.fetch` brings it into the twin."""
        return bool(self.target) and any(way.style != "file" for way in self.ways)


_WAY = {item.name for item in fields(Way)}
_DATASET = {item.name for item in fields(Dataset)} - {"ways"}
_HEAD = (_DATASET | _WAY) - {"name"} | {"publisher", "datasets"}


def read(text: str, file: str) -> dict[str, Dataset]:
    """Read and verify the records of one publisher.

    Parameters
    ----------
    text : str
        YAML.
    file : str
        Name of the file, for messages.

    Returns
    -------
    dict
        {name: dataset}.

    Raises
    ------
    InvalidError
        ``JUM-S300``: a record lacks something, or says something that nobody understands.
    """
    import yaml

    try:
        head = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise _wrong(file, "", " ".join(str(exc).split())[:200]) from exc
    if not isinstance(head, dict) or not isinstance(head.get("datasets"), list):
        raise _wrong(file, "", "datasets: […]")
    _known(head, _HEAD, file, "")
    common = {key: value for key, value in head.items() if key != "datasets"}
    found: dict[str, Dataset] = {}
    for given in head["datasets"]:
        if not isinstance(given, dict) or not given.get("name"):
            raise _wrong(file, "", "name")
        made = _dataset(given, common, file)
        if made.name in found:
            raise _wrong(file, made.name, "name ×2")
        found[made.name] = made
    return found


def _dataset(given: dict[str, Any], common: dict[str, Any], file: str) -> Dataset:
    name = str(given["name"])
    _known(given, _DATASET | _WAY | {"ways"}, file, name)
    merged = {**common, **given}
    if merged.get("base_url") and given.get("base_url") is None:
        merged["base_url"] = common["base_url"]
    ways = []
    for way in merged.get("ways") or [{}]:
        _known(way, _WAY, file, name)
        values = {key: merged[key] for key in _WAY if key in merged and key != "base_url"} | way
        ways.append(_way(values, file, name))
    values = {key: merged[key] for key in _DATASET if key in merged}
    for key in ("title_en", "title_fr", "licence", "producer", "publisher"):
        if not values.get(key):
            raise _wrong(file, name, key)
    values |= {key: str(values[key]) for key in ("vintage", "licence") if key in values}
    dataset = Dataset(ways=tuple(ways), **values)
    if not name.startswith(dataset.publisher + "."):
        raise _wrong(file, name, f"name: {dataset.publisher}.…")
    if dataset.table:
        schema.table(dataset.table)
    if dataset.layer and dataset.layer != "all":
        schema.layer(dataset.layer)
    for way in ways:
        base = way.base_url or dataset.base_url
        if way.style != "file" and not base.startswith("https://"):
            raise _wrong(file, name, f"base_url: {base or '∅'}")
    return dataset


def _way(values: dict[str, Any], file: str, name: str) -> Way:
    if "split" in values:
        values["split"] = tuple(str(item) for item in values["split"])
    if "variants" in values:
        values["variants"] = tuple(
            {str(a): str(b) for a, b in item.items()} for item in values["variants"]
        )
    for key in ("query", "headers"):
        values[key] = {str(a): str(b) for a, b in (values.get(key) or {}).items()}
    for key, allowed in (("style", STYLES), ("by", SCOPES), ("format", FORMATS)):
        value = values.get(key)
        if (value is None and key == "style") or (value is not None and value not in allowed):
            raise _wrong(file, name, f"{key}: {value} ∉ {', '.join(allowed)}")
    if values.get("again") and values["again"] not in SCOPES:
        raise _wrong(file, name, f"again: {values['again']}")
    return Way(**values)


def _known(given: Any, allowed: set[str], file: str, name: str) -> None:
    if not isinstance(given, dict):
        raise _wrong(file, name, str(given)[:60])
    for key in given:
        if key not in allowed:
            near = did_you_mean(str(key), allowed)
            raise _wrong(file, name, f"{key}" + (f" → {near} ?" if near else ""))


def _wrong(file: str, name: str, detail: str) -> Exception:
    return error("JUM-S300", file=file, name=name or "—", detail=detail)


@cache
def catalog() -> dict[str, Dataset]:
    """Return every dataset of the catalogue, by name.

    Returns
    -------
    dict
        {name: dataset}, in alphabetical order.

    Raises
    ------
    InvalidError
        ``JUM-S300`` for a record that cannot be understood.
    """
    found: dict[str, Dataset] = {}
    folder = resources.files("jumeau.sources") / "catalog"
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith(".yaml"):
            found |= read(item.read_text(encoding="utf-8"), item.name)
    return dict(sorted(found.items()))


def dataset(name: str) -> Dataset:
    """Return one dataset.

    Raises
    ------
    UnknownNameError
        ``JUM-S301`` for a name that is not in the catalogue.
    """
    known = catalog()
    if name not in known:
        near = did_you_mean(name, known)
        raise error("JUM-S301", name=name, count=len(known), suggestion=near)
    return known[name]


def base_of(item: Dataset, way: Way, territory: Territory | None, given: str | None) -> str:
    """Return the base address in force for a way.

    Parameters
    ----------
    item : Dataset
        Dataset.
    way : Way
        Way.
    territory : Territory or None
        Its ``territory.toml`` may replace the address: ``[sources]``, ``publisher = "https://…"``.
    given : str or None
        Address given by the caller: it comes first.

    Returns
    -------
    str
        The caller's, else that of the environment (``JUMEAU_SOURCE_<PUBLISHER>``), else that of
        ``territory.toml``, else the catalogue's; without a slash at its end.
    """
    key = item.publisher.upper().replace("-", "_").replace(".", "_")
    configured = territory.settings.sources if territory is not None else {}
    found = given or os.environ.get(ENVIRONMENT + key) or configured.get(item.publisher)
    return (found or way.base_url or item.base_url).rstrip("/")
