# SPDX-License-Identifier: EUPL-1.2
"""Time: events hit exactly, dry starts, unstable steps halved, runs stopped."""

from __future__ import annotations

import signal
import threading
import time as clock
from itertools import pairwise

import numpy as np
import pytest

from jumeau.base import i18n
from jumeau.base.errors import JumeauError, NotComputableError
from jumeau.worksites.climate import choice, flood
from jumeau.worksites.climate.inertial import Inertial
from jumeau.worksites.climate.result import FloodInterruptedError, FloodStoppedError

POND = np.full((4, 6), 0.3)
FLAT = np.zeros((4, 6))


@pytest.fixture
def seen(plain, monkeypatch):
    """Make flood() run a plain engine that notes its steps; give the list."""
    steps: list[tuple[float, float, float]] = []

    class Noted(plain.Plain):
        def step(self, dt, time, forcing):
            steps.append((time, dt, float(np.max(forcing.rain))))
            return super().step(dt, time, forcing)

    monkeypatch.setattr(choice, "engine_class", lambda solver: Noted)
    return steps


def test_every_event_is_hit_exactly(seen):
    flood(
        FLAT,
        duration=100.0,
        initial_depth=POND,
        rain=([0, 12.34, 56.7], [0, 90, 0]),
        every=30.0,
    )
    ends = [end for end, _, _ in seen]
    assert {12.34, 30.0, 56.7, 60.0, 90.0, 100.0} <= set(ends)
    assert ends == sorted(set(ends))
    for end, dt, rate in seen:
        wet = 12.34 < end <= 56.7
        assert (rate > 0.0) == wet
        assert dt > 0.0


def test_steps_before_an_event_share_what_is_left(seen):
    flood(FLAT, duration=20.0, initial_depth=POND, every=3.0)
    lengths = [dt for _, dt, _ in seen]
    assert min(lengths) > 0.2 * max(lengths)
    ends = np.array([0.0, *(end for end, _, _ in seen)])
    np.testing.assert_allclose(np.diff(ends), lengths, atol=1e-9)


def test_a_dry_domain_waits_in_one_step_for_what_begins(seen):
    flood(FLAT, duration=3800.0, inflows=[(1, 1, [3600, 3660], [0.0, 0.02])])
    assert seen[0][:2] == (3600.0, 3600.0)
    assert max(dt for end, dt, _ in seen[1:] if end <= 3660) < 60.0


def test_nothing_at_all_is_one_step(seen):
    done = flood(FLAT, duration=1e6)
    assert done.steps == len(seen) == 1
    assert np.isnan(done.arrival).all()
    assert done.ledger["relative_error"] == 0.0


def test_water_onto_dry_ground_does_not_come_in_one_gulp(seen):
    flood(FLAT, duration=3.0, boundaries={"west": ("stage", 0, 2.0)})
    assert seen[0][1] <= 0.6 / np.sqrt(9.81 * 2.0) * 1.0001
    seen.clear()
    flood(FLAT, duration=3.0, inflows=[(1, 1, [0, 600], [5.0, 5.0])])
    first = seen[0][1]
    assert first <= 0.6 / np.sqrt(9.81 * 5.0 * first) * 1.0001
    seen.clear()
    cells = np.zeros((4, 6), bool)
    cells[0, 0] = True
    flood(FLAT, duration=3.0, boundary_cells=[(cells, ("stage", 0, 2.0))])
    assert seen[0][1] <= 0.6 / np.sqrt(9.81 * 2.0) * 1.0001


def test_snapshots_are_at_every_and_gauges_from_zero_to_the_end(plainly):
    done = flood(FLAT, duration=100.0, rain=36.0, every=30.0, gauges={"a": (0, 0), "b": (3, 5)})
    assert done.snapshots.shape == (3, 4, 6)
    np.testing.assert_allclose(done.snapshots[:, 0, 0], [3e-4, 6e-4, 9e-4], rtol=1e-5)
    assert done.gauges.index.name == "time_s"
    assert done.gauges.index.tolist() == [0.0, 30.0, 60.0, 90.0, 100.0]
    assert list(done.gauges.columns) == ["a", "b"]
    np.testing.assert_allclose(done.gauges["b"], done.gauges.index * 1e-5, rtol=1e-5)


@pytest.mark.parametrize(("duration", "every", "count"), [(1.0, 0.1, 10), (90, 30, 3), (5, 7, 0)])
def test_the_number_of_snapshots(duration, every, count, plainly):
    done = flood(FLAT, duration=duration, every=every, gauges={"a": (0, 0)})
    assert done.snapshots.shape[0] == count
    assert done.gauges.index[-1] == duration
    assert len(done.gauges) == count + (2 if count * every < duration else 1)


def test_without_every_gauges_follow_each_step(plainly):
    done = flood(FLAT, duration=30.0, initial_depth=POND, gauges={"a": (0, 0)})
    assert done.snapshots.shape == (0, 4, 6)
    assert len(done.gauges) == done.steps + 1
    assert done.gauges.index.is_monotonic_increasing


def test_without_gauges_the_frame_is_empty(plainly):
    done = flood(FLAT, duration=30.0, every=10)
    assert done.gauges.empty and done.gauges.index.name == "time_s"


def shaky(plain, longest):
    """Return an engine that only stands steps up to a length."""

    class Shaky(plain.Plain):
        def step(self, dt, time, forcing):
            done = super().step(dt, time, forcing)
            if dt > longest:
                self.h = self.h + np.nan
            return done._replace(stable=dt <= longest)

    return Shaky


