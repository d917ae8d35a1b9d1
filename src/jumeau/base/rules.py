# SPDX-License-Identifier: EUPL-1.2
"""Dated rules: law and funding as data, answered yes, no or unknown, with the proof.

A rule is a row ``id, valid_from, valid_to, territory, condition, effect, cap_group, source,
checked_on, confidence``; ``valid_to`` is inclusive and empty while the rule is in force; the
condition language is in :mod:`jumeau.base.conditions`. A change of the law is a new row.

Answers follow Kleene's three-valued logic: a missing fact makes *unknown* only what depends on
it. A *yes* becomes *unknown* when the rule is of low confidence, has no source or says "to confirm"
on a decisive point, or was checked too long ago. A *no* stays a *no*.
"""

from __future__ import annotations

import csv
import datetime as dt
import fnmatch
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from jumeau.base import conditions
from jumeau.base.conditions import Arithmetic, Compare, Fact, Group, Member, Node, Not, Reference
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding

Answer = Literal["yes", "no", "unknown"]
MAX_AGE_DAYS = 730
"""A check older than this makes a *yes* unknown."""

_COLUMNS = ("id", "valid_from", "territory", "condition", "effect", "source", "confidence")
_ASSIGNED = re.compile(r"\s*([^\W\d]\w*)\s*=\s*([\w.%-]+)\s*")
# « to confirm » is decisive unless it bears on these only: the wording of a citation, or a date
# that is far from the day of the verdict.
_WORDING = frozenset(
    ["article", "articles", "exception", "exceptions", "and", "of", "the", "number"]
)
_START = frozenset(["start", "effective", "day", "date", "dates", "and", "of", "the"])
_END = frozenset(["end", "date", "dates", "and", "of", "the"])
_DOUBT = re.compile(r"([^;,:]*)\bto confirm\b|treat as unknown", re.IGNORECASE)
_NEAR_DAYS = 366


@dataclass(frozen=True)
class Rule:
    """One dated rule; the fields are the columns of its file."""

    id: str
    valid_from: dt.date
    valid_to: dt.date | None
    territory: str
    condition: str
    effect: str
    cap_group: str
    source: str
    checked_on: dt.date | None
    confidence: str

    @property
    def assigns(self) -> dict[str, str]:
        """What the effect sets: ``"procedure = formal"`` → ``{"procedure": "formal"}``."""
        parts = (_ASSIGNED.fullmatch(part) for part in self.effect.split(";"))
        return {part[1]: part[2] for part in parts if part}

    def in_force(self, on: dt.date) -> bool:
        """Tell whether the rule applies on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class Proof:
    """A node of the proof: a part of a condition, its answer and what it rests on."""

    text: str
    answer: Answer
    used: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    parts: tuple[Proof, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the proof as plain data."""
        return {
            "text": self.text,
            "answer": self.answer,
            "used": {name: _plain(value) for name, value in self.used.items()},
            "missing": list(self.missing),
            "parts": [part.to_dict() for part in self.parts],
        }


@dataclass(frozen=True)
class Verdict:
    """The answer of one rule on one day, with its proof and the reasons of a doubt."""

    rule: Rule
    answer: Answer
    on: dt.date
    proof: Proof
    reasons: tuple[Finding, ...] = ()

    @property
    def used(self) -> dict[str, Any]:
        """Facts that the answer rests on."""
        return dict(_gather(self.proof))

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts that would settle an unknown answer, in order of appearance."""
        return tuple(dict.fromkeys(_lacking(self.proof)))

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data, sentences in the language in force."""
        return {
            "rule": self.rule.id,
            "answer": self.answer,
            "on": self.on.isoformat(),
            "effect": self.rule.effect,
            "cap_group": self.rule.cap_group,
            "source": self.rule.source,
            "checked_on": self.rule.checked_on.isoformat() if self.rule.checked_on else None,
            "confidence": self.rule.confidence,
            "missing": list(self.missing),
            "reasons": [reason.to_row()["what"] for reason in self.reasons],
            "proof": self.proof.to_dict(),
        }


