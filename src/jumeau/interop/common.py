# SPDX-License-Identifier: EUPL-1.2
"""Landing page, conformance and API description (OGC API - Common, part 1).

References
----------
OGC 19-072, OGC API - Common - Part 1: Core.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from jumeau.interop import writers
from jumeau.interop.http import Answer, AskedDep, StrictRoute, answer, link, root
from jumeau.interop.served import Served, View

CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
)
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
Format = Annotated[str | None, Query(max_length=20, description="json")]


def landing(name: str, base: str, lang: str) -> dict[str, Any]:
    """Return the landing page as JSON.

    Parameters
    ----------
    name : str
        Name of the territory.
    base : str
        Address of the server.
    lang : str
        Language of its description.
    """
    about = {
        "en": "Digital twin of the territory: facts, figures and how they were obtained.",
        "fr": "Jumeau numérique du territoire : faits, chiffres, et comment ils ont été obtenus.",
    }
    return {
        "title": name,
        "description": about[lang],
        "links": [
            link(f"{base}/?f=json", "self"),
            link(f"{base}/", "alternate", "html"),
            {"href": f"{base}/api", "rel": "service-desc",
             "type": writers.MEDIA["openapi"], "title": "OpenAPI 3.0"},
            link(f"{base}/conformance", "conformance"),
            link(f"{base}/conformance", f"{_REL}conformance"),
            link(f"{base}/collections", "data"),
            link(f"{base}/collections", f"{_REL}data"),
            link(f"{base}/tileMatrixSets", f"{_REL}tiling-schemes"),
            link(f"{base}/collections/catalogue", f"{_REL}ogc-catalog"),
            link(f"{base}/stac", "child", title="STAC"),
            link(f"{base}/processes", f"{_REL}processes"),
            link(f"{base}/jobs", f"{_REL}job-list"),
        ],
    }  # fmt: skip


def router(served: Served, classes: Sequence[str]) -> APIRouter:
    """Return the router of the conformance declaration and of the description.

    Parameters
    ----------
    served : Served
        Territory.
    classes : sequence of str
        Conformance classes of all routers.
    """
    api = APIRouter(tags=["common"], route_class=StrictRoute)

    @api.get("/conformance", summary="Conformance classes of the standards")
    async def conformance(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            return Answer(writers.to_json({"conformsTo": list(dict.fromkeys(classes))}))

        return await answer(request, served, wanted, make)

    @api.get(
        "/api",
        summary="Description of the API (OpenAPI 3.0)",
        responses={200: {"content": {"application/vnd.oai.openapi+json": {}}}},
    )
    async def description(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            document = openapi_3_0(request.app.openapi())
            document["servers"] = [{"url": root(request)}]
            return Answer(writers.to_json(document), writers.MEDIA["openapi"])

        return await answer(request, served, wanted, make)

    return api


def openapi_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """Return a description of OpenAPI 3.1 as OpenAPI 3.0.3, which the standards refer to.

    ``null`` becomes ``nullable``, a constant an enumeration, an exclusive bound a flag.
    """
    found: dict[str, Any] = _older(document)
    found["openapi"] = "3.0.3"
    found["info"] = {key: item for key, item in found["info"].items() if key != "summary"}
    if "license" in found["info"]:
        found["info"]["license"].pop("identifier", None)
    return found


def _older(node: Any) -> Any:
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _older(item) for key, item in node.items()}
    parts = found.get("anyOf")
    if isinstance(parts, list) and {"type": "null"} in parts:
        rest = [part for part in parts if part != {"type": "null"}]
        del found["anyOf"]
        if len(rest) == 1 and "$ref" not in rest[0]:
            found = {**rest[0], **found, "nullable": True}
        else:
            found = {**found, "anyOf": rest, "nullable": True}
    if "const" in found and "type" in found:
        found["enum"] = [found.pop("const")]
    for bound in ("Minimum", "Maximum"):
        strict = found.get(f"exclusive{bound}")
        if isinstance(strict, int | float) and not isinstance(strict, bool):
            found[bound.lower()], found[f"exclusive{bound}"] = strict, True
    return found
