# SPDX-License-Identifier: EUPL-1.2
"""A commune, an EPCI or a département, from its code: name, members, people, projection."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.sources.connectors import record
from jumeau.sources.connectors.scope import INSEE, department_of, projection_of

ENVIRONMENT = "JUMEAU_COG"
CURRENT = "commune-actuelle"
API = "etalab.geo.commune"
_DEPARTMENT = r"0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5]|97[1-8]|98[4-9]"
CODE = re.compile(rf"^(?:{_DEPARTMENT}|\d{{9}}|(?=\w{{5}}$)(?:{_DEPARTMENT})\d{{2,3}})$")
"""What the code of a département, an EPCI or a commune looks like."""
_LISTS = ("communes", "epci", "departements")


@dataclass(frozen=True)
class Place:
    """A territory that has an official code.

    Parameters
    ----------
    code, kind, name : str
        Code; ``commune``, ``epci`` or ``departement``; name.
    insee : tuple of str
        INSEE codes of its communes.
    population : int or None
        Inhabitants; ``None`` when the list does not say.
    crs : str
        Legal projection.
    verified : bool
        Whether a list of communes confirmed the code.
    """

    code: str
    kind: str
    name: str
    insee: tuple[str, ...]
    population: int | None
    crs: str
    verified: bool = True


def resolve(code: str, *, folder: Path | None = None, offline: bool = False) -> Place:
    """Return the place of a code.

    Offline and without any list, a commune is taken at its word: its name is its code, and
    ``verified`` says so.

    Lists are looked for in ``folder``, in the folder named by ``JUMEAU_COG``, and beside the
    shared data; without any, API Géo is asked.

    Parameters
    ----------
    code : str
        INSEE code of a commune (5 characters), SIREN of an EPCI (9 figures), or code of a
        département (2 or 3 characters).
    folder : Path, optional
        Folder of downloads.
    offline : bool
        Whether nothing may be asked.

    Returns
    -------
    Place

    Raises
    ------
    UnknownNameError
        ``JUM-S324`` no such code; ``JUM-S325`` a former commune.
    MissingFileError
        ``JUM-S326`` the lists cannot be had.
    NotComputableError
        ``JUM-S323`` a place that no projection serves.
    """
    wanted = code.strip().upper()
    found = _lists(folder)
    if found is None:
        if not CODE.match(wanted):
            raise error("JUM-S324", insee=code, suggestion="")
        if offline and INSEE.match(wanted):
            name = f"Commune {wanted}"
            return Place(wanted, "commune", name, (wanted,), None, projection_of(wanted), False)
        if offline:
            detail = {"en": "offline, and no list in the cache", "fr": "hors ligne, sans liste"}
            raise error("JUM-S326", detail=detail)
        return _asked(wanted)
    return _listed(wanted, code, found)


# -- lists ---------------------------------------------------------------------------------------
def _lists(folder: Path | None) -> dict[str, list[dict[str, Any]]] | None:
    """Return the lists of the first folder that has that of communes."""
    for home in _homes(folder):
        paths = {name: _file(home, name) for name in _LISTS}
        if paths["communes"] is None:
            continue
        return {name: _read(path, path.stat().st_mtime_ns) if path else []
                for name, path in paths.items()}  # fmt: skip
    return None


def _homes(folder: Path | None) -> Iterator[Path]:
    if folder is not None and folder.is_dir():
        yield folder
        found = {path.parent for path in folder.rglob("communes.json*") if path.is_file()}
        yield from sorted(found - {folder})
    if os.environ.get(ENVIRONMENT):
        yield Path(os.environ[ENVIRONMENT]).expanduser()
    if os.environ.get("JUMEAU_SHARED"):
        yield Path(os.environ["JUMEAU_SHARED"]) / "data" / "cog"


def _file(home: Path, name: str) -> Path | None:
    for suffix in (".json", ".json.gz"):
        path = home / f"{name}{suffix}"
        if path.is_file():
            return path
    return None


@lru_cache(maxsize=6)
def _read(path: Path, changed: int) -> list[dict[str, Any]]:
    try:
        content = path.read_bytes()
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        found = json.loads(text)
    except (OSError, EOFError, ValueError) as exc:
        raise error("JUM-S326", detail=f"{path.name}: {exc}") from exc
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise error("JUM-S326", detail=f"{path.name}: […]")
    return found


def _listed(wanted: str, given: str, lists: Mapping[str, Sequence[dict[str, Any]]]) -> Place:
    rows = lists["communes"]
    current = {row["code"]: row for row in rows if row.get("type", CURRENT) == CURRENT}
    if wanted in current:
        row = current[wanted]
        people = row.get("population")
        return Place(wanted, "commune", row["nom"], (wanted,), people, projection_of(wanted))
    for epci in lists["epci"]:
        if str(epci["code"]) == wanted:
            members = tuple(str(item["code"]) for item in epci["membres"])
            people = epci.get("populationMunicipale")
            crs = projection_of(members[0])
            return Place(wanted, "epci", epci["nom"], members, people, crs)
    inside = tuple(key for key in current if department_of(key) == wanted)
    if inside:
        names = {row["code"]: row["nom"] for row in lists["departements"]}
        people = sum(current[key].get("population") or 0 for key in inside) or None
        name = names.get(wanted, f"Département {wanted}")
        return Place(wanted, "departement", name, inside, people, projection_of(wanted))
    _former(wanted, rows, current)
    raise error("JUM-S324", insee=given, suggestion=_near(given, current, lists))


def _former(
    code: str, rows: Sequence[dict[str, Any]], current: Mapping[str, dict[str, Any]]
) -> None:
    """Refuse a former commune, and say which one it belongs to."""
    for row in rows:
        into = row.get("chefLieu") or row.get("commune")
        former = row["code"] == code and row.get("type", CURRENT) != CURRENT
        if former and isinstance(into, str) and into in current:
            name = current[into]["nom"]
            raise error("JUM-S325", insee=code, name=row["nom"], current=into, current_name=name)
    for row in current.values():
        if code in row.get("anciensCodes", ()):
            raise error(
                "JUM-S325", insee=code, name="—", current=row["code"], current_name=row["nom"]
            )


def _near(
    given: str,
    current: Mapping[str, dict[str, Any]],
    lists: Mapping[str, Sequence[dict[str, Any]]],
) -> str:
    """Return the code that was probably meant: that of a name, or one that looks alike."""
    names = {row["nom"].casefold(): key for key, row in current.items()}
    names |= {str(row["nom"]).casefold(): str(row["code"]) for row in lists["epci"]}
    text = given.strip().casefold()
    if text in names:
        return names[text]
    if not any(sign.isdigit() for sign in text):
        return names.get(did_you_mean(text, names).casefold(), "")
    if len(text) == 9:
        return did_you_mean(text, [str(row["code"]) for row in lists["epci"]])
    alike = [key for key in current if key[:2] == given[:2].upper()]
    return did_you_mean(given, alike or sorted({department_of(key) for key in current}))


# -- service -------------------------------------------------------------------------------------
def _asked(code: str) -> Place:
    """Ask API Géo."""
    from jumeau.sources.connectors.http import Client, check_address

    item = record.dataset(API)
    base = check_address(record.base_of(item, item.ways[0], None, None))
    client = Client(item.rate)
    if len(code) == 9 and code.isdigit():
        kind, path, members = "epci", f"/epcis/{code}", f"/epcis/{code}/communes"
    elif len(code) == 5:
        kind, path, members = "commune", f"/communes/{code}", ""
    elif len(code) in (2, 3):
        kind, path = "departement", f"/departements/{code}"
        members = f"/departements/{code}/communes"
    else:
        raise error("JUM-S324", insee=code, suggestion="")
    try:
        row = client.get(base + path, {"fields": "nom,code,population"}).json()
        inside = (
            client.get(base + members, {"fields": "code,population"}).json() if members else [row]
        )
    except JumeauError as exc:
        if exc.code == "JUM-S302":
            raise error("JUM-S324", insee=code, suggestion="") from exc
        raise error("JUM-S326", detail=exc.what) from exc
    try:
        codes = tuple(sorted(str(item["code"]) for item in inside))
        people = sum(item.get("population") or 0 for item in inside) or None
        return Place(code, kind, str(row["nom"]), codes, people, projection_of(codes[0]))
    except (KeyError, TypeError, IndexError, AttributeError) as exc:
        raise error("JUM-S302", url=base + path, detail=str(row)[:120]) from exc
