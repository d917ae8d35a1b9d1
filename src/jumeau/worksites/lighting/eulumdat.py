# SPDX-License-Identifier: EUPL-1.2
"""EULUMDAT files (Stockmar, 1990): reading and writing.

One value per line; intensities in candela per kilolumen of the lamp set. Planes are those of the
house: C0 along the road, C90 towards the carriageway.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.lighting import lamps, planes
from jumeau.worksites.lighting.photometry import LampSet, Photometry, PhotometrySource, given
from jumeau.worksites.lighting.reading_text import (
    GENERIC,
    Cell,
    TextFile,
    bad_angles,
    bad_value,
    label,
    number,
    point,
    positional,
    rising,
    save,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_Text = tuple[str, str]
_MOST = 100_000
_SYMMETRIC = {0: (0.0,), 2: (0.0, 180.0), 3: (90.0, 270.0), 4: (0.0, 90.0)}
"""Planes that a file must have for its symmetry."""


class _Head(NamedTuple):
    """What stands before the angles."""

    maker: str
    name: str
    user: str
    symmetry: int
    planes: int
    c_step: float
    gammas: int
    gamma_step: float
    size: tuple[float, float, float]
    round_area: bool
    lor: float
    factor: float
    tilt: float
    sets: tuple[LampSet, ...]


class _Lines:
    """The lines of a file, taken one by one."""

    def __init__(self, file: TextFile) -> None:
        self.file = file
        self.at = 0
        numeric = (row.strip() for row in file.lines[2:])
        self.dots = any(re.fullmatch(r"-?\d*\.\d+", row, re.ASCII) for row in numeric)

    def cell(self, item: _Text) -> Cell:
        """Return the next line, whatever it holds."""
        if self.at >= len(self.file.lines):
            raise error("JUM-L036", file=self.file.name, line=str(self.at), found=self.at,
                        wanted=self.at + 1,
                        item={"en": f"lines: next comes {item[0]}",
                              "fr": f"lignes : vient ensuite {item[1]}"})  # fmt: skip
        self.at += 1
        return Cell(self.file.lines[self.at - 1], self.at)

    def text(self, item: _Text) -> str:
        """Return the next line as a text."""
        return self.cell(item).text.strip()

    def number(
        self, item: _Text, low: float = -1e9, high: float = 1e9, *, whole: bool = False
    ) -> float:
        """Return the next line as a number; an optional one left empty is 0."""
        cell = point(self.file.name, self.cell(item), dots=self.dots)
        return number(self.file.name, cell, item, low, high, whole=whole)

    def optional(self, item: _Text) -> float:
        """Return the next line as a number that files may leave out: 0 when it is empty."""
        if self.at < len(self.file.lines) and not self.file.lines[self.at].strip():
            self.at += 1
            return 0.0
        return self.number(item, 0)


def looks_like(file: TextFile) -> bool:
    """Tell whether a text is an EULUMDAT file: whole codes of type and symmetry on lines 2, 3."""
    codes = [row.strip() for row in file.lines[1:4]]
    return (
        len(codes) == 3
        and re.fullmatch(r"[0-9](?:[.,]0*)?", codes[0]) is not None
        and re.fullmatch(r"[0-9](?:[.,]0*)?", codes[1]) is not None
    )


def parse(file: TextFile, lamp_set: int = 1) -> Photometry:
    """Return the photometry of the text of an EULUMDAT file.

    Raises
    ------
    InvalidError
        ``JUM-L034`` to ``JUM-L041``, with the line.
    UnknownNameError
        ``JUM-L045`` for a lamp set that the file has not.
    """
    lines = _Lines(file)
    head = _head(lines)
    remarks: list[Finding] = []
    c, gamma, rows = _web(lines, head, remarks)
    if not 1 <= lamp_set <= len(head.sets):
        raise error("JUM-L045", file=file.name, lamp_set=str(lamp_set), count=len(head.sets))
    lamp = head.sets[lamp_set - 1]
    candela = rows * (head.factor * lamp.flux_lm / 1000.0)
    if not candela.any():
        raise error("JUM-L038", file=file.name)
    whole = planes.full_gamma(gamma, candela)
    if whole is None:
        raise bad_angles(
            file.name, "γ",
            f"they go from {gamma[0]:g} to {gamma[-1]:g}, not from 0 or 90 to 90 or 180, "
            "and light remains at the end",
            f"ils vont de {gamma[0]:g} à {gamma[-1]:g} et non de 0 ou 90 à 90 ou 180, "
            "alors qu'il reste de la lumière au bout",
        )  # fmt: skip
    gamma, candela = whole
    c, candela = planes.turn(c, candela)
    read = lamps.parse(f"{lamp.name} {lamp.colour}")
    generic = GENERIC.search(head.user)
    return Photometry(
        name=head.name or file.path.stem,
        c_angles=c,
        gamma_angles=gamma,
        candela=candela,
        flux_lm=lamp.flux_lm,
        lamp_type=lamps.parse(lamp.name).lamp_type or "",
        power_w=lamp.power_w or None,
        cct_k=_kelvins(lamp.colour) or read.cct_k,
        generic=bool(generic),
        spread=float(generic[1]) / 100 if generic else 0.0,
        luminous_size=head.size,
        round_area=head.round_area,
        tilt=head.tilt,
        absolute=lamp.lamps < 0,
        declared_lor=head.lor / 100.0 if head.lor else None,
        manufacturer=head.maker,
        lamp=lamp.name,
        lamp_sets=head.sets,
        source=PhotometrySource(file.name, file.sha256, "EULUMDAT", "EULUMDAT"),
        remarks=tuple(remarks),
    )


def _kelvins(colour: str) -> float | None:
    """Return the colour temperature of « 4000 », « 3000K », « 830 »; ``None`` for other texts."""
    found = re.fullmatch(r"\s*(\d{3,5})\s*K?\s*", colour, re.ASCII)
    value = lamps.colour_temperature(float(found[1])) if found else 0.0
    return value if 1000.0 <= value <= 20000.0 else None


def _head(lines: _Lines) -> _Head:
    """Read the lines before the angles: 26 and six for each lamp set."""
    maker = lines.text(("the maker", "le fabricant"))
    lines.number(("the type of luminaire", "le type de luminaire"), 0, 3, whole=True)
    symmetry = int(lines.number(("the symmetry", "la symétrie"), 0, 4, whole=True))
    many = int(lines.number(("the number of C planes", "le nombre de plans C"), 1, _MOST,
                            whole=True))  # fmt: skip
    c_step = lines.number(("the distance between C planes", "l'écart des plans C"), 0, 360)
    gammas = int(lines.number(("the number of γ angles", "le nombre d'angles γ"), 2, _MOST,
                              whole=True))  # fmt: skip
    gamma_step = lines.number(("the distance between γ angles", "l'écart des angles γ"), 0, 180)
    lines.text(("the report number", "le numéro de mesure"))
    name = lines.text(("the name", "le nom"))
    code = lines.text(("the luminaire number", "la référence"))
    lines.text(("the file name", "le nom du fichier"))
    user = lines.text(("the date and user", "la date et l'utilisateur"))
    for item in (("the length", "la longueur"), ("the width", "la largeur"),
                 ("the height", "la hauteur")):  # fmt: skip
        lines.optional(item)
    length = lines.optional(("the luminous length", "la longueur lumineuse"))
    width = lines.optional(("the luminous width", "la largeur lumineuse"))
    height = max(lines.optional(("the luminous height", "la hauteur lumineuse")) for _ in range(4))
    lines.optional(("the downward flux fraction", "la part de flux vers le bas"))
    lor = lines.optional(("the light output ratio", "le rendement"))
    factor = lines.number(("the conversion factor", "le facteur de conversion"), 0)
    tilt = lines.number(("the tilt", "l'inclinaison"), -180, 180)
    count = int(lines.number(("the number of lamp sets", "le nombre de jeux de lampes"), 1, 20,
                             whole=True))  # fmt: skip
    sets = tuple(_lamp_set(lines) for _ in range(count))
    for _ in range(10):
        lines.optional(("a direct ratio", "un rapport direct"))
    return _Head(
        maker=maker,
        name=name or code,
        user=user,
        symmetry=symmetry,
        planes=many,
        c_step=c_step,
        gammas=gammas,
        gamma_step=gamma_step,
        size=(length / 1000, (width or length) / 1000, height / 1000),
        round_area=length > 0 and width == 0,
        lor=lor,
        factor=factor,
        tilt=tilt,
        sets=sets,
    )


def _lamp_set(lines: _Lines) -> LampSet:
    item = ("the number of lamps", "le nombre de lampes")
    count = int(lines.number(item, -10000, 10000, whole=True))
    name = lines.text(("the lamp", "la lampe"))
    row = lines.at + 1
    flux = lines.number(("the flux of the lamps", "le flux des lampes"))
    if count == 0 or not flux > 0:
        text = lines.file.lines[row - 1].strip()
        if count == 0:
            raise bad_value(lines.file.name, Cell("0", row - 2), item, ("≠ 0", "≠ 0"))
        raise error("JUM-L039", file=lines.file.name, line=str(row), value=text[:40])
    colour = lines.text(("the colour temperature", "la température de couleur"))
    rendering = lines.text(("the colour rendering", "le rendu des couleurs"))
    power = lines.optional(("the power", "la puissance"))
    return LampSet(count, name, flux, colour, rendering, power)


def _web(
    lines: _Lines, head: _Head, remarks: list[Finding]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return C planes over the whole circle, γ and the intensities in cd/klm."""
    name = lines.file.name
    angles = [lines.number(("a C plane", "un plan C"), 0, 360) for _ in range(head.planes)]
    start = lines.at
    c = np.array(angles)
    gamma = np.array(
        [lines.number(("an angle γ", "un angle γ"), 0, 180) for _ in range(head.gammas)]
    )
    rows = [Cell("", line + 1) for line in range(start - head.planes, lines.at)]
    rising(name, "C", c, rows[: head.planes])
    rising(name, "γ", gamma, rows[head.planes :])
    for which, listed, step in (("C", c, head.c_step), ("γ", gamma, head.gamma_step)):
        if step and (np.abs(np.diff(listed) - step) > max(0.02, 0.05 * step)).any():
            remarks.append(finding("JUM-L047", name=name, which=which, step=step))
    stored = _stored(name, head, c)
    left = len(lines.file.lines) - lines.at
    wanted = stored.size * head.gammas
    if left != wanted:
        raise error("JUM-L036", file=name, line=str(len(lines.file.lines)), found=left,
                    wanted=wanted, item={"en": "intensities", "fr": "intensités"})  # fmt: skip
    item = ("an intensity", "une intensité")
    table = np.array([lines.number(item, 0) for _ in range(wanted)]).reshape(stored.size, -1)
    if head.symmetry == 1:
        return np.arange(0.0, 360.0, 90.0), gamma, np.repeat(table, 4, axis=0)
    if head.symmetry in (2, 4):
        if head.symmetry == 4:
            stored, table = planes.mirror(stored, table, 90.0)
        stored, table = planes.mirror(stored, table, 0.0)
    elif head.symmetry == 3:
        stored, table = planes.mirror(stored, table, 90.0)
    elif stored[-1] == 360.0:
        stored, table = planes.closed(name, "C", stored, table)
    return stored, gamma, table


