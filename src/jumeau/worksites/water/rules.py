# SPDX-License-Identifier: EUPL-1.2
"""Rule-based controls of a network, read as EPANET reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jumeau.base.errors import JumeauError, error
from jumeau.worksites.water import faults
from jumeau.worksites.water.network import NODES
from jumeau.worksites.water.times import seconds

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

NODE, LINK, SYSTEM = range(3)
"""What a premise is about."""
_OBJECTS = {
    "NODE": NODE, "JUNC": NODE, "RESE": NODE, "TANK": NODE, "LINK": LINK, "PIPE": LINK,
    "PUMP": LINK, "VALV": LINK, "SYST": SYSTEM,
}  # fmt: skip
DEMAND, HEAD, LEVEL, PRESSURE, FLOW, STATUS, SETTING, TIME, CLOCKTIME, FILLTIME, DRAINTIME = range(
    11
)
"""What of it is watched."""
_VARIABLES = {
    "DEMA": DEMAND, "HEAD": HEAD, "GRAD": HEAD, "LEVE": LEVEL, "PRES": PRESSURE, "FLOW": FLOW,
    "STAT": STATUS, "SETT": SETTING, "TIME": TIME, "CLOC": CLOCKTIME, "FILL": FILLTIME,
    "DRAI": DRAINTIME,
}  # fmt: skip
_OF = {
    NODE: (DEMAND, HEAD, LEVEL, PRESSURE, FILLTIME, DRAINTIME),
    LINK: (FLOW, STATUS, SETTING),
    SYSTEM: (DEMAND, TIME, CLOCKTIME),
}
EQ, NE, LE, GE, LT, GT = range(6)
"""Relations."""
_RELATIONS = {
    "=": EQ, "<>": NE, "<=": LE, ">=": GE, "<": LT, ">": GT, "IS": EQ, "NOT": NE, "BELOW": LT,
    "ABOVE": GT,
}  # fmt: skip
_STATUSES = ("OPEN", "CLOSED", "ACTIVE")
_CLAUSES = ("RULE", "IF", "AND", "OR", "THEN", "ELSE", "PRIO", "DISA")


@dataclass(frozen=True)
class Premise:
    """A premise of a rule.

    Parameters
    ----------
    either : bool
        Whether it follows OR.
    kind, variable, relation : int
        What is watched and how, of the constants of this module.
    name : str
        Node or link; "" for the system.
    status : str
        "open", "closed" or "active"; "" for a value.
    value : float
        In the network's units, times in seconds; NaN for a status.
    """

    either: bool
    kind: int
    name: str
    variable: int
    relation: int
    status: str
    value: float


@dataclass(frozen=True)
class Action:
    """What a rule does: a status, or "" and a setting in the network's units."""

    link: str
    status: str
    setting: float


@dataclass
class Rule:
    """A rule: when its premises hold ``then`` is done, ``otherwise`` when they do not."""

    name: str
    premises: list[Premise] = field(default_factory=list)
    then: list[Action] = field(default_factory=list)
    otherwise: list[Action] = field(default_factory=list)
    priority: float = 0.0
    enabled: bool = True


