# SPDX-License-Identifier: EUPL-1.2
"""The reference is written from the code: complete, in both languages, and up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from jumeau.base import messages, plugins
from jumeau.twin import schema

ROOT = Path(__file__).resolve().parents[2]
VERBS = ("demo", "new", "init", "add", "refresh", "check", "run", "serve", "export", "explain")


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", ROOT / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(docs: ModuleType) -> dict[str, str]:
    return {path.relative_to(ROOT / "docs").as_posix(): text for path, text in docs.pages().items()}


def test_cells_cannot_break_a_table(docs: ModuleType) -> None:
    text = docs.table(["a", "b"], [("x | y", "two\nlines"), (None, "<script>")])
    assert text.splitlines() == [
        "| a | b |",
        "|---|---|",
        "| x \\| y | two lines |",
        "|  | &lt;script> |",
    ]


def test_every_page_exists_in_both_languages(pages: dict[str, str]) -> None:
    english = {name for name in pages if not name.endswith(".fr.md")}
    assert len(english) >= 6
    assert {name.replace(".md", ".fr.md") for name in english} == set(pages) - english


@pytest.mark.parametrize("suffix", [".md", ".fr.md"])
def test_every_message_and_attribute_is_there(pages: dict[str, str], suffix: str) -> None:
    text = pages[f"reference/messages{suffix}"]
    assert [code for code in messages.catalogue() if f"### {code}\n" not in text] == []
    text = pages[f"reference/schema{suffix}"]
    for name, table in schema.tables().items():
        part = text.split(f"## {name}\n", 1)[1].split("\n## ", 1)[0]
        assert [item.name for item in table.attributes if f"| `{item.name}` |" not in part] == []


@pytest.mark.parametrize("suffix", [".md", ".fr.md"])
def test_every_field_indicator_and_command_is_there(
    docs: ModuleType, pages: dict[str, str], suffix: str
) -> None:
    text = pages[f"reference/indicators{suffix}"]
    for worksite in plugins.load_all("jumeau.worksites").values():
        assert [item.name for item in worksite.fields if f"`{item.name}`" not in text] == []
        assert [item.name for item in worksite.indicators if f"### {item.name}" not in text] == []
    text = pages[f"reference/commands{suffix}"]
    for name in (*VERBS, "fields", "validate"):
        assert f"## jumeau {name}\n" in text, name


def test_the_two_languages_differ_where_they_should(pages: dict[str, str]) -> None:
    english, french = pages["reference/commands.md"], pages["reference/commands.fr.md"]
    assert english.count("\n## ") == french.count("\n## ")
    assert english.split("## jumeau run", 1)[1] != french.split("## jumeau run", 1)[1]


def test_remedies_name_every_defect_of_files(pages: dict[str, str]) -> None:
    mine = [code for code in messages.catalogue() if code.startswith("JUM-S")]
    assert len(mine) > 20
    assert [code for code in mine if f"`{code}`" not in pages["how-to/repair-a-file.fr.md"]] == []


def test_the_pages_in_the_repository_are_up_to_date(
    docs: ModuleType, pages: dict[str, str]
) -> None:
    stale = [name for name, text in pages.items() if (ROOT / "docs" / name).read_text() != text]
    assert stale == [], "make docs"


def test_checking_writes_nothing_and_tells(
    docs: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    page = tmp_path / "reference" / "toy.md"
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "pages", lambda: {page: "new\n"})
    assert docs.main(["--check"]) == 1
    assert not page.exists()
    assert "reference/toy.md" in capsys.readouterr().out
    assert docs.main([]) == 0
    assert page.read_text() == "new\n"
    assert docs.main(["--check"]) == 0