def load(path: str | Path) -> list[Rule]:
    """Read rules from a CSV file.

    Raises
    ------
    MissingFileError
        ``JUM-B061`` when the file is not there.
    InvalidError
        ``JUM-B062`` when a column is absent, a date unreadable, an identifier repeated or a
        confidence not one of high, medium, low.
    """
    file = Path(path)
    if not file.is_file():
        raise error("JUM-B061", file=str(file))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return rules(csv.DictReader(stream), file.name)


def rules(rows: Iterable[Mapping[str, Any]], name: str = "rules") -> list[Rule]:
    """Build rules from rows; see `load` for what is refused."""
    built: dict[str, Rule] = {}
    for row in rows:
        absent = [column for column in _COLUMNS if row.get(column) is None]
        if absent:
            raise error("JUM-B062", file=name, rule=str(row.get("id")), what=", ".join(absent))
        try:
            rule = Rule(
                id=row["id"].strip(),
                valid_from=dt.date.fromisoformat(row["valid_from"].strip()),
                valid_to=_date(row.get("valid_to")),
                territory=row["territory"].strip(),
                condition=row["condition"].strip(),
                effect=row["effect"].strip(),
                cap_group=(row.get("cap_group") or "").strip(),
                source=row["source"].strip(),
                checked_on=_date(row.get("checked_on")),
                confidence=row["confidence"].strip(),
            )
        except ValueError as problem:
            raise error("JUM-B062", file=name, rule=str(row["id"]), what=str(problem)) from None
        wrong = rule.id in built or not rule.id
        wrong |= rule.confidence not in {"high", "medium", "low"}
        wrong |= rule.valid_to is not None and rule.valid_to < rule.valid_from
        if wrong:
            raise error("JUM-B062", file=name, rule=rule.id, what="id, confidence, valid_to")
        built[rule.id] = rule
    return list(built.values())


def evaluate(
    over: Iterable[Rule],
    facts: Mapping[str, Any],
    on: dt.date,
    *,
    territory: str | None = None,
    today: dt.date | None = None,
    max_age_days: int = MAX_AGE_DAYS,
) -> list[Verdict]:
    """Answer every rule in force on a day.

    Parameters
    ----------
    over : iterable of Rule
        Rules; those not in force on ``on`` are set aside.
    facts : mapping of str to value
        What is known: numbers, texts, dates, booleans (the same as ``yes`` and ``no``), or a set
        of values. A fact that is ``None``, NaN or absent is not known, unless rules set it by
        their effect (``procedure = formal``).
    on : date
        Day of the verdict (for a purchase, the start of the consultation).
    territory : str, optional
        INSEE code of the municipality or number of the département.
    today : date, optional
        Day on which the age of the checks is judged; the present day by default.
    max_age_days : int
        Age above which a check no longer supports a *yes* [d].

    Returns
    -------
    list of Verdict
        In the order of the rules.
    """
    work = _Evaluation(
        {rule.id: rule for rule in over if rule.in_force(on)},
        {name: value for name, value in facts.items() if not _absent(value)},
        on,
        territory,
        today or dt.datetime.now(dt.UTC).date(),
        max_age_days,
    )
    return [work.verdict(rule_id) for rule_id in work.rules]


