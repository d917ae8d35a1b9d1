# SPDX-License-Identifier: EUPL-1.2
"""What every router shares: language, version, validators, formats, limits, work in threads."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qs

from fastapi import Depends, Query, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from jumeau.base import i18n
from jumeau.base.errors import StorageError, did_you_mean, error
from jumeau.interop import writers
from jumeau.interop.served import Served, Stop, View

Lang = Literal["fr", "en"]
LONGEST = 200
"""Characters of a text in a query string."""
HEAD_ONLY = "jumeau.head"
"""Mark of a request whose body nobody reads: only its headers are wanted."""
VALIDATORS = ("ETag", "Cache-Control", "Content-Language", "Jumeau-Version")
"""Headers that every answer of the twin bears, those without a body too."""
COSTLY = 0.003
"""Time of processor from which an answer is kept for those who ask it again [s]."""
_PACKED = 1000
"""Bytes from which a text is compressed."""


class Asked(NamedTuple):
    """The two things that every request may say."""

    lang: Lang
    at: str | None


async def asked(
    lang: Annotated[Lang, Query(description="Language of labels and messages")] = "fr",
    at: Annotated[
        str | None,
        Query(max_length=40, description="Version number, or ISO date: the twin as it was"),
    ] = None,
) -> Asked:
    """Read the language and the version from the query string."""
    return Asked(lang, at)


AskedDep = Annotated[Asked, Depends(asked)]


def language(request: Request) -> Lang:
    """Return the language of a request whose parameters have not been read yet."""
    return "en" if request.query_params.get("lang") == "en" else "fr"


def language_of(scope: Mapping[str, Any]) -> Lang:
    """Return the language of a request that no route has seen."""
    asked = parse_qs(scope["query_string"][:500].decode("latin-1"))
    return "en" if asked.get("lang") == ["en"] else "fr"


class StrictRoute(APIRoute):
    """Route that refuses the parameters it does not know, with the nearest name.

    A route whose description declares a free-form parameter (``style: form``) judges the names
    by itself.
    """

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return the handler, behind the check of names."""
        handler = super().get_route_handler()
        known = _query_names(self.dependant)
        free = any(
            item.get("style") == "form" for item in (self.openapi_extra or {}).get("parameters", [])
        )

        async def strict(request: Request) -> Response:
            for name in request.query_params:
                if not free and name not in known:
                    with i18n.using(language(request)):
                        raise unknown_parameter(name, known)
            response: Response = await handler(request)
            return response

        return strict


def _query_names(dependant: Dependant) -> list[str]:
    """Return the names of the query parameters of a route and of what it depends on."""
    own = [field.alias for field in dependant.query_params]
    return own + [name for item in dependant.dependencies for name in _query_names(item)]


def unknown_parameter(name: str, known: Sequence[str]) -> Exception:
    """Return the error of a parameter that an address does not take."""
    return error(
        "JUM-I011", name=name[:80], known=", ".join(known), suggestion=did_you_mean(name, known)
    )


class Answer(NamedTuple):
    """Body of an answer, its media type, and headers of its own."""

    body: bytes
    media: str = writers.MEDIA["json"]
    headers: Mapping[str, str] = {}


def root(request: Request) -> str:
    """Return the address of the server as the client knows it, without its last slash."""
    return str(request.base_url).rstrip("/")


def link(href: str, rel: str, media: str = "json", **more: str) -> dict[str, str]:
    """Return a link (RFC 8288) to a representation."""
    kind = writers.MEDIA.get(media, media).partition(";")[0]
    return {"href": href, "rel": rel, "type": kind, **more}


