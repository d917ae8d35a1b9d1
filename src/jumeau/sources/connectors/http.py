# SPDX-License-Identifier: EUPL-1.2
"""One polite HTTP client: paced, patient with quotas, deaf to what is not what was asked.

One request at a time and at most five a second for each host; 429 and 503 are waited for as long
as ``Retry-After`` asks; other failures of the server are tried again, later and later. Downloads
resume. Only ``https`` is spoken, except to this machine, and nobody leads us to another host.
"""

from __future__ import annotations

import email.utils
import ipaddress
import json
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from jumeau.base.errors import JumeauError, error

if TYPE_CHECKING:
    import urllib3

RATE = 5.0
"""Requests a second, at most, whatever a record says."""
TRIES = 4
CONNECT_S, READ_S = 10.0, 60.0
LONGEST_S = 300.0
"""Time within which an answer that is not a download must have come whole."""
WAIT_S = 120.0
"""Longest wait that a service may ask; beyond, the user is told when to come back."""
ANSWER_BYTES = 512 << 20
FILE_BYTES = 20 << 30
BLOCK = 1 << 18
REDIRECTS = 5
DOWN_S = 60.0
"""Time during which a host that could not be reached is not tried again."""
RETRIED = (429, 500, 502, 503, 504)
_REDIRECTED = (301, 302, 303, 307, 308)

_last: dict[str, float] = {}
_down: dict[str, float] = {}


def pause(seconds: float) -> None:
    """Wait; apart so that tests need not."""
    if seconds > 0:
        time.sleep(seconds)


@dataclass(frozen=True)
class Answer:
    """What a service answered.

    Parameters
    ----------
    status : int
        HTTP status.
    headers : mapping
        Headers, names in lower case.
    body : bytes
        Content, decoded of its compression.
    url : str
        Address asked.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        """Content as text."""
        return self.body.decode("utf-8-sig", errors="replace")

    def json(self) -> Any:
        """Content as JSON.

        Raises
        ------
        InvalidError
            ``JUM-S302`` when it is a page for people, ``JUM-S303`` when it is no whole JSON.
        """
        refuse_page(self)
        try:
            return json.loads(self.text)
        except ValueError as exc:
            raise error("JUM-S303", url=self.url, detail=_start(self.body)) from exc


def _start(body: bytes) -> str:
    return " ".join(body[:120].decode("utf-8", errors="replace").split())


def refuse_page(answer: Answer) -> None:
    """Refuse a page of HTML where data were asked.

    Raises
    ------
    InvalidError
        ``JUM-S302``.
    """
    start = answer.body[:512].lstrip().lower()
    declared = answer.headers.get("content-type", "").lower()
    if start.startswith((b"<!doctype html", b"<html")) or (
        "text/html" in declared and not start.startswith((b"{", b"["))
    ):
        raise error("JUM-S302", url=answer.url, detail=f"HTML : {_start(answer.body)[:80]}")


def loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_address(url: str) -> str:
    """Return an address if it may be asked.

    Raises
    ------
    InvalidError
        ``JUM-S304``: it is neither ``https`` nor this machine.
    """
    parts = urlsplit(url)
    allowed = parts.scheme == "https" or (parts.scheme == "http" and loopback(parts.hostname or ""))
    if not allowed or not parts.hostname or parts.username:
        raise error("JUM-S304", url=url[:200])
    return url


def retry_after(headers: Mapping[str, str], default: float) -> float:
    """Return how long a service asks to wait [s].

    A date is read against the clock of the service itself (its header ``Date``): ours may differ.

    Parameters
    ----------
    headers : mapping
        Headers of the answer, names in lower case.
    default : float
        Wait when it says nothing [s].
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return default
    if text.replace(".", "", 1).isdigit():
        return float(text)
    until = _date(text)
    if until is None:
        return default
    now = _date(headers.get("date", ""))
    return max(0.0, until - (now if now is not None else time.time()))


def _date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None


