# SPDX-License-Identifier: EUPL-1.2
"""What every router shares: language, version, validators, formats, and work done in threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, Query, Request, Response

from jumeau.base import i18n
from jumeau.interop import writers
from jumeau.interop.served import Served, View

Lang = Literal["fr", "en"]
LONGEST = 200
"""Characters of a text in a query string."""


class Asked(NamedTuple):
    """The two things that every request may say."""

    lang: Lang
    at: str | None


def asked(
    lang: Annotated[Lang, Query(description="Language of labels and messages")] = "fr",
    at: Annotated[
        str | None,
        Query(max_length=40, description="Version number, or ISO date: the twin as it was"),
    ] = None,
) -> Asked:
    """Read the language and the version from the query string."""
    return Asked(lang, at)


AskedDep = Annotated[Asked, Depends(asked)]


class Answer(NamedTuple):
    """Body of an answer, its media type, and headers of its own."""

    body: bytes
    media: str = writers.MEDIA["json"]
    headers: Mapping[str, str] = {}


def _current(request: Request, tag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return tag in [part.strip() for part in given.split(",")]


async def answer(
    request: Request,
    served: Served,
    wanted: Asked,
    make: Callable[[View], Answer],
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
    """

    def work() -> Response:
        with i18n.using(wanted.lang), served.reading(wanted.at) as view:
            if _current(request, served.tag(view.version, wanted.lang)):
                return Response(status_code=304, headers=_headers(view, wanted))
            made = make(view)
            headers = {**_headers(view, wanted), **made.headers}
            if not made.body:
                return Response(status_code=204, headers=headers)
            return Response(made.body, media_type=made.media, headers=headers)

    return await served.run(work)


def _headers(view: View, wanted: Asked) -> dict[str, str]:
    return {
        "ETag": view.served.tag(view.version, wanted.lang),
        "Cache-Control": "no-cache",
        "Content-Language": wanted.lang,
        "Jumeau-Version": str(view.version),
    }


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
