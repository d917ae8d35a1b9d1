# SPDX-License-Identifier: EUPL-1.2
"""What was read, left out and repaired in a network; each repair can be undone."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n, messages
from jumeau.base.errors import error
from jumeau.base.findings import SEVERITIES, Finding
from jumeau.worksites.water.network import LINKS, NODES

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.network import Network

GUESSED = ("table", "entity", "attribute", "value", "low", "high", "method")
"""Columns of :attr:`Report.estimates`, those of the twin's table of estimates."""
COLUMNS = ("kind", "table", "entity", "before", "after", "moved_m")
"""Columns of :attr:`Report.repairs`."""
SHOWN = 12
"""Findings that the summary shows one by one; the rest is counted by code."""


@dataclass(frozen=True)
class Edit:
    """One change of a network.

    Parameters
    ----------
    table : str
        Table of the network, or "controls" and "rules" for its lists.
    entity : str
        Row; a link for ``vertices``, a junction for ``demands``.
    column : str
        Column; "" for the whole row, "id" for a row that got another id (``entity``).
    before, after : object
        Value of the cell; of the row a dict, or None where there is none; of vertices and demands
        the list of their dicts.
    """

    table: str
    entity: str
    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Repair:
    """One repair as people read it: a row of :attr:`Report.repairs`; ``moved_m`` in metres."""

    kind: str
    table: str
    entity: str
    before: str
    after: str
    moved_m: float = float("nan")


