# SPDX-License-Identifier: EUPL-1.2
"""Pages put together, and compared with what the service announced.

Services cut their answers in silence, ignore filters they do not know, lose pages and move rows
from one page to the next while they are read. What is returned here is whole: as many records as
announced, none twice; else there is a coded error and nothing is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from jumeau.base.errors import JumeauError, error
from jumeau.base.findings import Finding, finding
from jumeau.sources.connectors import answers
from jumeau.sources.connectors.cache import Pages, key_of
from jumeau.sources.connectors.http import Answer, Client
from jumeau.sources.connectors.record import Way

TURNS = 2
"""Times that a dataset whose pages do not agree is read."""
MOST_PAGES = 20_000
HITS = "numberMatched"
_KEPT = ("content-range", "content-type", "link", "date")


@dataclass
class Page:
    """A page.

    Parameters
    ----------
    records : list of dict
        Records.
    announced : int or None
        Records of the whole, as this page says.
    """

    records: list[dict[str, Any]]
    announced: int | None = None


@dataclass
class Gathered:
    """Every record of a request.

    Parameters
    ----------
    records : list of dict
        Records, none twice.
    announced : int or None
        Number announced; ``None`` when the service does not say.
    pages : int
        Pages received.
    url : str
        First address asked.
    findings : list of Finding
        What was met.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    announced: int | None = None
    pages: int = 0
    url: str = ""
    findings: list[Finding] = field(default_factory=list)


class Shifted(Exception):  # noqa: N818 - not an error: the pages are read once more
    """Pages do not agree with one another: rows moved while they were read."""


