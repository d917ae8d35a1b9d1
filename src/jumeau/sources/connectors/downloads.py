# SPDX-License-Identifier: EUPL-1.2
"""Files: found in an Atom service, named by records, cut out of an image service, or plain.

Files come one after the other: parallel downloads have produced empty tiles.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from xml.etree import ElementTree

from jumeau.base.contract import Bounds, Progress
from jumeau.base.errors import JumeauError, error
from jumeau.base.findings import Finding, finding
from jumeau.sources.connectors import answers, paging
from jumeau.sources.connectors.http import Client
from jumeau.sources.connectors.paging import Request

TILE_M = 1000
MOST_TILES = 4000
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_VOLUME = re.compile(r"(?<=\.7z)\.\d{3}$")
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


def name_of(url: str) -> str:
    """Return the name of the file that an address leads to."""
    path = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return _SAFE.sub("_", path).strip("._") or "file"


def bulk(client: Client, url: str, work: Path, name: str = "") -> Path:
    """Download one file into the folder of a work, or finish what was begun.

    Parameters
    ----------
    client : Client
        Client.
    url : str
        Address.
    work : Path
        Folder of the work.
    name : str
        Name of the file; that of the address by default.

    Returns
    -------
    Path
        The whole file.
    """
    target = work / (name or name_of(url))
    if target.exists():
        return target
    partial = target.with_name(target.name + ".part")
    client.download(url, partial)
    partial.rename(target)
    partial.with_name(partial.name + ".json").unlink(missing_ok=True)
    return target


# -- Atom ----------------------------------------------------------------------------------------
def atom(request: Request, work: Path) -> list[Path]:
    """Download the newest edition that an Atom download service offers.

    Parameters
    ----------
    request : Request
        Its path leads to the resource; each entry of it leads to the files of one edition.
    work : Path
        Folder of the work.

    Returns
    -------
    list of Path
        Files, the volumes of a split archive joined.

    Raises
    ------
    InvalidError
        ``JUM-S302`` nothing is offered there; ``JUM-S312`` pages are missing.
    """
    editions = _entries(request, request.url, request.query)
    if not editions:
        raise error("JUM-S302", url=request.url, detail="0 entry")
    chosen = max(editions, key=lambda item: (_dated(item), item["id"]))
    feed = paging.same_host(request.base, request.url, chosen["link"] or chosen["id"])
    files = [item for item in _entries(request, feed, {}) if _is_file(item["link"])]
    if not files:
        raise error("JUM-S302", url=feed, detail="0 file")
    found = []
    for item in sorted(files, key=lambda each: each["link"]):
        url = paging.same_host(request.base, feed, item["link"])
        whole = work / _VOLUME.sub("", name_of(url))
        if whole.name != name_of(url) and whole.exists():  # joined for another dataset
            found.append(whole)
            continue
        path = bulk(request.client, url, work)
        expected = answers.whole(item["length"])
        if expected and path.stat().st_size != expected:
            size = path.stat().st_size
            path.unlink()
            raise error("JUM-S309", url=url, detail=f"{size} / {expected}")
        found.append(path)
    return _joined(list(dict.fromkeys(found)))


def _entries(request: Request, url: str, query: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the entries of a feed, page after page, as many as it announces."""
    found: list[dict[str, str]] = []
    number, total = 1, None
    while True:
        asked = {**query, "page": str(number), "limit": str(request.way.page_size or 50)}
        answer = request.client.get(url, asked)
        tree = answers.content(answer, request.way)
        if not isinstance(tree, ElementTree.Element):
            raise error("JUM-S302", url=url, detail="Atom")
        told = answers.announced(tree, answer, request.way.announced)
        total = told if told is not None else total
        entries = [_entry(node) for node in tree.iter() if node.tag.rpartition("}")[2] == "entry"]
        found += entries
        if not entries or total is None or len(found) >= total:
            break
        number += 1
    if total is not None and len(found) != total:
        received = len(found)
        raise error("JUM-S312", name=request.dataset, announced=total, received=received)
    return found


def _entry(node: ElementTree.Element) -> dict[str, str]:
    made = {"id": "", "link": "", "updated": "", "edition": "", "length": ""}
    for child in node:
        name = child.tag.rpartition("}")[2]
        if name == "link" and (not made["link"] or child.get("rel") == "enclosure"):
            made["link"] = child.get("href", "")
            length = [v for k, v in child.attrib.items() if k.rpartition("}")[2] == "length"]
            made["length"] = length[0] if length else ""
        elif name in ("id", "updated"):
            made[name] = (child.text or "").strip()
        elif name == "editionDate":
            made["edition"] = (child.text or "").strip()
    return made


def _dated(entry: Mapping[str, str]) -> str:
    return entry["edition"] or entry["updated"]


def _is_file(link: str) -> bool:
    name = name_of(link).lower()
    return name.endswith((".7z", ".zip", ".gpkg", ".gz", ".tif")) or bool(
        re.search(r"\.7z\.\d{3}$", name)
    )


