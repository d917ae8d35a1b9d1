# SPDX-License-Identifier: EUPL-1.2
"""Schemathesis reads our own description and tries to make the server break its word."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from jumeau.api import create_app

UNSAID = {
    "at": "which versions there are changes at each commit",
    "after": "a token designates a row of one table, in one order",
    "before": "a token designates a row of one table, in one order",
    "bbox": "the south stands below the north, and there is no grammar of numbers in a pattern",
    "datetime": "the calendar: there is no 30 February, and an interval ends after it begins",
    "filter": "a language with names of attributes and types",
    "sortby": "names of attributes of one table",
    "properties": "names of attributes of one table",
    "attributes": "names and types of attributes of one table",
    "sort": "two words, one of them with a sign: refused with the nearest",
    "severity": "three words of the vocabulary: refused with the nearest",
    "geometry": "a polygon as GeoJSON, within a text",
    "intersects": "a geometry as GeoJSON, within a text",
    "style": "names of styles of one layer",
    "moment": "moments of the event of one layer",
    "bbox-crs": "the axes and units of a window that is left out",
}
"""Parameters whose right values no schema says, each with its reason: requests made of right data
bear them too, and must be answered or refused with a code; without them they must be answered."""
KNOWN = frozenset(
    ("lang", "f", "crs", "limit", "count", "skip-geometry", "filter-lang", "filter-crs", "q",
     "type", "ids", "externalIds", "offset", "scope", "entity", "indicator", "table", "lon", "lat",
     "v", "collections")
)  # fmt: skip
EXAMPLES = 6


@pytest.fixture
def app(town_path: Path, _worksites: None) -> FastAPI:
    """An application that Schemathesis starts and stops, which closes the territory."""
    return create_app(town_path)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_server_keeps_its_word(app: FastAPI, mode: GenerationMode) -> None:
    _keeps_its_word(app, mode)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_server_that_runs_keeps_its_word(
    town_path: Path, _worksites: None, mode: GenerationMode
) -> None:
    app = create_app(town_path, runs=True)
    quick = [sys.executable, "-S", "-c", 'print(\'{"runs": ["r"], "version": 1}\')']
    app.state.queue._start = lambda folder, asked: subprocess.Popen(
        quick, stdout=subprocess.PIPE, start_new_session=True
    )
    _keeps_its_word(app, mode, "^/(processes|jobs)")


def _keeps_its_word(app: FastAPI, mode: GenerationMode, paths: str = "") -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    if paths:
        schema = schema.include(path_regex=paths)
    excluded = [CHECKS.get_one("positive_data_acceptance")]
    faults: dict[str, str] = {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps(case: schemathesis.Case) -> None:
            response = case.call()
            case.validate_response(response, excluded_checks=excluded)
            if mode is GenerationMode.POSITIVE:
                _said(case).call_and_validate()
            if response.status_code >= 400:
                assert response.json()["error"]["code"].startswith("JUM-")
                assert "Traceback" not in response.text

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                keeps()
        except Exception as exc:  # one fault must not hide those of the other addresses
            faults[operation.label] = str(exc)[:1500]
    assert not faults, "\n\n".join(f"{label}\n{text}" for label, text in faults.items())


def _said(case: schemathesis.Case) -> schemathesis.Case:
    """Return a request without what no schema says; a tile then stands within its zoom."""
    case.query = {name: value for name, value in (case.query or {}).items()
                  if name in KNOWN and name not in UNSAID}  # fmt: skip
    if case.path == "/api/area":  # which needs one of the two
        case.query["bbox"] = "3.86,43.59,3.88,43.61"
    place = case.path_parameters or {}
    for zoom, names in (("z", "xy"), ("matrix", ("row", "column"))):
        for name in names if zoom in place else ():
            place[name] = int(place[name]) % 2 ** int(place[zoom])
    return case