def test_an_unstable_step_is_halved_and_reported(plain, monkeypatch):
    monkeypatch.setattr(choice, "engine_class", lambda solver: shaky(plain, 0.1))
    done = flood(FLAT, duration=10.0, initial_depth=POND, rain=36.0)
    assert np.isfinite(done.depth).all()
    assert done.steps >= 100
    assert done.ledger["rain"] == pytest.approx(1e-4 * 24, rel=1e-6)
    assert done.ledger["relative_error"] < 1e-12
    said = next(item for item in done.warnings if item.code == "JUM-K037")
    assert said.data["count"] >= 1 and said.data["time"] == 0.0
    assert done.card()["halvings"] == said.data["count"]


def test_what_enters_is_what_the_shorter_step_brings(plain, monkeypatch):
    monkeypatch.setattr(choice, "engine_class", lambda solver: shaky(plain, 0.5))
    given = [(1, 1, [0, 10], [0.0, 0.4])]
    done = flood(FLAT, duration=10.0, inflows=given, every=2.5)
    assert done.ledger["inflow"] == pytest.approx(2.0)
    assert done.ledger["relative_error"] < 1e-12


def test_a_run_that_no_step_saves_is_a_coded_error(plain, monkeypatch):
    monkeypatch.setattr(choice, "engine_class", lambda solver: shaky(plain, 0.0))
    with pytest.raises(NotComputableError, match="JUM-K016") as caught:
        flood(FLAT, duration=10.0, initial_depth=POND)
    assert caught.value.data["time"] == 0.0


def test_a_collapsed_step_is_a_coded_error(plain, monkeypatch):
    class Stuck(plain.Plain):
        def largest_step(self):
            return 0.0

    monkeypatch.setattr(choice, "engine_class", lambda solver: Stuck)
    with pytest.raises(NotComputableError, match="JUM-K016"):
        flood(FLAT, duration=10.0, initial_depth=POND)


def test_progress_goes_from_zero_to_one(plainly, monkeypatch):
    monkeypatch.setattr("jumeau.worksites.climate.flooding.PATIENCE", 0.0)
    told: list[tuple[float, float]] = []
    flood(FLAT, duration=10.0, initial_depth=POND, progress=lambda *now: told.append(now))
    assert told[0] == (0.0, 0.0) and told[-1] == (1.0, 10.0)
    assert all(a <= b for a, b in pairwise(told))
    assert all(share == pytest.approx(time / 10.0) for share, time in told)


def test_stop_cancels_with_a_coded_error_and_closes_the_engine(plain, monkeypatch):
    made = []

    class Kept(plain.Plain):
        def __init__(self, *given):
            super().__init__(*given)
            made.append(self)

    monkeypatch.setattr(choice, "engine_class", lambda solver: Kept)
    asked = iter([False] * 5 + [True] * 99)
    with i18n.using("fr"), pytest.raises(FloodStoppedError, match="JUM-K017") as caught:
        flood(FLAT, duration=10.0, initial_depth=POND, stop=lambda: next(asked))
    assert not isinstance(caught.value, KeyboardInterrupt)
    assert isinstance(caught.value, JumeauError)
    assert 0.0 < caught.value.data["time"] < 10.0
    assert "arrêté" in caught.value.what
    assert made[0].closed


def test_the_keyboard_stops_a_run(plainly):
    before = threading.active_count()
    killer = threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT))
    killer.start()
    began = clock.monotonic()
    with pytest.raises(KeyboardInterrupt) as caught:
        flood(FLAT, duration=1e7, initial_depth=POND)
    killer.join()
    assert isinstance(caught.value, FloodInterruptedError)
    assert str(caught.value).startswith("JUM-K017")
    assert clock.monotonic() - began < 30.0
    assert threading.active_count() == before


def test_events_a_hair_apart_are_both_hit(seen):
    flood(FLAT, duration=1.0, rain=([0.0, 0.3], [0.0, 90.0]), every=0.1)  # 3·0.1 is not 0.3
    assert all(rate == 0.0 for end, _, rate in seen if end <= 0.3)
    assert all(rate > 0.0 for end, _, rate in seen if end > 0.3)


class Hasty(Inertial):
    """The local-inertial engine with steps longer than its scheme bears, none of them refused."""

    def largest_step(self):
        return 1.25 * super().largest_step()

    def _possible(self, dt, forcing):
        return True


def ruffled():
    """Return a pond of a metre, its surface ruffled by a millimetre."""
    return 1.0 + 1e-3 * np.random.default_rng(0).random((40, 40))


def test_an_oscillation_that_grows_halves_the_step_and_is_reported(monkeypatch):
    settings = {"duration": 60.0, "manning": 0.0, "initial_depth": ruffled()}
    calm = flood(np.zeros((40, 40)), solver="inertial", **settings)
    assert "JUM-K064" not in {item.code for item in calm.warnings}
    assert calm.card()["oscillations"] == 0
    monkeypatch.setattr(choice, "engine_class", lambda solver: Hasty)
    done = flood(np.zeros((40, 40)), solver="inertial", **settings)
    said = next(item for item in done.warnings if item.code == "JUM-K064")
    assert said.data["count"] == done.card()["oscillations"] >= 1
    assert 0.0 < said.data["time"] < 20.0
    assert np.ptp(done.depth) < 0.1
    assert done.ledger["relative_error"] < 1e-6
    monkeypatch.setattr("jumeau.worksites.climate.stepping.CALMEST", 1.0)
    wild = flood(np.zeros((40, 40)), solver="inertial", **settings)
    assert np.ptp(wild.depth) > 0.5
