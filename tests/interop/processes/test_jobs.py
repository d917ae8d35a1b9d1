# SPDX-License-Identifier: EUPL-1.2
"""Jobs: one at a time, followed, stopped, and never lost without a word."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jumeau.base.errors import BusyError, MissingFileError, UnknownNameError
from jumeau.interop.processes import jobs
from jumeau.interop.processes.jobs import Job, Queue


def _load() -> ModuleType:
    path = Path(__file__).with_name("programs.py")
    spec = importlib.util.spec_from_file_location("programs", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PROGRAMS = _load()
Open = Callable[..., Queue]


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Open]:
    opened: list[Queue] = []

    def make(program: str, asked: list[Mapping[str, Any]] | None = None) -> Queue:
        opened.append(Queue(tmp_path, start=PROGRAMS.saying(program, asked)))
        return opened[-1]

    yield make
    for item in opened:
        item.close()


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_job_runs_and_says_how_it_went(queue: Open) -> None:
    asked: list[Mapping[str, Any]] = []
    opened = queue(PROGRAMS.QUICK, asked)
    job = opened.submit(Job("lighting", {"a": 1}, "en"))
    assert job.over.wait(30)
    assert (job.status, job.runs, job.version, job.share) == ("successful", ("r1", "r2"), 7, 1.0)
    assert job.stage == "light"
    assert job.started and job.finished and job.created <= job.started <= job.finished
    assert asked == [{"process": "lighting", "inputs": {"a": 1}, "lang": "en"}]


def test_jobs_run_one_at_a_time_and_the_queue_has_an_end(queue: Open) -> None:
    opened = queue(PROGRAMS.SLOW)
    first = opened.submit(Job("lighting"))
    _until(lambda: first.status == "running")
    waiting = [opened.submit(Job("lighting")) for _ in range(jobs.MOST_WAITING)]
    assert [job.status for job in waiting] == ["accepted"] * jobs.MOST_WAITING
    assert [opened.before(job) for job in waiting] == list(range(1, jobs.MOST_WAITING + 1))
    with pytest.raises(BusyError, match="JUM-I055"):
        opened.submit(Job("lighting"))
    assert opened.all()[0] is waiting[-1]
    assert opened.dismiss(waiting[0].id).status == "dismissed"
    opened.submit(Job("lighting"))  # there is room again


def test_a_running_job_is_stopped_and_the_next_one_begins(queue: Open) -> None:
    opened = queue(PROGRAMS.SLOW)
    first, second = opened.submit(Job("lighting")), opened.submit(Job("lighting"))
    _until(lambda: first.share == 0.25)
    begin = time.monotonic()
    assert opened.dismiss(first.id).status == "dismissed"
    assert first.over.is_set() and time.monotonic() - begin < jobs.GRACE
    _until(lambda: second.status == "running")
    assert not first.runs


def test_a_program_that_does_not_listen_is_killed(
    queue: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "GRACE", 0.3)
    opened = queue(PROGRAMS.DEAF)
    job = opened.submit(Job("lighting"))
    _until(lambda: job.share == 0.25)
    opened.dismiss(job.id)
    assert job.over.wait(10)
    assert job.status == "dismissed"


def test_closing_stops_what_runs_and_forgets_what_waits(queue: Open) -> None:
    opened = queue(PROGRAMS.SLOW)
    running, waiting = opened.submit(Job("lighting")), opened.submit(Job("lighting"))
    _until(lambda: running.status == "running")
    opened.close()
    assert (running.status, waiting.status) == ("dismissed", "dismissed")
    with pytest.raises(BusyError):
        opened.submit(Job("lighting"))


@pytest.mark.parametrize(
    ("program", "code", "kind"),
    [("SILENT", "JUM-I056", ArithmeticError), ("FAILING", "JUM-T020", MissingFileError)],
)
def test_a_failure_has_a_code_and_its_class(
    queue: Open, program: str, code: str, kind: type[Exception]
) -> None:
    job = queue(getattr(PROGRAMS, program)).submit(Job("lighting"))
    assert job.over.wait(30)
    assert job.status == "failed"
    assert job.failure is not None and job.failure.code == code
    assert isinstance(job.failure, kind)


def test_a_job_that_has_ended_is_forgotten_on_demand_and_with_time(
    queue: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "KEPT", 2)
    opened = queue(PROGRAMS.QUICK)
    done = [opened.submit(Job("lighting"))]
    for _ in range(3):
        assert done[-1].over.wait(30)
        done.append(opened.submit(Job("lighting")))
    assert done[-1].over.wait(30)
    assert [job.id for job in opened.all()] == [job.id for job in done[:0:-1]]
    assert opened.dismiss(done[-1].id).status == "dismissed"
    for gone in (done[0], done[-1]):
        with pytest.raises(UnknownNameError, match="JUM-I051"):
            opened.get(gone.id)
