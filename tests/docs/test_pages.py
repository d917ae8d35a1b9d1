# SPDX-License-Identifier: EUPL-1.2
"""What the pages tell to type works as they tell it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorials" / "first-twin.md"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def commands(page: Path) -> list[str]:
    return re.findall(r"^\$ (jumeau .*)$", page.read_text("utf-8"), re.MULTILINE)


def type_in(
    folder: Path, command: str, lang: str = "en_GB.UTF-8"
) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)
    assert words[0] == "jumeau"
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, "LANG": lang, "LC_ALL": lang, "LANGUAGE": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lamps.csv").write_text(blocks(TUTORIAL, "text")[0], encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_the_readmes_python_runs(folder: Path, name: str) -> None:
    (code,) = blocks(ROOT / name, "python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "estimated_share" in done.stdout
    assert "lamps.csv" in done.stdout


def test_the_readmes_commands_run(folder: Path) -> None:
    for command in commands(ROOT / "README.md"):
        if " serve " not in command:
            done = type_in(folder, command)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_every_command_told_anywhere_exists(tmp_path: Path) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    known = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    for page in pages:
        for command in commands(page):
            verb = command.split()[1]
            assert verb.startswith("-") or f"## jumeau {verb}\n" in known, f"{page.name}: {command}"
