# SPDX-License-Identifier: EUPL-1.2
"""Photometric files spoilt one way each: none of them is a distribution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ANGLES = [0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0]
PLANES = [0.0, 90.0, 180.0, 270.0]


def ies(
    *,
    head: str = "IESNA:LM-63-2002",
    tilt: str = "TILT=NONE",
    lamps: str = "1 1000 1",
    gamma: list[float] | None = None,
    c: list[float] | None = None,
    kind: str = "1",
    counts: tuple[int, int] | None = None,
    value: str = "100",
    rest: str = "1 1 25",
) -> str:
    """Return an IES file of constant intensity, sound unless told otherwise.

    Parameters
    ----------
    head, tilt, lamps, kind, rest : str
        First line, line of tilt; lamps, lumens and multiplier; photometric type; ballast factor,
        second factor and power.
    gamma, c : list of float, optional
        Angles and planes [°].
    counts : (int, int), optional
        Numbers of angles and planes announced, when they are not those that follow.
    value : str
        Each intensity [cd].
    """
    gamma, c = ANGLES if gamma is None else gamma, [*PLANES, 360.0] if c is None else c
    m, n = counts or (len(gamma), len(c))
    rows = "\n".join(" ".join([value] * len(gamma)) for _ in c)
    angles, planes = (" ".join(f"{angle:g}" for angle in some) for some in (gamma, c))
    return (
        f"{head}\n[TEST] spoilt\n{tilt}\n{lamps} {m} {n} {kind} 2 0.1 0.1 0\n{rest}\n"
        f"{angles}\n{planes}\n{rows}\n"
    )


def eulumdat(
    *,
    symmetry: str = "0",
    counts: tuple[str, str] = ("4", "7"),
    gamma: list[float] | None = None,
    c: list[float] | None = None,
    flux: str = "1000",
    lamps: str = "1",
    sets: str = "1",
    factor: str = "1",
    value: str = "100",
) -> str:
    """Return a EULUMDAT file of constant intensity, sound unless told otherwise.

    Parameters
    ----------
    symmetry, flux, lamps, sets, factor : str
        Symmetry, flux and number of lamps, sets of lamps, conversion factor.
    counts : (str, str)
        Numbers of planes and of angles announced.
    gamma, c : list of float, optional
        Angles and planes [°].
    value : str
        Each intensity [cd/klm].
    """
    gamma, c = ANGLES if gamma is None else gamma, PLANES if c is None else c
    stored = len(c) if symmetry != "1" else 1
    lines = ["Maker", "1", symmetry, counts[0], "90", counts[1], "15", "", "Name", "1", "f.ldt",
             "2024", "100", "100", "100", "50", "50", "0", "0", "0", "0", "100", "100", factor, "0",
             sets, lamps, "LED", flux, "3000", "80", "25", *["0.5"] * 10]  # fmt: skip
    lines += [f"{angle:g}" for angle in [*c, *gamma]] + [value] * (stored * len(gamma))
    return "\r\n".join(lines) + "\r\n"


FAULTS: dict[str, Callable[[], bytes]] = {
    "empty.ies": lambda: b"",
    "blank.ldt": lambda: b"\r\n" * 60,
    "binary.ies": lambda: bytes(range(256)) * 40,
    "binary.ldt": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "letter.ies": "Madame, Monsieur,\nveuillez trouver ci-joint…\n".encode,
    "cut-in-the-values.ies": lambda: ies().encode()[:-40],
    "cut-in-the-angles.ies": lambda: ies().encode()[:85],
    "cut-in-the-values.ldt": lambda: eulumdat().encode()[:-60],
    "cut-in-the-header.ldt": lambda: b"\r\n".join(eulumdat().encode().split(b"\r\n")[:24]),
    "dark.ies": lambda: ies(value="0").encode(),
    "dark.ldt": lambda: eulumdat(value="0").encode(),
    "multiplied-by-zero.ies": lambda: ies(lamps="1 1000 0").encode(),
    "without-flux.ldt": lambda: eulumdat(flux="0").encode(),
    "without-flux.ies": lambda: ies(lamps="1 0 1").encode(),
    "negative-flux.ies": lambda: ies(lamps="1 -500 1").encode(),
    "negative-flux.ldt": lambda: eulumdat(flux="-1000").encode(),
    "negative-intensities.ies": lambda: ies(value="-10").encode(),
    "negative-intensities.ldt": lambda: eulumdat(value="-10").encode(),
    "infinite.ies": lambda: ies(value="inf").encode(),
    "not-a-number.ldt": lambda: eulumdat(value="nan").encode(),
    "words-for-values.ies": lambda: ies(value="many").encode(),
    "angles-back.ies": lambda: ies(gamma=[0.0, 15.0, 45.0, 30.0, 60.0, 75.0, 90.0]).encode(),
    "angles-twice.ldt": lambda: eulumdat(gamma=[0, 15, 15, 30, 45, 60, 90]).encode(),
    "planes-back.ies": lambda: ies(c=[0.0, 180.0, 90.0, 270.0, 360.0]).encode(),
    "planes-back.ldt": lambda: eulumdat(c=[0, 180, 90, 270]).encode(),
    "angles-incomplete.ies": lambda: ies(gamma=[10.0, 20.0, 30.0]).encode(),
    "angles-incomplete.ldt": lambda: eulumdat(gamma=[5, 15, 30, 45, 60, 75, 90]).encode(),
    "planes-incomplete.ies": lambda: ies(c=[0.0, 45.0, 120.0]).encode(),
    "angles-beyond.ies": lambda: ies(gamma=[0.0, 90.0, 200.0]).encode(),
    "one-angle.ies": lambda: ies(gamma=[0.0]).encode(),
    "no-plane.ies": lambda: ies(counts=(7, 0)).encode(),
    "millions-of-planes.ies": lambda: ies(counts=(100_000, 100_000)).encode(),
    "millions-of-planes.ldt": lambda: eulumdat(counts=("99999999", "99999999")).encode(),
    "negative-counts.ies": lambda: ies(counts=(-7, -5)).encode(),
    "symmetry-7.ldt": lambda: eulumdat(symmetry="7").encode(),
    "type-4.ies": lambda: ies(kind="4").encode(),
    "without-lamps.ldt": lambda: eulumdat(sets="0").encode(),
    "lamps-by-the-million.ldt": lambda: eulumdat(sets="1000000").encode(),
    "tilt-without-table.ies": lambda: ies(tilt="TILT=INCLUDE").encode(),
    "tilt-elsewhere.ies": lambda: ies(tilt="TILT=NOWHERE.TLT").encode(),
    "factor-zero.ldt": lambda: eulumdat(factor="0").encode(),
}
"""Name of a spoilt file → its bytes."""


def spoilt(fault: str, folder: Path) -> Path:
    """Write one spoilt file and return where.

    Parameters
    ----------
    fault : str
        Name among :data:`FAULTS`.
    folder : Path
        Where to write.
    """
    path = folder / fault
    path.write_bytes(FAULTS[fault]())
    return path
