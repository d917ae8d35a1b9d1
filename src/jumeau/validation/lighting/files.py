# SPDX-License-Identifier: EUPL-1.2
"""Photometric files: two formats of one luminaire, declared flux, spoilt files, round trips.

Headers and intensities are read a second time by :mod:`jumeau.validation.lighting.containers`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.validation.lighting import containers
from jumeau.validation.lighting.hostile import FAULTS, spoilt
from jumeau.validation.lighting.study import OWN, Figure, Study, lopsided, photometry

if TYPE_CHECKING:
    from jumeau.worksites.lighting import Photometry

FOLDER = "validation/lighting"
SITUATIONS = ("Sit1", "Sit2", "Sit3", "Sit4")
EQUAL = 1e-6
"""Largest accepted difference of intensities, relative to the largest one."""
CLOSED = 0.005
"""Largest accepted relative difference of the integrated flux from the declared one."""
POINT = 0.5
"""Largest accepted difference of a share declared in whole per cent [points]."""
CROSS = "the same measurement in two containers (CIE, files of caverar/LuxTunnel)"
MAKERS = "flux declared in the file by its maker"
DATA = "photometric data, not shipped"


def present(shared: Path | None, kind: str) -> list[Path]:
    """Return the photometric files of the folder, by their suffix.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    kind : str
        ``.ldt`` or ``.ies``.
    """
    return sorted((shared / FOLDER).rglob(f"*{kind}")) if shared else []


@cache
def _read(path: Path) -> Photometry:
    from jumeau.worksites import lighting

    read: Photometry = lighting.read_photometry(path)
    return read


def difference(one: Photometry, other: Photometry) -> float:
    """Return the largest difference of two distributions, in shares of the largest intensity.

    Parameters
    ----------
    one, other : Photometry
        Compared at the directions of both, and between them.
    """
    import numpy as np

    c = np.union1d(one.c_angles, other.c_angles)
    gamma = np.union1d(one.gamma_angles, other.gamma_angles)
    c, gamma = (np.union1d(a, 0.5 * (a[:-1] + a[1:])) for a in (c, gamma))
    grid = np.meshgrid(c, gamma, indexing="ij")
    first, second = (np.asarray(item.intensity(*grid)) for item in (one, other))
    return float(np.abs(first - second).max() / first.max())


def _formats(folder: Path) -> dict[str, float]:
    found = {}
    for name in SITUATIONS:
        ldt = _read(folder / "EULUMDAT" / f"{name}.ldt")
        ies = _read(folder / "IESNA" / f"{name}.ies")
        found[name] = max(difference(ldt, ies), abs(ldt.flux_lm / ies.flux_lm - 1.0))
    return found


def _stored(paths: Mapping[str, Path]) -> dict[str, float]:
    """Return the largest difference of the intensities read from those stored, by file."""
    import numpy as np

    found = {}
    for name, path in paths.items():
        read = _read(path)
        header = (containers.ies if path.suffix == ".ies" else containers.eulumdat)(path)
        expected = containers.spread(header, read.c_angles, header.gamma)
        got = read.intensity(read.c_angles[:, None], header.gamma[None, :])
        known = ~np.isnan(expected)
        stored = len(set((header.c % 360.0).round(6).tolist()))
        if int(known.any(axis=1).sum()) < stored:
            found[name] = float("nan")
            continue
        gap = np.abs(np.where(known, got - expected, 0.0)).max() / header.candela.max()
        found[name] = float(gap)
    return found


def _fluxes(paths: Mapping[str, Path]) -> dict[str, float]:
    """Return the light output ratio by integration [%], by file."""
    return {name: 100.0 * _read(path).lor for name, path in paths.items()}


def _shares(paths: Mapping[str, Path]) -> dict[str, float]:
    """Return the share of the flux that goes down [%], by file."""
    return {name: 100.0 * (1.0 - _read(path).ulr) for name, path in paths.items()}


def _reading(paths: list[Path]) -> dict[str, float]:
    return {"files read": float(sum(_read(path).flux_lm > 0.0 for path in paths))}


def _back() -> dict[str, float]:
    """Return the largest difference of a distribution written and read again, by format."""
    from jumeau.worksites import lighting

    found = {"IES LM-63": 0.0, "EULUMDAT": 0.0}
    with tempfile.TemporaryDirectory() as name:
        for seed in range(4):
            ours = photometry(lopsided(seed, c_step=(15.0, 10.0, 45.0, 30.0)[seed]))
            for kind, write, suffix in (
                ("IES LM-63", lighting.write_ies, "ies"),
                ("EULUMDAT", lighting.write_ldt, "ldt"),
            ):
                path = Path(name) / f"{seed}.{suffix}"
                write(ours, path)
                gap = difference(ours, lighting.read_photometry(path))
                found[kind] = max(found[kind], gap)
    return found


def _refused() -> dict[str, float]:
    """Return how many hostile files are refused with a code."""
    from jumeau.base.errors import JumeauError
    from jumeau.worksites import lighting

    refused = 0
    with tempfile.TemporaryDirectory() as name:
        for fault in FAULTS:
            path = spoilt(fault, Path(name))
            try:
                lighting.read_photometry(path)
            except JumeauError as refusal:
                refused += str(refusal).startswith("JUM-")
    return {"hostile files refused with a code": float(refused)}


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield what files give.

    Parameters
    ----------
    shared : Path or None
        Folder of real files; the first studies are absent without it.
    """
    cross = shared / FOLDER / "crossformat" if shared else None
    ldt, ies = present(shared, ".ldt"), present(shared, ".ies")
    named = {path.name: path for path in [*ldt, *ies]}
    yield Study(
        "one luminaire in two formats", "read_photometry",
        partial(_formats, cross) if cross else None,
        tuple(Figure(name, 0.0, EQUAL, "") for name in SITUATIONS), CROSS, DATA,
    )  # fmt: skip
    yield Study(
        "intensities as stored in the file", "read_photometry",
        partial(_stored, named) if named else None,
        tuple(Figure(name, 0.0, EQUAL, "") for name in named), "a second, minimal reader", DATA,
    )  # fmt: skip
    headers = {path.name: containers.eulumdat(path) for path in ldt}
    yield Study(
        "light output ratio by integration of the intensities", "read_photometry",
        partial(_fluxes, {path.name: path for path in ldt}) if ldt else None,
        tuple(
            Figure(name, 100.0 * (header.lor or 0.0), CLOSED, "%", relative=True)
            for name, header in headers.items()
        ), MAKERS, DATA,
    )  # fmt: skip
    told = {path.name: path for path in ldt if path.parent.name == "eulumdat"}
    yield Study(
        "share of the flux that goes down", "read_photometry",
        partial(_shares, told) if told else None,
        tuple(Figure(name, 100.0 * (headers[name].down or 0.0), POINT, "%") for name in told),
        MAKERS, DATA,
    )  # fmt: skip
    yield Study(
        "photometric files of the folder", "read_photometry",
        partial(_reading, [*ldt, *ies]) if named else None,
        (Figure("files read", float(len(named)), 0.0, ""),), "files of makers and of the CIE", DATA,
    )  # fmt: skip
    yield Study(
        "distributions written and read again", "write_ies and write_ldt", _back,
        (Figure("IES LM-63", 0.0, EQUAL, ""), Figure("EULUMDAT", 0.0, EQUAL, "")),
        "the distribution before writing", OWN,
    )  # fmt: skip
    yield Study(
        "spoilt photometric files", "read_photometry", _refused,
        (Figure("hostile files refused with a code", float(len(FAULTS)), 0.0, ""),),
        "files spoilt one way each (jumeau.validation.lighting.hostile)", OWN,
    )  # fmt: skip
