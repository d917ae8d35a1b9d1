# SPDX-License-Identifier: EUPL-1.2
"""The figures of the READMEs come from the measures, and from nowhere else."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "# T\n<!-- figures: make bench -->\nold\n<!-- /figures -->\nend\n"


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("figures", ROOT / "tools" / "figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("value", "unit", "lang", "text"),
    [
        (0.0123456, "s", "en", "12.3 ms"),
        (0.0000123456, "s", "fr", "12,3 µs"),
        (1.5, "s", "fr", "1,5 s"),
        (1234.5, "MiB", "en", "1,234 MiB"),
        (1234.5, "MiB", "fr", "1\u202f234 MiB"),
        (4.0, "×", "en", "4 ×"),
        (200.0, "", "en", "200"),
        (7.787e-06, "", "fr", "7,8 × 10⁻⁶"),
        (-1.5e-4, "m", "en", "-1.5 × 10⁻⁴ m"),
        (0.0, "", "en", "0"),
        (None, "s", "en", "–"),
    ],
)
def test_figures_are_written_as_people_do(
    figures: ModuleType, value: float | None, unit: str, lang: str, text: str
) -> None:
    assert figures.figure(value, unit, lang) == text


def place(folder: Path, rows: list[dict[str, object]]) -> Path:
    (folder / "tools").mkdir()
    (folder / "benchmarks" / "results").mkdir(parents=True)
    (folder / "tools" / "figures.csv").write_text(
        "benchmark,row,what_en,what_fr\nfork,a fork,A fork,Une copie\nfork,lost,Lost,Perdu\n"
    )
    data = {"benchmark": "fork", "rows": rows}
    (folder / "benchmarks" / "results" / "fork.json").write_text(json.dumps(data))
    for name in ("README.md", "README.fr.md"):
        (folder / name).write_text(EMPTY, encoding="utf-8")
    return folder


ROW = {
    "name": "a fork",
    "ours": 0.02,
    "peer": 2.5,
    "peer_name": "cp -r",
    "unit": "s",
    "ratio": 125.0,
    "bar": "≥ 1.5×",
}


def test_both_tables_are_written_and_what_lacks_is_told(
    figures: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = place(tmp_path, [ROW, ROW | {"name": "not shown"}])
    assert figures.main(root) == 1
    assert capsys.readouterr().out == "not measured: lost\n"
    english = (root / "README.md").read_text(encoding="utf-8")
    french = (root / "README.fr.md").read_text(encoding="utf-8")
    assert "| A fork | 20 ms | 2.5 s (cp -r) | 125 × | ≥ 1.5× | `make bench ARGS=fork` |" in english
    assert "| Une copie | 20 ms | 2,5 s (cp -r) | 125 × | ≥ 1,5× |" in french
    assert "old" not in english
    assert english.startswith("# T\n<!-- figures: make bench -->\n\n| what")
    assert english.endswith("<!-- /figures -->\nend\n")
    figures.main(root)
    assert (root / "README.md").read_text(encoding="utf-8") == english


def test_a_readme_without_the_marks_is_not_touched(figures: ModuleType, tmp_path: Path) -> None:
    root = place(tmp_path, [ROW])
    (root / "README.md").write_text("# T\n")
    with pytest.raises(SystemExit):
        figures.main(root)


def test_the_rows_to_show_are_said_in_both_languages() -> None:
    with (ROOT / "tools" / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert all(row.values()), row
        assert (ROOT / "benchmarks" / f"{row['benchmark']}.py").exists(), row["benchmark"]
