# SPDX-License-Identifier: EUPL-1.2
"""EPW files: the two of the validation, and every fault a file can have."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError, JumeauError, MissingFileError
from jumeau.ground.weather import Weather

from .conftest import Rows, holed

Write = Callable[..., Path]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "air", "light", "elevation"),
    [("725650TYCST", 10.875, 1670.22, 1650.0), ("DRYCOLDTMY", 9.706, 1831.945, 1611.0)],
)
def test_files_of_the_validation(
    shared: Path, name: str, air: float, light: float, elevation: float
) -> None:
    path = shared / "validation/buildings/weather" / f"{name}.epw"
    weather = Weather.from_epw(path)
    assert weather.hours == 8760
    assert weather.dry_bulb_c.mean() == pytest.approx(air, abs=1e-3)
    assert weather.horizontal().sum() / 1000 == pytest.approx(light, abs=1e-2)
    assert weather.elevation_m == elevation
    assert weather.utc_offset_h == -7.0
    assert weather.findings == ()
    assert weather.infrared_w_m2 is not None
    assert weather.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def codes(weather: Weather) -> list[str]:
    return [item.code for item in weather.findings]


def test_what_is_written_is_read(write_epw: Write, agen: Weather) -> None:
    weather = Weather.from_epw(write_epw())
    assert weather.dry_bulb_c == pytest.approx(agen.dry_bulb_c, abs=1e-4)
    assert weather.direct_normal_w_m2 == pytest.approx(agen.direct_normal_w_m2, abs=1e-4)
    assert weather.start == agen.start
    assert (weather.latitude, weather.longitude) == (agen.latitude, agen.longitude)
    assert weather.relative_humidity is not None
    assert weather.relative_humidity == pytest.approx(0.70)
    assert codes(weather) == []


def test_hour_one_is_the_hour_that_ends_at_one(write_epw: Write) -> None:
    def mark(rows: Rows) -> None:
        rows[0][6], rows[23][6], rows[-1][6] = "11", "12", "13"

    weather = Weather.from_epw(write_epw(mark))
    assert weather.dry_bulb_c[[0, 23, 8759]].tolist() == [11.0, 12.0, 13.0]
    assert str(weather.local_starts[23]) == "2001-01-01T23:00:00"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_thirty_two_columns_are_enough(write_epw: Write, agen: Weather, end: str) -> None:
    weather = Weather.from_epw(write_epw(lambda rows: [row[:32] for row in rows], end=end))
    assert weather.diffuse_horizontal_w_m2.sum() == pytest.approx(
        agen.diffuse_horizontal_w_m2.sum(), rel=1e-6
    )


def test_a_typical_year_of_several_years_takes_one_calendar(
    write_epw: Write, agen: Weather
) -> None:
    def years(rows: Rows) -> None:
        for row in rows:
            row[0] = str(1980 + int(row[1]) * 7 % 12)

    weather = Weather.from_epw(write_epw(years))
    assert weather.hours == 8760
    assert weather.year == 2001
    assert weather.dry_bulb_c == pytest.approx(agen.dry_bulb_c, abs=1e-4)


def test_short_holes_are_filled_and_said(write_epw: Write, agen: Weather) -> None:
    def holes(rows: Rows) -> None:
        holed(rows, 6, range(100, 104), "99.9")
        holed(rows, 14, range(4000, 4030), "9999")
        holed(rows, 12, range(50), "9999")  # infrared: not needed

    weather = Weather.from_epw(write_epw(holes))
    assert codes(weather) == ["JUM-G055"]  # direct is computed from global and diffuse
    line = np.interp(np.arange(100, 104), [99, 104], agen.dry_bulb_c[[99, 104]])
    assert weather.dry_bulb_c[100:104] == pytest.approx(line, abs=1e-3)
    assert weather.direct_normal_w_m2[4000:4030] == pytest.approx(
        agen.direct_normal_w_m2[4000:4030], abs=15.0
    )
    assert weather.dry_bulb_c[[99, 104]] == pytest.approx(agen.dry_bulb_c[[99, 104]], abs=1e-4)


def test_a_longer_hole_follows_the_days_beside_it(write_epw: Write, agen: Weather) -> None:
    weather = Weather.from_epw(write_epw(lambda rows: holed(rows, 6, range(4000, 4048), "99.9")))
    [found] = weather.findings
    assert (found.data["count"], found.data["longest"]) == (48, 48)
    filled, true = weather.dry_bulb_c[4000:4048], agen.dry_bulb_c[4000:4048]
    assert np.corrcoef(filled, true)[0, 1] > 0.7  # the day is in it
    assert abs(filled.mean() - true.mean()) < 6.0


def test_rows_that_lack_are_holes(write_epw: Write) -> None:
    def cut(rows: Rows) -> Rows:
        return rows[:200] + rows[224:]

    weather = Weather.from_epw(write_epw(cut))
    assert weather.hours == 8760
    assert set(codes(weather)) == {"JUM-G055"}


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: holed(rows, 6, range(1000, 1200), "99.9"),  # more than a week
        lambda rows: holed(rows, 6, range(0, 8760, 15), "99.9"),  # more than 5 %
        lambda rows: rows[:6000],  # a file cut short
        lambda rows: [row for k, row in enumerate(rows) if k % 10],
    ],
)
def test_too_many_holes_are_refused(write_epw: Write, change: Callable[[Rows], Rows]) -> None:
    with pytest.raises(InvalidError) as caught:
        Weather.from_epw(write_epw(change))
    assert caught.value.code == "JUM-G054"


def test_a_leap_day_is_kept_and_said(write_epw: Write) -> None:
    def leap(rows: Rows) -> Rows:
        extra = [[*row[:1], "2", "29", *row[3:]] for row in rows[58 * 24 : 59 * 24]]
        rows = rows[: 59 * 24] + extra + rows[59 * 24 :]
        return [["2004", *row[1:]] for row in rows]

    weather = Weather.from_epw(write_epw(leap))
    assert weather.hours == 8784
    assert codes(weather) == ["JUM-G060"]
    assert str(weather.local_starts[59 * 24]) == "2004-02-29T00:00:00"


def test_a_leap_year_without_its_day_is_a_year_of_365(write_epw: Write, agen: Weather) -> None:
    weather = Weather.from_epw(write_epw(lambda rows: [["2020", *row[1:]] for row in rows]))
    assert weather.hours == 8760
    assert weather.dry_bulb_c == pytest.approx(agen.dry_bulb_c, abs=1e-4)


def test_a_file_that_declares_a_season_is_a_season(write_epw: Write, agen: Weather) -> None:
    path = write_epw(lambda rows: rows[151 * 24 : 243 * 24])
    path.write_text(path.read_text().replace("1/1,12/31", " 6/ 1, 8/31"))
    weather = Weather.from_epw(path)
    assert weather.hours == 92 * 24
    assert str(weather.start) == "2001-06-01T00:00:00"
    assert weather.dry_bulb_c == pytest.approx(agen.dry_bulb_c[151 * 24 : 243 * 24], abs=1e-4)
    assert codes(weather) == []


def test_rows_out_of_order_are_put_back(write_epw: Write, agen: Weather) -> None:
    def disorder(rows: Rows) -> Rows:
        return rows[:100] + rows[200:300] + rows[100:200] + rows[300:] + rows[500:501]

    weather = Weather.from_epw(write_epw(disorder))
    assert codes(weather) == ["JUM-G061"]
    assert weather.findings[0].data["doubles"] == 1
    assert weather.dry_bulb_c == pytest.approx(agen.dry_bulb_c, abs=1e-4)


def test_hours_from_nought_are_read_and_said(write_epw: Write, agen: Weather) -> None:
    def nought(rows: Rows) -> None:
        for row in rows:
            row[3] = str(int(row[3]) - 1)

    weather = Weather.from_epw(write_epw(nought))
    assert codes(weather) == ["JUM-G062"]
    assert weather.dry_bulb_c == pytest.approx(agen.dry_bulb_c, abs=1e-4)


def test_shift_h_mends_a_file_that_is_late(write_epw: Write, agen: Weather) -> None:
    path = write_epw(
        lambda rows: [[*a[:6], *b[6:]] for a, b in zip(rows, rows[-1:] + rows[:-1], strict=True)]
    )
    assert codes(Weather.from_epw(path)) == ["JUM-G058"]
    mended = Weather.from_epw(path, shift_h=-1)
    assert codes(mended) == []
    assert mended.dry_bulb_c == pytest.approx(agen.dry_bulb_c, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "location", "code"),
    [
        (None, "LOCATION,Agen,47,FRA,TEST,075240,44.17,0.59", "JUM-G051"),
        (None, "LOCATION,Agen,47,FRA,TEST,075240,north,0.59,1,59", "JUM-G051"),
        (None, "Date,Temperature", "JUM-G051"),
        (None, "LOCATION,Agen,47,FRA,TEST,075240,144.17,0.59,1,59", "JUM-G001"),
        (None, "LOCATION,Agen,47,FRA,TEST,075240,44.17,0.59,15,59", "JUM-G052"),
        (None, "LOCATION,Agen,47,FRA,TEST,075240,44.17,90.59,1,59", "JUM-G057"),
        (lambda rows: [row[:10] for row in rows], None, "JUM-G051"),
        (lambda rows: [], None, "JUM-G051"),
        (lambda rows: rows[5].__setitem__(1, "13"), None, "JUM-G051"),
        (lambda rows: rows[5].__setitem__(2, "32"), None, "JUM-G051"),
        (lambda rows: rows[5].__setitem__(3, "x"), None, "JUM-G051"),
        (lambda rows: rows[5].__setitem__(6, "88"), None, "JUM-G056"),
        (lambda rows: [[*r[:13], "0", "0", "0", *r[16:]] for r in rows], None, "JUM-G071"),
        (lambda rows: [[*r[:13], "9999", "9999", "9999", *r[16:]] for r in rows], None, "JUM-G071"),
        (lambda rows: [[*r[:14], r[15], r[14], *r[16:]] for r in rows], None, "JUM-G065"),
    ],
)
def test_faults_are_coded(
    write_epw: Write, change: Callable[[Rows], Rows] | None, location: str | None, code: str
) -> None:
    with pytest.raises(JumeauError) as caught:
        Weather.from_epw(write_epw(change, location=location))
    assert caught.value.code == code


def test_a_file_with_the_global_only_is_split_and_said(write_epw: Write, agen: Weather) -> None:
    weather = Weather.from_epw(
        write_epw(lambda rows: [[*r[:14], "9999", "9999", *r[16:]] for r in rows])
    )
    assert codes(weather) == ["JUM-G063"]
    assert weather.spread_radiation == pytest.approx(0.06)
    assert weather.direct_normal_w_m2.sum() == pytest.approx(
        agen.direct_normal_w_m2.sum(), rel=0.03
    )


def test_zeros_beside_a_global_are_not_taken_for_the_truth(write_epw: Write) -> None:
    weather = Weather.from_epw(write_epw(lambda rows: [[*r[:14], "0", "0", *r[16:]] for r in rows]))
    assert codes(weather) == ["JUM-G063"]
    assert weather.plane(90, 180).total.sum() > 5e5


def test_a_global_that_disagrees_is_said(write_epw: Write) -> None:
    weather = Weather.from_epw(
        write_epw(lambda rows: [[*r[:13], str(1.2 * float(r[13])), *r[14:]] for r in rows])
    )
    assert codes(weather) == ["JUM-G066"]


def test_a_missing_file_is_coded(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="JUM-G050"):
        Weather.from_epw(tmp_path / "none.epw")


def test_a_gzipped_file_cut_short_is_coded(tmp_path: Path) -> None:
    path = tmp_path / "cut.epw.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00rubbish")
    with pytest.raises(MissingFileError, match="JUM-G050"):
        Weather.from_epw(path)


def test_an_empty_file_is_coded(tmp_path: Path) -> None:
    path = tmp_path / "empty.epw"
    path.write_text("")
    with pytest.raises(InvalidError, match="JUM-G051"):
        Weather.from_epw(path)
    with pytest.raises(InvalidError, match="JUM-G051"):
        Weather.from_tmy(path)


GARBAGE = st.sampled_from(["", "x", "nan", "inf", "-9999", "1e30", "0", "9" * 25, "²"])


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, 743), st.integers(0, 34), GARBAGE), max_size=4),
    cut=st.integers(0, 743),
    doubled=st.integers(0, 743),
)
def test_whatever_a_month_holds_the_answer_is_whole_or_coded(
    write_epw: Write,
    agen: Weather,
    changes: list[tuple[int, int, str]],
    cut: int,
    doubled: int,
) -> None:
    def spoil(rows: Rows) -> Rows:
        for row, column, cell in changes:
            rows[row][column] = cell
        return [*rows[:cut], *rows[cut + 1 :], rows[doubled]]

    january = agen.renewed(
        dry_bulb_c=agen.dry_bulb_c[:744],
        direct_normal_w_m2=agen.direct_normal_w_m2[:744],
        diffuse_horizontal_w_m2=agen.diffuse_horizontal_w_m2[:744],
        global_horizontal_w_m2=None,
    )
    path = write_epw(spoil, weather=january)
    path.write_text(path.read_text().replace("1/1,12/31", "1/1,1/31"))
    try:
        weather = Weather.from_epw(path)
    except JumeauError as fault:
        assert fault.code.startswith("JUM-G0")
        assert "‹" not in str(fault)  # every placeholder is filled
        return
    assert np.isfinite(weather.plane(90, 180).total).all()
    assert doubled == cut or "JUM-G061" in codes(weather)
    assert all("‹" not in item.to_row()["what"] for item in weather.findings)
