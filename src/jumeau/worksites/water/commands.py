# SPDX-License-Identifier: EUPL-1.2
"""Controls and rules of an EPANET input file checked as EPANET's reader does, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import JumeauError
from jumeau.worksites.water.controls import LINK_WORDS, NODE_WORDS
from jumeau.worksites.water.network import LINKS, NODES
from jumeau.worksites.water.rules import Reader
from jumeau.worksites.water.times import seconds

if TYPE_CHECKING:
    from jumeau.worksites.water.document import Document, Line
    from jumeau.worksites.water.faults import Faults

    Tables = Mapping[str, Mapping[str, Mapping[str, Any]]]


def check_commands(document: Document, tables: Tables, faults: Faults) -> None:
    """Note the faults of the sections ``[CONTROLS]`` and ``[RULES]``.

    Parameters
    ----------
    document : Document
        The text.
    tables : dict of str to dict
        Rows read so far, by table and id.
    faults : Faults
        Receives EPANET's codes with the lines where they stand.
    """
    nodes = {name for table in NODES for name in tables[table]}
    kinds = {name: table[:-1] for table in LINKS for name in tables[table]}
    kinds |= {name: str(row.get("type", "")) for name, row in tables["valves"].items()}
    kinds |= {name: "cv" for name, row in tables["pipes"].items() if row.get("status") == "cv"}
    for line in document.lines("CONTROLS"):
        code, word = _control(line.tokens, nodes, kinds)
        if code:
            faults.add(code, line, word)
    reader, wrong = Reader(nodes, kinds), False
    for line in document.lines("RULES"):
        wrong = wrong and not line.tokens[0].upper().startswith("RULE")
        code = 0 if wrong else reader.clause(line.tokens)
        if code:  # the rest of the rule hangs on it
            _note(code, line, faults)
            wrong = True


def _note(code: int, line: Line, faults: Faults) -> None:
    name = {203: 2, 204: 2, 207: 2}.get(code)
    faults.add(code, line, line.tokens[name] if name and name < len(line.tokens) else "")


def _control(words: list[str], nodes: set[str], kinds: Mapping[str, str]) -> tuple[int, str]:
    """Return EPANET's code for a control and the word that is wrong, 0 when it is right."""
    if len(words) < 6 or words[0][:4].upper() not in LINK_WORDS:
        return 201, ""
    link, state, when = words[1], words[2].upper(), words[4][:4].upper()
    kind = kinds.get(link)
    if kind is None:
        return 204, link
    status = state in ("OPEN", "CLOSED")
    if kind == "cv" or (kind == "GPV" and not status):
        return 207, link
    if not status and _amount(words[2]) is None:
        return 202, words[2]
    if when in ("TIME", "CLOC"):
        try:
            seconds(" ".join(words[5:]))
        except JumeauError:
            return 213, words[5]
        return 0, ""
    if len(words) < 8 or when not in NODE_WORDS or words[6][:4].upper() not in ("BELO", "ABOV"):
        return 201, ""
    if words[5] not in nodes:
        return 203, words[5]
    return (0, "") if _amount(words[7]) is not None else (202, words[7])


def _amount(word: str) -> float | None:
    try:
        return float(word.replace("_", "?"))
    except ValueError:
        return None
