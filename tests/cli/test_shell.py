# SPDX-License-Identifier: EUPL-1.2
"""Usage, exit codes, languages, pure JSON, no traceback."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import jumeau
from jumeau.base import errors, i18n
from jumeau.base.errors import error
from jumeau.cli import application, output, shell, words

COMMANDS = {
    "demo", "new", "init", "add", "refresh", "check", "run", "serve", "export", "explain", "fields",
    "sispea", "watch", "grade",
    "validate",
}  # fmt: skip
SOURCE = Path(words.__file__).parent


def program(*args: str, lang: str = "C", **env: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items()
             if key not in {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "JUMEAU_DEBUG"}}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "jumeau", *args],
        env={**clean, "LANG": lang, "PYTHONIOENCODING": "utf-8", **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_every_command_is_there(jumeau_: Any) -> None:
    assert {item.name for item in application.app.registered_commands} == COMMANDS
    for name in COMMANDS:
        result = jumeau_(name, "--help")
        assert result.exit_code == 0
        assert "--json" in result.stdout


def test_version() -> None:
    result = program("--version")
    assert result.stdout == f"jumeau {jumeau.__version__}\n"


@pytest.mark.parametrize(
    ("lang", "words_"),
    [
        ("fr_FR.UTF-8", ("Utilisation", "Commandes", "obligatoire", "Dossier du territoire")),
        ("en_GB.UTF-8", ("Usage", "Commands", "required", "Folder of the territory")),
    ],
)
def test_help_speaks_the_language_of_the_locale(lang: str, words_: tuple[str, ...]) -> None:
    text = program("--help", lang=lang).stdout + program("add", "--help", lang=lang).stdout
    for word in words_:
        assert word in text
    assert program(lang=lang).returncode == 0


def test_every_text_is_in_both_languages() -> None:
    with (SOURCE / "texts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["key"] for row in rows}) == len(rows) == len(words.keys())
    for row in rows:
        assert row["en"], row["key"]
        assert row["fr"], row["key"]
        assert sorted(_holes(row["en"])) == sorted(_holes(row["fr"])), row["key"]


def _holes(text: str) -> list[str]:
    import string

    return [name or "" for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def test_every_text_is_used_and_every_one_used_exists() -> None:
    import re

    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.glob("*.py"))
    asked = set(re.findall(r'say\(\s*"([\w.]+)"', source))
    assert asked <= set(words.keys())
    prefixes = {"severity", "verdict", "explain", "column", "fields"}
    quoted = set(re.findall(r'"([\w.]+)"', source)) | asked
    for key in words.keys():  # noqa: SIM118 - a function
        assert key in quoted or key.partition(".")[0] in prefixes, key


def test_usage_errors_are_coded(jumeau_: Any, town_path: Path) -> None:
    for args, word in (
        (("sreve", town_path), "serve"),
        (("add", town_path), "FILE"),
        (("add", town_path, "x.csv"), "--as"),
        (("check", town_path, "--bogus"), "--bogus"),
        (("serve", town_path, "--port", "many"), "--port"),
        (("serve", town_path, "--port", "99999"), "--port"),
        (("check",), "DIR"),
    ):
        result = jumeau_(*args)
        assert result.exit_code == 2, args
        assert result.stderr.startswith("JUM-C001"), result.stderr
        assert word in result.stderr
        assert "--help" in result.stderr


@pytest.mark.parametrize(
    ("code", "expected"),
    [("JUM-T001", 3), ("JUM-T013", 4), ("JUM-T016", 4), ("JUM-C003", 4), ("JUM-C001", 2)],
)
def test_exit_codes(code: str, expected: int) -> None:
    assert shell.exit_code(error(code)) == expected


def test_exit_code_of_what_cannot_be_computed() -> None:
    assert shell.exit_code(errors.NotComputableError("JUM-X001", "x")) == 5


def test_a_missing_territory(jumeau_: Any, tmp_path: Path) -> None:
    for command in (
        ("check", tmp_path), ("run", tmp_path), ("serve", tmp_path),
        ("explain", tmp_path, "street", "x"), ("export", tmp_path, "street", "--to", "x.csv"),
    ):  # fmt: skip
        result = jumeau_(*command, "--json")
        assert result.exit_code == 3, result.output
        assert json.loads(result.stdout)["error"]["code"] == "JUM-T020"
        assert result.stderr.startswith("JUM-T020")


def test_errors_speak_french_too(town_path: Path) -> None:
    result = program("explain", str(town_path), "lampadaire", "x", lang="fr_FR.UTF-8")
    assert result.returncode == 3
    assert result.stdout == ""
    assert "Il n'y a pas de table" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_fault_of_ours_is_coded_and_can_be_seen(
    jumeau_: Any, town_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau.twin import territory

    def broken(_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(territory, "open", broken)
    result = jumeau_("check", town_path, "--json")
    assert result.exit_code == 70
    assert json.loads(result.stdout)["error"]["code"] == "JUM-C004"
    assert "RuntimeError: unforeseen" in result.stderr
    monkeypatch.setenv("JUMEAU_DEBUG", "1")
    result = jumeau_("check", town_path)
    assert isinstance(result.exception, RuntimeError)


def test_an_interruption_is_quiet(
    jumeau_: Any, town_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau.twin import territory

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(territory, "open", interrupted)
    result = jumeau_("check", town_path)
    assert result.exit_code == 130
    assert result.output == ""


def test_lists_after_an_option() -> None:
    given = ["add", "d", "f", "--map", "a=b", "c=d", "--as", "t", "--constant", "k=v", "m=n"]
    assert shell.spread(given) == [
        "add", "d", "f", "--map", "a=b", "--map", "c=d", "--as", "t",
        "--constant", "k=v", "--constant", "m=n",
    ]  # fmt: skip
    assert shell.spread(["--map", "a=b", "file.csv", "c=d"]) == ["--map", "a=b", "file.csv", "c=d"]
    assert shell.spread(["--map", "a=b", "--map", "c=d"]) == ["--map", "a=b", "--map", "c=d"]
    assert shell.spread([]) == []


def test_a_file_whose_name_has_an_equal_sign_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("year=2024").write_text("x", encoding="utf-8")
    assert shell.spread(["--map", "a=b", "year=2024"]) == ["--map", "a=b", "year=2024"]


def test_pairs() -> None:
    assert shell.pairs(["a=b", " c = d=e "], "--map") == {"a": "b", "c": "d=e"}
    assert shell.pairs(None, "--map") == {}
    with pytest.raises(errors.InvalidError, match="JUM-C002"):
        shell.pairs(["a"], "--map")


def test_json_holds_numpy_and_pandas() -> None:
    import numpy as np
    import pandas as pd

    value = {
        "a": np.float32(0.5), "b": np.int64(3), "c": float("nan"), "d": pd.NaT, "e": pd.NA,
        "f": pd.Timestamp("2024-01-02", tz="UTC"), "g": (1, np.bool_(True)), "h": Path("x"),
    }  # fmt: skip
    assert output.plain(value) == {
        "a": 0.5, "b": 3, "c": None, "d": None, "e": None, "f": "2024-01-02T00:00:00+00:00",
        "g": [1, True], "h": "x",
    }  # fmt: skip


def test_numbers_are_written_as_people_do() -> None:
    with i18n.using("fr"):
        assert output.quantity(12345.678) == "12\u202f346"
        assert output.quantity(0.5) == "0,5"
        assert output.quantity(0.172) == "0,172", "a price keeps its figures"
        assert output.quantity(0.0752236) == "0,07522"
        assert output.quantity(20.0) == "20"
        assert output.quantity(346.3) == "346"
        assert output.quantity(-322169.19) == "−322\u202f169"
        assert output.quantity(0.0) == "0"
        assert output.quantity(None) == ""
        assert output.quantity(float("nan")) == ""
        assert output.quantity("LED") == "LED"


def test_progress_is_silent_without_a_terminal() -> None:
    with output.progress() as told:
        assert told is None


def test_a_closed_pipe_is_no_error(town_path: Path) -> None:
    command = f'"{sys.executable}" -m jumeau fields | head -n 1; echo "${{PIPESTATUS[0]}}"'
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=120
    )
    assert result.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in result.stderr


def test_importing_jumeau_stays_light() -> None:
    code = (
        "import sys, jumeau.cli\n"
        "print([name for name in ('duckdb', 'pandas', 'typer') if name in sys.modules])\n"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
