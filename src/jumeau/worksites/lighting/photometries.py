# SPDX-License-Identifier: EUPL-1.2
"""Makers' photometric files in the twin: the table ``photometry``, read, and which lamp uses which.

``luminaire.photometry`` names a row of it; case, folder and suffix do not matter.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import JumeauError
from jumeau.base.findings import Finding, finding
from jumeau.worksites.lighting import lamps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory
    from jumeau.worksites.lighting.photometry import Photometry

SUFFIXES = (".ldt", ".ies")
_SHOWN = 5
"""Names told in a finding at most."""


@dataclass(frozen=True)
class Files:
    """Photometric files of a territory.

    Parameters
    ----------
    known : dict
        {folded name: Photometry} of those that could be read.
    faults : dict
        {name: what is wrong} of the others.
    """

    known: dict[str, Photometry] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def fold(name: str) -> str:
    """Return the name by which a file is known: no folder, no suffix of a photometry, any case."""
    last = PurePosixPath(str(name).strip().replace("\\", "/")).name.casefold()
    return re.sub(r"\.(ldt|ies)$", "", last)


def read(territory: Territory) -> Files:
    """Read the photometric files of a territory; those that cannot be read are told, not used."""
    known: dict[str, Photometry] = {}
    faults: dict[str, str] = {}
    rows = territory.table("photometry", columns=["id", "content"]).to_pylist()
    for row in sorted(rows, key=lambda row: str(row["id"])):
        try:
            known[fold(row["id"])] = parse(str(row["id"]), str(row["content"]))
        except JumeauError as exc:
            faults[str(row["id"])] = str(exc)
    return Files(known, faults)


def of(territory: Territory, name: str) -> Photometry | None:
    """Return the photometry that a lamp names, ``None`` when the twin has no such file.

    Parameters
    ----------
    territory : Territory
        Territory.
    name : str
        ``luminaire.photometry``.

    Raises
    ------
    JumeauError
        As :func:`parse`, for a file that cannot be read.
    """
    wanted = fold(name)
    rows = territory.table("photometry", columns=["id", "content"]).to_pylist()
    found = [row for row in rows if fold(row["id"]) == wanted]
    return parse(str(found[0]["id"]), str(found[0]["content"])) if found else None


@lru_cache(maxsize=256)
def parse(name: str, content: str | bytes) -> Photometry:
    """Read a photometric file from its text or its bytes.

    Parameters
    ----------
    name : str
        Name of the file.
    content : str or bytes
        All of it.

    Returns
    -------
    Photometry
        Distribution in CIE C planes, C90 towards the carriageway.

    Raises
    ------
    JumeauError
        As :func:`jumeau.worksites.lighting.read_photometry`.
    """
    from jumeau.worksites.lighting.reading import read_photometry

    data = content.encode("utf-8") if isinstance(content, str) else content
    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        path = Path(folder) / (PurePosixPath(name.replace("\\", "/")).name or "photometry")
        path.write_bytes(data)
        return read_photometry(path)


def facts(name: str, content: bytes) -> dict[str, Any]:
    """Return what the table ``photometry`` keeps of a file, beside its text.

    Raises
    ------
    JumeauError
        As :func:`parse`: the file cannot be computed with.
    """
    found = parse(name, content)
    told = found.source
    return {
        "name": found.name,
        "format": " ".join(dict.fromkeys((told.format, told.edition))).strip() if told else None,
        "flux_lm": float(found.flux_lm),
        "power_w": found.power_w,
        "lor": float(found.lor),
        "ulr": float(found.ulr),
    }


def match(
    labels: Iterable[Any], files: Mapping[str, Photometry]
) -> tuple[NDArray[np.int64], list[Photometry]]:
    """Return the file of each lamp, −1 for none, and the files in the order of that index.

    Parameters
    ----------
    labels : (n,) iterable of str or None
        What lamps say of their photometry.
    files : mapping
        {folded name: Photometry}.
    """
    names = {name: number for number, name in enumerate(files)}
    which = [-1 if label is None else names.get(fold(label), -1) for label in labels]
    return np.array(which, dtype=np.int64).reshape(-1), list(files.values())


def findings(labels: Iterable[Any], files: Files) -> list[Finding]:
    """Return what is wrong with the files, and the files that lamps name and the twin lacks."""
    found = [
        finding("JUM-L093", "photometry", name, name=name, detail=text)
        for name, text in files.faults.items()
    ]
    lacking: dict[str, int] = {}
    broken = {fold(name) for name in files.faults}
    for label in labels:
        if label is None:
            continue
        name = fold(label)
        if name in files.known or name in broken:
            continue
        if str(label).lower().endswith(SUFFIXES) or lamps.parse(str(label)).lamp_type is None:
            lacking[str(label)] = lacking.get(str(label), 0) + 1
    if lacking:
        often = sorted(lacking, key=lambda name: (-lacking[name], name))[:_SHOWN]
        number = sum(lacking.values())
        found.append(
            finding(
                "JUM-L092", "luminaire", "photometry",
                count=number, files=len(lacking), names=often,
            )
        )  # fmt: skip
    return found
