# SPDX-License-Identifier: EUPL-1.2
"""What judges leak searches: right on searches whose answer is known, on a network of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError
from jumeau.base.findings import finding
from jumeau.validation.water import leak_faults, leak_searches, leaks, scada
from jumeau.validation.water.leak_reliability import near, reliability
from jumeau.validation.water.leak_searches import Record, Search, searched
from jumeau.validation.water.study import Figure
from jumeau.worksites import water

LINE = """[JUNCTIONS]
 A 10 1
 B 10 1
 C 10 1
 D 10 1
[RESERVOIRS]
 R 60
[PIPES]
 ra R A 100 200 120
 ab A B 200 200 120
 bc B C 900 200 120
 cd C D 100 200 120
[OPTIONS]
 Units CMH
[END]
"""
TIMES = pd.date_range("2018-12-30", periods=5 * 288, freq="5min", name="timestamp")


@pytest.fixture
def record(tmp_path: Path) -> Record:
    path = tmp_path / "line.inp"
    path.write_text(LINE, encoding="utf-8")
    truth = pd.DataFrame({
        "pipe": ["ab", "cd"], "end": TIMES[[-1, -1]],
        "start": pd.to_datetime(["2018-12-30 12:00", "2019-01-02 12:00"]),
    })  # fmt: skip
    judged = TIMES[TIMES >= "2019-01-01"]
    flow = pd.DataFrame({"ab": 2.0, "cd": 3.0}, index=judged)
    flow.loc[judged < truth["start"][1], "cd"] = 0.0
    frame = pd.DataFrame({"A": 40.0, "D": 41.0}, index=TIMES)
    return Record("line", water.read_inp(path), frame, frame, frame, frame,
                  (TIMES[0], TIMES[143]), truth, flow, truth)  # fmt: skip


def answer(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Return found leaks: pipe, time, probability."""
    table = pd.DataFrame(rows, columns=["pipe", "start", "probability"])
    table["start"] = pd.to_datetime(table["start"], format="mixed")
    table["detected_at"], table["end"] = table["start"], pd.NaT
    table["zone"] = [[pipe] for pipe in table["pipe"]]
    return table


Finder = Callable[[Callable[..., pd.DataFrame]], None]


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Finder]:
    def use(function: Callable[..., pd.DataFrame]) -> None:
        monkeypatch.setattr(water, "find_leaks", function, raising=False)

    yield use


def test_a_search_is_scored_with_what_it_was_given(record: Record, finder: Finder) -> None:
    seen: dict[str, Any] = {}

    def find(net: Any, *frames: Any, train: Any, online: bool) -> pd.DataFrame:
        seen.update(frames=len(frames), train=train, online=online)
        return answer(("ab", "2018-12-30 13:00", 0.9), ("ab", "2019-01-02 13:00", 0.4))

    finder(find)
    search = searched(record, online=True)
    assert seen == {"frames": 4, "train": record.train, "online": True}
    got = leaks.judged(lambda shared, online: search, Path())
    assert got["score"] == pytest.approx(0.8 * 2.0 * 72)
    assert (got["leaks found"], got["false alarms"]) == (1.0, 0.0)


def test_probabilities_are_held_against_what_was_there(record: Record) -> None:
    found = answer(
        ("ab", "2019-01-01", 0.9), ("ra", "2019-01-01", 0.8), ("cd", "2019-01-03", 0.6),
        ("cd", "2018-12-30", 0.6),
    )  # fmt: skip
    found.loc[3, "end"] = pd.Timestamp("2019-01-01")  # before that leak began
    there = near(record, found)
    assert list(there["there"]) == [True, True, True, False]
    assert list(there["leak"]) == ["ab", "ab", "cd", "ab"]
    score = water.score_battledim(found, record.truth, record.leakflow, record.net)
    got = reliability([Search(record, found, score, 1.0)] * 2)
    assert got.said == pytest.approx(0.725)
    assert got.seen == pytest.approx(0.75)
    assert got.brier == pytest.approx((0.1**2 + 0.2**2 + 0.4**2 + 0.6**2) / 4)
    assert got.zones == pytest.approx(2 / 3)  # the second names a neighbour
    table = got.table.set_index("low")
    assert (table.loc[0.5, "count"], table.loc[0.5, "seen"]) == (4, 0.5)
    assert (table.loc[0.9, "count"], table.loc[0.9, "seen"]) == (2, 1.0)


