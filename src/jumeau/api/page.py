# SPDX-License-Identifier: EUPL-1.2
"""The page at ``/``: the built files, or a plain page that says how to build them."""

from __future__ import annotations

import html
import mimetypes
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from jumeau.base import i18n
from jumeau.interop import common, writers
from jumeau.interop.http import language, root
from jumeau.web import static_folder

TEXT = {
    "fr": {
        "what": "La page n'est pas construite : ce dépôt n'en contient que les sources.",
        "how": "Construisez-la avec",
        "api": "L'API répond déjà :",
    },
    "en": {
        "what": "The page has not been built: this repository holds only its sources.",
        "how": "Build it with",
        "api": "The API answers already:",
    },
}
LINKS = ("api/territory", "api/indicators", "api/options", "api/findings", "collections",
         "openapi.json")  # fmt: skip


PACKED = (("br", ".br"), ("gzip", ".gz"))
"""Encodings in which the build leaves each text beside itself, the tightest first."""


def accepted(header: str) -> set[str]:
    """Return the encodings that an ``Accept-Encoding`` takes."""
    parts = [part.replace(" ", "").partition(";q=") for part in header.lower().split(",")]
    return {name for name, _, weight in parts if name and (not weight or weight.strip("0."))}


class _Page(StaticFiles):
    """Static files: those whose name holds a digest never change, the others are asked again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file as the build packed it, when the browser takes it so."""
        asked = scope["method"] in {"GET", "HEAD"} and "\x00" not in path
        takes = accepted(Headers(scope=scope).get("accept-encoding", "")) if asked else set()
        for encoding, suffix in PACKED:
            if encoding not in takes or path.endswith(suffix):
                continue
            try:
                full_path, stat = self.lookup_path(path + suffix)
            except OSError:  # a name too long for any file
                break
            if stat is None:
                continue
            response = self.file_response(full_path, stat, scope)
            response.headers["Content-Encoding"] = encoding
            response.headers["Content-Type"] = _media(path)
            response.headers["Vary"] = "Accept-Encoding"
            return response
        return await super().get_response(path, scope)

    def file_response(self, full_path: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(full_path, *args, **kwargs)
        lasting = Path(str(full_path)).parent.name == "assets"
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if lasting else "no-cache"
        )
        return response


def _media(path: str) -> str:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _early(lang: str) -> str:
    """Return the header by which a browser asks for the first answer along with the script."""
    return f'<api/territory?lang={lang}>; rel="preload"; as="fetch"; crossorigin'


def plain(name: str, lang: str) -> str:
    """Return the plain page shown when the built one is not there."""
    text = TEXT.get(lang, TEXT["fr"])
    links = "".join(f'<li><a href="{link}">/{link}</a></li>' for link in LINKS)
    title = html.escape(name)
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title} · Jumeau</title>'
        f"</head><body><main><h1>{title}</h1><p>{text['what']}</p>"
        f"<p>{text['how']} <code>make web</code></p><p>{text['api']}</p><ul>{links}</ul>"
        "</main></body></html>"
    )


def mount(app: FastAPI, name: str) -> None:
    """Give an application its page; at ``/``, programs get the landing page as JSON."""
    folder = static_folder()
    files = None if folder is None else _Page(directory=folder, html=True)

    @app.get(
        "/",
        tags=["common"],
        summary="The page, or the landing page of the API (f=json, or Accept: application/json)",
        responses={200: {"content": {"application/json": {}, "text/html": {}}}},
        response_class=Response,
    )
    async def home(
        request: Request,
        f: Annotated[str | None, Query(max_length=20, description="html or json")] = None,
    ) -> Response:
        lang = language(request)
        with i18n.using(lang):
            chosen = writers.negotiate(f, request.headers.get("accept", ""), ("html", "json"))
        if chosen == "json":
            body = writers.to_json(common.landing(name, root(request), lang))
            response = Response(body, media_type="application/json")
            response.headers["Cache-Control"] = "no-cache"
        elif files is not None:
            response = await files.get_response("index.html", request.scope)
            if not request.query_params.get("at"):
                response.headers["Link"] = _early(lang)
        else:
            response = HTMLResponse(plain(name, lang))
        response.headers["Vary"] = "Accept, Accept-Encoding"
        return response

    if files is not None:
        app.mount("/", files, name="page")
