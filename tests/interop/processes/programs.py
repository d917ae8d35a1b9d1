# SPDX-License-Identifier: EUPL-1.2
"""Short programs in place of the run of a worksite, which speak as it does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Start = Callable[[Path, Mapping[str, Any]], "subprocess.Popen[bytes]"]
QUICK = 'print(\'{"stage": "light", "share": 0.5}\\n{"runs": ["r1", "r2"], "version": 7}\')'
SLOW = (
    "import sys, time\n"
    "print('{\"stage\": \"light\", \"share\": 0.25}', flush=True)\n"
    "time.sleep(60)"
)  # fmt: skip
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLOW
SILENT = "raise SystemExit(9)"
FAILING = (
    "print('{\"error\": {\"code\": \"JUM-T020\", \"what\": \"no\", \"why\": \"\", "
    "\"remedy\": \"\", \"data\": {}}}')"
)  # fmt: skip


def saying(program: str, asked: list[Mapping[str, Any]] | None = None) -> Start:
    """Return a starter of a program of Python, which notes what it is asked."""

    def start(folder: Path, wanted: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        if asked is not None:
            asked.append(wanted)
        return subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True
        )

    return start