class Client:
    """Client of one publisher.

    Parameters
    ----------
    rate : float
        Most requests a second to a host.
    wait : float
        Longest wait that a service may ask [s].
    """

    def __init__(self, rate: float = RATE, wait: float = WAIT_S) -> None:
        import urllib3

        self.gap = 1.0 / min(max(rate, 0.01), RATE)
        self.wait = wait
        self.requests = 0
        self._pool = urllib3.PoolManager(
            num_pools=8, maxsize=1, block=True, retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
            headers={"User-Agent": _agent(), "Accept-Encoding": "gzip"},
        )  # fmt: skip

    def get(
        self,
        url: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        accepted: tuple[int, ...] = (200, 206),
    ) -> Answer:
        """Ask an address; wait and ask again where that is what the service wants.

        Parameters
        ----------
        url : str
            Address.
        query : mapping, optional
            Parameters to add to it.
        headers : mapping, optional
            Headers.
        accepted : tuple of int
            Statuses that are answers; any other is an error.

        Returns
        -------
        Answer

        Raises
        ------
        InvalidError
            ``JUM-S302`` 404 or 410: the source has changed; ``JUM-S304`` an address that may not
            be asked; ``JUM-S306`` refused (403…); ``JUM-S307`` identification asked (401).
        BusyError
            ``JUM-S305`` the quota is used up; ``JUM-S308`` the service fails or cannot be reached.
        """
        address = check_address(_full(url, query))
        hold, answer = 1.0, None
        for attempt in range(TRIES):
            last = attempt + 1 == TRIES
            try:
                answer = self._once(address, headers or {})
            except JumeauError as exc:
                if last or exc.code != "JUM-S309":
                    raise
                pause(hold)
                hold *= 2
                continue
            if answer.status in accepted:
                return answer
            if answer.status not in RETRIED or last:
                break
            asked = retry_after(answer.headers, 5.0 if answer.status == 429 else hold)
            if asked > self.wait:
                raise error("JUM-S305", url=_shown(address), seconds=round(asked))
            pause(asked)
            hold *= 2
        raise _refusal(answer, address)

    def download(
        self,
        url: str,
        where: Path,
        *,
        limit: int = FILE_BYTES,
        known: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """Download a file, going on where an earlier attempt stopped.

        Parameters
        ----------
        url : str
            Address.
        where : Path
            File to write; what is there is the beginning of the same file.
        limit : int
            Largest size accepted [bytes].
        known : mapping, optional
            Facts returned (or written beside, ``<where>.json``) by the attempt that stopped.

        Returns
        -------
        dict
            ``size``, ``etag``, ``modified``, ``type``.

        Raises
        ------
        JumeauError
            As :meth:`get`; ``JUM-S309`` the file never came whole; ``JUM-S310`` it is empty,
            too large, or a page for people.
        """
        address, facts = check_address(url), dict(known or {})
        hold = 1.0
        for attempt in range(TRIES):
            try:
                return self._fill(address, where, facts, limit)
            except JumeauError as exc:
                if exc.code != "JUM-S309" or attempt + 1 == TRIES:
                    raise
                pause(hold)
                hold *= 2
        raise AssertionError  # the loop returns or raises

    def _fill(self, url: str, where: Path, facts: dict[str, str], limit: int) -> dict[str, str]:
        done = where.stat().st_size if where.exists() else 0
        beside = where.with_name(where.name + ".json")
        if done and not facts and beside.exists():
            facts.update(json.loads(beside.read_text(encoding="utf-8")))
        mark = facts.get("etag") or facts.get("modified")
        headers = {"Accept-Encoding": "identity"}
        if done and mark and not mark.startswith("W/"):
            headers |= {"Range": f"bytes={done}-", "If-Range": mark}
        with self._open(url, headers) as response:
            said = {key.lower(): value for key, value in response.headers.items()}
            if response.status == 416 and facts.get("size") == str(done):
                return facts
            if response.status not in (200, 206):
                raise self._later(response, said, url)
            resumed = response.status == 206 and said.get("content-range", "").startswith(
                f"bytes {done}-"
            )
            total = _total(said, done if resumed else 0)
            if total is not None and total > limit:
                raise error("JUM-S310", url=_shown(url), detail=f"{total} > {limit}")
            facts.clear()
            facts |= {
                "etag": said.get("etag", ""),
                "modified": said.get("last-modified", ""),
                "type": said.get("content-type", ""),
                "size": "" if total is None else str(total),
            }
            beside.write_text(json.dumps(facts), encoding="utf-8")
            written = self._pour(response, where, done if resumed else 0, limit, url)
        if total is not None and written != total:
            raise error("JUM-S309", url=_shown(url), detail=f"{written} / {total}")
        with where.open("rb") as file:
            head = file.read(512)
        if not written:
            raise error("JUM-S310", url=_shown(url), detail="0")
        refuse_page(Answer(200, {"content-type": facts["type"]}, head, _shown(url)))
        facts["size"] = str(written)
        return facts

    def _pour(
        self, response: urllib3.BaseHTTPResponse, where: Path, done: int, limit: int, url: str
    ) -> int:
        import urllib3

        try:
            with where.open("ab" if done else "wb") as file:
                for block in response.stream(BLOCK, decode_content=False):
                    done += len(block)
                    if done > limit:
                        raise error("JUM-S310", url=_shown(url), detail=f"> {limit}")
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
        except (urllib3.exceptions.HTTPError, TimeoutError, ConnectionError) as exc:
            raise error("JUM-S309", url=_shown(url), detail=type(exc).__name__) from exc
        return done

    def _later(
        self, response: urllib3.BaseHTTPResponse, headers: Mapping[str, str], url: str
    ) -> JumeauError:
        """Return the error of a download refused; wait first if it may be tried again."""
        if response.status in RETRIED:
            asked = retry_after(headers, 5.0 if response.status == 429 else 1.0)
            if asked > self.wait:
                return error("JUM-S305", url=_shown(url), seconds=round(asked))
            pause(asked)
            return error("JUM-S309", url=_shown(url), detail=str(response.status))
        return _refusal(Answer(response.status, headers, response.read(2048), url), url)

    def _once(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask once and read the whole answer."""
        import urllib3

        begun = time.monotonic()
        with self._open(url, headers) as response:
            said = {key.lower(): value for key, value in response.headers.items()}
            blocks, size = [], 0
            try:
                for block in response.stream(BLOCK, decode_content=True):
                    size += len(block)
                    blocks.append(block)
                    if size > ANSWER_BYTES:
                        raise error("JUM-S310", url=_shown(url), detail=f"> {ANSWER_BYTES}")
                    if time.monotonic() - begun > LONGEST_S:
                        raise error("JUM-S309", url=_shown(url), detail=f"> {LONGEST_S:.0f} s")
            except (urllib3.exceptions.HTTPError, TimeoutError, ConnectionError, zlib.error) as exc:
                raise error("JUM-S309", url=_shown(url), detail=type(exc).__name__) from exc
            return Answer(response.status, said, b"".join(blocks), _shown(url))

    def _open(self, url: str, headers: Mapping[str, str]) -> _Opened:
        """Send a request at its turn, following redirections that stay where we are."""
        import urllib3

        asked = url
        for _ in range(REDIRECTS + 1):
            host = urlsplit(asked).netloc
            if time.monotonic() < _down.get(host, 0.0):
                raise error("JUM-S308", url=_shown(asked), detail=host)
            self._turn(host)
            try:
                response = self._pool.request(
                    "GET", asked, headers={**self._pool.headers, **headers},
                    preload_content=False, redirect=False,
                )  # fmt: skip
            except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError,
                    urllib3.exceptions.SSLError) as exc:  # fmt: skip
                _down[host] = time.monotonic() + DOWN_S
                raise error("JUM-S308", url=_shown(asked), detail=type(exc).__name__) from exc
            except (urllib3.exceptions.HTTPError, ConnectionError) as exc:
                raise error("JUM-S309", url=_shown(asked), detail=type(exc).__name__) from exc
            self.requests += 1
            if response.status not in _REDIRECTED or "location" not in response.headers:
                return _Opened(response)
            target = urljoin(asked, response.headers["location"])
            response.release_conn()
            response.close()
            asked = _allowed(asked, target)
        raise error("JUM-S308", url=_shown(url), detail=f"{REDIRECTS} redirects")

    def _turn(self, host: str) -> None:
        """Wait for this client's turn at a host."""
        due = _last.get(host, -self.gap) + self.gap
        pause(due - time.monotonic())
        _last[host] = time.monotonic()


class _Opened:
    """A response that is closed at the end of a ``with`` block."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.response = response

    def __enter__(self) -> urllib3.BaseHTTPResponse:
        return self.response

    def __exit__(self, *exc: object) -> None:
        self.response.close()


def _allowed(asked: str, target: str) -> str:
    """Return where a redirection leads if we may follow it: same scheme, not to this machine."""
    before, after = urlsplit(asked), urlsplit(target)
    inside = loopback(after.hostname or "") and not loopback(before.hostname or "")
    if after.scheme != before.scheme or inside:
        raise error("JUM-S304", url=target[:200])
    return check_address(target)


def _refusal(answer: Answer | None, url: str) -> JumeauError:
    """Return the error that a status stands for."""
    if answer is None:
        return error("JUM-S308", url=_shown(url), detail="—")
    facts = {"url": _shown(url), "detail": f"{answer.status} · {_start(answer.body)}"}
    if answer.status in (404, 410):
        return error("JUM-S302", **facts)
    if answer.status == 401:
        return error("JUM-S307", **facts)
    if answer.status == 429:
        return error("JUM-S305", url=_shown(url), seconds=round(retry_after(answer.headers, 60)))
    if answer.status >= 500:
        return error("JUM-S308", **facts)
    return error("JUM-S306", **facts)


def _full(url: str, query: Mapping[str, str] | None) -> str:
    if not query:
        return url
    sign = "&" if urlsplit(url).query else "?"
    return url + sign + urlencode(query, safe=",:|*/")


def _total(headers: Mapping[str, str], done: int) -> int | None:
    """Return the size of the whole file, when the answer says it."""
    text = headers.get("content-range", "").rpartition("/")[2]
    if text.isdigit():
        return int(text)
    length = headers.get("content-length", "")
    return done + int(length) if length.isdigit() else None


def _shown(url: str) -> str:
    """Return an address short enough for a message."""
    return url if len(url) <= 200 else url[:200] + "…"


def _agent() -> str:
    from jumeau import __version__

    return f"Jumeau/{__version__} (digital twin of local authorities)"


def hosts_down() -> Iterator[str]:
    """Yield the hosts that could not be reached a moment ago."""
    now = time.monotonic()
    yield from (host for host, until in _down.items() if until > now)
