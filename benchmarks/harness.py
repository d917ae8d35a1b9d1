# SPDX-License-Identifier: EUPL-1.2
"""Small harness of the benchmarks: fresh processes, peak memory, medians, ratios to peers.

A benchmark is a file of this folder that ``python benchmarks/run.py`` starts with the project's
interpreter. It measures ours and the peer in the same run and ends with ``table.close()``::

    from harness import Table, fresh, median_of, versus

    table = Table("fork")
    ours, peer = versus(lambda: fork(territory), lambda: copy_tree(territory), repeat=5)
    table.ratio("fork of 1 M rows against cp -r", ours, peer, at_least=10, peer_name="cp -r")
    table.limit("fork of 1 M rows", ours, 1.0)                      # seconds
    used = fresh(["-c", "import jumeau"], repeat=5)                 # its own process each time
    table.limit("peak memory of import jumeau", used.peak_mib, 100, unit="MiB")
    raise SystemExit(table.close())

Every line printed reads ``name | ours | peer | ratio | bar | ok``, where the last word is ``ok``,
``short`` (the bar is missed) or ``shown`` (no bar: a figure for information). The same rows go
to ``benchmarks/results/<table>.json``.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results"
VENVS = FOLDER / ".venvs"
SHORT = 3
"""Exit status of a benchmark that ran and missed a bar; an error exits with 1."""


@dataclass(frozen=True)
class Usage:
    """What a command used: median wall time [s], highest peak memory [MiB], last output."""

    seconds: float
    peak_mib: float
    stdout: str


@dataclass(frozen=True)
class Row:
    """One measured figure; ``ratio`` is how many times better than the peer or the limit."""

    name: str
    ours: float
    peer: float | None
    peer_name: str
    unit: str
    ratio: float | None
    bar: str
    verdict: str

    def line(self) -> str:
        """Return the row as ``name | ours | peer | ratio | bar | ok``."""
        peer = "–" if self.peer is None else f"{self.peer:.4g} {self.unit} ({self.peer_name})"
        ratio = "–" if self.ratio is None else f"{self.ratio:.3g}×"
        ours = f"{self.ours:.4g} {self.unit}".strip()
        return " | ".join((self.name, ours, peer, ratio, self.bar or "–", self.verdict))


def median_of(function: Callable[[], Any], repeat: int = 5, warmup: int = 1) -> float:
    """Return the median wall time of a function [s], after runs that do not count."""
    for _ in range(warmup):
        function()
    return statistics.median(_timed(function) for _ in range(repeat))


def versus(
    ours: Callable[[], Any], peer: Callable[[], Any], repeat: int = 5, warmup: int = 1
) -> tuple[float, float]:
    """Return the median wall times [s] of ours and of the peer, run in turn.

    Taking turns shares the machine's good and bad moments between both.
    """
    for _ in range(warmup):
        ours()
        peer()
    pairs = [(_timed(ours), _timed(peer)) for _ in range(repeat)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def fresh(
    argv: Sequence[str | os.PathLike[str]],
    *,
    python: str | os.PathLike[str] | None = sys.executable,
    env: dict[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    repeat: int = 1,
    warmup: int = 0,
) -> Usage:
    """Run a command in a fresh process and measure it from the outside.

    Parameters
    ----------
    argv : sequence of str
        Arguments given to ``python`` (``["-c", code]``, ``["file.py", …]``); the whole command
        when ``python`` is ``None``.
    python : path or None
        Interpreter: the project's by default, or that of a peer's own environment.
    env : dict, optional
        Variables added to those of this process.
    cwd : path, optional
        Folder in which it runs.
    repeat, warmup : int
        Number of runs that count, and of runs before them.

    Returns
    -------
    Usage
        Median wall time [s]; highest peak resident memory of the process or of one of its
        children [MiB]; standard output of the last run.

    Raises
    ------
    RuntimeError
        If the command fails; its error output is shown.
    """
    command = [os.fspath(part) for part in ([python, *argv] if python else argv)]
    runs = [_spawn(command, env, cwd) for _ in range(warmup + repeat)][warmup:]
    return Usage(
        statistics.median(run.seconds for run in runs),
        max(run.peak_mib for run in runs),
        runs[-1].stdout,
    )


def peer_python(name: str, requirements: Sequence[str]) -> Path:
    """Return the interpreter of a peer's own environment, made at the first call.

    Parameters
    ----------
    name : str
        Folder under ``benchmarks/.venvs``.
    requirements : sequence of str
        Pinned requirements, ``"name==version"``.
    """
    folder = VENVS / name
    python = folder / "bin" / "python"
    stamp = folder / "requirements.json"
    wanted = json.dumps(list(requirements))
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


class Table:
    """Rows of one benchmark file, printed as they come and written as JSON at the end."""

    def __init__(self, name: str, results: Path = RESULTS) -> None:
        self.name = name
        self.results = results
        self.rows: list[Row] = []

    def ratio(
        self,
        name: str,
        ours: float,
        peer: float,
        *,
        at_least: float | None = None,
        peer_name: str = "peer",
        unit: str = "s",
    ) -> Row:
        """Compare with a peer, less being better: ratio = peer / ours, at least ``at_least``."""
        ratio = peer / ours if ours else float("inf")
        bar = "" if at_least is None else f"≥ {at_least:g}×"
        verdict = "shown" if at_least is None else ("ok" if ratio >= at_least else "short")
        return self._add(Row(name, ours, peer, peer_name, unit, ratio, bar, verdict))

    def limit(self, name: str, ours: float, at_most: float, *, unit: str = "s") -> Row:
        """Compare with a budget, less being better: ours at most ``at_most``."""
        verdict = "ok" if ours <= at_most else "short"
        ratio = at_most / ours if ours else None
        return self._add(
            Row(name, ours, None, "", unit, ratio, f"≤ {at_most:g} {unit}".strip(), verdict)
        )

    def show(self, name: str, ours: float, *, unit: str = "s") -> Row:
        """Print a figure that has no bar."""
        return self._add(Row(name, ours, None, "", unit, None, "", "shown"))

    def absent(self, name: str, why: str) -> None:
        """Say that a peer could not be measured here, and why; nothing is judged."""
        print(f"{name} | – | absent: {why} | – | – | absent", flush=True)

    def close(self) -> int:
        """Write the JSON of the rows; return 3 when a bar is missed, else 0."""
        self.results.mkdir(parents=True, exist_ok=True)
        facts = {
            "benchmark": self.name,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": {
                "cores": os.cpu_count(),
                "load": os.getloadavg()[0],
                "python": platform.python_version(),
                "processor": platform.machine(),
            },
            "rows": [asdict(row) for row in self.rows],
        }
        text = json.dumps(facts, ensure_ascii=False, indent=1)
        (self.results / f"{self.name}.json").write_text(text, encoding="utf-8")
        return SHORT if any(row.verdict == "short" for row in self.rows) else 0

    def _add(self, row: Row) -> Row:
        self.rows.append(row)
        print(row.line(), flush=True)
        return row


def _timed(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


_LAUNCHER = """
import os, sys, time
report, *command = sys.argv[1:]
start = time.perf_counter()
_, status, used = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
seconds = time.perf_counter() - start
text = f"{os.waitstatus_to_exitcode(status)} {seconds} {used.ru_maxrss}"
os.write(int(report), text.encode())
"""
# A process starts its count of peak memory at that of the one that starts it: a small launcher
# stands between, so that a benchmark which holds much memory does not lend it to what it measures.


def _spawn(
    command: list[str], env: dict[str, str] | None, cwd: str | os.PathLike[str] | None
) -> Usage:
    reader, writer = os.pipe()
    with os.fdopen(reader, encoding="utf-8") as report:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(writer), *command],
                stdout=subprocess.PIPE,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                pass_fds=[writer],
                text=True,
                check=False,
            )
        finally:
            os.close(writer)
        words = report.read().split()
    if done.returncode or len(words) != 3 or words[0] != "0":
        status = words[0] if words else done.returncode
        raise RuntimeError(f"exit {status}: {' '.join(command)}\n{done.stdout}")
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return Usage(float(words[1]), int(words[2]) / unit, done.stdout)