@dataclass
class _Evaluation:
    rules: dict[str, Rule]
    facts: dict[str, Any]
    on: dt.date
    territory: str | None
    today: dt.date
    max_age_days: int
    done: dict[str, Verdict] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def verdict(self, rule_id: str) -> Verdict:
        if rule_id in self.done:
            return self.done[rule_id]
        rule = self.rules[rule_id]
        self.open.add(rule_id)
        doubt: list[Finding] = []
        try:
            proof = self.prove(conditions.parse(rule.condition))
        except ValueError:
            doubt.append(finding("JUM-B063", entity=rule.id, condition=rule.condition))
            proof = Proof(rule.condition, "unknown")
        finally:
            self.open.discard(rule_id)
        place = self.here(rule)
        proof = _join("and", "", (place, proof)) if place.answer != "yes" else proof
        answer = proof.answer
        if answer == "yes":
            doubt += self.doubts(rule)
            answer = "unknown" if doubt else "yes"
        self.done[rule_id] = Verdict(rule, answer, self.on, proof, tuple(doubt))
        return self.done[rule_id]

    def here(self, rule: Rule) -> Proof:
        """Answer whether the rule is that of the territory."""
        text = f"territory in {rule.territory}"
        if rule.territory in {"FR", ""}:
            return Proof(text, "yes")
        codes = [code.strip() for code in rule.territory.split("|")]
        if not all(re.fullmatch(r"\d[\dAB]\d{0,3}", code) for code in codes):
            return Proof(text, "unknown")
        if self.territory is None:
            return Proof(text, "unknown", missing=("territory",))
        found = any(self.territory.startswith(code) for code in codes)
        return Proof(text, "yes" if found else "no", {"territory": self.territory})

    def doubts(self, rule: Rule) -> Iterable[Finding]:
        """Yield the reasons for which a yes cannot be given."""
        if rule.confidence == "low":
            yield finding("JUM-B064", entity=rule.id, source=rule.source)
        if not rule.source:
            yield finding("JUM-B065", entity=rule.id)
        if any(self.decisive(rule, doubt[1]) for doubt in _DOUBT.finditer(rule.source)):
            yield finding("JUM-B066", entity=rule.id, source=rule.source)
        age = None if rule.checked_on is None else (self.today - rule.checked_on).days
        if age is None or age > self.max_age_days:
            checked = rule.checked_on.isoformat() if rule.checked_on else "—"
            yield finding("JUM-B067", entity=rule.id, checked=checked)

    def decisive(self, rule: Rule, doubt: str | None) -> bool:
        """Tell whether what is "to confirm" could change the verdict on the day asked."""
        words = set(re.findall(r"\w+", (doubt or "").casefold()))
        citation = (doubt or "").rstrip().endswith("(")  # "CCP art. L2123-1 (to confirm)"
        if doubt is not None and (citation or (words and words <= _WORDING)):
            return False
        edges = [rule.valid_from] if words and words <= _START | _WORDING else []
        if words and words <= _END | _WORDING and rule.valid_to is not None:
            edges.append(rule.valid_to)
        return not edges or any(abs((self.on - edge).days) < _NEAR_DAYS for edge in edges)

    def prove(self, node: Node) -> Proof:
        match node:
            case Group(op, parts):
                proofs = tuple(self.prove(part) for part in parts)
                nested = tuple(
                    replace(proof, text=f"({proof.text})") if isinstance(part, Group) else proof
                    for part, proof in zip(parts, proofs, strict=True)
                )
                return _join(op, f" {op} ", nested)
            case Not(part):
                proof = self.prove(part)
                return Proof(f"not ({proof.text})", _opposite(proof.answer), parts=(proof,))
            case Reference(pattern):
                return self.refer(pattern)
            case Compare(op, left, right):
                text = f"{_write(left)} {op} {_write(right)}"
                return self.compare(text, op, left, right)
            case Member(left, values):
                tests = tuple(
                    self.compare(f"{_write(left)} = {value}", "=", left, conditions.Literal(value))
                    for value in values
                )
                found = _join("or", " or ", tests)
                text = f"{_write(left)} in {'|'.join(str(_plain(value)) for value in values)}"
                used = {name: value for test in tests for name, value in test.used.items()}
                missing = tuple(dict.fromkeys(name for test in tests for name in test.missing))
                derived = tuple(part for test in tests for part in test.parts)
                return Proof(text, found.answer, used, missing, derived)

    def refer(self, pattern: str) -> Proof:
        found = [rule_id for rule_id in self.rules if fnmatch.fnmatchcase(rule_id, pattern)]
        parts = tuple(
            Proof(f"rule {rule_id}", "unknown")
            if rule_id in self.open
            else self.referred(self.verdict(rule_id))
            for rule_id in found
        )
        if not parts:
            return Proof(f"rule {pattern}", "no")
        joined = _join("or", " or ", parts)
        return Proof(f"rule {pattern}", joined.answer, parts=parts)

    @staticmethod
    def referred(verdict: Verdict) -> Proof:
        return Proof(f"rule {verdict.rule.id}", verdict.answer, parts=(verdict.proof,))

    def compare(
        self, text: str, op: str, left: conditions.Operand, right: conditions.Operand
    ) -> Proof:
        if isinstance(left, Fact) and left.name not in self.facts:
            derived = self.derived(text, op, left.name, right)
            if derived is not None:
                return derived
        used: dict[str, Any] = {}
        missing: list[str] = []
        values = [self.value(side, used, missing) for side in (left, right)]
        if missing:
            return Proof(text, "unknown", used, tuple(missing))
        outcomes = {_compare(op, a, b) for a in _several(values[0]) for b in _several(values[1])}
        if True in outcomes:
            return Proof(text, "yes", used)
        return Proof(text, "unknown" if None in outcomes or not outcomes else "no", used)

    def derived(self, text: str, op: str, name: str, right: conditions.Operand) -> Proof | None:
        """Answer from the rules whose effect sets a fact, when some do."""
        setters = [
            rule
            for rule in self.rules.values()
            if name in rule.assigns and rule.id not in self.open
        ]
        if not setters:
            return None
        used: dict[str, Any] = {}
        missing: list[str] = []
        wanted = self.value(right, used, missing)
        if missing:
            return Proof(text, "unknown", used, tuple(missing))
        parts = [
            self.referred(self.verdict(rule.id))
            for rule in setters
            if any(_compare(op, rule.assigns[name], value) for value in _several(wanted))
        ]
        if not parts:
            return Proof(text, "no", used)
        return Proof(text, _join("or", " or ", tuple(parts)).answer, used, parts=tuple(parts))

    def value(self, operand: conditions.Operand, used: dict[str, Any], missing: list[str]) -> Any:
        match operand:
            case conditions.Literal(value):
                return value
            case Fact(name):
                if name not in self.facts:
                    missing.append(name)
                    return None
                used[name] = self.facts[name]
                return self.facts[name]
            case Arithmetic(sign, left, right):
                a, b = (self.value(side, used, missing) for side in (left, right))
                return _arithmetic(sign, a, b)