def _current(request: Request, tag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return tag in [part.strip() for part in given.split(",")]


async def answer(
    request: Request,
    served: Served,
    wanted: Asked,
    make: Callable[[View], Answer],
    variant: str = "",
) -> Response:
    """Make an answer in a thread, at one version; spare it when the client has it already.

    Parameters
    ----------
    request : Request
        Request; its ``If-None-Match`` is honoured.
    served : Served
        Territory.
    wanted : Asked
        Language and version.
    make : callable
        View → Answer; an empty body answers 204.
    variant : str
        What was negotiated beside the address: it enters the validator.

    Raises
    ------
    BusyError
        ``JUM-I019`` when it takes too long, ``JUM-I022`` when its turn does not come.
    """
    key = (str(request.url), wanted.lang, variant, _packs(request))
    version = served.known(wanted.at)
    kept: Answer | None = None if version is None else served.answers.get((version, key))
    if kept is not None:
        return _again(request, kept)
    stop = Stop(served.patience)

    def work() -> Response:
        with i18n.using(wanted.lang):
            if stop.pulled:
                raise error("JUM-I022", seconds=f"{stop.patience:g}")
            try:
                with served.reading(wanted.at, stop) as view:
                    return respond(view)
            except StorageError:
                stop.check()
                raise

    def respond(view: View) -> Response:
        tag = served.tag(view.version, wanted.lang + variant)
        if _current(request, tag):
            return Response(status_code=304, headers=_headers(view, wanted, tag))
        begin = time.thread_time()
        made = make(view)
        costly = time.thread_time() - begin > COSTLY
        tag = served.tag(view.version, wanted.lang + variant)  # known for sure once read
        headers = {**_headers(view, wanted, tag), **made.headers}
        if variant:
            headers["Vary"] = "Accept"
        if not made.body:
            return Response(status_code=204, headers=headers)
        packed = _packed(request, made, headers)
        if costly and headers["Cache-Control"] != "no-store":
            served.answers.put((view.version, key), packed, len(packed.body) + 1000)
        return Response(packed.body, media_type=packed.media, headers=packed.headers)

    watch = asyncio.create_task(_watch(request, stop))
    try:
        return await served.run(work)
    except asyncio.CancelledError:
        stop.pull()
        raise
    finally:
        watch.cancel()


async def _watch(request: Request, stop: Stop) -> None:
    """Stop the work of a request whose client has left, or whose time is over.

    More than once: a query that was about to begin does not hear the first call.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(stop.patience):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    while True:
        stop.pull()
        await asyncio.sleep(0.1)


def _again(request: Request, kept: Answer) -> Response:
    """Answer with what was kept, or say that the client has it already."""
    if _current(request, kept.headers["ETag"]):
        headers = {name: kept.headers[name] for name in VALIDATORS}
        return Response(status_code=304, headers=headers)
    return Response(kept.body, media_type=kept.media, headers=kept.headers)


def _packs(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _packed(request: Request, made: Answer, headers: dict[str, str]) -> Answer:
    """Compress what gains by it, here in the thread rather than in the loop."""
    body = made.body
    plain = "image/" in made.media or "parquet" in made.media or "flatgeobuf" in made.media
    plain = plain or "Content-Encoding" in headers  # packed already
    if len(body) >= _PACKED and not plain:
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))
        if _packs(request):
            body = gzip.compress(body, 4, mtime=0)
            headers["Content-Encoding"] = "gzip"
    return Answer(body, made.media, headers)


def _headers(view: View, wanted: Asked, tag: str) -> dict[str, str]:
    values = (tag, "no-cache", wanted.lang, str(view.version))
    return dict(zip(VALIDATORS, values, strict=True))


def rows_answer(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    form: str | None,
    name: str,
    **more: Any,
) -> Answer:
    """Return rows as JSON ``{"rows": […], …}``, CSV or Parquet.

    Parameters
    ----------
    rows : sequence of mapping
        Rows.
    columns : sequence of str
        Columns of the flat formats, in order.
    form : str or None
        ``json`` (default), ``csv`` or ``parquet``.
    name : str
        Name of the file to save.
    **more
        Members of the JSON document beside ``rows``.
    """
    chosen = writers.format_of(form, ("json", "csv", "parquet"))
    if chosen == "json":
        return Answer(writers.to_json({"rows": list(rows), **more}))
    if chosen == "csv":
        body = writers.to_csv(rows, columns)
    else:
        body = writers.rows_to_parquet(rows, columns)
    return Answer(body, writers.MEDIA[chosen], attachment(f"{name}.{chosen}"))


def attachment(name: str) -> dict[str, str]:
    """Return the header that names the file to save; the name is one of ours."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