class _WrongError(Exception):
    """A clause that EPANET would refuse, under its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def rules_of(net: Network) -> list[Rule]:
    """Return the rules of a network.

    Raises
    ------
    InvalidError
        ``JUM-H030`` for a clause that EPANET would refuse, with its code.
    """
    nodes = {name for table in NODES for name in getattr(net, table).index}
    kinds = dict.fromkeys(net.pipes.index, "pipe") | dict.fromkeys(net.pumps.index, "pump")
    kinds |= dict(net.valves["type"])
    kinds |= {name: "cv" for name, status in net.pipes["status"].items() if status == "cv"}
    reader = Reader(nodes, kinds)
    for text in net.rules:
        code = reader.clause(text.split())
        if code:
            told = faults.texts()[code]
            name = reader.rules[-1].name if reader.rules else ""
            raise error("JUM-H030", rule=name, clause=text, number=code, text=told)
    return reader.rules


class Reader:
    """Reads rules clause by clause.

    Parameters
    ----------
    nodes : set of str
        Known nodes.
    kinds : dict of str to str
        Kind of each link: "cv", "pipe", "pump" or the type of a valve.
    """

    def __init__(self, nodes: set[str], kinds: dict[str, str]) -> None:
        self.nodes, self.kinds = nodes, kinds
        self.rules: list[Rule] = []
        self.state = "PRIO"

    def clause(self, words: Sequence[str]) -> int:
        """Read a clause; return EPANET's code when it would refuse it, 0 otherwise."""
        try:
            self._read(words, words[0].upper())
        except _WrongError as wrong:
            return wrong.code
        except JumeauError:  # a time that is not one
            return 202
        return 0

    def _read(self, words: Sequence[str], first: str) -> None:
        word = next((it for it in _CLAUSES if first.startswith(it)), "")
        before = {
            "IF": ("RULE",), "OR": ("IF",), "AND": ("IF", "THEN", "ELSE"), "THEN": ("IF",),
            "ELSE": ("THEN",), "PRIO": ("THEN", "ELSE"), "DISA": ("THEN", "ELSE", "PRIO"),
        }  # fmt: skip
        if not word or (word == "RULE" and len(words) != 2):
            raise _WrongError(201)
        if word == "RULE":
            self.rules.append(Rule(words[1]))
        elif self.state not in before[word] or not self.rules:
            raise _WrongError(221)
        if word in ("RULE", "IF", "THEN", "ELSE", "PRIO"):
            self.state = word
        if word == "PRIO":
            self.rules[-1].priority = _number(words[1] if len(words) > 1 else "")
        elif word == "DISA":
            self.rules[-1].enabled = False
        elif word != "RULE" and self.state == "IF":
            self.rules[-1].premises.append(self._premise(words, word == "OR"))
        elif word != "RULE":
            rule = self.rules[-1]
            (rule.then if self.state == "THEN" else rule.otherwise).append(self._action(words))

    def _premise(self, words: Sequence[str], either: bool) -> Premise:
        if len(words) not in (5, 6):
            raise _WrongError(201)
        kind = _OBJECTS.get(words[1][:4].upper(), -1)
        place = 2 if kind == SYSTEM else 3
        variable = _VARIABLES.get(words[place][:4].upper(), -1)
        if kind < 0 or variable < 0 or len(words) <= place + 2:
            raise _WrongError(201)
        name = "" if kind == SYSTEM else words[2]
        if kind == NODE and name not in self.nodes:
            raise _WrongError(203)
        if kind == LINK and name not in self.kinds:
            raise _WrongError(204)
        relation = _RELATIONS.get(words[place + 1].upper(), -1)
        if variable not in _OF[kind] or relation < 0:
            raise _WrongError(201)
        if variable in (TIME, CLOCKTIME):
            value = float(seconds(" ".join(words[place + 2 :])))
            return Premise(either, kind, name, variable, relation, "", value)
        status = next((it for it in _STATUSES if words[-1].upper().startswith(it)), "").lower()
        if status and kind != LINK:
            raise _WrongError(202)
        value = math.nan if status else _number(words[-1])
        if variable in (FILLTIME, DRAINTIME):
            value *= 3600.0
        return Premise(either, kind, name, variable, relation, status, value)

    def _action(self, words: Sequence[str]) -> Action:
        if len(words) != 6:
            raise _WrongError(201)
        kind = self.kinds.get(words[2])
        if kind is None:
            raise _WrongError(204)
        if kind == "cv":
            raise _WrongError(207)
        status = next((it for it in _STATUSES if words[5].upper().startswith(it)), "").lower()
        if status:
            return Action(words[2], status, math.nan)
        setting = _number(words[5])
        if setting < 0 or kind == "GPV":
            raise _WrongError(202)
        if kind == "pipe":
            return Action(words[2], "open" if setting else "closed", math.nan)
        return Action(words[2], "", setting)


def _number(word: str) -> float:
    try:
        value = float(word)
    except ValueError as fault:
        raise _WrongError(202) from fault
    if not math.isfinite(value):
        raise _WrongError(202)
    return value