def test_no_leak_found_is_no_reliability(record: Record) -> None:
    score = water.score_battledim([], record.truth, record.leakflow, record.net)
    got = reliability([Search(record, answer(), score, 1.0)])
    assert np.isnan(got.said)
    assert not got.table["count"].any()


@pytest.fixture
def spoilt(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(it: Record) -> Record:
        frame = it.pressures.copy()
        frame["D"] = -1.0
        return leak_faults.replace(it, pressures=frame)

    faults = [leak_faults.Spoilt("stuck", stuck, ("D",))]
    monkeypatch.setattr(leak_faults, "spoilt", lambda: iter(faults))
    monkeypatch.setattr(leak_faults, "semireal", lambda shared: record)
    monkeypatch.setattr(leak_faults, "END", TIMES[-1])


def finding_of(sensor: str) -> Any:
    return finding("JUM-H175", "observation", sensor)


@pytest.mark.usefixtures("spoilt")
@pytest.mark.parametrize(
    ("said", "rows", "told", "wrong"),
    [
        (["A"], [], False, 0),  # said before already
        (["A", "D"], [], True, 0),
        (["A", "B"], [], False, 0),  # another sensor
        (["A", "D"], [("bc", "2018-12-30", 0.6)], True, 1),
        (["A", "D"], [("bc", "2018-12-30", 0.3)], True, 0),
        (["A", "D"], [("ab", "2018-12-30", 0.9)], True, 0),
    ],
)
def test_a_fault_is_told_by_its_name(
    finder: Finder, said: list[str], rows: list[tuple[str, str, float]], told: bool, wrong: int
) -> None:
    def find(net: Any, pressures: pd.DataFrame, *rest: Any, **options: Any) -> pd.DataFrame:
        bad = bool((pressures["D"] < 0).any())
        table = answer(*(rows if bad else []))
        table.attrs["faults"] = [finding_of(name) for name in (said if bad else ["A"])]
        return table

    finder(find)
    verdict = leak_faults.verdicts(Path())["stuck"]
    assert (verdict.told, verdict.wrong) == (told, wrong)


@pytest.mark.usefixtures("spoilt")
def test_a_refusal_tells_the_fault(finder: Finder) -> None:
    def find(net: Any, pressures: pd.DataFrame, *rest: Any, **options: Any) -> pd.DataFrame:
        if (pressures["D"] < 0).any():
            raise InvalidError("JUM-H160", "no")
        return answer()

    finder(find)
    assert leak_faults.verdicts(Path())["stuck"] == (True, 0)


def test_every_fault_can_be_put_into_the_record(shared: Path) -> None:
    record = leak_searches.semireal(shared).until(leak_faults.END)
    for fault in leak_faults.spoilt():
        worse = fault.spoil(record)
        changed = [name for name in ("pressures", "flows", "net", "train")
                   if getattr(worse, name) is not getattr(record, name)]  # fmt: skip
        assert len(changed) == 1, fault.name
        for sensor in fault.sensors:
            before, after = record.pressures[sensor], worse.pressures[sensor]
            assert not after.astype(float).equals(before.astype(float)), fault.name


def test_a_bar_is_passed_from_its_height_on() -> None:
    study = leaks.Higher("s", "f", lambda: {"a": 0.9}, (Figure("a", 1.0, 0.1, ""),), "", "")
    case = next(study.cases())
    assert [case.verdict(it) for it in (0.85, 0.9, 5.0, None)] == ["fail", "pass", "pass", "fail"]
    assert case.row()["verdict"] == "pass"


def test_the_official_files_are_read_as_they_are(tmp_path: Path) -> None:
    for year in (2019, 2018):
        for name, column in (("Pressures", "n1"), ("Flows", "p227"), ("Levels", "T1"),
                             ("Demands", "n3")):  # fmt: skip
            text = f"Timestamp;{column};x\n{year}-01-01 00:00:00;28,91;-1,5\n"
            text += f"{year}-01-01 00:05:00;1,0;\n"
            (tmp_path / f"{year}_SCADA_{name}.csv").write_text(text, encoding="utf-8-sig")
    (tmp_path / "2019_Leakages.csv").write_text("Timestamp;p1\n2019-01-01;1,0\n")
    assert scada.complete(tmp_path)
    assert not scada.complete(tmp_path / "nowhere")
    frames = scada.read(tmp_path)
    assert list(frames) == ["pressures", "flows", "levels", "meters"]
    assert list(frames["pressures"].columns) == ["n1", "x"]
    assert frames["pressures"]["n1"].tolist() == [28.91, 1.0, 28.91, 1.0]
    assert frames["meters"].index[0] == pd.Timestamp("2018-01-01")
    assert np.isnan(frames["flows"]["x"].iloc[1])


def test_files_by_folder_of_year_with_commas(tmp_path: Path) -> None:
    for year in (2018, 2019):
        (tmp_path / str(year)).mkdir()
        for name in ("Pressures", "Flows"):
            text = f"Timestamp,n1\n{year}-01-01 00:00,2.5\n"
            (tmp_path / str(year) / f"{name}.csv").write_text(text)
    frames = scada.read(tmp_path)
    assert frames["pressures"]["n1"].tolist() == [2.5, 2.5]
    assert frames["levels"].empty


def test_official_telemetry_is_scored_when_it_is_there(
    tmp_path: Path, shared: Path, finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "shared"
    folder = own / leak_searches.CONTEST
    folder.parent.mkdir(parents=True)
    folder.mkdir()
    for path in (shared / leak_searches.CONTEST).iterdir():
        (folder / path.name).symlink_to(path)
    names = {study.name for study in leaks.studies(own)}
    assert "official 2019" not in names
    (folder / "official").mkdir()
    for name, column in (("Pressures", "n1"), ("Flows", "p227")):
        text = f"Timestamp;{column}\n2018-01-01 00:00:00;28,91\n2019-12-31 23:55:00;1,0\n"
        (folder / "official" / f"2018_SCADA_{name}.csv").write_text(text)
    found = {study.name: study for study in leaks.studies(own)}
    finder(lambda *given, **options: answer(("p257", "2018-02-01", 0.9)))
    rows = {case.case.split(": ")[1]: case.row() for case in found["official 2019"].cases()}
    assert rows["score"]["ours"] == pytest.approx(47_071.68, abs=0.01)
    rows = {case.case.split(": ")[1]: case.row()
            for case in found["official 2019 beside the teams"].cases()}  # fmt: skip
    assert rows["teams with less"]["ours"] == 0.0
    assert rows["UNIFE"]["reference"] == 127_626.0
    assert {row["verdict"] for row in rows.values()} == {"fail"}


def test_our_scorer_agrees_with_the_contest(shared: Path) -> None:
    study = next(leaks.studies(shared))
    assert {case.row()["verdict"] for case in study.cases()} == {"pass"}


def test_the_balance_is_read_for_the_district_of_the_leaks(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = leak_searches.semireal(shared)
    flow = record.leakflow[leaks.C_LEAKS].sum(axis=1)
    daily = flow.groupby(pd.DatetimeIndex(flow.index).normalize()).mean()
    table = answer()
    rows = [
        pd.DataFrame({"district": name, "leak_m3_h": daily + away}, index=daily.index)
        for name, away in (("p227+p235", 9.0), ("PUMP_1", 0.1))
    ]
    table.attrs["balance"] = pd.concat(rows)
    search = Search(record, table, None, 0.0)  # type: ignore[arg-type]
    monkeypatch.setattr(leak_searches, "search_semireal", lambda shared: search)
    assert leaks.balance(shared)["mean absolute error"] == pytest.approx(0.1)
