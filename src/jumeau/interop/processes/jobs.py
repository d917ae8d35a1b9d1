# SPDX-License-Identifier: EUPL-1.2
"""Jobs: runs asked over HTTP, one at a time, each in a process of its own.

A territory has one writer: the others wait in a queue that has an end. A job that has ended stays
known until the server stops or many others have come; what it computed is in the twin.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from jumeau.base.errors import KINDS, JumeauError, error
from jumeau.interop.processes import work

logger = logging.getLogger("jumeau")
MOST_WAITING = 8
"""Jobs that may wait; beyond, they are sent away."""
KEPT = 100
"""Jobs that have ended and stay known."""
GRACE = 5.0
"""Time that a run has to stop by itself [s]; then its process is killed."""
ACCEPTED, RUNNING, SUCCESSFUL, FAILED, DISMISSED = STATUSES = (
    "accepted", "running", "successful", "failed", "dismissed",
)  # fmt: skip

Start = Callable[[Path, Mapping[str, Any]], "subprocess.Popen[bytes]"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Job:
    """A run that somebody asked.

    Parameters
    ----------
    process : str
        Worksite that runs.
    inputs : mapping
        Its event, checked.
    lang : str
        Language of who asked.
    outputs : tuple of str
        Outputs wanted; empty for all.
    raw : bool
        Whether results are wanted as headers only (``response=raw``).
    """

    process: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    lang: str = "fr"
    outputs: tuple[str, ...] = ()
    raw: bool = False
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    status: str = ACCEPTED
    stage: str = ""
    share: float = 0.0
    created: datetime = field(default_factory=_now)
    updated: datetime = field(default_factory=_now)
    started: datetime | None = None
    finished: datetime | None = None
    failure: JumeauError | None = None
    runs: tuple[str, ...] = ()
    version: int | None = None
    over: threading.Event = field(default_factory=threading.Event)
    """Set once nothing of it runs any more."""

    @property
    def seconds(self) -> float:
        """How long it has run [s]."""
        if self.started is None:
            return 0.0
        return ((self.finished or _now()) - self.started).total_seconds()


class Queue:
    """Jobs of a territory, one at a time.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    allowed : bool
        Whether jobs can be asked at all.
    start : callable
        Starts the program of a job (:func:`jumeau.interop.processes.work.start`).
    """

    def __init__(self, folder: Path, allowed: bool = True, start: Start = work.start) -> None:
        self.folder, self.allowed = folder, allowed
        self._start = start
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._running: tuple[Job, subprocess.Popen[bytes]] | None = None
        self._closed = False

    # -- what is asked -------------------------------------------------------------------------
    def submit(self, job: Job) -> Job:
        """Put a job at the end of the queue.

        Parameters
        ----------
        job : Job
            What is to run.

        Returns
        -------
        Job
            The same, which others now change.

        Raises
        ------
        BusyError
            ``JUM-I055`` when too many wait already.
        """
        with self._lock:
            if self._closed or self._waiting() >= MOST_WAITING:
                raise error("JUM-I055", most=str(MOST_WAITING))
            self._jobs[job.id] = job
            ended = [item.id for item in self._jobs.values() if item.over.is_set()]
            for name in ended[: max(0, len(ended) - KEPT)]:
                del self._jobs[name]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jumeau-jobs", daemon=True)
                self._thread.start()
        return job

    def _waiting(self) -> int:
        return sum(job.status == ACCEPTED for job in self._jobs.values())

    def get(self, name: str) -> Job:
        """Return a job.

        Parameters
        ----------
        name : str
            Its identifier.

        Raises
        ------
        UnknownNameError
            ``JUM-I051``.
        """
        with self._lock:
            found = self._jobs.get(name)
        if found is None:
            raise error("JUM-I051", id=name[:80])
        return found

    def all(self) -> Sequence[Job]:
        """Return the jobs, the latest first."""
        with self._lock:
            return list(reversed(self._jobs.values()))

    def before(self, job: Job) -> int:
        """Return how many jobs come before one that waits.

        Parameters
        ----------
        job : Job
            One of the queue's.
        """
        with self._lock:
            names = list(self._jobs)
            rank = names.index(job.id) if job.id in self._jobs else 0
            return sum(not self._jobs[name].over.is_set() for name in names[:rank])

    def dismiss(self, name: str) -> Job:
        """Stop a job, or forget one that has ended.

        Parameters
        ----------
        name : str
            Its identifier.

        Returns
        -------
        Job
            It, once nothing of it runs; ``successful`` if it had ended before it could be stopped.

        Raises
        ------
        UnknownNameError
            ``JUM-I051``.
        """
        job = self.get(name)
        with self._lock:
            if job.over.is_set():
                self._jobs.pop(name, None)
                job.status = DISMISSED
                return job
            if job.status == ACCEPTED:
                self._end(job, DISMISSED)
                return job
        self._stop(job)
        return job

    def close(self) -> None:
        """Stop the running job, and forget those that wait."""
        with self._lock:
            self._closed = True
            for job in self._jobs.values():
                if job.status == ACCEPTED:
                    self._end(job, DISMISSED)
            running, thread = self._running, self._thread
        if running is not None:
            self._stop(running[0])
        if thread is not None:
            thread.join()

    # -- the running one -----------------------------------------------------------------------
    def _end(self, job: Job, status: str) -> None:
        job.status = status
        job.finished = job.updated = _now()
        job.over.set()

    def _stop(self, job: Job) -> None:
        """Ask the program of a job to end, kill it when it does not."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self._lock:
                running = self._running
                if running is not None and running[0] is job:
                    job.status = DISMISSED
                    with suppress(ProcessLookupError):  # its whole group: it may have workers
                        os.killpg(running[1].pid, number)
            if job.over.wait(GRACE):
                return

    def _next(self) -> Job | None:
        with self._lock:
            waiting = [job for job in self._jobs.values() if job.status == ACCEPTED]
            if not waiting or self._closed:
                self._thread = None
                return None
            job = waiting[0]
            try:
                process = self._start(
                    self.folder,
                    {"process": job.process, "inputs": dict(job.inputs), "lang": job.lang},
                )
            except OSError as exc:
                job.failure = error("JUM-I056", detail=exc.strerror or type(exc).__name__)
                self._end(job, FAILED)
                return job
            self._running = (job, process)
            job.status = RUNNING
            job.started = job.updated = _now()
            return job

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if self._running is not None:
                self._follow(job, self._running[1])

    def _follow(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        """Hear what the program of a job tells, until it ends."""
        with cast("IO[bytes]", process.stdout) as lines:
            for line in lines:
                with suppress(ValueError, KeyError):  # a line cut by its end
                    self._hear(job, json.loads(line))
        code = process.wait()
        with suppress(ProcessLookupError):  # workers that it left behind
            os.killpg(process.pid, signal.SIGKILL)
        with self._lock:
            self._running = None
            if job.runs:
                job.share = 1.0
                self._end(job, SUCCESSFUL)
            elif job.status == DISMISSED:
                self._end(job, DISMISSED)
            else:
                job.failure = job.failure or error("JUM-I056", detail=str(code))
                self._end(job, FAILED)
        logger.info("job %s (%s): %s after %.1f s", job.id, job.process, job.status, job.seconds)

    def _hear(self, job: Job, message: Mapping[str, Any]) -> None:
        if "error" in message:
            job.failure = rebuilt(message["error"])
        elif "runs" in message:
            job.version = int(message["version"])
            job.runs = tuple(message["runs"])
        else:
            job.stage = str(message["stage"])
            job.share = max(job.share, min(1.0, float(message["share"])))
        job.updated = _now()


def rebuilt(told: Mapping[str, Any]) -> JumeauError:
    """Return the error that a program told, of the class that its code has.

    Parameters
    ----------
    told : mapping
        As :meth:`jumeau.base.errors.JumeauError.to_dict` gives it.
    """
    from jumeau.base import messages

    row = messages.catalogue().get(told["code"], {})
    kind = KINDS.get(row.get("kind", ""), JumeauError)
    return kind(told["code"], told["what"], told["why"], told["remedy"], told["data"])
