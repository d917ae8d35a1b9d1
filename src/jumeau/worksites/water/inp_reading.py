# SPDX-License-Identifier: EUPL-1.2
"""From the text of an EPANET input file to a network, each word checked, each fault with its line.

The rules are those of EPANET 2.3's own reader (OpenWaterAnalytics, ``input2.c`` and ``input3.c``),
whose error codes are kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water import document as documents
from jumeau.worksites.water.commands import check_commands
from jumeau.worksites.water.faults import Faults
from jumeau.worksites.water.network import NODES, VALVES, Network, frame
from jumeau.worksites.water.second_reading import read_by_epanet
from jumeau.worksites.water.units import CUSTOMARY, FLOWS, Units

if TYPE_CHECKING:
    from jumeau.worksites.water.document import Document, Line

_LONGEST = 31
_TINY = 1e-6  # of EPANET, on levels
_STATUS = {"OPEN": "open", "CLOSED": "closed", "CV": "cv", "ACTIVE": "active"}
_PUMP_WORDS = ("POWER", "HEAD", "SPEED", "PATTERN")
_TWO_WORDS = (
    "SPECIFIC GRAVITY", "DEMAND MULTIPLIER", "DEMAND MODEL", "EMITTER EXPONENT",
    "EMITTER BACKFLOW", "MINIMUM PRESSURE", "REQUIRED PRESSURE", "PRESSURE EXPONENT",
    "BACKFLOW ALLOWED", "QUALITY TIMESTEP", "HYDRAULIC TIMESTEP", "PATTERN TIMESTEP",
    "PATTERN START", "REPORT TIMESTEP", "REPORT START", "START CLOCKTIME", "RULE TIMESTEP",
)  # fmt: skip
Rows = dict[str, dict[str, Any]]


def read_inp(path: str | Path) -> Network:
    """Read a water network from an EPANET input file (INP, versions 2.0 to 2.3).

    Parameters
    ----------
    path : str or Path
        The file, UTF-8 or Windows-1252.

    Returns
    -------
    Network
        Tables in m, mm, m³/h and kW; the text is kept so that :func:`write_inp` gives it back.

    Raises
    ------
    InvalidError
        ``JUM-H001`` when EPANET would refuse the file: its error codes, line by line.
    NotFoundError
        ``JUM-H002`` when there is no such file.

    References
    ----------
    EPANET 2.2 User Manual, appendix C (U.S. EPA, EPA/600/R-20/133).
    """
    try:
        text = documents.read(path)
    except OSError as fault:
        raise error("JUM-H002", path=str(path), why=str(fault)) from fault
    return network_of(text, Path(path).name)


def network_of(document: Document, name: str = "") -> Network:
    """Return the network of the text of an INP file; ``JUM-H001`` when EPANET would refuse it.

    Parameters
    ----------
    document : Document
        Text, cut into sections.
    name : str
        Name of the file, for people.
    """
    faults = Faults(name)
    net = _Reader(document, faults).network()
    faults.stop()
    read_by_epanet(document, faults)
    faults.stop()
    net.origin = net.copy()
    return net


class _Reader:
    """One pass over a document; rows are dicts until the end."""

    def __init__(self, document: Document, faults: Faults) -> None:
        self.document, self.faults = document, faults
        self.rows: dict[str, Rows] = {name: {} for name in (*NODES, "pipes", "pumps", "valves")}
        self.options = self._pairs("OPTIONS")
        self.times = self._pairs("TIMES")
        self.units = self._units()

    def network(self) -> Network:
        """Return the network, the faults noted."""
        for section in self.document.sections:
            if section.name.startswith("["):
                self.faults.add(201, section.header)
            elif not section.name and any(line.tokens for line in section.lines):
                self.faults.add(201, next(line for line in section.lines if line.tokens))
        patterns, curves = self._patterns(), self._curves()
        self.patterns, self.curves = patterns, curves
        self._nodes()
        self._links()
        self._status()
        self._emitters()
        demands = self._demands()
        self._coordinates()
        vertices = self._vertices()
        self._kinds()
        check_commands(self.document, self.rows, self.faults)
        self._whole()
        tables: dict[str, Any] = {name: frame(name, rows) for name, rows in self.rows.items()}
        return Network(
            **tables,
            patterns=frame("patterns", patterns),
            curves=frame("curves", curves),
            demands=frame("demands", demands).reset_index(drop=True),
            vertices=frame("vertices", vertices).reset_index(drop=True),
            controls=[" ".join(line.tokens) for line in self.document.lines("CONTROLS")],
            rules=[" ".join(line.tokens) for line in self.document.lines("RULES")],
            options=self.options,
            times=self.times,
            units=self.units,
            document=self.document,
        )

    # Words -------------------------------------------------------------------------------------
    def _pairs(self, section: str) -> dict[str, str]:
        """Return options by name: EPANET takes one or two words for it, the rest is its value."""
        found = {}
        for line in self.document.lines(section):
            words = [word.upper() for word in line.tokens]
            pair = " ".join(words[:2])
            size = 2 if any(_alike(pair, known) for known in _TWO_WORDS) else 1
            name = " ".join(words[:size])
            if size == 2:
                name = next(known for known in _TWO_WORDS if _alike(name, known))
            found[name] = " ".join(line.tokens[size:])
        return found

    def _units(self) -> Units:
        options = self.options
        flow, loss = options.get("UNITS", "GPM").upper(), options.get("HEADLOSS", "H-W").upper()
        if flow == "SI":
            flow = "LPS"
        loss = loss if loss in ("H-W", "D-W", "C-M") else ""
        for name, value in (("UNITS", flow if flow in FLOWS else ""), ("HEADLOSS", loss)):
            if not value:
                self.faults.add(213, self._option_line(name))
        pressure = options.get("PRESSURE", "").upper()
        if flow not in CUSTOMARY and pressure == "PSI":
            pressure = ""  # EPANET: PSI goes with customary units only
        return Units(
            flow if flow in FLOWS else "GPM",
            loss or "H-W",
            pressure,
            self._option("SPECIFIC GRAVITY", 1.0),
        )

    def _option(self, name: str, default: float) -> float:
        text = self.options.get(name)
        if text is None:
            return default
        try:
            value = float(text.split()[0])
        except (ValueError, IndexError):
            self.faults.add(202, self._option_line(name))
            return default
        if not 0.0 < value < math.inf:  # gravity, exponent
            self.faults.add(213, self._option_line(name))
            return default
        return value

    def _option_line(self, name: str) -> Line:
        lines = self.document.lines("OPTIONS")
        first = name.split(maxsplit=1)[0]
        return next((it for it in lines if it.tokens[0].upper() == first), documents.Line(""))

    def _number(self, line: Line, place: int, default: float = 0.0, code: int = 202) -> float:
        """Return the number at a place of a line; a missing one is the default."""
        if place >= len(line.tokens) or line.tokens[place] == "*":
            return default
        try:
            value = float(line.tokens[place].replace("_", "?"))  # Python's alone
        except ValueError:
            self.faults.add(code, line, line.tokens[place])
            return default
        if not math.isfinite(value):
            self.faults.add(code, line, line.tokens[place])
            return default
        return value

    def _known(self, line: Line, place: int, table: Rows | None, code: int) -> str:
        """Return the word at a place if it names a row, "" if absent."""
        if place >= len(line.tokens) or line.tokens[place] == "*":
            return ""
        name = line.tokens[place]
        if table is not None and name not in table:
            self.faults.add(code, line, name)
        return name

    def _enough(self, line: Line, count: int) -> bool:
        if len(line.tokens) < count:
            self.faults.add(201, line)
        return len(line.tokens) >= count

    def _new(self, table: str, line: Line, among: tuple[str, ...]) -> dict[str, Any] | None:
        """Open a row, its id checked against those of the same kind."""
        name = line.tokens[0]
        if len(name.encode()) > _LONGEST or '"' in name:
            self.faults.add(252, line, name)
        if any(name in self.rows[other] for other in among):
            self.faults.add(215, line, name)
            return None
        return self.rows[table].setdefault(name, {})

    # Sections ----------------------------------------------------------------------------------
    def _patterns(self) -> Rows:
        found: Rows = {}
        for line in self.document.lines("PATTERNS"):
            values = tuple(self._number(line, k) for k in range(1, len(line.tokens)))
            row = found.setdefault(line.tokens[0], {"multipliers": ()})
            row["multipliers"] += values
        for name, row in found.items():
            if not row["multipliers"]:
                self.faults.add(232, documents.Line(""), name)
        return found

    def _curves(self) -> Rows:
        found: Rows = {}
        for line in self.document.lines("CURVES"):
            if not self._enough(line, 3):
                continue
            row = found.setdefault(line.tokens[0], {"kind": "", "x": (), "y": ()})
            for k in range(1, len(line.tokens) - 1, 2):
                x, y = self._number(line, k), self._number(line, k + 1)
                if row["x"] and x <= row["x"][-1]:
                    self.faults.add(230, line, line.tokens[0])
                row["x"] += (x,)
                row["y"] += (y,)
        return found

    def _nodes(self) -> None:
        read: dict[str, Callable[[Line], None]] = {
            "JUNCTIONS": self._junction,
            "RESERVOIRS": self._reservoir,
            "TANKS": self._tank,
        }
        for section in self.document.sections:
            for line in section.lines if section.name in read else ():
                if line.tokens:
                    read[section.name](line)

    def _junction(self, line: Line) -> None:
        row = self._new("junctions", line, NODES)
        if row is None:
            return
        row["elevation_m"] = self._number(line, 1) * self.units.length
        row["demand_m3_h"] = self._number(line, 2) * self.units.flow
        row["pattern"] = self._known(line, 3, self.patterns, 205)

    def _reservoir(self, line: Line) -> None:
        row = self._new("reservoirs", line, NODES) if self._enough(line, 2) else None
        if row is None:
            return
        row["head_m"] = self._number(line, 1) * self.units.length
        row["pattern"] = self._known(line, 2, self.patterns, 205)

    def _tank(self, line: Line) -> None:
        if len(line.tokens) < 6:  # EPANET: a tank of an elevation only is a reservoir
            self._reservoir(line) if len(line.tokens) <= 3 else self.faults.add(201, line)
            return
        row = self._new("tanks", line, NODES)
        if row is None:
            return
        names = ("elevation_m", "initial_level_m", "minimum_level_m", "maximum_level_m")
        for place, name in enumerate((*names, "diameter_m"), 1):
            row[name] = self._number(line, place) * self.units.length
        row["minimum_volume_m3"] = self._number(line, 6) * self.units.volume
        row["volume_curve"] = self._known(line, 7, self.curves, 206)
        row["overflow"] = len(line.tokens) > 8 and line.tokens[8].upper() == "YES"
        low, first, high = (row[f"{name}_level_m"] for name in ("minimum", "initial", "maximum"))
        if not low <= first <= high or not self._covered(row, low, high):
            self.faults.add(225, line, line.tokens[0])
        if row["diameter_m"] < 0 or row["minimum_volume_m3"] < 0:
            self.faults.add(209, line, line.tokens[0])

    def _covered(self, row: dict[str, Any], low: float, high: float) -> bool:
        """Tell whether the volume curve of a tank goes from its lowest level to its highest."""
        levels = self.curves.get(row["volume_curve"], {}).get("x", ())
        if not levels or not row["diameter_m"]:  # EPANET: without a diameter, a reservoir
            return True
        least, most = (it * self.units.length for it in (levels[0], levels[-1]))
        return bool(least - _TINY <= low and high <= most + _TINY)

    def _links(self) -> None:
        read: dict[str, Callable[[Line, dict[str, Any]], None]] = {
            "PIPES": self._pipe,
            "PUMPS": self._pump,
            "VALVES": self._valve,
        }
        nodes = {name: None for table in NODES for name in self.rows[table]}
        tables = ("pipes", "pumps", "valves")
        for section in self.document.sections:
            for line in section.lines if section.name in read else ():
                if not line.tokens or not self._enough(line, 4 if section.name == "PUMPS" else 6):
                    continue
                row = self._new(section.name.lower(), line, tables)
                if row is None:
                    continue
                for place, name in ((1, "from_node"), (2, "to_node")):
                    row[name] = line.tokens[place]
                    if line.tokens[place] not in nodes:
                        self.faults.add(203, line, line.tokens[place])
                if row["from_node"] == row["to_node"]:
                    self.faults.add(222, line, line.tokens[0])
                read[section.name](line, row)

    def _pipe(self, line: Line, row: dict[str, Any]) -> None:
        units = self.units
        for place, name, factor in (
            (3, "length_m", units.length),
            (4, "diameter_mm", units.diameter),
            (5, "roughness", units.roughness),
        ):
            row[name] = self._number(line, place) * factor
            if row[name] <= 0:
                self.faults.add(211, line, line.tokens[0])
        for place in (6, 7):
            word = line.tokens[place].upper() if place < len(line.tokens) else ""
            if word in ("OPEN", "CLOSED", "CV"):
                row["status"] = _STATUS[word]
            elif place == 6:
                row["minor_loss"] = self._number(line, place)
            elif word:
                self.faults.add(213, line, word)
        if row.get("minor_loss", 0.0) < 0:
            self.faults.add(211, line, line.tokens[0])

    def _pump(self, line: Line, row: dict[str, Any]) -> None:
        words = line.tokens[3:]
        if words[0].upper() not in _PUMP_WORDS:  # EPANET 1: a power only
            row["power_kw"] = self._number(line, 3) * self.units.power
            return
        for k in range(0, len(words) - 1, 2):
            word, place = words[k].upper(), 4 + k
            if word == "POWER":
                row["power_kw"] = self._number(line, place) * self.units.power
                if row["power_kw"] <= 0:
                    self.faults.add(211, line, line.tokens[0])
            elif word == "HEAD":
                row["head_curve"] = self._known(line, place, self.curves, 206)
            elif word == "SPEED":
                row["speed"] = self._number(line, place)
                if row["speed"] < 0:
                    self.faults.add(211, line, line.tokens[0])
            elif word == "PATTERN":
                row["pattern"] = self._known(line, place, self.patterns, 205)
            else:
                self.faults.add(201, line, words[k])

    def _valve(self, line: Line, row: dict[str, Any]) -> None:
        kind = line.tokens[4].upper()
        if kind not in VALVES:
            self.faults.add(213, line, line.tokens[4])
            return
        row["type"] = kind
        row["diameter_mm"] = self._number(line, 3) * self.units.diameter
        if row["diameter_mm"] <= 0:
            self.faults.add(211, line, line.tokens[0])
        if kind == "GPV":
            row["curve"] = self._known(line, 5, self.curves, 206)
        else:
            row["setting"] = self._number(line, 5) * self.units.setting(kind)
        row["minor_loss"] = self._number(line, 6)
        if kind == "PCV":
            row["curve"] = self._known(line, 7, self.curves, 206)

    def _status(self) -> None:
        for line in self.document.lines("STATUS"):
            if not self._enough(line, 2):
                continue
            word = line.tokens[-1].upper()
            names = self._range(line)
            for name in names:
                table = next((t for t in ("pipes", "pumps", "valves") if name in self.rows[t]), "")
                if not table:
                    self.faults.add(204, line, name)
                    continue
                row = self.rows[table][name]
                if word in _STATUS:
                    if table == "pipes" and row.get("status") == "cv":
                        self.faults.add(207, line, name)
                    else:
                        row["status"] = _STATUS[word]
                elif table == "pumps":
                    speed = self._number(line, len(line.tokens) - 1)
                    row["status"] = "closed" if speed == 0 else "open"
                    row["speed"] = speed if speed else row.get("speed", 1.0)
                elif table == "valves" and row.get("type") != "GPV":
                    value = self._number(line, len(line.tokens) - 1)
                    row["setting"] = value * self.units.setting(row.get("type", ""))
                    row["status"] = "active"
                else:
                    self.faults.add(211, line, name)

    def _range(self, line: Line) -> list[str]:
        """Return the links of a line of status: one, or a range of numbers."""
        if len(line.tokens) == 2:
            return [line.tokens[0]]
        try:
            first, last = (int(word) for word in line.tokens[:2])
        except ValueError:
            return [line.tokens[0]]
        links = [name for table in ("pipes", "pumps", "valves") for name in self.rows[table]]
        return [name for name in links if name.isdigit() and first <= int(name) <= last]

    def _emitters(self) -> None:
        exponent = self._option("EMITTER EXPONENT", 0.5)
        for line in self.document.lines("EMITTERS"):
            if not self._enough(line, 2):
                continue
            row = self.rows["junctions"].get(line.tokens[0])
            if row is None:
                self.faults.add(203, line, line.tokens[0])
                continue
            row["emitter_m3_h"] = self._number(line, 1) * self.units.emitter(exponent)
            if row["emitter_m3_h"] < 0:
                self.faults.add(209, line, line.tokens[0])

    def _demands(self) -> Rows:
        found: Rows = {}
        factor = self.units.flow
        for number, line in enumerate(self.document.lines("DEMANDS")):
            if not self._enough(line, 2):
                continue
            name = line.tokens[0]
            if name.upper() == "MULTIPLY":
                self.options["DEMAND MULTIPLIER"] = line.tokens[1]
                continue
            if name not in self.rows["junctions"]:
                self.faults.add(203, line, name)
                continue
            found[str(number)] = {
                "junction": name,
                "demand_m3_h": self._number(line, 1) * factor,
                "pattern": self._known(line, 2, self.patterns, 205),
                "category": line.comment,
            }
        totals: dict[str, list[dict[str, Any]]] = {}
        for row in found.values():
            totals.setdefault(row["junction"], []).append(row)
        for name, rows in totals.items():
            self.rows["junctions"][name]["demand_m3_h"] = sum(row["demand_m3_h"] for row in rows)
            self.rows["junctions"][name]["pattern"] = rows[0]["pattern"]
        return found

    def _coordinates(self) -> None:
        for line in self.document.lines("COORDINATES"):
            table = next((t for t in NODES if line.tokens[0] in self.rows[t]), "")
            if not table or not self._enough(line, 3):
                continue  # EPANET leaves coordinates of unknown nodes aside
            row = self.rows[table][line.tokens[0]]
            row["x"], row["y"] = self._number(line, 1), self._number(line, 2)

    def _vertices(self) -> Rows:
        lines = [line for line in self.document.lines("VERTICES") if self._enough(line, 3)]
        return {
            str(k): {
                "link": line.tokens[0],
                "x": self._number(line, 1),
                "y": self._number(line, 2),
            }
            for k, line in enumerate(lines)
        }

    # The whole ---------------------------------------------------------------------------------
    def _kinds(self) -> None:
        """Tell what each curve is from its use, and turn its units."""
        units, used = self.units, {}
        for row in self.rows["pumps"].values():
            used[row.get("head_curve", "")] = "pump"
        for row in self.rows["tanks"].values():
            used[row["volume_curve"]] = "volume"
        for row in self.rows["valves"].values():
            used[row.get("curve", "")] = "headloss" if row.get("type") == "GPV" else "valve"
        for line in self.document.lines("ENERGY"):
            if len(line.tokens) > 3 and line.tokens[2].upper().startswith("EFF"):
                used.setdefault(line.tokens[3], "efficiency")
        factors = {
            "pump": (units.flow, units.length),
            "headloss": (units.flow, units.length),
            "volume": (units.length, units.volume),
            "efficiency": (units.flow, 1.0),
        }
        for name, row in self.curves.items():
            row["kind"] = used.get(name, "")
            along, up = factors.get(row["kind"], (1.0, 1.0))
            row["x"] = tuple(value * along for value in row["x"])
            row["y"] = tuple(value * up for value in row["y"])

    def _whole(self) -> None:
        """Check what concerns the network as a whole."""
        nothing = documents.Line("")
        nodes = [name for table in NODES for name in self.rows[table]]
        if len(nodes) < 2:
            self.faults.add(223, nothing)
        if not self.rows["reservoirs"] and not self.rows["tanks"]:
            self.faults.add(224, nothing)
        for name, row in self.rows["pumps"].items():
            curve = self.curves.get(row.get("head_curve", ""))
            if curve is None and "power_kw" not in row:
                self.faults.add(226, nothing, name)
            elif curve is not None and not _pump_curve(curve):
                self.faults.add(227, nothing, name)
        ends = [
            row.get(end)
            for table in ("pipes", "pumps", "valves")
            for row in self.rows[table].values()
            for end in ("from_node", "to_node")
        ]
        joined = set(ends)
        for name in nodes:
            if name not in joined:
                self.faults.add(233, nothing, name)


def _alike(words: str, known: str) -> bool:
    """Tell whether two words begin as EPANET's two words do."""
    mine, theirs = words.split(), known.split()
    return len(mine) == 2 and all(
        a[:4] == b[:4] if len(b) > 3 else a == b for a, b in zip(mine, theirs, strict=True)
    )


def _pump_curve(curve: dict[str, Any]) -> bool:
    """Tell whether a head curve falls; a single point must have a flow and a head."""
    x, y = curve["x"], curve["y"]
    if len(x) == 1:
        return bool(x[0] > 0 and y[0] > 0)
    return all(high > low for high, low in pairwise(y))
