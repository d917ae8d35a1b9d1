# SPDX-License-Identifier: EUPL-1.2
"""IES files, ANSI/IES LM-63 of 1986, 1991, 1995, 2002 and 2019: reading and writing.

Plane 0 of an IES file looks towards the road, C0 of this house along it: I(C) = I_ies(C − 90°).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.lighting import lamps, planes
from jumeau.worksites.lighting.photometry import (
    LampSet,
    LampTilt,
    Photometry,
    PhotometrySource,
    given,
)
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
    read_text,
    rising,
    save,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDITIONS = {
    "LM-63-1991": "IESNA91",
    "LM-63-1995": "IESNA:LM-63-1995",
    "LM-63-2002": "IESNA:LM-63-2002",
    "LM-63-2019": "IES:LM-63-2019",
}
"""First line of a file by edition; that of 1986 had none."""
_FIRST = re.compile(r"\s*IES(?:NA)?(?:\s*:\s*LM-?63-?(?:19|20)?(\d\d)|(86|91|95))\b", re.I)
_TILT = re.compile(r"\s*TILT\s*=\s*(.*?)\s*", re.I)
_KEYWORD = re.compile(r"\s*\[([^\]]+)\]\s*(.*?)\s*")
_FLUX = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_FOOT = 0.3048
_HEADER = (
    ("the number of lamps", "le nombre de lampes"),
    ("the lumens per lamp", "le flux par lampe"),
    ("the candela multiplier", "le multiplicateur des intensités"),
    ("the number of vertical angles", "le nombre d'angles verticaux"),
    ("the number of horizontal angles", "le nombre d'angles horizontaux"),
    ("the photometric type", "le type de photométrie"),
    ("the unit of lengths", "l'unité des longueurs"),
    ("the width", "la largeur"),
    ("the length", "la longueur"),
    ("the height", "la hauteur"),
    ("the ballast factor", "le facteur de ballast"),
    ("the second ballast factor", "le second facteur de ballast"),
    ("the input power", "la puissance"),
)


class _Header(NamedTuple):
    """The thirteen numbers before the angles."""

    lamps: int
    lumens: float
    scale: float
    vertical: int
    horizontal: int
    kind: str
    size: tuple[float, float, float]
    round_area: bool
    watts: float
    second: float
    """Ballast-lamp factor until 1991, reserved in 1995 and 2002, how the file was made in 2019."""


def looks_like(file: TextFile) -> bool:
    """Tell whether a text is an IES file: by its first line or its TILT line."""
    return bool(_FIRST.match(file.lines[0])) or _tilt_line(file) is not None


def parse(file: TextFile) -> Photometry:
    """Return the photometry of the text of an IES file.

    Raises
    ------
    InvalidError
        ``JUM-L034`` to ``JUM-L041``, with the line.
    """
    edition = _edition(file.lines[0])
    at = _tilt_line(file)
    if at is None:
        raise error("JUM-L036", file=file.name, line=str(len(file.lines)), found=0, wanted=1,
                    item={"en": "TILT line", "fr": "ligne TILT"})  # fmt: skip
    words = _keywords(file.lines[:at])
    cells = [
        Cell(text, line)
        for line, row in enumerate(file.lines[at + 1 :], start=at + 2)
        for text in row.split()
    ]
    tilt = str(_TILT.fullmatch(file.lines[at])[1])  # type: ignore[index]
    included = tilt.upper() == "INCLUDE"
    cells = _decimals(file, cells, included)
    table = None
    if included:
        table, cells = _tilt_table(file.name, cells)
    elif tilt.upper() != "NONE":
        table = _tilt_file(file, tilt, at + 1)
    header = _header(file, cells, edition)
    vertical, horizontal, rows = _web(file, cells, header)
    rows *= header.scale
    if table is not None:
        rows *= float(np.interp(0.0, table.angles, table.factors))
    if not rows.any():
        raise error("JUM-L038", file=file.name)
    remarks = list(_remarks(file.name, edition, header, horizontal, rows))
    c, gamma, candela = _planes(file.name, header, vertical, horizontal, rows)
    if not candela.any():
        raise error("JUM-L038", file=file.name)
    found = _photometry(file, edition, words, header, table, (c, gamma, candela))
    return replace(found, remarks=tuple(remarks)) if remarks else found


def _remarks(
    name: str,
    edition: str,
    header: _Header,
    horizontal: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> Iterator[Finding]:
    """Yield what is odd in a file and was settled."""
    reserved = edition > "LM-63-1991" and header.second != 1.0
    if reserved and not (edition >= "LM-63-2019" and 1.0 <= header.second < 2.0):
        yield finding("JUM-L049", name=name, edition=edition, factor=header.second)
    if header.kind == "C" and (horizontal[0], horizontal[-1]) == (0.0, 360.0):
        gap = float(np.abs(rows[0] - rows[-1]).max() / rows.max())
        if gap > 0:
            yield finding("JUM-L048", name=name, gap=round(100 * gap, 3))


def _edition(first: str) -> str:
    found = _FIRST.match(first)
    if not found:
        return "LM-63-1986"
    year = found[1] or found[2]
    return f"LM-63-{'19' if int(year) > 80 else '20'}{year}"


def _tilt_line(file: TextFile) -> int | None:
    return next((at for at, row in enumerate(file.lines) if _TILT.fullmatch(row)), None)


def _keywords(rows: list[str]) -> dict[str, str]:
    """Return the keyword lines; [MORE] goes on with the one before."""
    words: dict[str, str] = {}
    last = ""
    for row in rows:
        found = _KEYWORD.fullmatch(row)
        if not found:
            continue
        name = found[1].strip().upper()
        if name == "MORE" and last:
            words[last] = f"{words[last]} {found[2]}".strip()
        else:
            last = name
            words.setdefault(name, found[2])
    return words


def _decimals(file: TextFile, cells: list[Cell], included: bool) -> list[Cell]:
    """Return the cells without commas, which separate numbers or mark their decimals.

    The standard lets commas separate; some tools write decimals with them. The meaning that gives
    the number of values that the file announces is taken.
    """
    if not any("," in cell.text for cell in cells):
        return cells
    split = [Cell(part, cell.line) for cell in cells for part in cell.text.split(",") if part]
    dots = any("." in cell.text for cell in cells)
    bare = [cell._replace(text=cell.text.strip(",")) for cell in cells if cell.text.strip(",")]
    marked = [cell._replace(text=cell.text.replace(",", ".")) for cell in bare]
    fits = [_announced(choice, included) == len(choice) for choice in (split, marked)]
    if fits[0] != fits[1]:
        return split if fits[0] else [point(file.name, cell, dots=dots) for cell in bare]
    if all(fits):
        for cell in bare:  # none left but at the ends of numbers
            point(file.name, cell, dots=True)
    return split if dots or all(fits) else [point(file.name, cell, dots=False) for cell in bare]


def _announced(cells: list[Cell], included: bool) -> int | None:
    """Return how many values the file announces, from the TILT table to the last intensity."""
    try:
        start = 0
        if included:
            start = 2 + 2 * round(float(cells[1].text))
        vertical, horizontal = (round(float(cells[start + k].text)) for k in (3, 4))
    except (ValueError, IndexError, OverflowError):
        return None
    return start + 13 + vertical + horizontal + vertical * horizontal


def _tilt_table(name: str, cells: list[Cell]) -> tuple[LampTilt, list[Cell]]:
    """Return the TILT table that the values begin with, and the values after it."""
    item = ("the TILT table", "la table TILT")
    _enough(name, cells, 2, item)
    geometry = int(number(name, cells[0], item, 1, 3, whole=True))
    count = int(number(name, cells[1], item, 1, 10000, whole=True))
    _enough(name, cells, 2 + 2 * count, item)
    angles = [number(name, cell, item, 0, 180) for cell in cells[2 : 2 + count]]
    factors = [number(name, cell, item, 0, 100) for cell in cells[2 + count : 2 + 2 * count]]
    rising(name, "TILT", np.array(angles), cells[2 : 2 + count])
    if not np.interp(0.0, angles, factors) > 0:
        raise bad_value(name, cells[2 + count], item, ("a factor > 0", "un facteur > 0"))
    return LampTilt(geometry, tuple(angles), tuple(factors)), cells[2 + 2 * count :]


def _tilt_file(file: TextFile, tilt: str, line: int) -> LampTilt:
    """Read the TILT table of its own file, beside the photometric file."""
    wanted = re.split(r"[/\\]", tilt)[-1].strip().casefold()
    try:
        beside = {other.name.casefold(): other for other in file.path.parent.iterdir()}
    except OSError:
        beside = {}
    if not wanted or wanted not in beside or not beside[wanted].is_file():
        raise error("JUM-L040", file=file.name, line=str(line), tilt=tilt[:60])
    table = read_text(beside[wanted])
    cells = [Cell(text, at) for at, row in enumerate(table.lines, 1) for text in row.split()]
    if cells and cells[0].text.upper().startswith("TILT"):
        cells = cells[1:]
    found, rest = _tilt_table(table.name, _decimals(table, cells, False))
    _enough(table.name, rest, 0, ("the TILT table", "la table TILT"))
    return found


def _enough(name: str, cells: list[Cell], wanted: int, item: tuple[str, str]) -> None:
    """Refuse a file that ends before a number of values, or goes on where it should end."""
    if len(cells) < wanted or (wanted == 0 and cells):
        raise error("JUM-L036", file=name, line=str(cells[-1].line if cells else 0),
                    found=len(cells), wanted=wanted,
                    item={"en": f"values of {item[0]}", "fr": f"valeurs de {item[1]}"})  # fmt: skip


def _header(file: TextFile, cells: list[Cell], edition: str) -> _Header:
    name = file.name
    _enough(name, cells, len(_HEADER), ("the header", "l'en-tête"))

    def get(k: int, low: float = -1e9, high: float = 1e9, whole: bool = False) -> float:
        return number(name, cells[k], _HEADER[k], low, high, whole=whole)

    lumens = get(1)
    if not (lumens > 0 or lumens == -1):
        raise error("JUM-L039", file=name, line=str(cells[1].line), value=cells[1].text)
    scale = get(2, 0) * get(10, 0)
    second = get(11, 0)
    if edition <= "LM-63-1991":  # reserved, then the generation of the file in later editions
        scale *= second
    unit = _FOOT if get(6, 1, 2, whole=True) == 1 else 1.0
    width, length, height = get(7), get(8), get(9)
    disc = (width < 0 or length < 0) and (width <= 0 and length <= 0)
    if disc:
        width = length = max(-width, -length)
    return _Header(
        lamps=int(get(0, 1, 10000, whole=True)),
        lumens=lumens,
        scale=scale,
        vertical=int(get(3, 2, 100000, whole=True)),
        horizontal=int(get(4, 1, 100000, whole=True)),
        kind="CBA"[int(get(5, 1, 3, whole=True)) - 1],
        size=(abs(length) * unit, abs(width) * unit, abs(height) * unit),
        round_area=disc or width < 0 or length < 0,
        watts=get(12, 0),
        second=second,
    )


def _web(
    file: TextFile, cells: list[Cell], header: _Header
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return vertical and horizontal angles and the values, one row per horizontal angle."""
    name, nv, nh = file.name, header.vertical, header.horizontal
    wanted, start = nv + nh + nv * nh, len(_HEADER)
    body = cells[start:]
    if len(body) != wanted:
        raise error("JUM-L036", file=name, line=str(cells[-1].line), found=len(body),
                    wanted=wanted, item={"en": "angles and intensities",
                                         "fr": "angles et intensités"})  # fmt: skip
    angle, candela = ("an angle", "un angle"), ("an intensity", "une intensité")
    low, high = (0, 360) if header.kind == "C" else (-90, 90)
    vertical = np.array([number(name, c, angle, low, min(high, 180)) for c in body[:nv]])
    horizontal = np.array([number(name, c, angle, low, high) for c in body[nv : nv + nh]])
    values = [number(name, c, candela, 0) for c in body[nv + nh :]]
    rising(name, "vertical", vertical, body[:nv])
    rising(name, "horizontal", horizontal, body[nv : nv + nh])
    return vertical, horizontal, np.array(values).reshape(nh, nv)


