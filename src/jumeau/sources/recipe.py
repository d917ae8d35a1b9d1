# SPDX-License-Identifier: EUPL-1.2
"""Recipes: which files make a territory, written once in YAML and run as often as needed.

.. code-block:: yaml

    name: Montpellier                       # for people
    territory: {name: Montpellier, crs: "EPSG:2154", insee: ["34172"]}
    variables: {DATA: "${JUMEAU_SHARED}/data/montpellier_34172"}
    defaults: {publisher: Ville de Montpellier, licence: Licence Ouverte 1.0}
    sources:
      - file: ${DATA}/EclairagePublic/points.shp.zip
        table: luminaire
        mapping: {type_lante: support}

Every key of a source is a keyword of :meth:`jumeau.twin.territory.Territory.add`; ``defaults``
hold for the sources that do not say otherwise. ``${NAME}`` is a variable of the recipe, of the
caller or of the environment; ``${NAME:-text}`` has a default. Relative paths start at the
recipe's folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jumeau.base.errors import did_you_mean, error
from jumeau.twin import schema

TEXTS = ("title", "publisher", "licence", "vintage", "uri", "layer", "source_crs", "encoding")
DICTS = ("mapping", "constants")
STEP = ("file", "table", *DICTS, *TEXTS)
TOP = ("name", "description", "territory", "variables", "defaults", "sources")
TERRITORY = ("name", "crs", "insee", "licence", "time_zone")
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


@dataclass(frozen=True)
class Step:
    """One file of a recipe.

    Parameters
    ----------
    arguments : dict
        Keywords of :meth:`jumeau.twin.territory.Territory.add`.
    """

    arguments: dict[str, Any]

    @property
    def file(self) -> str:
        """Path of the file."""
        return str(self.arguments["file"])

    @property
    def table(self) -> str:
        """Table or raster layer that it fills."""
        return str(self.arguments["table"])


@dataclass(frozen=True)
class Recipe:
    """A recipe, read and verified.

    Parameters
    ----------
    path : Path
        Where it was read.
    name : str
        Name for people.
    territory : dict
        Keywords of :func:`jumeau.create`, those that the recipe gives.
    steps : list of Step
        Files, in order.
    """

    path: Path
    name: str
    territory: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


def load(path: str | Path, variables: Mapping[str, str] | None = None) -> Recipe:
    """Read a recipe and verify all of it before anything is imported.

    Parameters
    ----------
    path : str or Path
        YAML file.
    variables : mapping, optional
        Values of variables; they come before those of the recipe and of the environment.

    Returns
    -------
    Recipe

    Raises
    ------
    MissingFileError
        ``JUM-S001`` no such recipe; ``JUM-S083`` a variable that nobody set.
    InvalidError
        ``JUM-S080`` no YAML; ``JUM-S082`` something lacks; ``JUM-S084`` a value of another type.
    UnknownNameError
        ``JUM-S081`` unknown key; ``JUM-T001`` unknown table.
    """
    import yaml

    path = Path(path)
    if not path.is_file():
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise error("JUM-S001", file=str(path), suggestion=did_you_mean(path.name, near))
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        detail = " ".join(str(exc).split())[:200]
        raise error("JUM-S080", file=path.name, detail=detail) from exc
    _keys(path, document, TOP, "—")
    own = document.get("variables") or {}
    _typed(path, "variables", own, dict, "—")
    reader = _Reader(path, own, dict(variables or {}))
    territory = reader.filled(document.get("territory") or {})
    _keys(path, territory, TERRITORY, "territory")
    defaults = reader.filled(document.get("defaults") or {})
    _keys(path, defaults, STEP, "defaults")
    sources = document.get("sources")
    if not sources:
        raise error("JUM-S082", file=path.name, key="sources", where="—")
    _typed(path, "sources", sources, list, "—")
    steps = [
        _step(path, {**defaults, **_mapping(path, reader.filled(source), where)}, where)
        for where, source in ((f"sources[{place + 1}]", item) for place, item in enumerate(sources))
    ]
    return Recipe(path, str(document.get("name") or path.stem), territory, steps)


def _mapping(path: Path, source: Any, where: str) -> dict[str, Any]:
    _keys(path, source, STEP, where)
    return dict(source)


def _keys(path: Path, found: Any, known: tuple[str, ...], where: str) -> None:
    """Refuse what is no dictionary, and keys that nobody understands."""
    _typed(path, where, found, dict, where)
    for key in found:
        if key not in known:
            raise error(
                "JUM-S081",
                file=path.name,
                key=str(key),
                where=where,
                known=list(known),
                suggestion=did_you_mean(str(key), known),
            )


def _typed(path: Path, key: str, value: Any, kind: type, where: str) -> None:
    if not isinstance(value, kind):
        expected = {"dict": "{…: …}", "list": "[…]", "str": "“…”"}[kind.__name__]
        raise error("JUM-S084", file=path.name, key=key, expected=expected, where=where)


def _step(path: Path, step: dict[str, Any], where: str) -> Step:
    for key in ("file", "table"):
        if not step.get(key):
            raise error("JUM-S082", file=path.name, key=key, where=where)
        _typed(path, key, step[key], str, where)
    for key in DICTS:
        if step.get(key) is not None:
            _typed(path, key, step[key], dict, where)
    if step["table"] not in schema.layers():
        schema.table(step["table"])
    done = {key: value for key, value in step.items() if value is not None}
    # A vintage such as 2013-06-26 or 2014 is a date or a number for YAML.
    done |= {key: str(done[key]) for key in TEXTS if key in done}
    file = Path(done["file"]).expanduser()
    done["file"] = str(file if file.is_absolute() else path.parent / file)
    return Step(done)


class _Reader:
    """Puts the values of variables in place of ``${NAME}``."""

    def __init__(self, path: Path, own: dict[str, Any], given: dict[str, str]) -> None:
        self.path = path
        self.own = own
        self.given = given

    def filled(self, value: Any, seen: tuple[str, ...] = ()) -> Any:
        """Return a value with its variables resolved, in depth."""
        if isinstance(value, dict):
            return {key: self.filled(item, seen) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item, seen) for item in value]
        if not isinstance(value, str):
            return value
        return _VARIABLE.sub(lambda match: self._value(match, seen), value)

    def _value(self, match: re.Match[str], seen: tuple[str, ...]) -> str:
        name, default = match["name"], match["default"]
        if name in self.given:
            return self.given[name]
        if name in self.own and name not in seen:
            return str(self.filled(str(self.own[name]), (*seen, name)))
        if os.environ.get(name):
            return os.environ[name]
        if default is not None:
            return default
        raise error("JUM-S083", file=self.path.name, name=name)
