# SPDX-License-Identifier: EUPL-1.2
"""The page at ``/``: the built files, or a plain page that says how to build them."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

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
    """Give an application its page."""
    folder = static_folder()
    if folder is not None:
        app.mount("/", _Page(directory=folder, html=True), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def home(request: Request) -> HTMLResponse:
        lang = "en" if request.query_params.get("lang") == "en" else "fr"
        return HTMLResponse(plain(name, lang))
