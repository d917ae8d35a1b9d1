# SPDX-License-Identifier: EUPL-1.2
"""Profiles of publishers as data: how the files of each one are named, read and translated.

One YAML file a publisher, in ``sources/profiles/``. A profile holds layers; a layer fills one
table. Names of columns are those of the publisher; a name cut to ten characters, as dBase does,
is recognised by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from jumeau.sources.folding import fold

DBASE = 10
"""Characters that dBase keeps of the name of a column."""


@dataclass(frozen=True)
class Column:
    """How a publisher writes one attribute.

    Parameters
    ----------
    attribute : str
        Attribute of the table.
    names : tuple of str
        Columns that may hold it, in order of preference: an empty cell gives way to the next.
    unit : str
        Unit of the values; that of the attribute when empty.
    unknown : tuple of str
        Values that mean "not known".
    codes : dict
        {value: meaning}; other values stay as they are.
    digits : dict
        {character: meaning} of codes of several characters that each say something.
    slice : tuple of 2 int, or None
        Characters kept.
    join : str
        What stands between the items of a list.
    """

    attribute: str
    names: tuple[str, ...]
    unit: str = ""
    unknown: tuple[str, ...] = ()
    codes: Mapping[str, Any] = field(default_factory=dict)
    digits: Mapping[str, str] = field(default_factory=dict)
    slice: tuple[int, int] | None = None
    join: str = ""


@dataclass(frozen=True)
class Alias:
    """Identifiers of the same object at another publisher.

    Parameters
    ----------
    publisher : str
        Key of that publisher; empty when each item of the list says it.
    names : tuple of str
        Columns that hold them: one, several between ``/`` or ``,``, or a JSON list of
        ``{source, id}``.
    """

    publisher: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """A kind of file of a publisher, and the table that it fills."""

    key: str
    table: str
    title: str
    files: tuple[re.Pattern[str], ...]
    signatures: tuple[tuple[str, ...], ...]
    columns: tuple[Column, ...]
    constants: Mapping[str, Any]
    keep: Mapping[str, tuple[str, ...]]
    leave: Mapping[str, tuple[str, ...]]
    explode: str
    tags: str
    aliases: tuple[Alias, ...]
    vintage: tuple[str, ...]
    links: Mapping[str, str]
    daily: Mapping[str, Any]
    unpivot: Mapping[str, Any] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """Publisher of the layer."""
        return profiles()[self.key]

    def named(self, names: Iterable[str]) -> int:
        """Return how many letters of a name of a file, or of a layer in it, say this kind."""
        matches = [pattern.search(name) for name in names for pattern in self.files]
        return max((len(match[0]) for match in matches if match), default=0)

    def signed(self, columns: Iterable[str]) -> int:
        """Return how many columns of the best complete signature a file holds; 0 for none."""
        known = Known(columns)
        best = 0
        for signature in self.signatures:
            if len(signature) > best and all(known.find(name) for name in signature):
                best = len(signature)
        return best


@dataclass(frozen=True)
class Refusal:
    """Columns or names that tell a product which must not be used."""

    signatures: tuple[tuple[str, ...], ...]
    without: tuple[str, ...]
    product: str


@dataclass(frozen=True)
class Profile:
    """A publisher: its names, its licence, its layers.

    Parameters
    ----------
    key : str
        Short name: ``bdtopo``, ``bdnb``, ``cadastre``, ``osm``…
    names : tuple of str
        Names under which a user may call it; case and accents do not matter.
    publisher, title, licence : str
        What the ``source`` table says when the user does not.
    layers : tuple of Layer
        Kinds of files.
    refused : tuple of Refusal
        Products of the same publisher whose licence is closed.
    """

    key: str
    names: tuple[str, ...]
    publisher: str
    title: str
    licence: str
    layers: tuple[Layer, ...]
    refused: tuple[Refusal, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables that it fills."""
        return tuple(dict.fromkeys(layer.table for layer in self.layers))


class Known:
    """Columns of a file, found by the names of a publisher."""

    def __init__(self, columns: Iterable[str]) -> None:
        self._names = {fold(name): name for name in reversed(list(columns))}
        self._cut = {fold(name): name for name in self._names.values() if len(name) == DBASE} or {}

    def find(self, name: str) -> str | None:
        """Return the column of a name, written whole or cut to ten characters."""
        exact = self._names.get(fold(name))
        if exact is not None:
            return exact
        return self._cut.get(fold(name[:DBASE])) if len(name) > DBASE else None


@cache
def profiles() -> dict[str, Profile]:
    """Return every profile, by key.

    Returns
    -------
    dict
        {key: :class:`Profile`}.
    """
    import yaml

    found = {}
    folder = resources.files("jumeau.sources").joinpath("profiles")
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith(".yaml"):
            profile = _profile(yaml.safe_load(item.read_text(encoding="utf-8")))
            found[profile.key] = profile
    return found


def named(text: str | None) -> Profile | None:
    """Return the profile that a text names, by its key or one of its names."""
    wanted = fold(text or "")
    if not wanted:
        return None
    for profile in profiles().values():
        if wanted in {fold(name) for name in (profile.key, *profile.names)}:
            return profile
    return None


def _profile(data: dict[str, Any]) -> Profile:
    return Profile(
        data["key"],
        _words(data.get("names")),
        data["publisher"],
        data["title"],
        data["licence"],
        tuple(_layer(data["key"], item, data) for item in data["layers"]),
        tuple(
            Refusal(
                tuple(_words(group) for group in item["signature"]),
                _words(item.get("without")),
                item["product"],
            )
            for item in data.get("refused", ())
        ),
    )


def _layer(key: str, data: dict[str, Any], profile: dict[str, Any]) -> Layer:
    return Layer(
        key,
        data["table"],
        data["title"],
        tuple(re.compile(item) for item in _words(data.get("files"))),
        tuple(_words(group) for group in data.get("signature", ())),
        tuple(_column(name, item) for name, item in (data.get("columns") or {}).items()),
        data.get("constants") or {},
        {name: _words(values) for name, values in (data.get("keep") or {}).items()},
        {name: _words(values) for name, values in (data.get("leave") or {}).items()},
        data.get("explode", ""),
        data.get("tags", ""),
        tuple(
            Alias(item.get("publisher", ""), _words(item["from"]))
            for item in data.get("aliases", ())
        ),
        _words(data.get("vintage", profile.get("vintage"))),
        data.get("links") or {},
        data.get("daily") or {},
        data.get("unpivot") or {},
    )


def _column(attribute: str, data: Any) -> Column:
    if not isinstance(data, dict):
        return Column(attribute, _words(data))
    ends = data.get("slice")
    return Column(
        attribute,
        _words(data["from"]),
        data.get("unit", ""),
        _words(data.get("unknown")),
        {str(code): value for code, value in (data.get("codes") or {}).items()},
        {str(code): str(value) for code, value in (data.get("digits") or {}).items()},
        (int(ends[0]), int(ends[1])) if ends else None,
        data.get("join", ""),
    )


def _words(data: Any) -> tuple[str, ...]:
    if data is None:
        return ()
    return tuple(map(str, data)) if isinstance(data, list) else (str(data),)
