# SPDX-License-Identifier: EUPL-1.2
"""What follows the tutorials sees what it must; both languages type and show the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tutorials

ROOT = Path(__file__).resolve().parents[2]


PAGES = tutorials.followed()


def test_every_tutorial_is_followed_and_skips_only_the_network() -> None:
    told = set((ROOT / "docs" / "tutorials").glob("*.md"))
    assert told <= set(PAGES)
    assert len(told) == 10
    for page in PAGES:
        for block in tutorials.blocks(page.read_text("utf-8")):
            if block.mark == "skip":
                assert block.said == "needs the network", page
            if page in told:  # nothing stands there that is not run, saved or compared
                kind = block.mark in {"file", "output", "skip"} or block.kind in {
                    "console",
                    "python",
                }
                assert kind, f"{page.name}: {block.body[:40]!r}"


@pytest.mark.parametrize(
    ("shown", "came", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("sha256 …\n", "sha256 0a1b\n", True),
        ("sha256 … end\n", "sha256 0a1b\n", False),
        ("a\n…\nz\n", "a\nb\nc\nz\n", True),
        ("a\n…\nz\n", "a\nz\n", True),
        ("a\n…\nz\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),  # no pattern but the ellipsis
        ("", "something\n", False),
    ],
)
def test_what_a_page_shows_is_what_comes(shown: str, came: str, same: bool) -> None:
    assert tutorials.agrees(shown, came) is same


def test_blocks_and_commands_are_read() -> None:
    text = (
        "<!-- file: a.csv -->\n```text\nx;y\n```\n\n"
        "```console\n$ one \\\n  two\nout\n$ three\n```\n"
        "<!-- output -->\n```text\n1\n```\n<!-- skip: why -->\n```console\n$ no\n```\n"
    )
    found = tutorials.blocks(text)
    assert [(it.kind, it.mark, it.said) for it in found] == [
        ("text", "file", "a.csv"),
        ("console", "", ""),
        ("text", "output", ""),
        ("console", "skip", "why"),
    ]
    assert tutorials.commands(found[1].body) == [("one \\\n  two", "out\n"), ("three", "")]


PAGE = """# T

<!-- file: a.txt -->
```text
lamp
```

```console
$ cat a.txt
lamp
```

```python
import pathlib
n = len(pathlib.Path("a.txt").read_text())
```

```python
print(n, "letters")
```

<!-- output -->
```text
5 letters
```
"""


def outcome(folder: Path, text: str) -> list[bool]:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    place = folder / "place"
    place.mkdir()
    return [tutorials.agrees(shown, came) for _, shown, came in tutorials.follow(page, place)]


def test_a_page_that_tells_the_truth_passes(tmp_path: Path) -> None:
    assert outcome(tmp_path, PAGE) == [True, True]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nlamp\n```\n\n```python", "\nlight\n```\n\n```python"),
        ("$ cat a.txt", "$ cat b.txt"),
        ("5 letters\n", "6 letters\n"),
        ("print(n,", "print(m,"),
    ],
)
def test_a_page_that_does_not_is_seen(tmp_path: Path, old: str, new: str) -> None:
    assert old in PAGE
    assert False in outcome(tmp_path, PAGE.replace(old, new))


def test_what_changes_every_day_is_not_shown() -> None:
    day = "run 2026-11-22 06:30:51 UTC · 90b46442ef34458d97bb9c99a7324c01"
    assert tutorials.steady(day) == "run … UTC · …\n"
    assert "2024" in tutorials.steady("price of 2024")


@pytest.mark.parametrize("page", tutorials.followed("en"), ids=tutorials.named)
def test_both_languages_give_the_same_files_and_type_the_same(page: Path) -> None:
    french = page.with_name(f"{page.stem}.fr.md")
    ours, theirs = (tutorials.blocks(it.read_text("utf-8")) for it in (page, french))
    assert [it.kind for it in ours] == [it.kind for it in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        if mine.mark == "file":
            assert (mine.said, mine.body) == (other.said, other.body)
        if mine.kind == "console":
            typed = [
                [re.sub(r"lang=..", "", command) for command, _ in tutorials.commands(it.body)]
                for it in (mine, other)
            ]
            assert typed[0] == typed[1]


def figures(text: str) -> list[str]:
    """Return the codes and the figures of what a command prints, whatever the language."""
    plain = re.sub(r"(?<=\d)[\s,.](?=\d)", "", text)
    return re.findall(r"JUM-\w+|\d+", plain)


@pytest.mark.parametrize("page", tutorials.followed("en"), ids=tutorials.named)
def test_both_languages_show_the_same_figures(page: Path) -> None:
    french = page.with_name(f"{page.stem}.fr.md")
    ours, theirs = (tutorials.blocks(it.read_text("utf-8")) for it in (page, french))
    for mine, other in zip(ours, theirs, strict=True):
        if mine.kind == "console" or mine.mark == "output":
            assert figures(mine.body) == figures(other.body), f"{page.name}: {mine.body[:80]}"


def test_the_source_of_the_how_to_enters_the_twin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ROOT / "docs" / "how-to" / "extend.md"
    for block in tutorials.blocks(page.read_text("utf-8")):
        if block.mark == "file":
            (tmp_path / block.said).write_text(block.body, encoding="utf-8")
    info = tmp_path / "jumeau_lampes-1.0.dist-info"  # what an installation writes
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jumeau-lampes\nVersion: 1.0\n")
    declared = (tmp_path / "pyproject.toml").read_text()
    assert 'jumeau.sources"]\nlampes = "lampes:SOURCE"' in declared
    (info / "entry_points.txt").write_text("[jumeau.sources]\nlampes = lampes:SOURCE\n")
    (tmp_path / "rue.lampes").write_text("L1 770510 6277520 150\nL2 770530 6277520 36\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import jumeau
    from jumeau.base import plugins

    monkeypatch.setattr(plugins, "_group", plugins._group.__wrapped__)  # read anew, for once
    town = jumeau.create(tmp_path / "t", name="T", crs="EPSG:2154", insee=["34172"])
    report = town.add(tmp_path / "rue.lampes", table="luminaire")
    assert (report.read, report.added) == (2, 2)
    assert [row["power_w"] for row in town.table("luminaire").to_pylist()] == [150.0, 36.0]
