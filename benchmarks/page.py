# SPDX-License-Identifier: EUPL-1.2
"""The page on the demonstrator, in a real Chromium with software rendering, each load cold.

``page.mjs`` opens it in a fresh context seven times and notes when the first figures stand there
and when the map is at rest, how much of that time some answer of the server was waited for, and
what travelled. Judged: the medians, and the weight of the script that comes before the map.
``python benchmarks/page.py [loads] [folder of a demonstrator]``.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import FOLDER, Table
from jumeau.web import static_folder

LOADS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
KB = 1000


def script_before_map(static: Path) -> list[Path]:
    """Return the scripts that the page asks for by itself: its own, and those they import."""
    asked = re.findall(r'(?:src|href)="\./([^"]+\.js)"', (static / "index.html").read_text("utf-8"))
    found: list[Path] = []
    while asked:
        path = static / asked.pop()
        if path in found:
            continue
        found.append(path)
        text = path.read_text("utf-8")
        # A static import; import("…") is for later.
        names = re.findall(r'(?:\bimport|\bfrom)\s*"\./([^"]+\.js)"', text)
        asked += [str((path.parent / name).relative_to(static)) for name in names]
    return found


@contextmanager
def demonstrator(folder: Path | None) -> Iterator[str]:
    """Serve a demonstrator, built when there is none; give its address."""
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        if folder is None:
            folder = Path(name) / "demo.jumeau"
            build = [sys.executable, "-m", "jumeau", "demo", "--no-serve", "--folder", folder]
            subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        command = [sys.executable, "-m", "jumeau", "serve", str(folder), "--port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def loads(node: str, chromium: str, address: str) -> list[dict[str, Any]]:
    """Return what each load took."""
    world = {"chromium": chromium, "base": address, "loads": LOADS}
    done = subprocess.run(
        [node, FOLDER / "page.mjs", json.dumps(world)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> int:
    """Measure and judge."""
    table = Table("page")
    static = static_folder()
    if static is None:
        raise RuntimeError("the page has not been built: make web")
    packed = sum(len(gzip.compress(path.read_bytes(), 9)) for path in script_before_map(static))
    table.limit("script before the map, gzipped", packed / KB, 400, unit="kB")
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    node = shutil.which("node", path=f"{Path(sys.executable).parent}") or shutil.which("node")
    if not chromium or not node:
        table.absent("page in Chromium", "Chromium or Node is not installed")
        return table.close()
    with demonstrator(Path(sys.argv[2]) if len(sys.argv) > 2 else None) as address:
        taken = loads(node, chromium, address)

    def median(name: str) -> float:
        return statistics.median(load[name] for load in taken)

    table.limit("page, text and figures, p50 of cold loads", median("text") / 1000, 1.5)
    table.show("page, of which waiting for the server", median("server_text") / 1000)
    table.show("page, slowest text and figures", max(load["text"] for load in taken) / 1000)
    table.limit("page, map at rest, p50 of cold loads", median("map") / 1000, 6.0)
    table.show("page, of which waiting for the server until then", median("server_map") / 1000)
    table.show("page, slowest map at rest", max(load["map"] for load in taken) / 1000)
    table.show("page, travelled before the figures", median("bytes_text") / KB, unit="kB")
    table.show("page, travelled until the map is at rest", median("bytes_map") / KB, unit="kB")
    table.show("page, requests until the map is at rest", median("requests_map"), unit="")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
