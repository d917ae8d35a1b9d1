# SPDX-License-Identifier: EUPL-1.2
"""Everything public is told in both languages, and what is not told is seen."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    sys.path.insert(0, str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


surface = load("check_surface")
KINDS = {
    "command": 10, "option": 30, "function": 10, "method": 10, "path": 30, "parameter": 60,
    "conformance class": 30, "attribute": 100, "message": 200, "field": 10, "indicator": 5,
    "setting": 10, "variable": 10, "state": 10,
}  # fmt: skip


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return surface.read(ROOT)


@pytest.fixture(scope="module")
def told() -> list[object]:
    return surface.promises()


def test_everything_public_is_told_in_both_languages() -> None:
    assert surface.faults(ROOT) == []


def test_every_kind_is_promised_and_not_by_halves(told: list[object]) -> None:
    count = {kind: sum(it.kind == kind for it in told) for kind in KINDS}  # type: ignore[attr-defined]
    assert {kind: n for kind, n in count.items() if n < KINDS[kind]} == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", ["", ".fr"])
def test_what_leaves_a_page_is_missed(
    pages: dict[str, str], told: list[object], kind: str, suffix: str
) -> None:
    promise = [it for it in told if it.kind == kind][-1]  # type: ignore[attr-defined]
    name = f"{promise.page}{suffix}"  # type: ignore[attr-defined]
    words = promise.words or promise.heading  # type: ignore[attr-defined]
    assert words in pages[name]
    found = list(surface.lacking(pages | {name: pages[name].replace(words, "")}, told))
    assert any(f"docs/{name}.md" in fault for fault in found)
    assert all(f"docs/{name}.md" in fault for fault in found)


@pytest.mark.parametrize(
    ("page", "heading", "words"),
    [
        ("reference/commands", "## jumeau serve", "--never-told"),
        ("reference/http", "### GET /never/told", ""),
        ("reference/settings", "", "| `JUMEAU_NEVER_TOLD"),
        ("reference/nowhere", "", "anything"),
    ],
)
def test_what_is_new_in_the_code_is_missed(
    pages: dict[str, str], page: str, heading: str, words: str
) -> None:
    promise = surface.Promise("thing", page, heading, words)
    assert len(list(surface.lacking(pages, [promise]))) == 2  # one fault a language


def test_a_heading_ends_at_the_next_of_its_level() -> None:
    found = surface.parts("# T\n\n## a\n\none\n\n### deep\n\ntwo\n\n## b\n\nthree\n")
    assert "two" in found["## a"]
    assert "three" not in found["## a"]
    assert "three" in found["# T"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src" / "jumeau" / "twin", tmp_path / "src" / "jumeau" / "twin")
    (tmp_path / "web" / "src").mkdir(parents=True)
    shutil.copy(ROOT / "web" / "src" / "state.ts", tmp_path / "web" / "src")
    return tmp_path


def test_new_settings_are_found_in_the_code(copy: Path) -> None:
    settings = surface.docs_settings
    keys, variables, state = (
        set(read(copy)) for read in (settings.territory_keys, settings.variables, settings.state)
    )
    config = copy / "src" / "jumeau" / "twin" / "config.py"
    text = config.read_text().replace('raw["name"]', 'raw["name"] + raw.get("motto", "")', 1)
    config.write_text(text + '\nMOTTO = __import__("os").environ.get("JUMEAU_MOTTO")\n')
    page = copy / "web" / "src" / "state.ts"
    page.write_text(page.read_text().replace("  tab: Tab;", "  tab: Tab;\n  motto: string;", 1))
    assert set(settings.territory_keys(copy)) - keys == {"motto"}
    assert set(settings.variables(copy)) - variables == {"JUMEAU_MOTTO"}
    assert set(settings.state(copy)) - state == {"motto"}


def test_a_name_without_a_text_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = surface.docs_settings
    assert settings.undocumented() == []
    texts = {key: dict(value) for key, value in settings.TEXTS.items()}
    texts["state"]["tab"] = ["View.", " "]
    texts["environment"]["JUMEAU_GONE"] = ["Old.", "Vieux."]
    del texts["territory"]["crs"]
    monkeypatch.setattr(settings, "TEXTS", texts)
    assert settings.undocumented() == [
        "territory: crs",
        "state: tab",
        "environment: JUMEAU_GONE is told and is not in the code",
    ]


def test_a_sentence_of_the_api_without_french_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    http = surface.docs_http
    assert http.untranslated() == []
    method, path, item = http.operations()[0]
    new = {**item, "summary": "Something new", "tags": ["new"]}
    new["parameters"] = [{"name": "new", "in": "query", "schema": {"type": "string"}}]
    monkeypatch.setattr(http, "operations", lambda: [(method, path, new)])
    assert [name for name in http.untranslated() if "new" in name] == [
        "Something new",
        "parameter new",
        "tag new",
    ]


def test_the_document_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    http = surface.docs_http
    before = http.document()
    monkeypatch.setenv("JUMEAU_RATE", "not a number")
    http.document.cache_clear()
    assert http.document() == before
    import os

    assert os.environ["JUMEAU_RATE"] == "not a number"


def test_types_are_written_as_people_of_the_language_do() -> None:
    http = surface.docs_http
    schema = {"anyOf": [{"type": "integer", "maximum": 10000, "minimum": 1}, {"type": "null"}]}
    assert http.kind(schema, "en") == "integer, ≥ 1, ≤ 10,000"
    assert http.kind(schema, "fr") == "entier, ≥ 1, ≤ 10\u202f000"
    assert http.kind({"enum": ["fr", "en"], "default": "fr"}, "en") == "`fr`, `en`, default `fr`"
