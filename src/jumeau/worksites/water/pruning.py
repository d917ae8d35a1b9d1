# SPDX-License-Identifier: EUPL-1.2
"""Controls and rules that name what a network has no more: left out, and said so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.controls import LINK_WORDS, NODE_WORDS
from jumeau.worksites.water.network import LINKS, NODES

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

SHOWN = 5
"""Lines that a finding shows."""
_ACTIONS = ("THEN", "ELSE")


def prune(net: Network) -> list[Finding]:
    """Leave out the controls and rules that EPANET would refuse for what they name.

    Parameters
    ----------
    net : Network
        Network, changed in place.

    Returns
    -------
    list of Finding
        ``JUM-H111`` for controls, ``JUM-H123`` for rules: on a link or a node that is not there
        (EPANET 203, 204), or commanding a check valve (EPANET 207).
    """
    if not net.controls and not net.rules:
        return []
    links = {str(name) for table in LINKS for name in getattr(net, table).index}
    nodes = {str(name) for table in NODES for name in getattr(net, table).index}
    checks = {str(it) for it in net.pipes.index[net.pipes["status"] == "cv"]}
    kept = [it for it in net.controls if _followed(it.split(), links - checks, nodes)]
    gone = [it for it in net.controls if it not in kept]
    blocks = [
        (block, all(_clauses(block, links, links - checks, nodes))) for block in rules(net.rules)
    ]
    lost = [" ".join(block[0].split()[1:2]) for block, sound in blocks if not sound]
    net.controls = kept
    net.rules = [line for block, sound in blocks if sound for line in block]
    found = []
    if gone:
        found.append(
            finding("JUM-H111", "water_network", net.network_id, count=len(gone),
                    lines=gone[:SHOWN])
        )  # fmt: skip
    if lost:
        found.append(
            finding("JUM-H123", "water_network", net.network_id, count=len(lost),
                    names=lost[:SHOWN])
        )  # fmt: skip
    return found


def rules(lines: Iterable[str]) -> list[list[str]]:
    """Return the lines of rules, one list a rule."""
    blocks: list[list[str]] = []
    for line in lines:
        if not blocks or line.upper().split()[:1] == ["RULE"]:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _followed(words: list[str], links: set[str], nodes: set[str]) -> bool:
    """Tell whether a control names a link and a node that are there."""
    if len(words) < 6:
        return True
    watched = words[4][:4].upper() in NODE_WORDS
    return words[1] in links and (not watched or words[5] in nodes)


def _clauses(
    block: list[str], links: set[str], commanded: set[str], nodes: set[str]
) -> Iterator[bool]:
    """Tell of each clause of a rule whether what it names is there."""
    acts = False
    for line in block:
        words = line.split()
        if len(words) < 3:
            continue
        acts = acts or words[0].upper() in _ACTIONS
        kind = words[1][:4].upper()
        if kind in LINK_WORDS:
            yield words[2] in (commanded if acts else links)
        elif kind in NODE_WORDS:
            yield words[2] in nodes
