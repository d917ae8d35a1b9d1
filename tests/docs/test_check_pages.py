# SPDX-License-Identifier: EUPL-1.2
"""The pages hold together as a site, and each fault of theirs is seen."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


site = load("check_pages")
INDEX = "# T\n\n- [A](a.md)\n- [G](glossary.md)\n\n```{toctree}\na\nglossary\n```\n"
PAGE = "# A\n\nSee [itself](#one-more) and [home](index.md).\n\n![A lamp](images/lamp.png)\n\n"
PAGE += "## One more\n\n| a |\n|---|\n| b |\n\n```console\n$ x\n```\n"
TERMS = (
    "# G\n\n| code | French | standard | meaning |\n|---|---|---|---|\n| run | calcul | — | one |\n"
)


def french(text: str) -> str:
    return text.replace(".md)", ".fr.md)").replace("A lamp", "Une lampe")


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    files = {
        "docs/index.md": INDEX,
        "docs/index.fr.md": french(INDEX).replace("a\ngloss", "a.fr\ngloss").replace(
            "glossary\n```", "glossary.fr\n```"
        ),
        "docs/a.md": PAGE,
        "docs/a.fr.md": french(PAGE),
        "docs/glossary.md": TERMS,
        "docs/glossary.fr.md": TERMS.replace("run | calcul", "calcul | run"),
        "docs/images/lamp.png": "",
        "docs/_static/page.css": "a { color: red }\n",
        "docs/_templates/layout.html": '<script src="narrow.js"></script>\n',
    }  # fmt: skip
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_site_has_no_fault() -> None:
    assert site.faults(ROOT) == []


def test_a_sound_site_has_none(sound: Path) -> None:
    assert site.faults(sound) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("a.md", "## One", "### One", "headings differ"),
        ("a.fr.md", "```console\n$ x\n```\n", "", "blocks differ"),
        ("a.fr.md", "| b |\n", "| b |\n| c |\n", "rows of tables differ"),
        ("a.md", "```console", "<!-- skip: why -->\n```console", "files differ"),
        ("a.fr.md", "![Une lampe](images/lamp.png)", "", "pictures differ"),
        ("a.fr.md", "Une lampe", "A lamp", "not in French"),
        ("a.md", "![A lamp]", "![]", "has no text"),
        ("a.md", "images/lamp.png", "images/none.png", "none.png is not there"),
        ("a.md", "images/lamp.png", "https://x.org/a.png", "another host"),
        ("a.md", "(index.md)", "(nowhere.md)", "nowhere.md leads nowhere"),
        ("a.md", "(#one-more)", "(#no-more)", "leads to no heading"),
        ("a.fr.md", "(index.fr.md)", "(index.md)", "leads to the English page"),
        ("a.md", "(index.md)", "(index.fr.md)", "leads to the French page"),
        ("index.md", "a\nglossary\n```", "glossary\n```", "a.md: is not in the list"),
        ("index.fr.md", "- [A](a.fr.md)\n", "", "no link of index.fr.md leads"),
        ("_static/page.css", "red", "url(https://x.org/f.png)", "asks another host"),
        ("_templates/layout.html", "narrow.js", "https://x.org/a.js", "asks another host"),
        ("glossary.md", "| one |", "|  |", "four full columns"),
        ("glossary.fr.md", "calcul | run", "exécution | run", "not in both languages"),
    ],
)
def test_each_fault_is_seen(sound: Path, file: str, old: str, new: str, fault: str) -> None:
    path = sound / "docs" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(fault in found for found in site.faults(sound)), site.faults(sound)


def test_links_in_code_are_code(sound: Path) -> None:
    for name in ("a.md", "a.fr.md"):
        with (sound / "docs" / name).open("a") as file:
            file.write("\n```python\nx[0](nowhere.md)\n```\n`[a](nowhere.md)`\n")
    assert site.faults(sound) == []
