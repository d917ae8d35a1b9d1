# SPDX-License-Identifier: EUPL-1.2
"""The communes of a département as the official geographic code (COG) lists them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jumeau.base.errors import error

NAMES = (
    "communes.json",
    "epci.json",
    "departements.json",
)
"""Files of the official geographic code, as @etalab/decoupage-administratif publishes them."""


@dataclass(frozen=True)
class Commune:
    """A commune of the COG: code, name, inhabitants, and the EPCI that it belongs to."""

    code: str
    name: str
    population: int
    siren: str | None
    postal_codes: str | None
    region: str | None
    epci: str | None
    epci_name: str | None


def read_cog(
    code: str, cog: str | Path | Sequence[str | Path] | None = None
) -> tuple[str, list[Commune]]:
    """Return the name of a département and its present communes, in the order of their codes.

    Parameters
    ----------
    code : str
        Code of the département.
    cog : path or sequence of paths, optional
        As for :func:`department`.

    Raises
    ------
    MissingFileError
        ``JUM-S360``.
    UnknownNameError
        ``JUM-S361``.
    """
    files = _cog_files(cog)
    everyone = _json(files["communes.json"])
    rows = [
        row
        for row in everyone
        if row.get("departement") == code and row.get("type") == "commune-actuelle"
    ]
    if not rows:
        known = sorted({str(row["departement"]) for row in everyone if row.get("departement")})
        raise error("JUM-S361", department=code, known=known)
    groups = {}
    if "epci.json" in files:
        for group in _json(files["epci.json"]):
            for member in group.get("membres", ()):
                groups[member["code"]] = (group["code"], group["nom"])
    names = {}
    if "departements.json" in files:
        names = {row["code"]: row["nom"] for row in _json(files["departements.json"])}
    found = [
        Commune(
            code=row["code"],
            name=row["nom"],
            population=int(row.get("population") or 0),
            siren=row.get("siren"),
            postal_codes=" ".join(row.get("codesPostaux", ())) or None,
            region=row.get("region"),
            epci=groups.get(row["code"], (None, None))[0],
            epci_name=groups.get(row["code"], (None, None))[1],
        )
        for row in rows
    ]
    return names.get(code, f"Département {code}"), sorted(found, key=lambda item: item.code)


def _cog_files(cog: str | Path | Sequence[str | Path] | None) -> dict[str, Path]:
    """Return the files of the COG by their plain name, from the first place that has them."""
    from jumeau.sources.connectors.cache import default_folder

    places: list[list[Path]] = []
    if cog is not None:
        given = [cog] if isinstance(cog, str | Path) else list(cog)
        places.append([Path(item).expanduser() for item in given])
    else:
        if os.environ.get("JUMEAU_SHARED"):
            places.append([Path(os.environ["JUMEAU_SHARED"]) / "data" / "cog"])
        places.append(_cached())
    looked = []
    for paths in places:
        found: dict[str, Path] = {}
        for path in paths:
            looked.append(str(path))
            inside = sorted(path.iterdir()) if path.is_dir() else [path]
            for file in inside:
                plain = file.name.removesuffix(".gz")
                if plain in NAMES and file.is_file():
                    found.setdefault(plain, file)
        if "communes.json" in found:
            return found
    raise error("JUM-S360", looked=looked, cache=str(default_folder() / "cog"))


def _cached() -> list[Path]:
    """Return the folders of the cache of downloads that hold the code."""
    from jumeau.sources.connectors.cache import default_folder

    home = default_folder()
    found = {file.parent for file in home.rglob("communes.json*")} if home.is_dir() else set()
    return [home / "cog", *sorted(found - {home / "cog"})]


def _json(file: Path) -> list[dict[str, Any]]:
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        rows = json.loads(content)
    except (OSError, ValueError, EOFError) as exc:
        raise error("JUM-S004", file=file.name, detail=str(exc)) from exc
    if not isinstance(rows, list):
        raise error("JUM-S004", file=file.name, detail="[…] ?")
    return rows
