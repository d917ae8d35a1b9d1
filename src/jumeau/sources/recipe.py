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

      - file: [${DATA}/a.laz, "${DATA}/tiles/*.laz"]   # one path, several, or a pattern
        layer: all
      - source: ign.bdtopo.building                    # a dataset of the catalogue

Every key of a file is a keyword of :meth:`jumeau.twin.territory.Territory.add`: ``table``, or
``layer`` alone for a raster layer. Of a dataset, ``code`` may name what it asks for. ``defaults``
hold for the files that do not say otherwise. ``${NAME}`` is a variable of the recipe, of the
caller or of the environment; ``${NAME:-text}`` has a default. Relative paths start at the
recipe's folder.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jumeau.base.errors import did_you_mean, error
from jumeau.twin import schema

TEXTS = ("title", "publisher", "licence", "vintage", "uri", "layer", "source_crs", "encoding")
DICTS = ("mapping", "constants", "options")
STEP = ("file", "source", "code", "table", *DICTS, *TEXTS)
ALL = "all"
TOP = ("name", "description", "territory", "variables", "defaults", "sources")
TERRITORY = ("name", "crs", "insee", "licence", "time_zone")
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


@dataclass(frozen=True)
class Step:
    """One file, or one dataset of the catalogue, of a recipe.

    Parameters
    ----------
    arguments : dict
        Keywords of :meth:`jumeau.twin.territory.Territory.add`; of a dataset, ``source`` and
        ``code``.
    """

    arguments: dict[str, Any]

    @property
    def source(self) -> str:
        """Name of the dataset; empty for a file."""
        return str(self.arguments.get("source", ""))

    @property
    def file(self) -> str:
        """Path, or first path; empty for a dataset."""
        given = self.arguments.get("file", "")
        return str(given[0] if isinstance(given, list) else given)

    @property
    def name(self) -> str:
        """What the step is called: the dataset, or the name of its first file."""
        return self.source or Path(self.file).name

    @property
    def table(self) -> str:
        """Table or raster layer that it fills."""
        if self.source:
            from jumeau.sources.connectors import record

            return record.dataset(self.source).target
        return str(self.arguments.get("table") or self.arguments.get("layer"))

    def files(self) -> list[str]:
        """Return the paths, patterns replaced by what they match now.

        Raises
        ------
        InvalidError
            ``JUM-S352`` a pattern that matches no file.
        """
        given = self.arguments["file"]
        found: list[str] = []
        for path in given if isinstance(given, list) else [given]:
            if not glob.has_magic(path) or Path(path).exists():
                found.append(path)
                continue
            matched = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - absolute patterns
            if not matched:
                raise error("JUM-S352", pattern=Path(path).name, file=path)
            found += matched
        return found


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
    if step.get("source"):
        return _dataset(path, step, where)
    if not step.get("file"):
        raise error("JUM-S082", file=path.name, key="file", where=where)
    if not step.get("table") and not step.get("layer"):
        raise error("JUM-S082", file=path.name, key="table", where=where)
    several = isinstance(step["file"], list)
    for item in step["file"] if several else [step["file"]]:
        _typed(path, "file", item, str, where)
    for key in ("table", "layer"):
        if step.get(key):
            _typed(path, key, str(step[key]) if key == "layer" else step[key], str, where)
    for key in DICTS:
        if step.get(key) is not None:
            _typed(path, key, step[key], dict, where)
    table = step.get("table")
    if table and table not in schema.layers():
        schema.table(table)
    elif not table and step["layer"] != ALL:
        schema.layer(str(step["layer"]))
    done = {key: value for key, value in step.items() if value is not None}
    # A vintage such as 2013-06-26 or 2014 is a date or a number for YAML.
    done |= {key: str(done[key]) for key in TEXTS if key in done}
    done["file"] = (
        [_absolute(path, item) for item in done["file"]]
        if several
        else _absolute(path, done["file"])
    )
    return Step(done)


def _absolute(path: Path, item: str) -> str:
    file = Path(item).expanduser()
    return str(file if file.is_absolute() else path.parent / file)


def _dataset(path: Path, step: dict[str, Any], where: str) -> Step:
    """Return a step that fetches a dataset; what the file's defaults say is not for it."""
    from jumeau.sources.connectors import record

    _typed(path, "source", step["source"], str, where)
    item = record.dataset(step["source"])
    if step.get("file"):
        raise error("JUM-S081", file=path.name, key="file", where=where,
                    known=["source", "code"], suggestion="")  # fmt: skip
    for key, value in (("table", item.table), ("layer", item.layer)):
        if step.get(key) and step[key] != value:
            raise error(
                "JUM-S084",
                file=path.name,
                key=key,
                expected=f"“{value or item.target}”",
                where=where,
            )
    done = {"source": item.name}
    if step.get("code") is not None:
        done["code"] = str(step["code"])
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