def _planes(
    name: str,
    header: _Header,
    vertical: NDArray[np.float64],
    horizontal: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return closed C planes, γ and intensities in the convention of the house."""
    if header.kind != "C":
        across = planes.half_sphere(horizontal, rows) if horizontal.size > 1 else None
        upright = planes.half_sphere(vertical, across[1].T) if across else None
        if across is None or upright is None:
            raise bad_angles(name, f"type {header.kind}",
                             "they must go from −90 or 0 to 90",
                             "ils doivent aller de −90 ou 0 à 90")  # fmt: skip
        return planes.to_c(header.kind, across[0], upright[0], upright[1].T)
    whole = planes.full_gamma(vertical, rows)
    if whole is None:
        raise bad_angles(
            name, "vertical",
            f"they go from {vertical[0]:g} to {vertical[-1]:g}, not from 0 or 90 to 90 or 180, "
            "and light remains at the end",
            f"ils vont de {vertical[0]:g} à {vertical[-1]:g} et non de 0 ou 90 à 90 ou 180, "
            "alors qu'il reste de la lumière au bout",
        )  # fmt: skip
    gamma, rows = whole
    ends = (float(horizontal[0]), float(horizontal[-1]))
    if ends == (0.0, 0.0):
        horizontal = np.arange(0.0, 360.0, 90.0)
        rows = np.repeat(rows, 4, axis=0)
    elif ends == (0.0, 90.0):
        horizontal, rows = planes.mirror(*planes.mirror(horizontal, rows, 90.0), 0.0)
    elif ends == (0.0, 180.0):
        horizontal, rows = planes.mirror(horizontal, rows, 0.0)
    elif ends == (90.0, 270.0):
        horizontal, rows = planes.mirror(horizontal, rows, 90.0)
    elif ends == (0.0, 360.0):
        horizontal, rows = planes.closed(name, "horizontal", horizontal, rows)
    else:
        raise bad_angles(
            name, "horizontal",
            f"they go from {ends[0]:g} to {ends[1]:g}, not 0, 0–90, 0–180, 90–270 or 0–360",
            f"ils vont de {ends[0]:g} à {ends[1]:g}, et non 0, 0–90, 0–180, 90–270 ou 0–360",
        )  # fmt: skip
    c, candela = planes.turn(horizontal, rows, 90.0)
    return c, gamma, candela


def _photometry(
    file: TextFile,
    edition: str,
    words: dict[str, str],
    header: _Header,
    table: LampTilt | None,
    web: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> Photometry:
    c, gamma, candela = web
    absolute = header.lumens == -1
    flux = header.lamps * header.lumens
    if absolute:
        flux = Photometry("", c, gamma, candela, 1.0).flux()
        told = _FLUX.fullmatch(words.get("_LUMINAIRE_LUMENS", ""))  # what our writer leaves
        if told and 0.5 < float(told[0]) / flux < 2.0:
            flux = float(told[0])
    lamp = words.get("LAMP") or words.get("LAMPCAT") or ""
    read = lamps.parse(lamp)
    generic = GENERIC.search(words.get("OTHER", ""))
    return Photometry(
        name=words.get("LUMINAIRE") or words.get("LUMCAT") or file.path.stem,
        c_angles=c,
        gamma_angles=gamma,
        candela=candela,
        flux_lm=flux,
        lamp_type=read.lamp_type or "",
        power_w=header.watts or None,
        cct_k=read.cct_k,
        generic=bool(generic),
        spread=float(generic[1]) / 100 if generic else 0.0,
        luminous_size=header.size,
        round_area=header.round_area,
        absolute=absolute,
        manufacturer=words.get("MANUFAC", ""),
        lamp=lamp,
        lamp_sets=(LampSet(header.lamps, lamp, flux, "", "", header.watts),),
        lamp_tilt=table,
        source=PhotometrySource(file.name, file.sha256, "IES", edition),
    )


def write_ies(photometry: Photometry, path: str | Path, *, edition: str = "LM-63-2002") -> None:
    """Write a photometry as an IES file, type C.

    Parameters
    ----------
    photometry : Photometry
        Distribution; the symmetries that it has exactly spare planes.
    path : str or Path
        File to write, in Windows-1252.
    edition : str
        ``LM-63-1991``, ``LM-63-1995``, ``LM-63-2002`` (what most tools read) or ``LM-63-2019``.

    Raises
    ------
    InvalidError
        ``JUM-L004`` for what is no photometry.
    UnknownNameError
        ``JUM-L044`` for an unknown edition.
    StorageError
        ``JUM-L042`` when the disk refuses.

    Notes
    -----
    Intensities are in candela with ten significant digits, plane 0 towards the road, lengths in
    metres. ANSI/IES LM-63-2019.
    """
    if edition not in EDITIONS:
        raise error("JUM-L044", edition=str(edition), known=list(EDITIONS))
    c, rows = planes.turn(given(photometry).c_angles[:-1], photometry.candela[:-1], -90.0)
    gamma, rows = planes.ended_gamma(photometry.gamma_angles, rows)
    mirrors = planes.symmetry(c, rows)
    if mirrors.rotational:
        keep = c == 0.0
    elif mirrors.along and mirrors.across and {90.0, 180.0} <= set(c.tolist()):
        keep = c <= 90.0
    elif mirrors.along and 180.0 in c:
        keep = c <= 180.0
    elif mirrors.across and {90.0, 270.0} <= set(c.tolist()):
        keep = (c >= 90.0) & (c <= 270.0)
    else:
        keep = c <= 360.0
    c, rows = c[keep], rows[keep]
    table = photometry.lamp_tilt
    if table is not None:
        rows = rows / float(np.interp(0.0, table.angles, table.factors))
    length, width, height = photometry.luminous_size
    if photometry.round_area:  # both negative for a circle, one for an ellipse
        width, length = -width, -length if length == width else length
    count = photometry.lamp_sets[0].lamps if photometry.lamp_sets else 1
    count = max(1, abs(count))
    lumens = -1.0 if photometry.absolute else photometry.flux_lm / count
    generation = "1.00001" if edition == "LM-63-2019" else "1"
    lines = [
        EDITIONS[edition],
        *_labels(photometry),
        *_tilt_lines(table),
        " ".join(
            [str(count), positional(lumens), "1", str(gamma.size), str(c.size), "1", "2"]
            + [positional(value) for value in (width, length, height)]
        ),
        f"1 {generation} {positional(photometry.power_w or 0.0)}",
        *_wrapped(gamma),
        *_wrapped(c),
    ]
    for row in rows:
        lines.extend(_wrapped(row))
    save(path, "\r\n".join(lines) + "\r\n")


def _labels(photometry: Photometry) -> list[str]:
    lamp = photometry.lamp or " ".join(
        part
        for part in (
            photometry.lamp_type,
            f"{photometry.power_w:g}W" if photometry.power_w else "",
            f"{photometry.cct_k:g}K" if photometry.cct_k else "",
        )
        if part
    )
    rows = [
        ("TEST", ""),
        ("TESTLAB", ""),
        ("ISSUEDATE", ""),
        ("MANUFAC", photometry.manufacturer),
        ("LUMINAIRE", photometry.name),
        ("LAMP", lamp),
    ]
    if photometry.absolute:
        rows.append(("_LUMINAIRE_LUMENS", positional(photometry.flux_lm)))
    if photometry.generic:
        rows.append(("OTHER", f"generic distribution, +-{100 * photometry.spread:g} %"))
    return [f"[{name}] {label(text, 240)}".rstrip() for name, text in rows]


def _tilt_lines(table: LampTilt | None) -> list[str]:
    if table is None:
        return ["TILT=NONE"]
    return ["TILT=INCLUDE", str(table.geometry), str(len(table.angles)),
            *_wrapped(np.array(table.angles)), *_wrapped(np.array(table.factors))]  # fmt: skip


def _wrapped(values: NDArray[np.float64]) -> list[str]:
    """Return numbers on lines that stay within the 132 characters of older editions."""
    texts = [positional(value) for value in values]
    return [" ".join(texts[k : k + 9]) for k in range(0, len(texts), 9)]
