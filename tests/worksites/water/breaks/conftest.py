# SPDX-License-Identifier: EUPL-1.2
"""A town whose true break rates are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def draw(seed: int, pipes: int = 3000, first: int = 2000, last: int = 2020, level: float = 1.0):
    """Return mains, breaks and the true yearly rate of each main."""
    rng = np.random.default_rng(seed)
    material = rng.choice(["CI", "DI", "PVC"], pipes, p=[0.3, 0.3, 0.4])
    laid = np.where(material == "CI", rng.integers(1930, 1962, pipes), 0)
    laid = np.where(material == "DI", rng.integers(1962, 1985, pipes), laid)
    laid = np.where(material == "PVC", rng.integers(1980, 2015, pipes), laid)
    street = rng.integers(0, pipes // 6, pipes)
    length = rng.lognormal(4.3, 0.8, pipes)
    base = np.select([material == "CI", material == "DI"], [0.35, 0.10], 0.02) * level
    hot = rng.gamma(1.2, 1 / 1.2, pipes) * rng.gamma(3.0, 1 / 3.0, pipes // 6 + 1)[street]
    rate = base * length / 1000.0 * hot
    count = rng.poisson(np.outer(np.ones(last - first), rate))
    count *= (first + np.arange(last - first))[:, None] >= laid + 1
    year, pipe = np.nonzero(count)
    again = count[year, pipe]
    year, pipe = np.repeat(year, again), np.repeat(pipe, again)
    day = pd.to_timedelta(rng.integers(0, 365, len(year)), unit="D")
    when = pd.to_datetime([f"{first + it}-01-01" for it in year]) + day
    mains = pd.DataFrame(
        {
            "WATMAINID": np.arange(pipes) + 1000,
            "MATERIAL": material,
            "PIPE_SIZE": rng.choice([100, 150, 200, 300], pipes),
            "INSTALLATION_DATE": [f"{it}-06-01" for it in laid],
            "ROADSEGMENTID": street + 1,
            "LENGTH_M": length,
        }
    )
    breaks = pd.DataFrame(
        {
            "WATBREAKINCIDENTID": np.arange(len(year)),
            "INCIDENT_DATE": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ASSETID": pipe + 1000,
        }
    )
    return mains, breaks, pd.Series(rate, index=mains["WATMAINID"])


@pytest.fixture(scope="package")
def town():
    """Return a town of 3,000 mains observed for 20 years."""
    return draw(1)


@pytest.fixture(scope="package")
def drawn():
    """Return the function that draws a town."""
    return draw