@dataclass
class Report:
    """What was read, left out and repaired.

    Parameters
    ----------
    read, dropped : dict of str to int
        Rows by table.
    findings : list of Finding
        What is wrong, and one for each repair, whose ``data["repair"]`` is its number.
    made : dict of int to Repair
        Repairs by number, in the order in which they were made.
    edits : dict of int to list of Edit
        What each repair changed.
    order : dict of str to list of str
        Ids of the rows of each table before the repairs.
    measures : dict of str to float
        Figures of what was done, their units in their names.
    guessed : list of dict
        Values that were supposed, with the columns of :attr:`estimates`.
    residuals : DataFrame, optional
        What control points say and what the fit gives, a row a point.
    """

    read: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    made: dict[int, Repair] = field(default_factory=dict)
    edits: dict[int, list[Edit]] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    guessed: list[dict[str, Any]] = field(default_factory=list)
    residuals: pd.DataFrame | None = None

    @property
    def repaired(self) -> dict[str, int]:
        """Repairs by kind."""
        found: dict[str, int] = {}
        for repair in self.made.values():
            found[repair.kind] = found.get(repair.kind, 0) + 1
        return found

    @property
    def repairs(self) -> pd.DataFrame:
        """The repairs by number; ``moved_m`` is how far a thing was moved [m], else NaN."""
        import pandas as pd

        rows = [[getattr(repair, name) for name in COLUMNS] for repair in self.made.values()]
        index = pd.Index(list(self.made), dtype="int64", name="repair")
        return pd.DataFrame(rows, index=index, columns=list(COLUMNS))

    @property
    def estimates(self) -> pd.DataFrame:
        """Values that were supposed, with their range and the method, in the column's unit."""
        import pandas as pd

        return pd.DataFrame(self.guessed, columns=list(GUESSED))

    def guess(
        self, table: str, entity: str, attribute: str, value: float, low: float, high: float,
        method: str,
    ) -> None:  # fmt: skip
        """Note a value that is supposed.

        Parameters
        ----------
        table, entity, attribute : str
            Which cell of the network.
        value, low, high : float
            The value and its range [unit of the column].
        method : str
            How it was supposed, a word of the report.
        """
        row = (table, entity, attribute, value, low, high, method)
        self.guessed.append(dict(zip(GUESSED, row, strict=True)))

    def add(self, code: str, table: str = "", entity: str = "", **data: Any) -> None:
        """Note a finding.

        Parameters
        ----------
        code : str
            Code of a row of ``messages.csv``.
        table, entity : str
            What it is about.
        **data
            Values of the placeholders of its sentences.
        """
        self.findings.append(Finding(code, table, entity, data))

    def mend(self, code: str, repair: Repair, edits: list[Edit], **data: Any) -> int:
        """Note a repair with its finding.

        Parameters
        ----------
        code : str
            Code of the finding.
        repair : Repair
            What was done, as people read it.
        edits : list of Edit
            What was changed, in the order of the changes.
        **data
            Values of the placeholders of the finding, beyond those of the repair.

        Returns
        -------
        int
            Number of the repair.
        """
        number = len(self.made) + 1
        self.made[number], self.edits[number] = repair, edits
        said = {"repair": number, "before": repair.before, "after": repair.after, **data}
        self.findings.append(Finding(code, repair.table, repair.entity, said))
        return number

    def together(self, ids: Iterable[int]) -> list[int]:
        """Return repairs and the later ones that rest on them, the last first.

        Parameters
        ----------
        ids : iterable of int
            Numbers of repairs.

        Raises
        ------
        UnknownNameError
            ``JUM-H050`` for a number that is no repair.
        """
        asked = set(ids)
        for number in asked:
            if number not in self.made:
                raise error("JUM-H050", repair=str(number), count=len(self.made))
        base = _Base()
        chosen = []
        for number, edits in self.edits.items():
            if number in asked or any(base.carries(edit) for edit in edits):
                chosen.append(number)
                for edit in edits:
                    base.add(edit)
        return chosen[::-1]

    def undo(self, net: Network, ids: Iterable[int] | None = None) -> Network:
        """Return a network as it was before some repairs, or all of them.

        Parameters
        ----------
        net : Network
            The repaired network; it is not changed.
        ids : iterable of int, optional
            Numbers of repairs, the index of :attr:`repairs`; all by default. Later repairs that
            rest on one of them (:meth:`together`) are undone with it.

        Returns
        -------
        Network
            Rows, cells and their order as before; what else was changed since stays.

        Raises
        ------
        UnknownNameError
            ``JUM-H050`` for a number that is no repair.
        """
        from jumeau.worksites.water.undoing import undone

        numbers = self.together(self.made if ids is None else ids)
        return undone(net, [edit for k in numbers for edit in self.edits[k][::-1]], self.order)

    def __str__(self) -> str:
        lines = []
        for name, counts in (
            ("read", self.read), ("dropped", self.dropped), ("repaired", self.repaired),
        ):  # fmt: skip
            if any(counts.values()):
                told = ", ".join(phrase(word, n) for word, n in counts.items() if n)
                lines.append(f"{phrase(name)}{told}.")
        if self.measures:
            told = ", ".join(
                f"{phrase(name)} {i18n.plain(it)}" for name, it in self.measures.items()
            )
            lines.append(f"{phrase('measured')}{told}.")
        severities = dict.fromkeys(SEVERITIES, 0)
        for found in self.findings:
            severities[found.severity] += 1
        if self.findings:
            told = ", ".join(phrase(name, n) for name, n in severities.items() if n)
            lines.append(f"{phrase('findings')}{told}.")
        return "\n".join([*lines, *self._told()])

    def _told(self) -> list[str]:
        """Return the sentences of the findings, the gravest first, those of a code together."""
        by_code: dict[str, list[Finding]] = {}
        for found in sorted(self.findings, key=lambda it: SEVERITIES.index(it.severity)):
            by_code.setdefault(found.code, []).append(found)
        lines = []
        each = max(SHOWN // max(len(by_code), 1), 1)
        for code, like in by_code.items():
            for it in like[:each]:
                data = {"table": it.table, "entity": it.entity, **it.data}
                lines.append(f"· {code} {messages.render(code, data).what}")
            if len(like) > each:
                lines.append(f"  {phrase('more', len(like) - each)}")
        return lines


class _Base:
    """What some repairs changed, to tell which later ones rest on them."""

    def __init__(self) -> None:
        self.rows: set[tuple[str, str]] = set()
        self.cells: set[tuple[str, str, str]] = set()
        self.made: set[str] = set()
        self.left: set[str] = set()

    def add(self, edit: Edit) -> None:
        """Take an edit in."""
        key = (edit.table, edit.entity)
        self.cells |= {(*key, edit.column), (*key, "*")}
        self.left |= _ends(edit, edit.before)
        if edit.column in ("", "id"):
            self.rows.add(key)
            if edit.table in NODES and edit.before is None:
                self.made.add(edit.entity)

    def carries(self, edit: Edit) -> bool:
        """Tell whether a later edit would lose what it rests on, or take away what must be back."""
        key = (edit.table, edit.entity)
        whole = edit.column in ("", "id")
        if key in self.rows or (*key, "*" if whole else edit.column) in self.cells:
            return True
        if edit.table in NODES and whole and edit.after is None and edit.entity in self.left:
            return True
        return bool(_ends(edit, edit.after) & self.made)


def _ends(edit: Edit, value: Any) -> set[str]:
    """Return the nodes that a link joins by one side of an edit."""
    if edit.column in ("from_node", "to_node"):
        return {value}
    if edit.column == "" and isinstance(value, dict) and edit.table in LINKS:
        return {value["from_node"], value["to_node"]}
    return set()


@cache
def _phrases() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "report_words.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: row for row in csv.DictReader(file)}


def both(word: str) -> dict[str, str]:
    """Return a word of the report in both languages, as data of a finding."""
    row = _phrases()[word]
    return {lang: row[f"text_{lang}"] for lang in i18n.LANGUAGES}


def several(table: str, entity: str, count: int) -> dict[str, str]:
    """Return what a finding is about in both languages: a row by its id, or how many of a table."""
    told = {}
    for lang in i18n.LANGUAGES:
        with i18n.using(lang):
            told[lang] = entity or phrase(table, count)
    return told


def phrase(word: str, n: int | None = None) -> str:
    """Return a word of the report in the language in force, with its count if one is given.

    Parameters
    ----------
    word : str
        Table, kind of repair, severity or measure; an unknown one is told as it is.
    n : int, optional
        How many.
    """
    row = _phrases().get(word)
    if row is None:
        return word if n is None else f"{i18n.number(n)} {word}"
    count = 0 if n is None else n
    return i18n.agree(i18n.pick(row, "text"), {"n": count}).format(n=i18n.number(count))
