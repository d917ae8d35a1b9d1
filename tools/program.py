# SPDX-License-Identifier: EUPL-1.2
"""The command ``jumeau`` kept ready: each call is a process, forked once all is imported.

A command of a tutorial takes less time than the imports before it. This program imports them once,
runs nothing, then forks for each command: same process, same output, same exit as if typed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

HEAVY = (
    "duckdb", "geopandas", "pandas", "pyarrow.compute", "pyarrow.dataset", "pyarrow.parquet",
    "pyogrio", "pyproj", "rasterio", "rich.table", "scipy.ndimage", "scipy.optimize",
    "scipy.spatial", "shapely", "uvicorn",
)  # fmt: skip


class Program:
    """Client of a program kept ready in one environment (its language above all)."""

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the program kept ready ended: {self._process.wait(20)}")
        return json.loads(line)

    def _ask(self, **asked: Any) -> Any:
        if self._process.stdin:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
        return self._answer()

    def run(self, words: list[str], folder: Path, env: dict[str, str], out: Path) -> int:
        """Run ``jumeau`` with some words until it ends; its output goes to a file."""
        return int(self._ask(words=words, folder=str(folder), env=env, out=str(out), wait=True))

    def start(
        self, words: list[str] | None, folder: Path, env: dict[str, str], out: Path,
        typed: Path | None = None,
    ) -> int:  # fmt: skip
        """Start ``jumeau``, or without words a session of Python that reads a pipe."""
        where = {"folder": str(folder), "out": str(out), "typed": str(typed) if typed else None}
        return int(self._ask(words=words, env=env, wait=False, **where))

    def stop(self, pid: int) -> None:
        """End what was started."""
        self._ask(stop=pid)

    def close(self) -> None:
        """End the program."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        self._process.wait(20)


def warm() -> None:
    """Import everything a command may need; run nothing, so that no thread holds a lock."""
    import jumeau

    for name in HEAVY:
        importlib.import_module(name)
    for found in pkgutil.walk_packages(jumeau.__path__, "jumeau."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    gc.freeze()  # what is shared with the children stays shared


def session() -> None:
    """Run pieces of Python one after the other, each a line of JSON, as one program."""
    space: dict[str, Any] = {"__name__": "__main__"}
    for line in sys.stdin:
        try:
            exec(compile(json.loads(line), "<page>", "exec"), space)  # noqa: S102
        except Exception:
            traceback.print_exc(file=sys.stdout)
        print("\x00", flush=True)


def end(pid: int) -> None:
    """Stop a process and its children, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def forked() -> dict[str, Any] | None:
    """Fork for each thing asked: return it in the child, and nothing at the end."""
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        if "stop" in asked:
            end(asked["stop"])
            print(0, flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            return asked
        answer = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if asked["wait"] else pid
        print(answer, flush=True)
    return None


def main() -> None:
    """Serve until the pipe closes; in a child, be the command that was asked."""
    warm()
    print(0, flush=True)
    asked = forked()
    if asked is None:
        return
    os.setsid()
    os.chdir(asked["folder"])
    os.environ.update(asked["env"])
    typed = os.open(asked.get("typed") or os.devnull, os.O_RDONLY)
    out = os.open(asked["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, file in enumerate((typed, out, out)):
        os.dup2(file, number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    if asked["words"] is None:
        sys.argv = ["-c"]
        sys.path[0] = ""
        session()
    else:
        from jumeau.cli import main as command

        sys.argv = ["jumeau", *asked["words"]]
        command()


if __name__ == "__main__":
    main()
