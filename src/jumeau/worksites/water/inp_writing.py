# SPDX-License-Identifier: EUPL-1.2
"""From a network to the text of an EPANET input file: what was not changed stays as it was written.

Each row of a table is compared with the one that was read; lines of a row that is the same are
copied, the others are written anew in the units of the file, rows that are gone leave theirs out,
new ones come at the end of their section.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water.demands import demands_of
from jumeau.worksites.water.document import SECTIONS, Document, Line, Section
from jumeau.worksites.water.finite import check_finite
from jumeau.worksites.water.network import COLUMNS, Network, records, tuples

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
_DIGITS = 12
_TEXTS = {"CONTROLS": "controls", "RULES": "rules"}
_PAIRS = {"OPTIONS": "options", "TIMES": "times"}
"""Sections kept as lines, and as names with values: field of the network of each."""


def write_inp(net: Network, path: str | Path) -> None:
    """Write a water network as an EPANET input file (INP, version 2.3).

    Parameters
    ----------
    net : Network
        Read from a file: its text comes back, byte for byte where nothing was changed, comments
        included. Built otherwise: all sections are written.
    path : str or Path
        The file.

    Raises
    ------
    OSError
        When it cannot be written.
    InvalidError
        ``JUM-H031`` for a junction whose demand and categories contradict each other, ``JUM-H014``
        for a length, head, diameter, roughness… that is no number.
    """
    check_finite(net)
    document = text_of(net)
    Path(path).write_bytes(document.text().encode(document.coding, "replace"))


def text_of(net: Network) -> Document:
    """Return a network as the text of an INP file."""
    if net.document is not None and _untouched(net):
        return net.document
    source = net.document or _blank(net)
    before = net.origin or Network(units=net.units)
    parts = _Parts(net, before)
    out = Document(newline=source.newline, coding=source.coding)
    last = {section.name: k for k, section in enumerate(source.sections)}
    named = (*parts.writers, *_TEXTS, *_PAIRS)
    waiting = [name for name in named if name not in last and parts.new(name, set())]
    for k, section in enumerate(source.sections):
        if section.name == "END":
            out.sections += [_fresh(name, parts) for name in waiting]
            waiting = []
        mended = Section(section.name, section.header, list(parts.lines(section)))
        if section.name in parts.writers and last[section.name] == k:
            added = [Line(text) for text in parts.new(section.name, parts.seen[section.name])]
            blank = len(mended.lines)
            while blank and not mended.lines[blank - 1].text.strip():
                blank -= 1
            mended.lines[blank:blank] = added
        out.sections.append(mended)
    out.sections += [_fresh(name, parts) for name in waiting]
    return out


def _untouched(net: Network) -> bool:
    """Tell whether a network is as it was read."""
    before = net.origin
    return before is not None and all(
        getattr(net, name).equals(getattr(before, name))
        if name in COLUMNS
        else getattr(net, name) == getattr(before, name)
        for name in (*COLUMNS, "controls", "rules", "options", "times", "units")
    )


def _blank(net: Network) -> Document:
    """Return the sections of a network that was not read: options and times, nothing else."""
    options = {"UNITS": net.units.flow_unit, "HEADLOSS": net.units.headloss, **net.options}
    texts = {
        "CONTROLS": net.controls,
        "RULES": net.rules,
        "OPTIONS": [f" {name}\t{value}" for name, value in options.items()],
        "TIMES": [f" {name}\t{value}" for name, value in net.times.items()],
    }
    document = Document()
    for name in SECTIONS:
        if name in ("LEAKAGE", "ROUGHNESS"):
            continue
        lines = [Line.parse(text) for text in texts.get(name, [])]
        document.sections.append(Section(name, Line(f"[{name}]"), [*lines, Line("")]))
    return document


def _fresh(name: str, parts: _Parts) -> Section:
    return Section(
        name, Line(f"[{name}]"), [*(Line(text) for text in parts.new(name, set())), Line("")]
    )


class _Parts:
    """Lines of a network by section and by row, and which rows are as they were read."""

    def __init__(self, net: Network, before: Network) -> None:
        self.net, self.before = net, before
        self.units = net.units
        self.writers: dict[str, Callable[[], dict[str, list[str]]]] = {
            "JUNCTIONS": lambda: self._each("junctions", self._junction),
            "RESERVOIRS": lambda: self._each("reservoirs", self._reservoir),
            "TANKS": lambda: self._each("tanks", self._tank),
            "PIPES": lambda: self._each("pipes", self._pipe),
            "PUMPS": lambda: self._each("pumps", self._pump),
            "VALVES": lambda: self._each("valves", self._valve),
            "STATUS": self._status,
            "EMITTERS": self._emitters,
            "DEMANDS": self._demands,
            "PATTERNS": self._patterns,
            "CURVES": self._curves,
            "COORDINATES": self._coordinates,
            "VERTICES": self._vertices,
        }
        self.now = {name: write() for name, write in self.writers.items()}
        mine = self.net
        self.net = before
        self.then = {name: write() for name, write in self.writers.items()}
        self.net = mine
        self.seen: dict[str, set[str]] = {name: set() for name in self.writers}

    def lines(self, section: Section) -> Iterator[Line]:
        """Yield the lines of a section as they must be now."""
        texts = _TEXTS.get(section.name)
        if (
            texts
            and getattr(self.net, texts) != getattr(self.before, texts)
            and self.before.document
        ):
            yield from (Line(text) for text in getattr(self.net, texts))
            return
        pairs = _PAIRS.get(section.name)
        if pairs:
            yield from self._pairs(section, getattr(self.net, pairs), getattr(self.before, pairs))
            return
        if section.name not in self.writers:
            yield from section.lines
            return
        now, then, seen = self.now[section.name], self.then[section.name], self.seen[section.name]
        for line in section.lines:
            if not line.tokens:
                yield line
                continue
            key = line.tokens[0]
            if now.get(key) == then.get(key):
                seen.add(key)
                yield line
            elif key not in seen:
                seen.add(key)
                yield from (Line(text) for text in now.get(key, []))

    def new(self, section: str, seen: set[str]) -> list[str]:
        """Return the lines of rows that a section has not shown."""
        if section in _TEXTS:
            return list(getattr(self.net, _TEXTS[section]))
        if section in _PAIRS:
            return [f" {name}\t{it}" for name, it in getattr(self.net, _PAIRS[section]).items()]
        then = self.then[section] if self.before.document else {}
        return [
            text
            for key, texts in self.now[section].items()
            if key not in seen and texts != then.get(key)
            for text in texts
        ]

    def _pairs(self, section: Section, now: Row, then: Row) -> Iterator[Line]:
        if now == then or not self.before.document:
            yield from section.lines
            return
        changed = {name for name in {*now, *then} if now.get(name) != then.get(name)}
        for line in section.lines:
            words = " ".join(word.upper() for word in line.tokens)
            if not any(words.startswith(name) for name in changed):
                yield line
        yield from (Line(f" {name}\t{now[name]}") for name in sorted(changed) if name in now)

    # Rows --------------------------------------------------------------------------------------
    def _each(self, table: str, write: Callable[[Row], list[str]]) -> dict[str, list[str]]:
        rows = records(getattr(self.net, table))
        return {name: ["\t".join([f" {name}", *write(row)])] for name, row in rows.items()}

    def _length(self, value: float) -> str:
        return number(value / self.units.length)

    def _flow(self, value: float) -> str:
        return number(value / self.units.flow)

    def _junction(self, row: Row) -> list[str]:
        demand = self._flow(row["demand_m3_h"])
        return [self._length(row["elevation_m"]), demand, row["pattern"]]

    def _reservoir(self, row: Row) -> list[str]:
        return [self._length(row["head_m"]), row["pattern"]]

    def _tank(self, row: Row) -> list[str]:
        names = ("elevation_m", "initial_level_m", "minimum_level_m", "maximum_level_m")
        out = [self._length(row[name]) for name in (*names, "diameter_m")]
        out.append(number(row["minimum_volume_m3"] / self.units.volume))
        curve = row["volume_curve"] or ("*" if row["overflow"] else "")
        return [*out, curve, "YES" if row["overflow"] else ""]

    def _pipe(self, row: Row) -> list[str]:
        units = self.units
        return [
            row["from_node"], row["to_node"], self._length(row["length_m"]),
            number(row["diameter_mm"] / units.diameter), number(row["roughness"] / units.roughness),
            number(row["minor_loss"]), row["status"].upper(),
        ]  # fmt: skip

    def _pump(self, row: Row) -> list[str]:
        out = [row["from_node"], row["to_node"]]
        if row["head_curve"]:
            out.append(f"HEAD {row['head_curve']}")
        if not math.isnan(row["power_kw"]):
            out.append(f"POWER {number(row['power_kw'] / self.units.power)}")
        if row["speed"] != 1.0:
            out.append(f"SPEED {number(row['speed'])}")
        return [*out, f"PATTERN {row['pattern']}" if row["pattern"] else ""]

    def _valve(self, row: Row) -> list[str]:
        kind, curve = row["type"], row["curve"]
        setting = curve if kind == "GPV" else number(row["setting"] / self.units.setting(kind))
        size = number(row["diameter_mm"] / self.units.diameter)
        out = [row["from_node"], row["to_node"], size, kind, setting, number(row["minor_loss"])]
        return [*out, curve if kind == "PCV" else ""]

    # Sections of several tables ------------------------------------------------------------------
    def _status(self) -> dict[str, list[str]]:
        """Return the links whose status their own line does not tell."""
        found = {}
        for table, usual in (("pumps", "open"), ("valves", "active")):
            for name, status in getattr(self.net, table)["status"].items():
                if status != usual:
                    found[name] = [f" {name}\t{status.upper()}"]
        written = self.before.document
        for line in written.lines("STATUS") if written else ():
            name = line.tokens[0]
            if name in found or len(line.tokens) != 2:
                continue
            for table in ("pipes", "pumps", "valves"):
                if name in getattr(self.net, table).index:
                    row = getattr(self.net, table).loc[name]
                    found[name] = [f" {name}\t{self._state(table, row)}"]
        return found

    def _state(self, table: str, row: pd.Series[Any]) -> str:
        if table == "pumps" and row["status"] == "open" and row["speed"] != 1.0:
            return number(row["speed"])
        if table == "valves" and row["status"] == "active" and row["type"] != "GPV":
            return number(row["setting"] / self.units.setting(row["type"]))
        return str(row["status"]).upper()

    def _emitters(self) -> dict[str, list[str]]:
        exponent = float(self.net.options.get("EMITTER EXPONENT", "0.5").split()[0])
        factor = self.units.emitter(exponent)
        given = self.net.junctions["emitter_m3_h"]
        return {name: [f" {name}\t{number(it / factor)}"] for name, it in dict(given).items() if it}

    def _demands(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in tuples(demands_of(self.net)):
            comment = f"\t;{row.category}" if row.category else ""
            text = f" {row.junction}\t{self._flow(row.demand_m3_h)}\t{row.pattern}{comment}"
            found.setdefault(row.junction, []).append(text)
        return found

    def _patterns(self) -> dict[str, list[str]]:
        return {
            name: [
                "\t".join([f" {name}", *(number(value) for value in values[k : k + 6])])
                for k in range(0, len(values), 6)
            ]
            for name, values in dict(self.net.patterns["multipliers"]).items()
        }

    def _curves(self) -> dict[str, list[str]]:
        units = self.units
        factors = {
            "pump": (units.flow, units.length),
            "headloss": (units.flow, units.length),
            "volume": (units.length, units.volume),
            "efficiency": (units.flow, 1.0),
        }
        found = {}
        for name, row in records(self.net.curves).items():
            along, up = factors.get(row["kind"], (1.0, 1.0))
            pairs = zip(row["x"], row["y"], strict=True)
            found[name] = [f" {name}\t{number(x / along)}\t{number(y / up)}" for x, y in pairs]
        return found

    def _coordinates(self) -> dict[str, list[str]]:
        return {
            name: [f" {name}\t{number(row['x'])}\t{number(row['y'])}"]
            for table in ("junctions", "reservoirs", "tanks")
            for name, row in records(getattr(self.net, table)[["x", "y"]]).items()
            if not math.isnan(row["x"])
        }

    def _vertices(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in tuples(self.net.vertices):
            text = f" {row.link}\t{number(row.x)}\t{number(row.y)}"
            found.setdefault(row.link, []).append(text)
        return found


def number(value: float) -> str:
    """Return a number as text: twelve digits, no more than needed."""
    return f"{value:.{_DIGITS}g}"
