# SPDX-License-Identifier: EUPL-1.2
"""The contest's rule, on a network where distances are plain and on the contest's own fixtures."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water.leaks.scoring import pipe_distances

LINE = """[JUNCTIONS]
 A 10 1
 B 10 1
 C 10 1
 D 10 1
 E 10 1
[RESERVOIRS]
 R 60
[PIPES]
 ra R A 100 200 120
 ab A B 200 200 120
 ba A B 60  200 120 0 Closed
 bc B C 300 200 120
 de D E 80  200 120
[VALVES]
 cd C D 150 PRV 30 0
[OPTIONS]
 Units CMH
[END]
"""
"""A line of pipes, two of them side by side, with a valve before the last."""
HOURS = pd.date_range("2031-03-01", periods=48, freq="h")


@pytest.fixture(scope="module")
def line() -> water.Network:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.inp"
        path.write_text(LINE, encoding="utf-8")
        return water.read_inp(path)


def case(*leaks: tuple[str, str, str | None, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the truth and the flows of leaks of a constant flow, by hours of two days."""
    truth = pd.DataFrame(
        [(pipe, pd.Timestamp(a), pd.Timestamp(b) if b else pd.NaT) for pipe, a, b, _ in leaks],
        columns=["pipe", "start", "end"],
    )
    flow = pd.DataFrame(0.0, HOURS, sorted({it[0] for it in leaks}))
    for pipe, first, last, amount in leaks:
        there = pd.Series(HOURS, HOURS).between(
            pd.Timestamp(first), pd.Timestamp(last or HOURS[-1])
        )
        flow.loc[there, pipe] = amount
    return truth, flow


def test_distances_are_those_of_shortest_paths_and_half_lengths(line: water.Network) -> None:
    away = pipe_distances(line, ["bc", "de"])
    assert dict(away.loc["bc"]) == {
        "ra": 50 + 60 + 150, "ab": 100 + 150, "ba": 30 + 150, "bc": 0, "de": 40 + 150, "cd": 150,
    }  # fmt: skip
    assert away.loc["de", "bc"] == away.loc["bc", "de"]


def test_distances_are_those_of_a_plain_search(line: water.Network) -> None:
    ends = ["from_node", "to_node"]
    links = pd.concat([line.pipes[[*ends, "length_m"]], line.valves[ends].assign(length_m=0.0)])
    nodes = line.node_ids()
    way = {(a, b): 0.0 if a == b else math.inf for a in nodes for b in nodes}
    for _, (a, b, length) in links.iterrows():
        way[a, b] = way[b, a] = min(way[a, b], length)
    for k in nodes:
        for a in nodes:
            for b in nodes:
                way[a, b] = min(way[a, b], way[a, k] + way[k, b])
    away = pipe_distances(line, list(links.index))
    for one, (a, b, first) in links.iterrows():
        for other, (c, d, second) in links.iterrows():
            near = min(way[a, c], way[a, d], way[b, c], way[b, d]) + first / 2 + second / 2
            assert away.loc[one, other] == (0.0 if one == other else pytest.approx(near))


def test_a_hit_saves_what_runs_from_the_step_before_and_pays_its_distance(
    line: water.Network,
) -> None:
    truth, flow = case(("bc", "2031-03-01 10:00", None, 2.0))
    score = water.score_battledim([("ra", "2031-03-01 20:00")], truth, flow, line)
    assert float(score) == pytest.approx(0.80 * 2.0 * (48 - 19) - 500 * 260 / 300)
    assert (score.true_positives, score.false_positives, score.false_negatives) == (1, 0, 0)
    assert score.median_distance_m == 260
    assert score.median_delay_d == pytest.approx(10 / 24)
    assert score.perfect_eur == pytest.approx(0.80 * 2.0 * 38)
    row = score.leaks.iloc[0]
    assert (row["pipe"], row["by"], row["found"]) == ("bc", "ra", True)


def test_the_first_step_counts_as_the_second(line: water.Network) -> None:
    truth, flow = case(("bc", "2031-02-01", None, 1.0))
    both = [
        water.score_battledim([("bc", at)], truth, flow, line).score_eur
        for at in ("2031-03-01 00:00", "2031-03-01 01:00")
    ]
    assert both == pytest.approx([0.8 * 48, 0.8 * 48])


