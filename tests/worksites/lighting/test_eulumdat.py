# SPDX-License-Identifier: EUPL-1.2
"""EULUMDAT files: symmetries, lamp sets, absolute photometry, decimals, and writing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, StorageError, UnknownNameError
from jumeau.worksites.lighting.eulumdat import write_ldt
from jumeau.worksites.lighting.generic import generic_photometry
from jumeau.worksites.lighting.photometry import Photometry
from jumeau.worksites.lighting.reading import photometry_findings, read_photometry

GAMMA = (0.0, 30.0, 60.0, 90.0)
LAMP = ("1", "SHP 100", "1000", "2000K", "25", "114")


def text(
    rows: Any,
    symmetry: int,
    planes: Any,
    gammas: Any = GAMMA,
    *,
    steps: tuple[float, float] = (0, 0),
    size: tuple[Any, ...] = (600, 300, 100, 500, 200, 10, 20, 30, 40),
    lor: float = 0,
    factor: float = 1,
    tilt: float = 0,
    sets: tuple[tuple[str, ...], ...] = (LAMP,),
) -> str:
    """Return an EULUMDAT file written by hand."""
    lines = ["Maison", "3", symmetry, len(planes), steps[0], len(gammas), steps[1]]
    lines += ["R1", "Réverbère", "N1", "mine.ldt", "today", *size, 100, lor, factor, tilt]
    lines += [len(sets), *(value for lamp in sets for value in lamp), *([0] * 10)]
    lines += [*planes, *gammas]
    lines += [f"{value:.12g}" for value in np.asarray(rows, dtype=float).ravel()]
    return "\r\n".join(map(str, lines)) + "\r\n"


def read(folder: Path, content: str | bytes, lamp_set: int = 1) -> Photometry:
    path = folder / "mine.dat"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("cp1252"))
    return read_photometry(path, lamp_set=lamp_set)


def ramp(planes: int) -> np.ndarray:
    return 100.0 + np.arange(planes)[:, None] * 10.0 * np.sin(np.radians(GAMMA))[None, :]


EVEN = list(range(0, 360, 30))
UNEVEN = [0, 20, 90, 130, 180, 200, 270, 340]
STORED = {
    0: (EVEN, EVEN, lambda c: c),
    1: ([0], [0], lambda c: 0 * c),
    2: (EVEN, EVEN[:7], lambda c: np.minimum(c, 360 - c)),
    # from C270 through C0 to C90, here unrolled from −90 to 90
    3: (EVEN, list(range(-90, 91, 30)),
        lambda c: np.where(c <= 90, c, np.where(c < 270, 180 - c, c - 360))),
    4: (EVEN, EVEN[:4], lambda c: np.minimum(c % 180, 180 - c % 180)),
}  # fmt: skip


@pytest.mark.parametrize("symmetry", STORED)
def test_symmetries_unfold_about_their_own_plane(tmp_path, symmetry):
    planes, stored, fold = STORED[symmetry]
    rows = ramp(len(stored))
    ph = read(tmp_path, text(rows, symmetry, planes))
    c = np.arange(0.0, 360.0, 2.5)
    period = 360.0 if symmetry == 0 else None
    for g, gamma in enumerate(GAMMA):
        expected = np.interp(fold(c), stored, rows[:, g], period=period)
        assert ph.intensity(c, gamma) == pytest.approx(expected)
    assert ph.flux_lm == 1000 and ph.candela[0, 0] == 100


def test_symmetry_3_begins_at_c270(tmp_path):
    """Road side and house side must not be exchanged."""
    ph = read(tmp_path, text([[1] * 4, [2] * 4, [3] * 4], 3, [0, 90, 180, 270]))
    assert ph.intensity([0, 90, 180, 270], 45) == pytest.approx([2, 3, 2, 1])


def test_a_luminaire_without_symmetry_keeps_the_sense_of_rotation(tmp_path):
    ph = read(tmp_path, text(ramp(8), 0, UNEVEN))
    assert ph.intensity(UNEVEN, 90) == pytest.approx(100 + 10 * np.arange(8.0))
    assert ph.intensity(350, 90) == pytest.approx((170 + 100) / 2)
    repeated = np.vstack((ramp(8), ramp(8)[:1]))
    again = read(tmp_path, text(repeated, 0, [*UNEVEN, 360]))
    assert np.array_equal(again.candela, ph.candela)


def test_header_is_read(tmp_path):
    ph = read(tmp_path, text(ramp(1), 1, [0], lor=62.5, factor=0.5, tilt=15))
    assert (ph.name, ph.manufacturer, ph.lamp) == ("Réverbère", "Maison", "SHP 100")
    assert (ph.lamp_type, ph.cct_k, ph.power_w) == ("HPS", 2000, 114)
    assert ph.luminous_size == (0.5, 0.2, 0.04) and not ph.round_area
    assert ph.tilt == 15 and ph.declared_lor == 0.625
    assert ph.intensity(0, 0) == 50  # half of what is written, for one kilolumen
    assert ph.source is not None and ph.source.format == "EULUMDAT"
    disc = read(tmp_path, text(ramp(1), 1, [0], size=(600, 0, 0, 500, 0, 0, 0, 0, 0)))
    assert disc.luminous_size == (0.5, 0.5, 0.0) and disc.round_area


def test_several_lamp_sets(tmp_path):
    other = ("2", "LED", "3000", "740", "", "30,5")
    content = text(ramp(1), 1, [0], sets=(LAMP, other))
    first, second = read(tmp_path, content), read(tmp_path, content, 2)
    assert [item.lamps for item in first.lamp_sets] == [1, 2]
    assert second.candela == pytest.approx(3 * first.candela)
    assert (second.flux_lm, second.cct_k, second.power_w) == (3000, 4000, 30.5)
    assert second.lor == pytest.approx(first.lor)
    for wrong in (0, 3):
        with pytest.raises(UnknownNameError, match="JUM-L045"):
            read(tmp_path, content, wrong)


def test_a_negative_number_of_lamps_is_absolute_photometry(tmp_path):
    ph = read(tmp_path, text(ramp(1), 1, [0], sets=(("-1", *LAMP[1:]),)))
    assert ph.absolute and ph.intensity(0, 0) == 100
    write_ldt(ph, tmp_path / "again")
    assert read_photometry(tmp_path / "again").absolute
    for flux in ("-1000", "0", ""):
        with pytest.raises(InvalidError, match=r"JUM-L039|JUM-L035") as caught:
            read(tmp_path, text(ramp(1), 1, [0], sets=(("-1", "LED", flux, "", "", "5"),)))
        assert caught.value.data["line"] == "29"
    with pytest.raises(InvalidError, match="JUM-L035"):
        read(tmp_path, text(ramp(1), 1, [0], sets=(("0", *LAMP[1:]),)))


def test_decimal_commas(tmp_path):
    content = text(ramp(3) + 0.25, 4, [0, 45, 90, 135, 180, 225, 270, 315], steps=(45, 30))
    expected = read(tmp_path, content)
    assert np.array_equal(read(tmp_path, content.replace(".", ",")).candela, expected.candela)
    with pytest.raises(InvalidError, match="JUM-L041") as caught:
        read(tmp_path, content.replace("\r\n1000\r\n", "\r\n1,000\r\n"))
    assert caught.value.data["line"] == "29"
    with pytest.raises(InvalidError, match="JUM-L041"):
        read(tmp_path, content.replace("\r\n1000\r\n", "\r\n1.000,5\r\n"))


def test_encodings_and_line_ends(tmp_path):
    content = text(ramp(1), 1, [0])
    expected = read(tmp_path, content)
    for data in (
        content.encode("utf-8"),
        b"\xef\xbb\xbf" + content.encode(),
        content.replace("\r\n", "\n").encode("latin-1"),
        content.replace("\r\n", "\r").encode(),
        content.replace("\r\n", "\r\r\n").encode(),
        content.rstrip().encode() + b"\r\n\r\n\x1a",
    ):
        found = read(tmp_path, data)
        assert found.name == expected.name and np.array_equal(found.candela, expected.candela)


def test_a_luminaire_that_lights_the_sky(tmp_path):
    ph = read(tmp_path, text([[5, 5, 5]], 1, [0], (90, 135, 180)))
    assert ph.ulr == pytest.approx(1, abs=1e-4) and ph.gamma_angles[0] == 0
    assert ph.flux() == pytest.approx(2 * np.pi * 5, rel=1e-4)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"planes": [0, 30, 60], "symmetry": 0}, "JUM-L037"),  # a gap
        ({"planes": [0, 60, 120, 170], "symmetry": 2}, "JUM-L037"),
        ({"planes": [0, 80, 170, 260], "symmetry": 3}, "JUM-L037"),
        ({"planes": [0, 80, 170, 260], "symmetry": 4}, "JUM-L037"),
        ({"planes": [0, 180, 90, 270], "symmetry": 0}, "JUM-L037"),
        ({"planes": [0, 90, 90, 270], "symmetry": 0}, "JUM-L037"),
        ({"planes": [0, 90, 180, 400], "symmetry": 0}, "JUM-L035"),
        ({"gammas": (0, 30, 20, 90)}, "JUM-L037"),
        ({"gammas": (0, 30, 60, 80)}, "JUM-L037"),
        ({"gammas": (10, 30, 60, 90)}, "JUM-L037"),
        ({"symmetry": 5}, "JUM-L035"),
        ({"factor": -1}, "JUM-L035"),
        ({"factor": 0}, "JUM-L038"),
        ({"tilt": "nan"}, "JUM-L035"),
        ({"sets": ()}, "JUM-L035"),
        ({"rows": np.zeros((4, 4))}, "JUM-L038"),
        ({"rows": -np.ones((4, 4))}, "JUM-L035"),
        ({"rows": np.ones((4, 5))}, "JUM-L036"),
        ({"rows": np.ones((3, 4))}, "JUM-L036"),
    ],
)
def test_what_is_wrong_is_refused_with_its_code(tmp_path, change, code):
    given: dict[str, Any] = {"rows": ramp(4), "symmetry": 0, "planes": [0, 90, 180, 270]} | change
    given["rows"] = given["rows"] if "rows" in change else ramp(len(given["planes"]))
    with pytest.raises(InvalidError, match=code):
        read(tmp_path, text(**given))


def test_the_end_that_lacks_is_named(tmp_path):
    whole = text(ramp(4), 0, [0, 90, 180, 270])
    lines = whole.split("\r\n")
    for kept in (5, 20, 30, 45, len(lines) - 3):
        with pytest.raises(InvalidError, match="JUM-L036") as caught:
            read(tmp_path, "\r\n".join(lines[:kept]))
        assert caught.value.data["line"] == str(kept)
        assert caught.value.remedy


def test_uneven_lists_and_wrong_rendements_are_told(tmp_path):
    ph = read(tmp_path, text(ramp(8), 0, UNEVEN, steps=(45, 30), lor=20))
    codes = {item.code: item for item in photometry_findings(ph, "photometry", "p")}
    assert set(codes) == {"JUM-L047", "JUM-L043"}
    assert codes["JUM-L043"].data["found"] == round(100 * ph.lor, 1)
    lor = read(tmp_path, text(ramp(1), 1, [0])).lor
    fine = read(tmp_path, text(ramp(1), 1, [0], steps=(0, 30), lor=100 * lor))
    assert [i.code for i in photometry_findings(fine)] == []
    bright = read(tmp_path, text(100 * ramp(1), 1, [0]))
    assert [i.code for i in photometry_findings(bright)] == ["JUM-L046"]


@pytest.mark.parametrize("symmetry", STORED)
def test_what_is_written_is_read_again(tmp_path, symmetry):
    planes, stored, _ = STORED[symmetry]
    ph = read(tmp_path, text(ramp(len(stored)) / 3, symmetry, planes, tilt=5))
    write_ldt(ph, tmp_path / "again.ldt")
    again = read_photometry(tmp_path / "again.ldt")
    assert np.array_equal(again.c_angles, ph.c_angles)
    assert again.candela == pytest.approx(ph.candela, rel=1e-8)
    for name in ("name", "manufacturer", "lamp", "lamp_type", "cct_k", "power_w", "flux_lm",
                 "luminous_size", "tilt", "absolute", "generic"):  # fmt: skip
        assert getattr(again, name) == getattr(ph, name), name
    assert again.declared_lor == pytest.approx(ph.lor)
    lines = (tmp_path / "again.ldt").read_text("cp1252").splitlines()
    assert int(lines[2]) == symmetry
    assert len(lines) == 26 + 6 + 10 + int(lines[3]) + len(GAMMA) + len(stored) * len(GAMMA)


def test_generic_distributions_stay_generic(tmp_path):
    ph = generic_photometry("BF 125", "globe")
    write_ldt(ph, tmp_path / "a")
    again = read_photometry(tmp_path / "a")
    assert again.generic and again.spread == ph.spread and again.lamp_type == "HPM"
    assert again.candela == pytest.approx(ph.candela, rel=1e-8, abs=1e-9)
    with pytest.raises(StorageError, match="JUM-L042"):
        write_ldt(ph, tmp_path / "nowhere" / "a.ldt")
    with pytest.raises(InvalidError, match="JUM-L004"):
        write_ldt(None, tmp_path / "a.ldt")  # type: ignore[arg-type]
