# SPDX-License-Identifier: EUPL-1.2
"""Run the benchmarks: every file of this folder, or those named, one after the other.

``python benchmarks/run.py [NAME …]``; ``make bench`` calls it. Exit status 1 when a bar is
missed or a benchmark breaks; the other benchmarks run all the same.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness import SHORT

FOLDER = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"harness", "run"}


def discover(folder: Path = FOLDER) -> list[str]:
    """Return the names of the benchmarks of a folder, sorted."""
    files = (path.stem for path in folder.glob("*.py"))
    return sorted(name for name in files if name not in NOT_BENCHMARKS and name[0] != "_")


def main(argv: list[str], folder: Path = FOLDER) -> int:
    """Run the benchmarks named (all by default) and return the exit status."""
    known = discover(folder)
    unknown = sorted(set(argv) - set(known))
    if unknown:
        print(f"unknown benchmark: {', '.join(unknown)}; known: {', '.join(known)}")
        return 2
    print("name | ours | peer | ratio | bar | verdict", flush=True)
    ended = {}
    for name in argv or known:
        print(f"# {name}", flush=True)
        command = [sys.executable, folder / f"{name}.py"]
        ended[name] = subprocess.run(command, check=False).returncode
    words = {0: "ok", SHORT: "short"}
    summary = ", ".join(f"{name} {words.get(code, 'broken')}" for name, code in ended.items())
    print(f"# {summary}", flush=True)
    return int(any(ended.values()))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
