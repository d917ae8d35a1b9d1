# SPDX-License-Identifier: EUPL-1.2
"""IES files: editions, symmetries, types A, B and C, factors, TILT, commas, and writing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, MissingFileError, StorageError, UnknownNameError
from jumeau.worksites.lighting.generic import generic_photometry
from jumeau.worksites.lighting.ies import EDITIONS, write_ies
from jumeau.worksites.lighting.photometry import LampTilt, Photometry
from jumeau.worksites.lighting.reading import photometry_findings, read_photometry

GAMMA = (0.0, 30.0, 60.0, 90.0)


def text(
    rows: Any,
    horizontal: Any,
    vertical: Any = GAMMA,
    *,
    first: str = "IESNA:LM-63-2002",
    words: str = "[LUMINAIRE] Mine",
    tilt: str = "TILT=NONE",
    head: str = "1 1000 1",
    kind: int = 1,
    sizes: str = "2 0.3 0.5 0.1",
    factors: str = "1 1 100",
) -> str:
    """Return an IES file written by hand."""
    table = np.atleast_2d(np.asarray(rows, dtype=float))
    lines = [first, words, tilt, f"{head} {len(vertical)} {len(horizontal)} {kind} {sizes}"]
    lines += [factors, " ".join(map(str, vertical)), " ".join(map(str, horizontal))]
    lines += [" ".join(f"{value:.12g}" for value in row) for row in table]
    return "\n".join(line for line in lines if line) + "\n"


def read(folder: Path, content: str | bytes) -> Photometry:
    path = folder / "mine.dat"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_photometry(path)


def ramp(planes: int) -> np.ndarray:
    """Rows that all differ, equal at γ = 0."""
    return 100.0 + np.arange(planes)[:, None] * 10.0 * np.sin(np.radians(GAMMA))[None, :]


def test_plane_0_looks_at_the_road_and_planes_turn_counter_clockwise(tmp_path):
    """An asymmetric luminaire: each quarter has its own intensity."""
    rows = ramp(5)
    rows[4] = rows[0]
    ph = read(tmp_path, text(rows, [0, 90, 180, 270, 360]))
    for plane in range(4):
        c = (90 + 90 * plane) % 360
        assert ph.intensity(c, 90) == pytest.approx(100 + 10 * plane)
        assert ph.intensity(c, 45) == pytest.approx(rows[plane, 1:3].mean())
    assert ph.intensity(135, 90) == pytest.approx(105)  # between IES planes 0 and 90
    assert (ph.c_angles == [0, 90, 180, 270, 360]).all()


SYMMETRIES = {
    "single": ([0], lambda c: 0 * c),
    "quarter": ([0, 30, 90], lambda c: np.minimum(c % 180, 180 - c % 180)),
    "half": ([0, 30, 90, 180], lambda c: np.minimum(c, 360 - c)),
    "across": ([90, 120, 180, 270], lambda c: np.where((c > 90) & (c <= 270), c, (180 - c) % 360)),
    "whole": ([0, 40, 90, 200, 360], lambda c: c),
}


@pytest.mark.parametrize("name", SYMMETRIES)
def test_symmetries_unfold_about_their_own_plane(tmp_path, name):
    stored, fold = SYMMETRIES[name]
    rows = ramp(len(stored))
    if name == "whole":
        rows[-1] = rows[0]
    ph = read(tmp_path, text(rows, stored))
    plane = np.arange(0.0, 360.0, 2.5)  # angles of the file
    folded = fold(plane)
    for g, gamma in enumerate(GAMMA):
        expected = np.interp(folded, stored, rows[:, g])
        assert ph.intensity(plane + 90, gamma) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "axes"),
    [
        ("B", lambda h, v: (np.sin(h), np.cos(h) * np.sin(v), np.cos(h) * np.cos(v))),
        ("A", lambda h, v: (np.cos(v) * np.sin(h), np.sin(v), np.cos(v) * np.cos(h))),
    ],
)
def test_types_a_and_b_become_c(tmp_path, kind, axes):
    """A beam off its axis: 20° to the right and 30° up go to C0 and to C90 of a level lamp."""
    h, v = np.arange(-90.0, 91.0, 5.0), np.arange(-90.0, 91.0, 5.0)
    beam = np.exp(-(((h[:, None] - 20) / 40) ** 2) - ((v[None, :] - 30) / 30) ** 2) * 1000
    ph = read(tmp_path, text(beam, h, v, kind={"B": 2, "A": 3}[kind]))
    assert ph.gamma_angles[-1] == 90 and ph.c_angles[-1] == 360
    for k, m in ((20.0, 30.0), (40.0, 0.0), (-10.0, 45.0), (0.0, 0.0), (35.0, -20.0)):
        x, y, z = axes(np.radians(k), np.radians(m))
        c, gamma = np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arccos(z))
        expected = beam[np.searchsorted(h, k), np.searchsorted(v, m)]
        assert ph.intensity(c, gamma) == pytest.approx(expected, rel=0.01, abs=2)
    across = np.cos(np.radians(h))[:, None] if kind == "B" else np.cos(np.radians(v))[None, :]
    inner = np.trapezoid(np.trapezoid(beam * across, np.radians(v), axis=1), np.radians(h))
    assert ph.flux() == pytest.approx(inner, rel=5e-3)
    brightest = np.unravel_index(ph.candela.argmax(), ph.candela.shape)[0]
    assert 45 < ph.c_angles[brightest] < 75


def test_half_of_a_type_b_web_stands_for_both_sides(tmp_path):
    h, v = np.arange(0.0, 91.0, 10.0), np.arange(-90.0, 91.0, 10.0)
    half = 1000 * np.cos(np.radians(h))[:, None] ** 3 * np.exp(-(((v[None, :] - 20) / 20) ** 2))
    whole = np.vstack((half[:0:-1], half))
    one = read(tmp_path, text(half, h, v, kind=2))
    both = read(tmp_path, text(whole, np.concatenate((-h[:0:-1], h)), v, kind=2))
    assert one.candela == pytest.approx(both.candela)
    assert one.intensity(30, 40) == pytest.approx(float(one.intensity(150, 40)))
    assert one.intensity(90, 20) > 5 * one.intensity(270, 20)


@pytest.mark.parametrize(
    ("first", "factors", "scale"),
    [
        ("IESNA:LM-63-2002", "0.9 1 100", 0.9),
        ("IESNA91", "0.9 0.8 100", 0.72),  # ballast-lamp factor
        ("IESNA:LM-63-1995", "0.9 1 100", 0.9),
        ("IES:LM-63-2019", "0.9 1.10000 100", 0.9),  # says how the file was made
    ],
)
def test_multiplier_and_ballast_factors(tmp_path, first, factors, scale):
    ph = read(tmp_path, text([[8, 6, 4, 2]], [0], first=first, head="2 500 3", factors=factors))
    assert ph.intensity(0, [0, 90]) == pytest.approx(np.array([24, 6]) * scale)
    assert ph.flux_lm == 1000 and ph.power_w == 100
    assert ph.lor == pytest.approx(ph.flux() / 1000)
    assert not ph.remarks


def test_a_reserved_factor_is_told(tmp_path):
    ph = read(tmp_path, text([[8, 6, 4, 2]], [0], factors="1 0.8 100"))
    assert ph.intensity(0, 0) == 8
    found = photometry_findings(ph, "photometry", "mine")
    assert [(item.code, item.table, item.entity) for item in found] == [
        ("JUM-L049", "photometry", "mine")
    ]


def test_editions_and_keywords(tmp_path):
    words = "[MANUFAC] Maison\n[LUMCAT] L 1\n[LAMP] SHP 150\n[MORE] tubular"
    for edition, first in EDITIONS.items():
        ph = read(tmp_path, text([[8, 6, 4, 2]], [0], first=first, words=words))
        assert ph.source is not None and ph.source.edition == edition
        assert (ph.name, ph.manufacturer, ph.lamp) == ("L 1", "Maison", "SHP 150 tubular")
        assert ph.lamp_type == "HPS" and len(ph.source.sha256) == 64
    old = read(tmp_path, text([[8, 6, 4, 2]], [0], first="Any title", words=""))
    assert old.source is not None and old.source.edition == "LM-63-1986" and old.name == "mine"


def test_absolute_photometry_bears_its_own_flux(tmp_path):
    ph = read(tmp_path, text([[100, 100, 100, 100]], [0], head="1 -1 1"))
    assert ph.absolute and ph.lor == 1.0
    assert ph.flux_lm == pytest.approx(2 * np.pi * 100)
    for lumens in ("-2", "0", "-1000", "-0.5"):
        with pytest.raises(InvalidError, match="JUM-L039") as caught:
            read(tmp_path, text([[1, 1, 1, 1]], [0], head=f"1 {lumens} 1"))
        assert caught.value.data["line"] == "4"


@pytest.mark.parametrize(
    ("sizes", "expected", "disc"),
    [
        ("2 0.3 0.5 0.1", (0.5, 0.3, 0.1), False),
        ("1 1 2 0.5", (0.6096, 0.3048, 0.1524), False),  # feet
        ("2 -0.4 0 0", (0.4, 0.4, 0.0), True),
        ("2 -0.4 -0.4 0.1", (0.4, 0.4, 0.1), True),
        ("2 -0.2 0.4 0", (0.4, 0.2, 0.0), True),  # ellipse
        ("2 0 0 0", (0.0, 0.0, 0.0), False),
    ],
)
def test_luminous_size(tmp_path, sizes, expected, disc):
    ph = read(tmp_path, text([[8, 6, 4, 2]], [0], sizes=sizes))
    assert ph.luminous_size == pytest.approx(expected)
    assert ph.round_area is disc
    write_ies(ph, tmp_path / "again")
    again = read_photometry(tmp_path / "again")
    assert again.luminous_size == pytest.approx(expected) and again.round_area is disc


def test_tilt_tables(tmp_path):
    table = "3\n3\n0 45 90\n0.95 0.9 0.8"
    ph = read(tmp_path, text([[8, 6, 4, 2]], [0], tilt=f"TILT=INCLUDE\n{table}"))
    assert ph.lamp_tilt == LampTilt(3, (0, 45, 90), (0.95, 0.9, 0.8))
    assert ph.intensity(0, 0) == pytest.approx(8 * 0.95)
    assert ph.tilt_factor(45) == pytest.approx(0.9 / 0.95)
    content = text([[8, 6, 4, 2]], [0], tilt=r"TILT=C:\LAMPS\Mh400.TLT")
    with pytest.raises(InvalidError, match="JUM-L040"):
        read(tmp_path, content)
    (tmp_path / "mh400.tlt").write_text(table.replace(".", ","))
    beside = read(tmp_path, content)
    assert beside.lamp_tilt == ph.lamp_tilt
    assert beside.candela == pytest.approx(ph.candela)
    (tmp_path / "mh400.tlt").write_text(table + "\n1")
    with pytest.raises(InvalidError, match="JUM-L036"):
        read(tmp_path, content)


def test_a_tilt_file_is_looked_for_in_the_same_folder_only(tmp_path):
    (tmp_path / "secret").write_text("1\n1\n0\n1")
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(InvalidError, match="JUM-L040"):
        read(inside, text([[8, 6, 4, 2]], [0], tilt="TILT=../secret"))
    with pytest.raises(InvalidError, match="JUM-L040"):
        read(inside, text([[8, 6, 4, 2]], [0], tilt="TILT=.."))


def test_commas_separate_or_mark_decimals(tmp_path):
    plain = text([[80.5, 60.25, 40, 20]], [0], sizes="2 0.3 0.5 0.1")
    expected = read(tmp_path, plain)
    header, body = plain.split("TILT=NONE\n")
    for changed in (body.replace(".", ","), body.replace(" ", ","), body.replace(" ", ", ")):
        found = read(tmp_path, f"{header}TILT=NONE\n{changed}")
        assert np.array_equal(found.candela, expected.candela)
        assert found.luminous_size == expected.luminous_size
    mixed = body.replace("80.5", "80,5")
    assert read(tmp_path, f"{header}TILT=NONE\n{mixed}").intensity(0, 0) == 80.5
    powers = body.replace("80.5", "0.0805D+03").replace(" 20", " 1e-257")
    fortran = read(tmp_path, f"{header}TILT=NONE\n{powers}").intensity(0, [0, 90])
    assert fortran == pytest.approx([80.5, 0])
    thousands = body.replace("1 1000 1", "1 1,000 1")
    with pytest.raises(InvalidError, match="JUM-L041"):
        read(tmp_path, f"{header}TILT=NONE\n{thousands}")


def test_values_wrap_over_lines_and_encodings_differ(tmp_path):
    content = text(ramp(3), [0, 30, 90], words="[LUMINAIRE] Réverbère à crosse")
    expected = read(tmp_path, content)
    assert expected.name == "Réverbère à crosse"
    header, body = content.split("TILT=NONE\n")
    column = f"{header}TILT=NONE\n" + "\n".join(body.split())
    for data in (
        column.encode("cp1252"),
        b"\xef\xbb\xbf" + content.encode(),
        content.encode("utf-16"),
        content.replace("\n", "\r\n").encode("latin-1"),
        content.replace("\n", "\r").encode(),
        content.encode() + b"\x1a",
    ):
        found = read(tmp_path, data)
        assert found.name == expected.name
        assert np.array_equal(found.candela, expected.candela)


def test_half_measured_spheres(tmp_path):
    up = read(tmp_path, text([[9, 9, 9]], [0], (90, 135, 180)))
    assert up.ulr == pytest.approx(1, abs=1e-4) and up.intensity(0, [45, 89.9]).max() == 0
    assert up.flux() == pytest.approx(2 * np.pi * 9, rel=1e-4)
    short = read(tmp_path, text([[9, 5, 0]], [0], (0, 30, 60)))  # nothing left at its end
    assert short.intensity(0, 75) == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"horizontal": [0, 90, 180, 270]}, "JUM-L037"),
        ({"horizontal": [0, 45, 100, 120]}, "JUM-L037"),
        ({"horizontal": [30, 90, 180, 360]}, "JUM-L037"),
        ({"horizontal": [0, 90, 45, 180]}, "JUM-L037"),
        ({"horizontal": [0, 90, 90, 180]}, "JUM-L037"),
        ({"vertical": (0, 30, 60, 80)}, "JUM-L037"),
        ({"vertical": (10, 30, 60, 90)}, "JUM-L037"),
        ({"vertical": (0, 60, 30, 90)}, "JUM-L037"),
        ({"vertical": (0, 30, 60, 190)}, "JUM-L035"),
        ({"kind": 2}, "JUM-L035"),
        ({"kind": 2, "horizontal": [0, 30, 60, 80]}, "JUM-L037"),
        ({"kind": 4}, "JUM-L035"),
        ({"sizes": "3 0 0 0"}, "JUM-L035"),
        ({"head": "0 1000 1"}, "JUM-L035"),
        ({"head": "1 1000 0"}, "JUM-L038"),
        ({"factors": "0 1 1"}, "JUM-L038"),
        ({"factors": "1 1 -5"}, "JUM-L035"),
        ({"head": "1 nan 1"}, "JUM-L035"),
        ({"head": "1 1e999 1"}, "JUM-L035"),
        ({"head": "1 1_000 1"}, "JUM-L035"),
        ({"tilt": "TILT=INCLUDE\n7\n1\n0\n1"}, "JUM-L035"),
        ({"tilt": "TILT=INCLUDE\n1\n2\n0 0\n1 1"}, "JUM-L037"),
        ({"tilt": "TILT="}, "JUM-L040"),
    ],
)
def test_what_is_wrong_is_refused_with_its_code(tmp_path, change, code):
    given: dict[str, Any] = {"rows": ramp(4), "horizontal": [0, 45, 90, 180]} | change
    with pytest.raises(InvalidError, match=code):
        read(tmp_path, text(**given))


def test_dark_negative_and_incomplete_tables_are_refused(tmp_path):
    with pytest.raises(InvalidError, match="JUM-L038"):
        read(tmp_path, text(np.zeros((1, 4)), [0]))
    with pytest.raises(InvalidError, match="JUM-L035") as caught:
        read(tmp_path, text([[8, 6, -4, 2]], [0]))
    assert caught.value.data["line"] == "8" and caught.value.data["value"] == "-4"
    whole = text(ramp(3), [0, 30, 90])
    for short in (whole[: len(whole) * 2 // 3], whole.rsplit(" ", 1)[0], whole + " 3"):
        with pytest.raises(InvalidError, match="JUM-L036"):
            read(tmp_path, short)
    with pytest.raises(InvalidError, match="JUM-L036"):
        read(tmp_path, "IESNA:LM-63-2002\n[TEST]\n")


def test_planes_0_and_360_are_one(tmp_path):
    rows = np.full((5, 4), 50.0)
    rows[4] = 51
    ph = read(tmp_path, text(rows, [0, 90, 180, 270, 360]))
    assert ph.intensity(90, 30) == pytest.approx(50.5)
    assert [item.code for item in photometry_findings(ph)] == ["JUM-L048"]
    rows[4] = 80
    with pytest.raises(InvalidError, match="JUM-L037"):
        read(tmp_path, text(rows, [0, 90, 180, 270, 360]))


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", SYMMETRIES)
def test_what_is_written_is_read_again(tmp_path, name, edition):
    stored, _ = SYMMETRIES[name]
    rows = ramp(len(stored)) * np.pi
    if name == "whole":
        rows[-1] = rows[0]
    ph = read(tmp_path, text(rows, stored, head="3 777.7 1.1"))
    write_ies(ph, tmp_path / "again", edition=edition)
    again = read_photometry(tmp_path / "again")
    c, gamma = np.arange(0.0, 360.0, 3.3)[:, None], np.arange(0.0, 91.0, 4.1)
    assert again.intensity(c, gamma) == pytest.approx(ph.intensity(c, gamma), rel=1e-8)
    assert again.flux_lm == pytest.approx(ph.flux_lm, rel=1e-9) and again.name == ph.name
    assert again.source is not None and again.source.edition == edition
    assert again.power_w == ph.power_w and again.lamp_sets[0].lamps == 3
    lines = (tmp_path / "again").read_text().splitlines()
    assert max(map(len, lines)) <= 132
    counts = lines[next(i for i, line in enumerate(lines) if line.startswith("TILT")) + 1].split()
    assert int(counts[4]) == len(stored) + (name == "whole")  # C0, where no plane of the file is


def test_written_files_keep_tilt_absolute_and_generic(tmp_path):
    ph = read(tmp_path, text([[8, 6, 4, 2]], [0], head="1 -1 1",
                             tilt="TILT=INCLUDE\n1\n2\n0 90\n0.9 0.5"))  # fmt: skip
    write_ies(ph, tmp_path / "a")
    again = read_photometry(tmp_path / "a")
    assert again.absolute and again.lamp_tilt == ph.lamp_tilt
    assert again.candela == pytest.approx(ph.candela)
    measured = replace(ph, flux_lm=1.003 * ph.flux_lm)  # flux and intensities measured apart
    write_ies(measured, tmp_path / "a")
    again = read_photometry(tmp_path / "a")
    assert again.absolute and again.flux_lm == pytest.approx(measured.flux_lm, rel=1e-9)
    assert "\n1 -1 1 " in (tmp_path / "a").read_text()
    generic = generic_photometry("LED 36W 3000K", "wall")
    write_ies(generic, tmp_path / "b")
    back = read_photometry(tmp_path / "b")
    assert back.generic and back.spread == generic.spread and not ph.generic
    assert (back.lamp_type, back.cct_k, back.power_w) == ("LED", 3000, 36)
    assert back.candela == pytest.approx(generic.candela, rel=1e-8, abs=1e-9)


def test_writing_where_one_cannot_is_told(tmp_path):
    ph = generic_photometry("LED 36")
    with pytest.raises(StorageError, match="JUM-L042"):
        write_ies(ph, tmp_path / "nowhere" / "a.ies")
    with pytest.raises(UnknownNameError, match="JUM-L044"):
        write_ies(ph, tmp_path / "a.ies", edition="LM-63-2030")
    with pytest.raises(InvalidError, match="JUM-L004"):
        write_ies("LED 36", tmp_path / "a.ies")  # type: ignore[arg-type]
    with pytest.raises(MissingFileError, match="JUM-L032"):
        read_photometry(tmp_path / "a.ies")