def _stored(name: str, head: _Head, c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the planes whose intensities the file holds, in its order.

    Symmetry 3 begins at C270 and goes through C0 to C90.
    """
    if head.symmetry == 1:
        return c[:1]
    lacking = [angle for angle in _SYMMETRIC[head.symmetry] if angle not in c]
    if lacking or (head.symmetry == 0 and not _around(c)):
        en = f"plane {lacking[0]:g} is not there" if lacking else "they leave a gap"
        fr = f"le plan {lacking[0]:g} manque" if lacking else "ils laissent un vide"
        raise bad_angles(name, "C", en, fr)
    if head.symmetry == 3:
        return np.concatenate((c[(c >= 270.0) & (c < 360.0)], c[c <= 90.0]))
    last = {0: 360.0, 2: 180.0, 4: 90.0}[head.symmetry]
    return c[c <= last]


def _around(c: NDArray[np.float64]) -> bool:
    """Tell whether planes without symmetry go all around."""
    if c.size < 3:
        return False
    return bool(c[-1] == 360.0 or 360.0 - c[-1] <= 1.5 * np.diff(c).max())


def write_ldt(photometry: Photometry, path: str | Path) -> None:
    """Write a photometry as an EULUMDAT file.

    Parameters
    ----------
    photometry : Photometry
        Distribution; the symmetries that it has exactly spare planes.
    path : str or Path
        File to write, in Windows-1252.

    Raises
    ------
    InvalidError
        ``JUM-L004`` for what is no photometry.
    StorageError
        ``JUM-L042`` when the disk refuses.

    Notes
    -----
    Intensities are in candela per kilolumen with ten significant digits, lengths in millimetres.
    Direct ratios are written as 0: programs compute them. A. Stockmar, EULUMDAT, 1990.
    """
    gamma, table = planes.ended_gamma(given(photometry).gamma_angles, photometry.candela)
    code, stored, rows = _reduced(photometry.c_angles, table)
    c = stored if code == 1 else photometry.c_angles[:-1]
    length, width, height = (1000.0 * value for value in photometry.luminous_size)
    disc = photometry.round_area and length == width
    area = [length, 0.0 if disc else width, *([height] * 4)]
    mark = f"generic distribution, +-{100 * photometry.spread:g} %" if photometry.generic else ""
    lines = [
        label(photometry.manufacturer),
        "1" if code == 1 else "3",
        str(code),
        str(c.size),
        positional(_step(c, 360.0)),
        str(gamma.size),
        positional(_step(gamma)),
        "",
        label(photometry.name),
        "",
        label(re.split(r"[/\\]", str(path))[-1]),
        mark,
        *(positional(value) for value in [length, width, height, *area]),
        positional(100.0 * (1.0 - photometry.ulr)),
        positional(100.0 * photometry.lor),
        "1",
        positional(photometry.tilt),
        *_lamp_lines(photometry),
        *(["0"] * 10),
        *(positional(value) for value in c),
        *(positional(value) for value in gamma),
        *(positional(value) for value in rows.ravel() * (1000.0 / photometry.flux_lm)),
    ]
    save(path, "\r\n".join(lines) + "\r\n")


def _reduced(
    c: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]:
    """Return the code of the symmetry, and the planes to store in the order of the format."""
    mirrors = planes.symmetry(c, rows)
    nodes, table = c[:-1], rows[:-1]

    def has(*angles: float) -> bool:
        return set(angles) <= set(nodes.tolist())

    if mirrors.rotational:
        return 1, nodes[:1], table[:1]
    if mirrors.along and mirrors.across and has(90.0, 180.0):
        keep = np.flatnonzero(nodes <= 90.0)
        return 4, nodes[keep], table[keep]
    if mirrors.along and has(180.0):
        keep = np.flatnonzero(nodes <= 180.0)
        return 2, nodes[keep], table[keep]
    if mirrors.across and has(90.0, 270.0):
        keep = np.concatenate((np.flatnonzero(nodes >= 270.0), np.flatnonzero(nodes <= 90.0)))
        return 3, nodes[keep], table[keep]
    return 0, nodes, table


def _step(angles: NDArray[np.float64], turn: float | None = None) -> float:
    """Return the even step of angles, 0 when it is not even."""
    ends = angles if turn is None else np.append(angles, turn)
    steps = np.diff(ends)
    return float(steps[0]) if steps.size and float(np.ptp(steps)) < 1e-9 else 0.0


def _lamp_lines(photometry: Photometry) -> Iterator[str]:
    """Yield the number of lamp sets, 1, and the lines of the one that the intensities are for."""
    chosen = next((s for s in photometry.lamp_sets if s.flux_lm == photometry.flux_lm), None)
    count = abs(chosen.lamps) if chosen else 1
    kelvins = f"{photometry.cct_k:g}K" if photometry.cct_k else ""
    yield "1"
    yield str(-count if photometry.absolute else count)
    yield label(photometry.lamp or photometry.lamp_type)
    yield positional(photometry.flux_lm)
    yield label(chosen.colour if chosen and chosen.colour else kelvins, 16)
    yield label(chosen.rendering if chosen else "", 6)
    yield positional(photometry.power_w or 0.0)
