# SPDX-License-Identifier: EUPL-1.2
"""The benchmark harness measures what it says and judges by its bars."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def harness() -> Iterator[ModuleType]:
    sys.path.insert(0, str(BENCHMARKS))
    import harness as module

    yield module
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def runner(harness: ModuleType) -> ModuleType:
    import run as module  # type: ignore[import-not-found]

    return module  # type: ignore[no-any-return]


def test_a_fresh_process_is_measured_from_the_outside(harness: ModuleType) -> None:
    small = harness.fresh(["-c", "print('ready')"])
    large = harness.fresh(["-c", "b = bytearray(200 << 20); import time; time.sleep(0.3)"])
    assert small.stdout == "ready\n"
    assert large.seconds >= 0.3
    assert 190 <= large.peak_mib - small.peak_mib <= 230


def test_the_memory_of_children_counts(harness: ModuleType) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'bytearray(200 << 20)'])"
    assert harness.fresh(["-c", code]).peak_mib >= 200


def test_a_command_that_fails_is_not_measured(harness: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="exit 3"):
        harness.fresh(["-c", "raise SystemExit(3)"])


def test_any_program_can_be_measured_in_its_environment(
    harness: ModuleType, tmp_path: Path
) -> None:
    used = harness.fresh(
        ["sh", "-c", "echo $WORD; pwd"], python=None, env={"WORD": "oui"}, cwd=tmp_path
    )
    assert used.stdout.split() == ["oui", str(tmp_path)]


def test_the_median_ignores_the_warm_up_and_the_odd_run(harness: ModuleType) -> None:
    pauses = iter([0.2, 0.01, 0.01, 0.2, 0.01, 0.01])
    assert harness.median_of(lambda: time.sleep(next(pauses)), repeat=5, warmup=1) < 0.1


def test_both_sides_are_measured_in_turn(harness: ModuleType) -> None:
    order: list[str] = []
    harness.versus(lambda: order.append("a"), lambda: order.append("b"), repeat=2, warmup=1)
    assert order == ["a", "b"] * 3


def test_rows_are_judged_printed_and_written(
    harness: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = harness.Table("toy", results=tmp_path)
    table.ratio("faster", 1.0, 4.0, at_least=4, peer_name="numpy")
    table.ratio("slower", 2.0, 4.0, at_least=4)
    table.ratio("for information", 2.0, 4.0)
    table.limit("within", 0.9, 1.0)
    table.limit("beyond", 1.1, 1.0, unit="MiB")
    table.show("size", 3.0, unit="MiB")
    table.absent("postgis", "not installed")
    assert table.close() == harness.SHORT
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "faster | 1 s | 4 s (numpy) | 4× | ≥ 4× | ok"
    assert [line.rpartition(" | ")[2] for line in lines] == [
        "ok",
        "short",
        "shown",
        "ok",
        "short",
        "shown",
        "absent",
    ]
    written = json.loads((tmp_path / "toy.json").read_text(encoding="utf-8"))
    assert [row["verdict"] for row in written["rows"]] == [
        "ok",
        "short",
        "shown",
        "ok",
        "short",
        "shown",
    ]
    assert written["rows"][1]["ratio"] == 2.0
    assert written["machine"]["cores"] >= 1


def test_no_bar_missed_is_a_success(harness: ModuleType, tmp_path: Path) -> None:
    table = harness.Table("toy", results=tmp_path / "new" / "folder")
    table.limit("within", 1.0, 1.0)
    assert table.close() == 0


def benchmark(folder: Path, name: str, code: str) -> None:
    (folder / f"{name}.py").write_text(code, encoding="utf-8")


def test_every_file_is_found_and_run_whatever_the_others_do(
    runner: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    benchmark(tmp_path, "a", "raise ValueError('broken on purpose')")
    benchmark(tmp_path, "b", "raise SystemExit(3)")
    benchmark(tmp_path, "c", "print('measured')")
    benchmark(tmp_path, "_part", "raise SystemExit(1)")
    benchmark(tmp_path, "harness", "raise SystemExit(1)")
    assert runner.discover(tmp_path) == ["a", "b", "c"]
    assert runner.main([], tmp_path) == 1
    out = capfd.readouterr().out
    assert "measured" in out
    assert out.splitlines()[-1] == "# a broken, b short, c ok"
    assert runner.main(["c"], tmp_path) == 0
    assert runner.main(["d"], tmp_path) == 2
    assert "unknown benchmark: d" in capfd.readouterr().out