@pytest.mark.parametrize(
    ("detection", "result", "money"),
    [
        (("bc", "2031-03-01 09:00"), "false", -500.0),  # an hour before it begins
        (("bc", "2031-03-01 10:00"), "hit", 0.8 * 2.0 * 11),
        (("bc", "2031-03-01 20:00"), "hit", 0.8 * 2.0 * 2),  # its last hour
        (("bc", "2031-03-01 21:00"), "false", -500.0),
        (("bc", "2031-02-27 12:00"), "before", 0.0),
        (("bc", "2031-03-03 00:00"), "after", 0.0),
    ],
)
def test_a_leak_is_hit_while_it_runs(
    line: water.Network, detection: tuple[str, str], result: str, money: float
) -> None:
    truth, flow = case(("bc", "2031-03-01 10:00", "2031-03-01 20:00", 2.0))
    score = water.score_battledim([detection], truth, flow, line)
    assert list(score.detections["result"]) == [result]
    assert score.score_eur == pytest.approx(money)


def test_the_nearest_leak_not_yet_found_is_taken_then_nothing(line: water.Network) -> None:
    truth, flow = case(("ra", "2031-03-01 00:00", None, 1.0), ("bc", "2031-03-01 00:00", None, 1.0))
    given = [("ab", at) for at in ("2031-03-01 07:00", "2031-03-01 05:00:00", "2031-03-01T06:00")]
    score = water.score_battledim(given, truth, flow, line)
    assert list(score.detections["leak"]) == ["ra", "bc", "ra"]
    assert list(score.detections["result"]) == ["hit", "hit", "repeat"]
    assert list(score.detections["distance_m"]) == [150, 250, 150]
    assert score.detections["score_eur"].iloc[2] == 0.0
    assert score.false_positives == 0


def test_what_is_too_far_costs_a_crew_and_tells_how_far(line: water.Network) -> None:
    line = line.copy()
    line.pipes.loc["ba", "length_m"] = 120.0
    truth, flow = case(("bc", "2031-03-01 00:00", None, 1.0))
    score = water.score_battledim([("ra", "2031-03-01 01:00")], truth, flow, line)
    assert score.score_eur == -500.0
    assert score.detections["distance_m"][0] == 50 + 120 + 150


def found(*rows: tuple[str, str, str | None], zone: str | None = None) -> pd.DataFrame:
    """Return an answer of find_leaks, reduced to what is scored."""
    table = pd.DataFrame(rows, columns=["pipe", "detected_at", "end"])
    for name in ("detected_at", "end"):
        table[name] = pd.to_datetime(table[name])
        if zone:
            table[name] = table[name].dt.tz_localize("Etc/GMT-1").dt.tz_convert(zone)
    return table


def test_a_leak_of_the_year_before_is_carried_while_it_runs(line: water.Network) -> None:
    truth, flow = case(("bc", "2030-05-01", None, 2.0))
    alive = found(("bc", "2030-05-04", None))
    score = water.score_battledim(alive, truth, flow, line)
    assert score.score_eur == score.perfect_eur == pytest.approx(0.8 * 2.0 * 48)
    assert score.detections["submitted"][0] == HOURS[1]
    assert score.median_delay_d == 3.0
    mended = found(("bc", "2030-05-04", "2030-12-01"))
    assert water.score_battledim(mended, truth, flow, line).score_eur == 0.0
    official = water.score_battledim(alive, truth, flow, line, carried=False)
    assert (official.score_eur, official.false_negatives) == (0.0, 1)
    assert water.score_battledim(alive[["pipe", "detected_at"]], truth, flow, line).score_eur == 0.0
    forced = water.score_battledim(alive[["pipe", "detected_at"]], truth, flow, line, carried=True)
    assert forced.score_eur == score.score_eur


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
def test_aware_times_are_read_in_the_winter_offset_of_their_zone(
    line: water.Network, zone: str
) -> None:
    truth, flow = case(("bc", "2031-03-01 10:00", None, 2.0))
    table = found(("bc", "2031-03-01 10:00", None), zone=zone)
    if zone == "UTC":  # in step with a truth in UTC
        truth["start"] -= pd.Timedelta(hours=1)
        flow.index = flow.index - pd.Timedelta(hours=1)
    score = water.score_battledim(table, truth, flow, line)
    assert score.score_eur == pytest.approx(0.8 * 2.0 * 38)
    assert score.median_delay_d == 0.0


def test_a_pipe_that_leaks_twice_is_two_leaks(line: water.Network) -> None:
    truth, flow = case(
        ("bc", "2031-03-01 02:00", "2031-03-01 06:00", 1.0),
        ("bc", "2031-03-02 00:00", None, 2.0),
    )
    given = [("bc", "2031-03-01 02:00"), ("bc", "2031-03-02 00:00")]
    score = water.score_battledim(given, truth, flow, line)
    assert list(score.leaks["score_eur"]) == pytest.approx([0.8 * 5, 0.8 * 2.0 * 24])
    assert score.perfect_eur == pytest.approx(score.score_eur)


