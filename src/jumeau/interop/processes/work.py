# SPDX-License-Identifier: EUPL-1.2
"""The program that runs a worksite for a job, in a process of its own.

``python -m jumeau.interop.processes.work DIR`` reads what to run as JSON on its input, and tells
on its output, one JSON object a line: ``{"stage", "share"}`` now and then, at last ``{"runs",
"version"}`` or ``{"error"}``. It waits for the twin's lock like any writer. A SIGTERM ends it as
Ctrl-C would: what a run has not committed never was.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from jumeau.base import i18n
from jumeau.base.errors import JumeauError, error

NICE = 5
"""By how much the priority is lowered: who reads the page comes first."""
EVERY = 0.2
"""Least time between two words about the same stage [s]."""
STOPPED = 130
"""Status of a program that was interrupted."""
logger = logging.getLogger("jumeau")

Tell = Callable[[Mapping[str, Any]], None]


def start(folder: Path, asked: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start the program, and give it what to run.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    asked : mapping
        ``process`` (name of a worksite), ``inputs`` (its event) and ``lang``.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module, on the served folder
        [sys.executable, "-m", __name__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with cast("IO[bytes]", process.stdin) as pipe:
        pipe.write(json.dumps(dict(asked)).encode())
    return process


def run(folder: Path, asked: Mapping[str, Any], tell: Tell) -> int:
    """Run what is asked, tell how it goes; return the status of the program.

    Parameters
    ----------
    folder, asked
        As in :func:`start`.
    tell : callable
        Receives each message.
    """
    from jumeau import workflow
    from jumeau.twin import territory as twin

    name, inputs = str(asked["process"]), dict(asked["inputs"])
    last: tuple[str, float] = ("", 0.0)

    def progress(stage: str, share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if stage != last[0] or now - last[1] >= EVERY:
            last = (stage, now)
            tell({"stage": stage, "share": share})

    with i18n.using(str(asked["lang"])):
        try:
            territory = twin.open(folder)
            try:
                events = {name: inputs} if inputs else None
                done = workflow.run(territory, [name], events=events, progress=progress)
                tell({"runs": done.runs, "version": done.version})
            finally:
                territory.close()
        except KeyboardInterrupt:
            return STOPPED
        except JumeauError as exc:
            tell({"error": exc.to_dict()})
            return 1
        except Exception as exc:
            logger.exception("the run of %s failed", name)
            tell({"error": error("JUM-I056", detail=type(exc).__name__).to_dict()})
            return 1
    return 0


def main(folder: str) -> int:
    """Run what the input asks; the messages alone go to the output."""
    from jumeau.interop import builder

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    builder.begin(NICE)
    asked = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as messages:
        os.dup2(2, 1)  # nothing that a library prints comes between two messages

        def tell(message: Mapping[str, Any]) -> None:
            print(json.dumps(dict(message), default=str), file=messages, flush=True)

        return run(Path(folder), asked, tell)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