def _joined(paths: Sequence[Path]) -> list[Path]:
    """Join the volumes ``x.7z.001``, ``x.7z.002``… of one archive, cut between two bytes."""
    volumes = [path for path in paths if _VOLUME.search(path.name)]
    if not volumes:
        return list(paths)
    whole = volumes[0].with_suffix("")
    partial = whole.with_name(whole.name + ".part")
    with partial.open("wb") as target:
        for path in sorted(volumes):
            with path.open("rb") as part:
                shutil.copyfileobj(part, target, 1 << 20)
    partial.rename(whole)
    for path in volumes:
        path.unlink()
    return [whole, *(path for path in paths if path not in volumes)]


# -- images --------------------------------------------------------------------------------------
def tiles(request: Request, bounds: Bounds, work: Path, progress: Progress | None) -> list[Path]:
    """Ask an image service for the tiles of 1 km that cover a rectangle, cell for cell.

    Cells are centred on integer metres: the edges asked are shifted by half a metre.

    Parameters
    ----------
    request : Request
        Its query names the layer and the CRS.
    bounds : tuple of 4 float
        Rectangle [m].
    work : Path
        Folder of the work.
    progress : callable, optional
        Receives the file and the share done.

    Returns
    -------
    list of Path
        GeoTIFF files.

    Raises
    ------
    InvalidError
        ``JUM-S314`` too many tiles; ``JUM-S319`` an answer that is no image.
    """
    wanted = list(_tiles(bounds))
    if len(wanted) > MOST_TILES:
        name = request.dataset
        raise error("JUM-S314", name=name, count=len(wanted), limit=MOST_TILES)
    found = []
    for rank, (x, y) in enumerate(wanted):
        name = f"{_SAFE.sub('_', request.dataset)}_{x:04d}_{y:04d}.tif"
        if progress:
            progress(name, rank / len(wanted))
        box = (1000 * x - 0.5, 1000 * y - 999.5, 1000 * x + 999.5, 1000 * y + 0.5)
        query = {
            **request.query,
            "BBOX": ",".join(f"{value:.1f}" for value in box),
            "WIDTH": str(TILE_M),
            "HEIGHT": str(TILE_M),
        }
        path = bulk(request.client, f"{request.url}?{urlencode(query, safe=',:/')}", work, name)
        found.append(image(path, request.url))
    return found


def _tiles(bounds: Bounds) -> Iterator[tuple[int, int]]:
    xmin, ymin, xmax, ymax = bounds
    for y in range(math.floor((ymin - 0.5) / TILE_M), math.ceil((ymax + 999.5) / TILE_M) + 1):
        if 1000 * y + 0.5 <= ymin or 1000 * y - 999.5 >= ymax:
            continue
        for x in range(math.floor((xmin + 0.5) / TILE_M), math.ceil((xmax + 0.5) / TILE_M)):
            yield x, y


def image(path: Path, url: str) -> Path:
    """Return a file if it is an image or a point cloud; else remove it.

    Raises
    ------
    InvalidError
        ``JUM-S311`` a message of the service, ``JUM-S319`` anything else.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((*_TIFF, b"LASF")):
        return path
    path.unlink()
    if head.lstrip().startswith(b"<"):
        text = " ".join(re.sub(r"<[^>]*>", " ", head.decode("utf-8", "replace")).split())
        raise error("JUM-S311", url=url, detail=text[:200])
    raise error("JUM-S319", url=url, detail=repr(head[:16]))


def named(
    request: Request, records: Sequence[Mapping[str, Any]], work: Path, progress: Progress | None
) -> tuple[list[Path], list[Finding]]:
    """Download the file that each record names; one that cannot be had does not stop the others.

    Parameters
    ----------
    request : Request
        Its way says which column holds the address.
    records : sequence of mapping
        Records, or GeoJSON features.
    work : Path
        Folder of the work.
    progress : callable, optional
        Receives the file and the share done.

    Returns
    -------
    paths : list of Path
        Files.
    findings : list of Finding
        One for each file that could not be had.

    Raises
    ------
    JumeauError
        ``JUM-S302`` no record names a file; the first failure when no file could be had.
    """
    column = request.way.files
    rows = [item.get("properties", item) for item in records]
    urls = list(dict.fromkeys(str(row[column]) for row in rows if row.get(column)))
    if rows and not urls:
        raise error("JUM-S302", url=request.url, detail=f"{column} ∅")
    found: list[Path] = []
    failed: list[Finding] = []
    first: JumeauError | None = None
    for rank, url in enumerate(urls):
        name = _file_name(url, rank)
        if progress:
            progress(name, rank / len(urls))
        target = paging.same_host(request.base, request.url, url)
        try:
            found.append(image(bulk(request.client, target, work, name), target))
        except JumeauError as exc:
            if exc.code in ("JUM-S305", "JUM-S308"):  # the service is down: go on later
                raise
            first = first or exc
            failed.append(finding("JUM-S335", "", name, detail=exc.what))
    if first is not None and not found:
        raise first
    return found, failed


def _file_name(url: str, rank: int) -> str:
    """Return the name of a tile: that in the address, else that of its rectangle."""
    name = name_of(url)
    if "." in name:
        return name
    for key in ("FILENAME", "filename"):
        match = re.search(rf"[?&]{key}=([^&]+)", url)
        if match:
            return _SAFE.sub("_", unquote(match[1]))
    box = re.search(r"[?&]bbox=([^&]+)", url, re.I)
    place = _SAFE.sub("_", unquote(box[1])) if box else str(rank)
    return f"tile_{place}.tif"
