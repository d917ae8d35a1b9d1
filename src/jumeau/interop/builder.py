# SPDX-License-Identifier: EUPL-1.2
"""Programs that build what is disposable beside a server: how they start, and end with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

EVERY = 0.5
"""Time between two looks at the parent [s]."""


def start(module: str, folder: Path, names: Iterable[str]) -> subprocess.Popen[bytes]:
    """Start a builder in a process of its own, without terminal.

    Parameters
    ----------
    module : str
        One of our modules that calls :func:`begin`.
    folder : Path
        Folder of the territory.
    names : iterable of str
        What to build.
    """
    return subprocess.Popen(  # noqa: S603 - our own module, on the served folder
        [sys.executable, "-m", module, str(folder), *names],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def begin(nice: int) -> None:
    """Make this process a builder: it leaves the processor to others, and dies with its parent.

    Parameters
    ----------
    nice : int
        By how much its priority is lowered, in [0, 19].
    """
    os.nice(nice)
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()


def _die_with(parent: int) -> None:
    """End this process when its parent has died."""
    while os.getppid() == parent:
        time.sleep(EVERY)
    os._exit(1)
