# SPDX-License-Identifier: EUPL-1.2
"""Simple controls of a network, read as EPANET reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jumeau.base.errors import error
from jumeau.worksites.water.network import NODES
from jumeau.worksites.water.times import DAY, seconds

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

BELOW, ABOVE, TIMER, CLOCK = range(4)
LINK_WORDS, NODE_WORDS = ("LINK", "PIPE", "PUMP", "VALV"), ("NODE", "JUNC", "TANK", "RESE")
"""First letters of the words for links and nodes."""


@dataclass(frozen=True)
class Control:
    """A simple control.

    Parameters
    ----------
    text : str
        As written.
    link : str
        What it commands.
    status : str
        "open", "closed" or "active".
    setting : float
        Speed of a pump, setting of a valve in the network's units; NaN for none.
    kind : int
        ``BELOW``, ``ABOVE``, ``TIMER`` or ``CLOCK``.
    node : str
        Node that is watched; "" for a time.
    level : float
        Level in a tank or pressure at a junction, in the network's units.
    time : int
        Since the start, or since midnight [s].
    """

    text: str
    link: str
    status: str
    setting: float
    kind: int
    node: str = ""
    level: float = 0.0
    time: int = 0


def controls_of(net: Network) -> list[Control]:
    """Return the simple controls of a network.

    Raises
    ------
    InvalidError
        ``JUM-H004`` for one that EPANET would refuse.
    """
    return [_control(net, text) for text in net.controls]


def _control(net: Network, text: str) -> Control:
    words = text.split()
    upper = [word.upper() for word in words]
    try:
        if upper[0][:4] not in LINK_WORDS or len(words) < 6:
            raise ValueError
        link = words[1]
        status, setting = _action(net, link, upper[2])
        if upper[4][:4] == "TIME":
            return Control(text, link, status, setting, TIMER, time=seconds(" ".join(words[5:])))
        if upper[4][:4] == "CLOC":
            time = seconds(" ".join(words[5:])) % DAY
            return Control(text, link, status, setting, CLOCK, time=time)
        if upper[4][:4] not in NODE_WORDS or len(words) < 8:
            raise ValueError
        kind = {"BELO": BELOW, "ABOV": ABOVE}[upper[6][:4]]
        if not any(words[5] in getattr(net, table).index for table in NODES):
            raise ValueError
        return Control(text, link, status, setting, kind, words[5], float(words[7]))
    except (KeyError, IndexError, ValueError) as fault:
        raise error("JUM-H004", text=text) from fault


def _action(net: Network, link: str, word: str) -> tuple[str, float]:
    """Return the status and the setting that a control gives to a link."""
    none = float("nan")
    pump = link in net.pumps.index
    if link in net.pipes.index and net.pipes.loc[link, "status"] == "cv":
        raise ValueError
    if not pump and link not in net.pipes.index and link not in net.valves.index:
        raise KeyError(link)
    if word in ("OPEN", "CLOSED"):
        return word.lower(), float(word == "OPEN") if pump else none
    setting = float(word)
    if pump or link in net.pipes.index:
        return ("open" if setting else "closed"), setting
    if net.valves.loc[link, "type"] == "GPV":
        raise ValueError
    return "active", setting
