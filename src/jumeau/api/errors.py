# SPDX-License-Identifier: EUPL-1.2
"""Errors as coded JSON, never a traceback: a problem (RFC 9457) with ``error`` beside.

``{"type", "title", "status", "detail", "error": {code, what, why, remedy, data}}``.
"""

from __future__ import annotations

import http
import logging
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from jumeau.api.security import HEADERS
from jumeau.base import errors, i18n
from jumeau.base.errors import JumeauError, error
from jumeau.interop import writers
from jumeau.interop.http import language
from jumeau.interop.processes import PROBLEMS

log = logging.getLogger("jumeau.api")

STATUS: tuple[tuple[type[JumeauError], int], ...] = (
    (errors.UnknownNameError, 404),
    (errors.BusyError, 503),
    (errors.StorageError, 503),
    (errors.MissingFileError, 503),
    (errors.ReadOnlyError, 409),
    (errors.NotComputableError, 422),
    (errors.InvalidError, 400),
)
RETRY_AFTER = "5"
"""Seconds after which a busy server may be asked again."""


def status_of(exc: JumeauError) -> int:
    """Return the HTTP status of a coded error."""
    return next((status for kind, status in STATUS if isinstance(exc, kind)), 500)


def document(exc: JumeauError, status: int) -> dict[str, Any]:
    """Return a coded error as a problem of RFC 9457."""
    return {
        "type": PROBLEMS.get(exc.code, "about:blank"),
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": exc.what,
        "error": exc.to_dict(),
    }


def respond(exc: JumeauError, status: int | None = None) -> Response:
    """Return the response of a coded error."""
    code = status or status_of(exc)
    headers = {"Cache-Control": "no-store"}
    if code == 503:
        headers["Retry-After"] = RETRY_AFTER
    return Response(
        writers.to_json(document(exc, code)),
        status_code=code,
        media_type=writers.MEDIA["problem"],
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Give an application the handlers that turn every failure into a coded answer."""

    @app.exception_handler(JumeauError)
    async def coded(request: Request, exc: JumeauError) -> Response:
        return respond(exc)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, exc: RequestValidationError) -> Response:
        parts = []
        for item in exc.errors()[:5]:
            place = ".".join(str(part) for part in item["loc"][1:])
            parts.append(f"{place}: {item['msg']}")
        with i18n.using(language(request)):
            return respond(error("JUM-A001", detail="; ".join(parts)), 400)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, exc: HTTPException) -> Response:
        path = request.url.path[:200]
        with i18n.using(language(request)):
            if exc.status_code == 404:
                return respond(error("JUM-A002", path=path), 404)
            return respond(error("JUM-A001", detail=str(exc.detail)), exc.status_code)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, exc: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=exc)
        with i18n.using(language(request)):
            answer = respond(error("JUM-A003", detail=type(exc).__name__), 500)
        answer.headers.update(HEADERS)  # this handler stands outside of the middleware
        return answer


def schema() -> dict[int | str, dict[str, Any]]:
    """Return the error answers of every operation, for OpenAPI."""
    from jumeau.api.models import ErrorAnswer

    return {
        "4XX": {"model": ErrorAnswer, "description": "Coded error"},
        304: {"description": "The client has this answer already (`If-None-Match`)"},
        503: {"model": ErrorAnswer, "description": "Busy or storage unavailable: ask again"},
    }
