# SPDX-License-Identifier: EUPL-1.2
"""Photometric files of makers: IES LM-63 and EULUMDAT, told apart by what they hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.lighting import eulumdat, ies
from jumeau.worksites.lighting.eulumdat import write_ldt
from jumeau.worksites.lighting.ies import write_ies
from jumeau.worksites.lighting.photometry import Photometry
from jumeau.worksites.lighting.reading_text import label, read_text

_CLOSURE = 0.03
"""Gap between the declared light output ratio and the integral that is told, relative."""

__all__ = ["photometry_findings", "read_photometry", "write_ies", "write_ldt"]


def read_photometry(path: str | Path, *, lamp_set: int = 1) -> Photometry:
    """Read the photometric file of a luminaire, whatever its format and its suffix.

    Parameters
    ----------
    path : str or Path
        IES file (ANSI/IES LM-63 of 1986 to 2019; types A, B and C) or EULUMDAT file, in any usual
        encoding, with decimal points or commas.
    lamp_set : int
        Lamp set of an EULUMDAT file that offers several, from 1.

    Returns
    -------
    Photometry
        Intensities [cd] over whole C planes: C0 along the road, C90 towards the carriageway, C
        rising counter-clockwise seen from above.

    Raises
    ------
    MissingFileError
        ``JUM-L032`` when there is no such file.
    InvalidError
        ``JUM-L033`` for what is no text, ``JUM-L034`` for another format, ``JUM-L035`` to
        ``JUM-L041`` for what the file holds, with its line.
    UnknownNameError
        ``JUM-L045`` for a lamp set that the file has not.

    Notes
    -----
    Plane 0 of an IES file looks towards the road: I(C) = I_ies(C − 90°). Intensities are

        IES        value · multiplier · ballast factor · TILT factor at 0°
                   (also · ballast-lamp factor until 1991)
        EULUMDAT   value · conversion factor · Φ / 1000

    with Φ the flux of the lamp set. Absolute photometry (−1 lumen, negative number of lamps) bears
    the flux of the luminaire. ANSI/IES LM-63-2019; A. Stockmar, EULUMDAT, 1990; CIE 121-1996.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from jumeau.worksites import lighting
    >>> with TemporaryDirectory() as folder:
    ...     lighting.write_ldt(lighting.generic_photometry("SHP 100"), Path(folder) / "a.ldt")
    ...     ph = lighting.read_photometry(Path(folder) / "a.ldt")
    >>> ph.flux_lm, round(ph.lor, 3), ph.generic
    (10500.0, 0.75, True)
    """
    file = read_text(path)
    if ies.looks_like(file):
        return ies.parse(file)
    if eulumdat.looks_like(file):
        return eulumdat.parse(file, lamp_set)
    raise error("JUM-L034", file=file.name, first=label(file.lines[0], 60))


def photometry_findings(photometry: Photometry, table: str = "", entity: str = "") -> list[Finding]:
    """Return what an engineer should know of a photometry that was read.

    Parameters
    ----------
    photometry : Photometry
        As read.
    table, entity : str
        What the findings are about; the file by default.
    """
    about = entity or (photometry.source.file if photometry.source else photometry.name)
    found = [replace(item, table=table, entity=about) for item in photometry.remarks]
    declared = photometry.declared_lor
    if declared and abs(photometry.lor - declared) > _CLOSURE * declared:
        found.append(
            finding("JUM-L043", table, about, name=about, declared=round(100 * declared, 1),
                    found=round(100 * photometry.lor, 1))
        )  # fmt: skip
    elif not declared and photometry.lor > 1.0 + _CLOSURE and not photometry.generic:
        found.append(
            finding("JUM-L046", table, about, name=about, found=round(100 * photometry.lor, 1))
        )
    return found