def test_leaks_of_other_years_are_not_missed(line: water.Network) -> None:
    truth, flow = case(
        ("bc", "2030-05-01", "2030-06-01", 2.0), ("ab", "2032-05-01", None, 2.0),
        ("de", "2031-03-01 02:00", None, 2.0),
    )  # fmt: skip
    score = water.score_battledim([], truth, flow, line)
    assert list(score.leaks["pipe"]) == ["de"]
    assert (score.score_eur, score.false_negatives) == (0.0, 1)
    assert math.isnan(score.median_distance_m)


def test_bad_tables_are_named(line: water.Network) -> None:
    truth, flow = case(("bc", "2031-03-01 10:00", None, 2.0))
    bad: list[tuple[str, tuple[Any, ...]]] = [
        ("JUM-H170", ([("bc",)], truth, flow)),
        ("JUM-H170", (pd.DataFrame({"pipe": ["bc"]}), truth, flow)),
        ("JUM-H170", ([("bc", None)], truth, flow)),
        ("JUM-H170", ([("bc", "yesterday")], truth, flow)),
        ("JUM-H170", ([], truth[["pipe"]], flow)),
        ("JUM-H170", ([], truth, flow[:1])),
        ("JUM-H171", ([], truth, flow.rename(columns={"bc": "other"}))),
    ]
    for code, arguments in bad:
        with pytest.raises(InvalidError) as caught:
            water.score_battledim(*arguments, line)
        assert caught.value.code == code
    with pytest.raises(UnknownNameError, match="JUM-H070"):
        water.score_battledim([("bcd", "2031-03-01 10:00")], truth, flow, line)


@pytest.mark.parametrize(
    ("name", "total", "hits", "false"),
    [
        ("perfect_team", 523_153.82, 23, 0),
        ("test_team", 523_153.82, 23, 0),
        ("test_team_multiple", 9_547.81, 1, 1),
    ],
)
def test_the_fixtures_of_the_contest(
    shared: Path, name: str, total: float, hits: int, false: int
) -> None:
    folder = shared / "validation" / "water" / "battledim"
    score = water.score_battledim(
        pd.read_csv(folder / f"submission_{name}.csv"),
        pd.read_csv(folder / "leaks_2019.csv"),
        pd.read_parquet(folder / "leakflows_2019_truth.parquet"),
        water.read_inp(folder / "L-TOWN.inp"),
    )
    assert score.score_eur == pytest.approx(total, abs=0.01)
    assert score.perfect_eur == pytest.approx(523_153.82, abs=0.01)
    assert (score.true_positives, score.false_positives) == (hits, false)
    assert score.true_positives + score.false_negatives == 23
    expected = pd.read_csv(folder / f"expected_{name}.csv")
    by_line = np.sort(score.detections["score_eur"].to_numpy())
    assert by_line == pytest.approx(np.sort(expected["score_eur"].to_numpy()), abs=0.01)


def test_detections_come_as_rows_columns_or_pairs(line: water.Network) -> None:
    truth, flow = case(("bc", "2031-03-01 05:00", None, 10.0))
    pairs = [("bc", "2031-03-01 06:00"), ("ab", "2031-03-01 07:00")]
    frame = pd.DataFrame(pairs, columns=["pipe", "time"])
    wanted = water.score_battledim(pairs, truth, flow, line).score_eur
    assert wanted != 0.0
    for given in (frame, frame.to_dict("records"), frame.to_dict("list"), dict(pairs),
                  frame.set_index("pipe"), iter(pairs)):  # fmt: skip
        assert water.score_battledim(given, truth, flow, line).score_eur == wanted
    with pytest.raises(InvalidError, match="JUM-H170"):
        water.score_battledim("detections.csv", truth, flow, line)


def test_times_of_flows_may_stand_in_a_column_never_be_guessed(line: water.Network) -> None:
    truth, flow = case(("bc", "2031-03-01 05:00", None, 10.0))
    given = [("bc", "2031-03-01 06:00")]
    column = flow.rename_axis("time").reset_index()
    wanted = water.score_battledim(given, truth, flow, line).score_eur
    assert water.score_battledim(given, truth, column, line).score_eur == wanted > 0
    with pytest.raises(InvalidError, match="JUM-H170"):
        water.score_battledim(given, truth, column.drop(columns="time"), line)


def test_leaks_repaired_before_the_period_need_no_flow(line: water.Network) -> None:
    truth, flow = case(("bc", "2031-03-01 05:00", None, 10.0))
    old = pd.DataFrame({"pipe": ["ab"], "start": [pd.Timestamp("2030-01-01")],
                        "end": [pd.Timestamp("2030-02-01")]})  # fmt: skip
    both = pd.concat([old, truth], ignore_index=True)
    score = water.score_battledim([("bc", "2031-03-01 06:00")], both, flow, line)
    assert (score.true_positives, score.false_negatives) == (1, 0)
