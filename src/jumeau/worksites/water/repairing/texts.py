# SPDX-License-Identifier: EUPL-1.2
"""Controls and rules that speak of what is no longer there."""

from __future__ import annotations

from jumeau.worksites.water.repairing.draft import Draft
from jumeau.worksites.water.report import Repair

_LINKS, _NODES = ("LINK", "PIPE", "PUMP", "VALV"), ("NODE", "JUNC", "TANK", "RESE")


def commands(draft: Draft) -> None:
    """Take out simple controls that name what is not there; tell rules that do."""
    kept: list[str] = []
    gone: list[str] = []
    for line in draft.net.controls:
        words = line.split()
        (gone if _unknown(draft, [words[:2], words[4:6]]) else kept).append(line)
    if gone:
        draft.set_text("controls", kept, list(draft.net.controls))
        repair = Repair("control", "controls", "", " / ".join(gone), "")
        draft.mended("JUM-H111", repair, lines=" / ".join(gone), count=len(gone))
    wrong = [line for line in draft.net.rules if _unknown(draft, [line.split()[1:3]])]
    if wrong:
        draft.report.add("JUM-H113", "rules", "", lines=" / ".join(wrong), count=len(wrong))


def _unknown(draft: Draft, pairs: list[list[str]]) -> bool:
    """Tell whether a kind of element and a name speak of a link or a node that is not there."""
    for kind, name in (pair for pair in pairs if len(pair) == 2):
        word = kind.upper()[:4]
        if (word in _LINKS and name not in draft.links) or (
            word in _NODES and name not in draft.nodes
        ):
            return True
    return False