def _join(op: str, glue: str, parts: tuple[Proof, ...]) -> Proof:
    """Return the strong Kleene conjunction or disjunction of proofs."""
    answers = [part.answer for part in parts]
    decisive: Answer = "no" if op == "and" else "yes"
    answer: Answer = _opposite(decisive)
    if decisive in answers:
        answer = decisive
    elif "unknown" in answers:
        answer = "unknown"
    return Proof((glue or " and ").join(part.text for part in parts), answer, parts=parts)


def _opposite(answer: Answer) -> Answer:
    opposites: dict[Answer, Answer] = {"yes": "no", "no": "yes", "unknown": "unknown"}
    return opposites[answer]


def _compare(op: str, left: Any, right: Any) -> bool | None:
    """Compare two values; ``None`` when they are not of the same nature."""
    a, b = _typed(left), _typed(right)
    numbers = isinstance(a, float) and isinstance(b, float)
    same = numbers or (isinstance(a, dt.date) and isinstance(b, dt.date))
    if op in {"=", "!="}:
        if not same:
            a, b = str(_plain(a)).casefold(), str(_plain(b)).casefold()
        return (a == b) if op == "=" else (a != b)
    if not same:
        return None
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


def _arithmetic(sign: str, left: Any, right: Any) -> float | None:
    a, b = _typed(left), _typed(right)
    if not (isinstance(a, float) and isinstance(b, float)) or (sign == "/" and b == 0):
        return None
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
    return a / b


def _typed(value: Any) -> Any:
    """Return numbers as float, dates as date, booleans as yes and no, the rest as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date) or value is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"0\d+", value):
        return value  # a code, not a quantity
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return str(value)


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, set | frozenset | list | tuple) else [value]


def _absent(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _date(text: Any) -> dt.date | None:
    clean = str(text or "").strip()
    return dt.date.fromisoformat(clean) if clean else None


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, set | frozenset):
        return sorted(str(_plain(item)) for item in value)
    return value


def _write(operand: conditions.Operand) -> str:
    match operand:
        case Fact(name):
            return name
        case Arithmetic(sign, left, right):
            return f"{_write(left)} {sign} {_write(right)}"
        case conditions.Literal(value):
            return str(_plain(value))


def _gather(proof: Proof) -> Iterable[tuple[str, Any]]:
    yield from proof.used.items()
    for part in proof.parts:
        yield from _gather(part)


def _lacking(proof: Proof) -> Iterable[str]:
    if proof.answer == "unknown":
        yield from proof.missing
        for part in proof.parts:
            yield from _lacking(part)
