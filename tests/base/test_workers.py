# SPDX-License-Identifier: EUPL-1.2
"""Workers: the same answers whoever computes, errors that travel, processes that end."""

from __future__ import annotations

import math
import operator
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from jumeau.base import workers


@pytest.fixture(scope="module")
def pool():  # type: ignore[no-untyped-def]
    """Two local processes."""
    made = workers.Processes(2)
    yield made
    made.shutdown()


def test_tasks_run_in_other_processes_and_answers_come_in_order(pool: workers.Processes) -> None:
    assert list(pool.map(math.factorial, range(20))) == [math.factorial(k) for k in range(20)]
    others = {pool.submit(os.getpid).result() for _ in range(8)}
    assert os.getpid() not in others
    assert 1 <= len(others) <= 2


def test_arrays_travel_bit_for_bit(pool: workers.Processes) -> None:
    values = np.random.default_rng(0).normal(size=(1000, 1000)).astype(np.float32)
    values[3, 4] = np.nan
    got = pool.submit(np.negative, values).result()
    np.testing.assert_array_equal(got, -values)


def test_errors_come_back_as_they_are_and_the_process_serves_on(pool: workers.Processes) -> None:
    with pytest.raises(ZeroDivisionError):
        pool.submit(operator.truediv, 1, 0).result()
    assert pool.submit(operator.add, 1, 2).result() == 3


def test_what_a_task_prints_does_not_spoil_answers(pool: workers.Processes) -> None:
    assert pool.submit(print, "noise").result() is None
    assert pool.submit(operator.add, 2, 2).result() == 4


def test_a_process_that_dies_is_said_and_replaced(pool: workers.Processes) -> None:
    with pytest.raises(BrokenPipeError, match="ended"):
        pool.submit(os._exit, 9).result()
    assert [pool.submit(operator.add, k, 1).result() for k in range(4)] == [1, 2, 3, 4]


def test_the_number_is_that_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMEAU_WORKERS", "3")
    assert workers.count() == 3
    monkeypatch.setenv("JUMEAU_WORKERS", "1")
    assert workers.current() is None
    assert workers.width(None) == 1
    monkeypatch.setenv("JUMEAU_WORKERS", "many")
    assert workers.count() == min(workers.MOST, len(os.sched_getaffinity(0)))


def test_any_executor_may_be_given_for_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMEAU_WORKERS", "1")
    with ThreadPoolExecutor(3) as own, workers.using(own):
        assert workers.current() is own
        assert workers.width(own) == 6
    assert workers.current() is None


def test_processes_end_with_the_program_even_killed() -> None:
    code = (
        "import os, time; from jumeau.base.workers import Processes; pool = Processes(2)\n"
        "print(pool.submit(os.getpid).result(), flush=True); time.sleep(60)"
    )
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    child = int(program.stdout.readline())
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the worker is still there")


def test_a_script_without_guard_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('once')\nimport os\nfrom jumeau.base.workers import Processes\n"
        "print(Processes(1).submit(os.getcwd).result() == os.getcwd())\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["once", "True"]