@dataclass
class Request:
    """One request of a dataset, to be paged.

    Parameters
    ----------
    client : Client
        Client.
    way : Way
        Way.
    base : str
        Base address in force.
    path : str
        Path, placeholders filled.
    query : dict
        Parameters, placeholders filled.
    plausible : int
        Most records that may come.
    dataset : str
        Its name, for messages.
    pages : Pages, optional
        Pages of an earlier attempt.
    """

    client: Client
    way: Way
    base: str
    path: str
    query: dict[str, str]
    plausible: int
    dataset: str
    pages: Pages | None = None

    def ask(self, url: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask a page, or find it among those already received."""
        question = url + "?" + "&".join(f"{key}={value}" for key, value in (query or {}).items())
        kept = self.pages.get(question) if self.pages else None
        if kept is not None:
            body = str(kept["body"]).encode()
            return Answer(int(kept["status"]), dict(kept["headers"]), body, url)
        empty = self.way.empty.get("status")
        accepted = [200, 206, *([int(empty)] if empty else []), *([409] if self.way.again else [])]
        if self.way.style == "wfs":
            accepted.append(400)
        answer = self.client.get(url, query, self.way.headers, accepted=tuple(accepted))
        if self.pages and answer.status in (200, 206):
            headers = {key: answer.headers[key] for key in _KEPT if key in answer.headers}
            # Only what can be read is kept: a page that is refused must be asked again.
            if (query or {}).get("RESULTTYPE") == "hits" and answer.body.lstrip()[:1] == b"<":
                answers.xml(answer)
            else:
                answers.content(answer, self.way)
            kept = {"status": answer.status, "headers": headers, "body": answer.text}
            self.pages.put(question, kept)
        return answer

    @property
    def url(self) -> str:
        """Address asked."""
        return self.base + self.path

    def page(self, url: str, query: Mapping[str, str] | None = None) -> tuple[Page, Any, Answer]:
        """Ask a page and read it; what stands for « nothing » is an empty one."""
        answer = self.ask(url, query)
        if answer.status == 409:
            raise error("JUM-S315", name=self.dataset, detail=answer.text[:160])
        empty = self.way.empty
        if empty and answer.status == int(empty["status"]) and answer.status not in (200, 206):
            if str(empty.get("contains", "")).casefold() not in answer.text.casefold():
                raise error("JUM-S302", url=answer.url, detail=answer.text[:120])
            return Page([], 0), {}, answer
        document = answers.content(answer, self.way)
        found = answers.records(document, self.way, answer.url)
        told = answers.announced(document, answer, self.way.announced)
        return Page(found, told), document, answer


def gather(request: Request) -> Gathered:
    """Return every record of a request.

    Parameters
    ----------
    request : Request
        What is asked, and how.

    Returns
    -------
    Gathered

    Raises
    ------
    InvalidError
        ``JUM-S312`` fewer or more records than announced; ``JUM-S313`` pages that never agree;
        ``JUM-S314`` more records than a commune may have; ``JUM-S315`` the place is ambiguous
        (409); and those of :mod:`.http` and :mod:`.answers`.
    """
    refusal: JumeauError | None = None
    for _ in range(TURNS):
        try:
            return _once(request)
        except Shifted:
            refusal = error("JUM-S313", name=request.dataset)
        except JumeauError as exc:
            if exc.code not in ("JUM-S312",):
                raise
            refusal = exc
        if request.pages:
            request.pages.forget()
    assert refusal is not None  # noqa: S101 - the loop ran
    raise refusal


def _once(request: Request) -> Gathered:
    found = Gathered(url=request.url)
    seen: dict[str, int] = {}
    told: set[str] = set()
    for number, page in enumerate(STYLES[request.way.style](request)):
        found.pages += 1
        if page.announced is not None:
            if found.announced is not None and page.announced != found.announced:
                raise Shifted
            found.announced = page.announced
        _plausible(request, max(found.announced or 0, len(found.records) + len(page.records)))
        for record in page.records:
            name = answers.at(record, request.way.id) if request.way.id else None
            if name is not None and seen.setdefault(str(name), number) != number:
                raise Shifted
        content = key_of(page.records)
        if page.records and content in told:
            raise Shifted  # a page given again, in the place of another one
        told.add(content)
        found.records += page.records
        if found.pages > MOST_PAGES:
            raise error("JUM-S313", name=request.dataset)
    received = len(found.records)
    if found.announced is None:
        if found.pages > 1 or request.way.style != "single":
            found.findings.append(
                finding("JUM-S330", "", request.dataset, name=request.dataset, count=received)
            )
    elif received != found.announced:
        raise _short(request, found.announced, received)
    return found


def _short(request: Request, announced: int, received: int) -> JumeauError:
    return error("JUM-S312", name=request.dataset, announced=announced, received=received)


def _plausible(request: Request, count: int) -> None:
    if count > request.plausible:
        raise error("JUM-S314", name=request.dataset, count=count, limit=request.plausible)


# -- styles --------------------------------------------------------------------------------------
def _wfs(request: Request) -> Iterator[Page]:
    """WFS 2.0: how many first (hits), then pages by COUNT and STARTINDEX."""
    hits = request.ask(request.url, {**request.query, "RESULTTYPE": "hits"})
    head = hits.body.lstrip()[:1]
    counted = answers.xml(hits) if head == b"<" else None
    if counted is None or counted.tag.rpartition("}")[2].endswith("ExceptionReport"):
        answers.records(answers.content(hits, request.way), request.way, request.url)
    total = answers.announced(counted, hits, HITS) if counted is not None else None
    _plausible(request, total or 0)
    yield Page([], total)
    yield from _by_offset(request, request.url, total, "STARTINDEX", "COUNT")


def _offset(request: Request) -> Iterator[Page]:
    """Offset and limit under the names that the record gives."""
    way = request.way
    yield from _by_offset(request, request.url, None, way.offset, way.size)


def _postgrest(request: Request) -> Iterator[Page]:
    """PostgREST: limit and offset, the number in ``Content-Range``."""
    yield from _by_offset(request, request.url, None, "offset", "limit")


def _by_offset(
    request: Request, url: str, total: int | None, offset: str, size: str
) -> Iterator[Page]:
    """Go on from what was received, not from what was asked: a short page loses nothing."""
    received, empty = 0, 0
    while total is None or received < total:
        query = {**request.query, offset: str(received), size: str(_size(request.way))}
        page, _, answer = request.page(url, query)
        total = page.announced if page.announced is not None else total
        yield page
        received += len(page.records)
        if not page.records:
            empty += 1
            if total is None or empty > 1 or received >= total:
                return
            if request.pages:
                request.pages.forget()
            continue
        if total is None and len(page.records) < _size(request.way) and answer.status != 206:
            return


def _size(way: Way) -> int:
    size = way.page_size or 100
    return min(size, way.page_limit) if way.page_limit else size


def _datafair(request: Request) -> Iterator[Page]:
    """Follow the address of the next page (data-fair, RNB)."""
    way = request.way
    query: dict[str, str] | None = dict(request.query)
    if way.size and query is not None:
        query[way.size] = str(_size(way))
    url, asked = request.url, set[str]()
    while url not in asked:
        asked.add(url)
        page, document, answer = request.page(url, query)
        yield page
        following = answers.at(document, way.next or "next") or _linked(answer)
        if not following or not page.records:
            return
        url, query = same_host(request.base, url, str(following)), None
    raise Shifted


def _linked(answer: Answer) -> str:
    """Return the address of ``Link: <…>; rel=next``."""
    match = re.search(r'<([^>]+)>\s*;\s*rel="?next"?', answer.headers.get("link", ""))
    return match[1] if match else ""


def same_host(base: str, asked: str, target: str) -> str:
    """Return an address that a service gave, at the base address in force.

    A service behind another base address (a mirror, a test) still gives its public addresses:
    they are asked where the base says.

    Raises
    ------
    InvalidError
        ``JUM-S304`` for what is no address of the web.
    """
    full = urlsplit(urljoin(asked, target))
    if full.scheme not in ("http", "https"):
        raise error("JUM-S304", url=target[:200])
    home = urlsplit(base)
    return full._replace(scheme=home.scheme, netloc=home.netloc).geturl()


def _ods(request: Request) -> Iterator[Page]:
    """Opendatasoft: pages of 100 up to 10,000 records, an export beyond."""
    window = request.way.window or 10_000
    size = {"limit": "1", "offset": "0"}
    first, _, _ = request.page(request.url, {**request.query, **size})
    total = first.announced
    _plausible(request, total or 0)
    if total is not None and total <= window:
        yield from _by_offset(request, request.url, total, "offset", "limit")
        return
    export = request.url.removesuffix("/records") + "/exports/json"
    answer = request.ask(export, request.query)
    document = answers.content(answer, request.way)
    whole = Way(style="offset", format="json")
    yield Page(answers.records(document, whole, export), total)


def _hubeau(request: Request) -> Iterator[Page]:
    """Hub'Eau: 206 while there is more, ``next`` or not; split by date beyond the window."""
    way = request.way
    query = {**request.query, way.size or "size": str(_size(way))}
    page, document, answer = request.page(request.url, query)
    total = page.announced
    if total is not None and way.window and total > way.window:
        _plausible(request, total)
        yield Page([], total)
        yield from _halves(request, total)
        return
    received, number, url = 0, 1, request.url
    while True:
        yield page
        received += len(page.records)
        following = answers.at(document, way.next or "next")
        more = answer.status == 206 or bool(following)
        enough = total is not None and received >= total
        if enough or not more or not page.records:
            return
        number += 1
        if following:
            url = same_host(request.base, url, str(following))
            page, document, answer = request.page(url)
        else:  # 206 without « next »: the pages are numbered
            page, document, answer = request.page(
                request.url, {**query, way.page or "page": str(number)}
            )


def _halves(request: Request, total: int) -> Iterator[Page]:
    """Ask the two halves of a period apart; together they must hold what was announced."""
    first, last = (request.query.get(name) for name in request.way.split or ("", ""))
    start, end = _moment(first), _moment(last)
    if start is None or end is None or end - start < timedelta(minutes=2):
        raise error("JUM-S316", name=request.dataset, count=total, limit=request.way.window)
    middle = start + (end - start) / 2
    middle = middle.replace(microsecond=0)
    names = request.way.split
    gathered: list[dict[str, Any]] = []
    for low, high in ((start, middle), (middle + timedelta(seconds=1), end)):
        part = Request(**{**request.__dict__, "query": {
            **request.query, names[0]: _written(low, first), names[1]: _written(high, last),
        }})  # fmt: skip
        gathered += gather(part).records
    if len(gathered) != total:
        raise _short(request, total, len(gathered))
    yield Page(gathered)


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _written(moment: datetime, like: str | None) -> str:
    """Return a time written as the service takes it."""
    text = moment.isoformat()
    return text.replace("+00:00", "Z") if like and like.endswith("Z") else text


def _pages(request: Request) -> Iterator[Page]:
    """Numbered pages with their number announced (Géorisques)."""
    way = request.way
    query = dict(request.query)
    if way.size:
        query[way.size] = str(_size(way))
    number, received = 1, 0
    while True:
        page, document, _ = request.page(request.url, {**query, way.page or "page": str(number)})
        yield page
        received += len(page.records)
        last = answers.whole(answers.at(document, "total_pages")) or 0
        more = number < last if page.announced is None else received < page.announced
        if not more or not page.records:
            return
        number += 1


def _single(request: Request) -> Iterator[Page]:
    """One answer."""
    page, _, _ = request.page(request.url, request.query)
    yield page


STYLES: dict[str, Callable[[Request], Iterator[Page]]] = {
    "wfs": _wfs,
    "datafair": _datafair,
    "ods": _ods,
    "hubeau": _hubeau,
    "postgrest": _postgrest,
    "pages": _pages,
    "offset": _offset,
    "single": _single,
}
"""Styles whose answers are JSON; Atom, images and files are in :mod:`.downloads`."""
