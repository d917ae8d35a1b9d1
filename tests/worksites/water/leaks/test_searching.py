# SPDX-License-Identifier: EUPL-1.2
"""The joint fit and the gains of candidates against dense linear algebra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jumeau.worksites.water.leaks import searching
from jumeau.worksites.water.leaks.problem import Problem
from jumeau.worksites.water.leaks.searching import Leak, Settings
from jumeau.worksites.water.leaks.shapes import Course, daily

DAYS, R, K, PIPES = 40, 12, 4, 25
TRUE = [Leak(3, Course(12.0, 12.0, np.inf), 5.0), Leak(17, Course(20.0, 20.0, 31.0), 4.0)]


def _problem(leaks: list[Leak], seed: int = 5) -> Problem:
    rng = np.random.default_rng(seed)
    epoch = np.arange(DAYS) // 10
    response = rng.normal(0.0, 0.6, (1, R, PIPES)) * (1.0 + 0.1 * np.arange(4))[:, None, None]
    error = np.tile(rng.normal(0.0, 0.5, (1, R, K)), (4, 1, 1))
    z = rng.normal(0.0, 1.0, (DAYS, R)) + (error @ rng.normal(0.0, 1.0, K))[epoch]
    for leak, f in zip(leaks, daily(DAYS, [it.course for it in leaks]), strict=True):
        z += response[:, :, leak.pipe][epoch] * (f * leak.flow)[:, None]
    free = np.ones(DAYS)
    free[:7] = 0.0
    small = response.astype(np.float32)
    cross = np.matmul(error.transpose(0, 2, 1), response).astype(np.float32)
    return Problem(z, np.ones(DAYS), epoch, small, error, free, cross,
                   np.square(small).sum(axis=1), np.full((1, DAYS), np.inf),
                   np.zeros(PIPES, np.int64))  # fmt: skip


def _dense(it: Problem, leaks: list[Leak]) -> tuple[np.ndarray, float]:
    """Return the amounts of the joint fit and the sum it explains."""
    f = daily(DAYS, [leak.course for leak in leaks]) * it.free
    columns = [it.error[it.epoch][:, :, k].ravel() for k in range(K)]
    for leak, share in zip(leaks, f, strict=True):
        columns.append((it.leak[it.epoch][:, :, leak.pipe] * share[:, None]).ravel())
    x = np.array(columns, float).T
    ridge = np.diag([1.0] * K + [1e-6] * len(leaks))
    normal, rhs = x.T @ x + ridge, x.T @ it.z.ravel()
    amounts = np.linalg.solve(normal, rhs)
    return amounts, float(rhs @ amounts)


def test_the_joint_fit_is_that_of_dense_algebra() -> None:
    it = _problem(TRUE)
    amounts, _ = _dense(it, TRUE)
    assert np.allclose(searching.basis(it, TRUE).solution, amounts, rtol=1e-4, atol=1e-4)


def test_the_gain_of_a_candidate_is_what_it_adds_to_the_joint_fit() -> None:
    it = _problem(TRUE)
    known = searching.basis(it, TRUE[:1])
    _, before = _dense(it, TRUE[:1])
    _, after = _dense(it, TRUE)
    course = TRUE[1].course
    by_pipe, _ = searching.by_pipe(it, known, course)
    by_shape, flow = searching.by_shape(it, known, 17, [course])
    assert np.isclose(by_pipe[17], after - before, rtol=1e-3)
    assert np.isclose(by_shape[0], after - before, rtol=1e-3)
    assert abs(flow[0] - 4.0) < 0.5
    assert by_pipe.argmax() == 17


def test_the_scan_finds_pipe_onset_and_repair() -> None:
    it = _problem(TRUE)
    known = searching.basis(it, TRUE[:1])
    gain, found = searching.scan(it, known, np.arange(DAYS + 1), np.arange(PIPES), [])
    expected, _ = searching.by_shape(it, known, 17, [TRUE[1].course])
    assert found.pipe == 17
    assert (found.course.start, found.course.end) == (20.0, 31.0)
    assert np.isclose(gain, expected[0], rtol=1e-2)


def test_the_search_finds_what_is_there_and_nothing_else() -> None:
    settings = Settings(price=40.0, ghost=0.0)
    found = searching.search(_problem(TRUE), settings)
    assert sorted(leak.pipe for leak in found) == [3, 17]
    assert searching.search(_problem([]), settings) == []


def test_the_shadow_of_a_great_leak_must_be_stronger() -> None:
    it = _problem(TRUE)
    great = Leak(3, Course(12.0, 12.0, np.inf), 5.0, 10_000.0)
    shadow = Leak(4, Course(12.0, 12.0, np.inf), 0.5, 120.0)
    apart = Leak(4, Course(12.0, 12.0, 15.5), 0.5, 120.0)
    settings = Settings(price=100.0, ghost=0.02)
    assert searching.asked(it, settings, shadow, [great]) > 290.0
    assert searching.asked(it, settings, apart, [great]) < 130.0


def test_no_leak_exceeds_what_enters_its_area() -> None:
    it = replace(_problem(TRUE), enters=np.full((1, DAYS), 2.5))
    known = searching.basis(it, TRUE[:1])
    gain, flow = searching.by_shape(it, known, 17, [TRUE[1].course])
    free, _ = searching.by_shape(_problem(TRUE), known, 17, [TRUE[1].course])
    assert flow[0] == 2.5 and 0.0 < gain[0] < free[0]
    found = searching.search(it, Settings(price=30.0, ghost=0.0, least=0.5, most=4))
    assert all(leak.flow < 8.0 for leak in found)
    short = Leak(17, Course(19.0, 19.0, 21.0))
    assert np.isclose(searching.bound(it, daily(DAYS, [short.course]), np.array([17]))[0, 0], 2.5)


def test_what_lives_a_day_beside_the_repair_of_a_stronger_leak_is_refused() -> None:
    it, strong = _problem(TRUE), Leak(17, Course(20.0, 20.0, 31.0), 4.0, gain=500.0)
    beside = Leak(3, Course(30.5, 30.5, 32.0), 9.0, gain=200.0)
    alone = Leak(3, Course(24.0, 24.0, 25.5), 9.0, gain=200.0)
    settings = Settings(price=30.0, ghost=0.0)
    assert searching.asked(it, settings, beside, [strong]) == float("inf")
    assert searching.asked(it, settings, alone, [strong]) == 30.0
