# SPDX-License-Identifier: EUPL-1.2
"""The demonstrator's register of breaks."""

from __future__ import annotations

import csv
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from jumeau.worksites import water
from jumeau.worksites.water import synthetic_breaks as breaks


def works(count: int = 400) -> Any:
    """Return pipes of 200 m, half grey iron of 1940, half PVC of 2015; ten a street."""
    line = shapely.LineString([(0, 0), (200, 0)])
    return SimpleNamespace(pipes={
        f"P{k}": SimpleNamespace(
            line=line, street=f"S{k // 10}", material="PVC" if k % 2 else "Fonte grise",
            year=2015 if k % 2 else 1940,
        )
        for k in range(count)
    })  # fmt: skip


def test_old_grey_pipes_break_and_none_before_it_was_laid(tmp_path):
    step = breaks.write(tmp_path, works(), np.random.default_rng(0))
    assert step["table"] == "pipe_break"
    with (tmp_path / breaks.REGISTER).open(encoding="utf-8", newline="") as stream:
        told = list(csv.DictReader(stream, delimiter=";"))
    plastic = [row for row in told if int(row["id_canalisation"][1:]) % 2]
    assert len(told) > 50 and len(plastic) < len(told) / 10
    assert all(int(row["date_casse"][-4:]) > 2015 for row in plastic)
    days = [row["date_casse"][-4:] + row["date_casse"][3:5] for row in told]
    assert days == sorted(days)


def test_the_forecast_sees_the_bad_streets_in_it(tmp_path):
    drawn = works()
    breaks.write(tmp_path, drawn, np.random.default_rng(1))
    told = pd.read_csv(tmp_path / breaks.REGISTER, sep=";")
    pipes = pd.DataFrame(
        [{"id": key, "material": it.material, "installed_from": it.year, "length_m": 200.0,
          "street_id": it.street} for key, it in drawn.pipes.items()]
    )  # fmt: skip
    early = told[told["date_casse"].str[-4:].astype(int) < 2018]
    after = told[told["date_casse"].str[-4:].astype(int) >= 2018]
    rates = water.break_rates(pipes, early, "2018-01-01")
    worst = set(rates.sort_values("rate", ascending=False).index[:80])
    assert after["id_canalisation"].isin(worst).mean() > 0.5


def test_a_seed_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        breaks.write(tmp_path / name, works(), np.random.default_rng(3))
    first, again = ((tmp_path / it / breaks.REGISTER).read_bytes() for it in "ab")
    assert first == again
