# SPDX-License-Identifier: EUPL-1.2
"""The page at ``/``: the built files, or a plain page that says how to build them."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

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


class _Page(StaticFiles):
    """Static files: those whose name holds a digest never change, the others are asked again."""

    def file_response(self, full_path: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(full_path, *args, **kwargs)
        lasting = Path(str(full_path)).parent.name == "assets"
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if lasting else "no-cache"
        )
        return response


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
        else:
            response = HTMLResponse(plain(name, lang))
        response.headers["Vary"] = "Accept"
        return response

    if files is not None:
        app.mount("/", files, name="page")
