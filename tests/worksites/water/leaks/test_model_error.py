# SPDX-License-Identifier: EUPL-1.2
"""Noise of a window, told from leaks; the compressed problem against the whole one."""

from __future__ import annotations

import numpy as np

from jumeau.worksites.water.leaks import model_error
from jumeau.worksites.water.leaks.problem import problem


def test_noise_is_that_of_the_days_and_not_of_the_steps() -> None:
    rng = np.random.default_rng(2)
    root = rng.normal(0.0, 0.02, (5, 5))
    days = rng.normal(size=(400, 5)) @ root.T
    stepped = days + np.where(np.arange(400) >= 150, 0.5, 0.0)[:, None]
    floor = np.full(5, 0.002)
    found = model_error.noise(stepped, root @ root.T, floor)
    truth = root @ root.T + np.diag(floor**2)
    assert np.abs(found - truth).max() < 0.25 * np.abs(truth).max()


def test_few_days_leave_the_prior() -> None:
    prior, floor = np.eye(3) * 0.01, np.full(3, 0.1)
    assert np.allclose(model_error.noise(np.zeros((2, 3)), prior, floor), 0.02 * np.eye(3))


def test_compressing_keeps_the_fit_of_a_leak() -> None:
    rng = np.random.default_rng(4)
    days, classes, observed, pipes = 30, 3, 8, 6
    leak = rng.normal(size=(1, classes, observed, pipes)).astype(np.float32)
    error = rng.normal(size=(1, classes, observed, 5)).astype(np.float32)
    spread = rng.normal(size=(classes, observed, observed)) * 0.1 + np.eye(observed)
    residual = rng.normal(size=(days, classes, observed))
    whiten = np.array([np.linalg.inv(np.linalg.cholesky(it @ it.T)) for it in spread])
    epoch = np.zeros(days, np.int64)
    made, directions = problem(residual, np.ones(days), epoch, leak, error, whiten, np.ones(days),
                               np.full((1, days), np.inf), np.zeros(pipes, np.int64))  # fmt: skip
    white = np.einsum("cij,dcj->dci", whiten, residual).reshape(days, -1)
    seen = np.einsum("cij,cjp->cip", whiten, leak[0]).reshape(-1, pipes)
    wrong = np.einsum("cij,cjp->cip", whiten, error[0]).reshape(-1, 5)
    assert np.allclose(made.z @ made.leak[0], white @ seen, rtol=1e-3, atol=1e-2)
    assert np.allclose(made.size[0], np.square(seen).sum(axis=0), rtol=1e-4)
    assert np.allclose(made.error[0] @ directions.T @ np.ones(5) @ made.leak[0],
                       wrong @ np.ones(5) @ seen, rtol=1e-2, atol=1e-1)  # fmt: skip


def test_what_is_never_measured_keeps_its_prior_and_spoils_nothing() -> None:
    rng = np.random.default_rng(6)
    days = rng.normal(0.0, 0.05, (200, 3))
    days[:, 1] = np.nan
    floor = np.full(3, 0.01)
    found = model_error.noise(days, np.eye(3) * 0.0025, floor)
    assert np.isfinite(found).all() and (np.linalg.eigvalsh(found) > 0.0).all()
    assert np.allclose(np.diag(found)[[0, 2]], 0.0026, rtol=0.3)
    assert not found[1, [0, 2]].any()
