# SPDX-License-Identifier: EUPL-1.2
"""Photometric files: the real ones of the shared folder, and hostile ones."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jumeau.base import messages
from jumeau.base.errors import InvalidError, JumeauError, MissingFileError
from jumeau.worksites import lighting
from jumeau.worksites.lighting.generic import generic_photometry
from jumeau.worksites.lighting.reading import photometry_findings, read_photometry

SITUATIONS = ("Sit1", "Sit2", "Sit3", "Sit4")
C, G = np.arange(0.0, 360.0, 1.7)[:, None], np.arange(0.0, 180.1, 0.9)


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "validation" / "lighting"


@pytest.mark.parametrize("name", SITUATIONS)
def test_ies_and_eulumdat_are_one_distribution(folder, name):
    ies = read_photometry(folder / "crossformat" / "IESNA" / f"{name}.ies")
    ldt = read_photometry(folder / "crossformat" / "EULUMDAT" / f"{name}.ldt")
    assert np.abs(ies.candela - ldt.candela).max() <= 1e-6 * ldt.candela.max()
    assert ies.flux_lm == ldt.flux_lm and ies.luminous_size == ldt.luminous_size
    known = pd.read_csv(folder / "crossformat" / "expected.csv").set_index("situation").loc[name]
    peak = np.unravel_index(ldt.candela.argmax(), ldt.candela.shape)
    assert ldt.candela.max() == pytest.approx(known.I_max_cd)
    assert ldt.gamma_angles[peak[1]] == known.I_max_gamma
    assert ldt.intensity(known.I_max_C, known.I_max_gamma) == pytest.approx(known.I_max_cd)
    assert ldt.lor == pytest.approx(known.integrated_flux_over_lamp_flux, abs=1e-3)
    assert ldt.declared_lor == pytest.approx(known.ldt_header_LORL_pct / 100)
    assert abs(ldt.lor - ldt.declared_lor) <= 5e-3 * ldt.declared_lor


def test_other_containers_hold_the_same_planes(folder):
    """CIBSE TM-14 in the planes of EULUMDAT, plane by plane: an independent witness."""
    for name in SITUATIONS:
        text = (folder / "crossformat" / "CIBSE-TM14" / f"{name}.tml").read_text("latin-1")
        rows = text.splitlines()
        start = next(k for k, row in enumerate(rows) if re.fullmatch(r"\s*37\s+36\s*", row))
        values = np.array(" ".join(rows[start + 1 :]).split(), dtype=float)[37 + 36 :]
        table = values[: 36 * 37].reshape(36, 37)
        ldt = read_photometry(folder / "crossformat" / "EULUMDAT" / f"{name}.ldt")
        assert ldt.candela[:-1] / ldt.flux_lm * 1000 == pytest.approx(table, abs=0.5)


def test_flux_codes_are_those_of_the_maker(folder):
    ldt = read_photometry(folder / "crossformat" / "EULUMDAT" / "Sit1.ldt")
    text = (folder / "crossformat" / "PHILLUM" / "Sit1.phl").read_text("latin-1")
    code = re.search(r"CIECODE=([\d ]+)", text)
    assert code is not None
    assert ldt.flux_codes == pytest.approx([float(n) for n in code[1].split()], abs=1)


@pytest.mark.parametrize("number", range(1, 11))
def test_eulumdat_samples(folder, number):
    known = pd.read_csv(folder / "eulumdat" / "expected.csv").set_index("file")
    known = known.loc[f"sample{number}.ldt"]
    ph = read_photometry(folder / "eulumdat" / f"sample{number}.ldt")
    assert 100 * ph.lor == pytest.approx(known.integrated_LOR_pct, rel=5e-3)
    assert 100 * ph.lor == pytest.approx(known.header_LORL_pct, rel=5e-3)
    share = 100 * (1 - ph.ulr)
    assert share == pytest.approx(known.integrated_downward_share_pct, abs=0.5)
    assert share == pytest.approx(known.header_DFF_pct, abs=0.5)
    assert ph.flux_codes[3] == pytest.approx(share) and ph.flux_codes[4] == 100 * ph.lor
    assert 1000 * ph.candela.max() / ph.flux_lm == pytest.approx(known.I_max_cd_per_klm, abs=1e-3)
    assert len(ph.lamp_sets) == known.n_lamp_sets
    assert ph.absolute == (known.n_lamps_set1 < 0)
    assert ph.flux_lm == known.lamp_flux_set1_lm
    assert photometry_findings(ph) == []


def test_every_file_comes_back_from_both_formats(folder, tmp_path):
    files = [*folder.glob("eulumdat/*.ldt"), *folder.glob("crossformat/*/*.[il][ed][st]")]
    assert len(files) == 18
    for path in files:
        ph = read_photometry(path)
        for name, write in (("ies", lighting.write_ies), ("ldt", lighting.write_ldt)):
            write(ph, tmp_path / name)
            again = read_photometry(tmp_path / name)
            gap = np.abs(again.intensity(C, G) - ph.intensity(C, G)).max()
            assert gap <= 1e-6 * ph.candela.max(), (path.name, name)
            assert again.absolute == ph.absolute
            assert again.flux_lm == pytest.approx(ph.flux_lm, rel=1e-6)
            assert again.lor == pytest.approx(ph.lor, rel=1e-6)


def test_a_real_asymmetric_luminaire_throws_its_light_on_the_road(folder):
    """A wall washer stored from C270 to C90 lights in front of it."""
    ph = read_photometry(folder / "eulumdat" / "sample6.ldt")
    assert ph.intensity(90, 45) > 3 * ph.intensity(270, 45)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "JUM-L033"),
        (b"\r\n \r\n", "JUM-L033"),
        (b"\x00\x01\x02PK\x03\x04" * 50, "JUM-L033"),
        (b"IESNA:LM-63-2002\nTILT=NONE\n1 \x00 2", "JUM-L033"),
        (b"\xff\xfeA", "JUM-L033"),
        (b"\xef\xbb\xbf\xff\xff", "JUM-L033"),
        (b"name;lumens\nA;1000\n", "JUM-L034"),
        (b"one line", "JUM-L034"),
        (b"CIBSE/1\n1 BY: CIE\n11\n", "JUM-L034"),
        (b"IESNA:LM-63-2002\n[TEST]\n1 2 3\n", "JUM-L036"),
        (b"Maker\n2\n0\n", "JUM-L034"),
        (b"Maker\n2\n0\nplenty\n", "JUM-L035"),
    ],
)
def test_what_is_no_photometric_file_is_refused(tmp_path, data, code):
    path = tmp_path / "x.ies"
    path.write_bytes(data)
    with pytest.raises(InvalidError, match=code):
        read_photometry(path)


def test_missing_files_and_folders_are_told(tmp_path):
    for path in (tmp_path / "none.ldt", "a\x00b", tmp_path / "none" / "x", None):
        with pytest.raises(MissingFileError, match="JUM-L032"):
            read_photometry(path)  # type: ignore[arg-type]
    with pytest.raises(InvalidError, match="JUM-L033"):
        read_photometry(tmp_path)
    big = tmp_path / "big.ies"
    with big.open("wb") as file:
        file.truncate(200 * 1024 * 1024)  # a hole: no disk is used
    with pytest.raises(InvalidError, match="JUM-L033"):
        read_photometry(big)


def test_the_suffix_does_not_matter(tmp_path):
    ph = generic_photometry("SHP 100")
    lighting.write_ies(ph, tmp_path / "a.ldt")
    lighting.write_ldt(ph, tmp_path / "b.ies")
    for name, kind in (("a.ldt", "IES"), ("b.ies", "EULUMDAT")):
        found = read_photometry(tmp_path / name)
        assert found.source is not None and (found.source.format, found.source.file) == (kind, name)


TOKENS = [
    b"nan", b"inf", b"-1", b"1e999", b"", b"\n", b" ", b",", b"1_000", b"0x10", b"-0", b"\x00",
    b"9999999999999", "\u0663".encode(), b"TILT=", b"TILT=INCLUDE", b"1,5", b"1.5.2",
]  # fmt: skip
BYTES = b"0123456789.,-+ eE\n[]="


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """Return a file cut, with changed bytes, other words, or lines that lack or are doubled."""
    kind, changed = rng.randrange(5), bytearray(data)
    near = min(len(changed), 700)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    if kind == 1:
        for _ in range(rng.choice((1, 3, 10))):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    elif kind == 2:
        at = rng.randrange(near)
        changed[at : at + rng.randrange(4)] = rng.choice(TOKENS)
    elif kind == 3:
        lines = data.split(b"\n")
        at = rng.randrange(len(lines))
        lines[at : at + 1] = rng.choice([[], [lines[at]] * 2, [rng.choice(TOKENS)]])
        return b"\n".join(lines)
    else:
        at = rng.randrange(near)
        changed[at : at + 1] = bytes([rng.choice(BYTES)])
    return bytes(changed)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("error")
def test_spoilt_files_give_a_photometry_or_a_code(tmp_path, seed):
    """Whatever comes in, no other error comes out, and what is read is a distribution."""
    rng = random.Random(seed)
    path = tmp_path / "x"
    whole = []
    for write in (lighting.write_ies, lighting.write_ldt):
        write(generic_photometry("SHP 100", rng.choice(("road", "flood", "globe"))), path)
        whole.append(path.read_bytes())
    whole.append(
        b"IESNA91\nTILT=INCLUDE\n1\n3\n0 45 90\n1 .9 .8\n1 1000 1 3 3 2 1 -.5 0 0\n0.9,1 100\n"
        b"-90 0 90\n-90 0 90\n0 5 0\n5 100 5\n0 5 0\n"
    )
    refused = 0
    for _ in range(250):
        path.write_bytes(spoilt(rng.choice(whole), rng))
        try:
            ph = read_photometry(path)
        except JumeauError as caught:
            refused += 1
            for lang in ("fr", "en"):
                sentences = "".join(messages.render(caught.code, caught.data, lang))
                assert not re.search("‹[a-z_]+›", sentences)
        else:
            assert np.isfinite(ph.candela).all() and ph.candela.max() > 0 and ph.flux_lm > 0
            assert np.isfinite(ph.flux_codes).all() and 0 <= ph.ulr <= 1 + 1e-9
    assert refused > 100
