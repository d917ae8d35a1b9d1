# SPDX-License-Identifier: EUPL-1.2
"""The condition language of dated rules: parsed into a tree, never executed as code.

.. code-block:: text

    condition  := any { ";" any }                   cases: true when one of them is
    any        := all { "or" all }
    all        := not { "and" not }
    not        := "not" not | guarded
    guarded    := test [ "if" any ]                 only inside parentheses
    test       := "(" condition ")" | "rule" GLOB | comparison
    comparison := sum { OP sum } | sum "in" list | sum "between" sum "and" sum
    list       := value { "|" value }
    sum        := product { ("+" | "-") product }
    product    := value { ("*" | "/") value }
    OP         := "=" | "!=" | "<" | "<=" | ">" | ">="

A word at the left of a comparison, or beside an arithmetic sign or an order sign, names a fact; a
word at the right of ``=``, ``!=`` or ``in`` is itself. A hyphen inside a word belongs to it: put
spaces around a minus sign. ``rule PROC-*`` asks for the verdict of the
other rules whose identifier matches.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from jumeau.base.errors import error

_TOKENS = re.compile(
    r"\s*(?:(?P<date>\d{4}-\d{2}-\d{2})(?![\w-])"
    r"|(?P<number>\d+(?:\.\d+)?)(?![\w])"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<op><=|>=|!=|==|=|<|>)"
    r"|(?P<mark>[()|;*/+-])"
    r"|(?P<word>\d*[^\W\d][\w.]*(?:-[\w.]+)*))"
)
_GLOB = re.compile(r"\s*([\w.*?-]+)")
_KEYWORDS = {"and", "or", "not", "in", "between", "if", "rule"}

Scalar = float | str | dt.date


class Fact(NamedTuple):
    """A fact named by a condition."""

    name: str


class Literal(NamedTuple):
    """A value written in a condition."""

    value: Scalar


class Arithmetic(NamedTuple):
    """An operation on two quantities."""

    sign: str
    left: Operand
    right: Operand


Operand = Fact | Literal | Arithmetic


@dataclass(frozen=True)
class Compare:
    """A comparison of two operands."""

    op: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Member:
    """Membership of a fact in a list of values."""

    left: Operand
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Reference:
    """The verdict of other rules, by a pattern of their identifiers."""

    pattern: str


@dataclass(frozen=True)
class Not:
    """Negation."""

    part: Node


@dataclass(frozen=True)
class Group:
    """Conjunction (``and``) or disjunction (``or``) of parts."""

    op: str
    parts: tuple[Node, ...]


Node = Compare | Member | Reference | Not | Group


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def parse(text: str) -> Node:
    """Return the tree of a condition.

    Raises
    ------
    InvalidError
        ``JUM-B060`` with the place where the reading stopped.
    """
    return _Parser(text).parse()


def fields(node: Node) -> frozenset[str]:
    """Return the names of the facts that a condition looks at."""
    match node:
        case Compare(_, left, right):
            return _names(left) | _names(right)
        case Member(left, _):
            return _names(left)
        case Not(part):
            return fields(part)
        case Group(_, parts):
            return frozenset[str]().union(*(fields(part) for part in parts))
        case Reference():
            return frozenset()


def _names(operand: Operand) -> frozenset[str]:
    match operand:
        case Fact(name):
            return frozenset({name})
        case Arithmetic(_, left, right):
            return _names(left) | _names(right)
        case Literal():
            return frozenset()


class _Parser:
    """Recursive descent over the text of one condition."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def parse(self) -> Node:
        node = self.cases()
        if self.peek() is not None:
            raise self.stop()
        return node

    def stop(self) -> Exception:
        token = self.peek()
        near = self.text[token.start : token.start + 24] if token else ""
        return error("JUM-B060", condition=self.text, place=str(self.place), near=near.strip())

    def peek(self) -> _Token | None:
        match = _TOKENS.match(self.text, self.place)
        if match is None or match.lastgroup is None:
            rest = self.text[self.place :].strip()
            return _Token("bad", rest, self.place, len(self.text)) if rest else None
        kind, text = match.lastgroup, match[match.lastgroup]
        if kind == "word" and text in _KEYWORDS:
            kind = "keyword"
        return _Token(kind, text, match.start(match.lastgroup), match.end())

    def take(self, *texts: str, kind: str | None = None) -> _Token | None:
        token = self.peek()
        if token is None or token.kind == "text" != kind:
            return None
        if token.text in texts or (kind is not None and token.kind == kind):
            self.place = token.end
            return token
        return None

    def several(self, part: Callable[[], Node], word: str, op: str) -> Node:
        parts = [part()]
        while self.take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Group(op, tuple(parts))

    def cases(self) -> Node:
        return self.several(self.guarded, ";", "or")

    def guarded(self) -> Node:
        then = self.any()
        if self.take("if"):
            return Group("and", (self.any(), then))
        return then

    def any(self) -> Node:
        return self.several(self.all, "or", "or")

    def all(self) -> Node:
        return self.several(self.negated, "and", "and")

    def negated(self) -> Node:
        if self.take("not"):
            return Not(self.negated())
        return self.test()

    def test(self) -> Node:
        if self.take("rule"):
            match = _GLOB.match(self.text, self.place)
            if match is None:
                raise self.stop()
            self.place = match.end()
            return Reference(match[1])
        if self.take("("):
            node = self.cases()
            if not self.take(")"):
                raise self.stop()
            return node
        return self.comparison()

    def comparison(self) -> Node:
        left = self.sum(literal=False)
        if self.take("in"):
            values = [self.value()]
            while self.take("|"):
                values.append(self.value())
            return Member(left, tuple(values))
        if self.take("between"):
            low = self.sum(literal=False)
            if not self.take("and"):
                raise self.stop()
            high = self.sum(literal=False)
            return Group("and", (Compare("<=", low, left), Compare("<=", left, high)))
        parts: list[Node] = []
        while (token := self.take(kind="op")) is not None:
            op = "=" if token.text == "==" else token.text
            right = self.sum(literal=op in {"=", "!="})
            parts.append(Compare(op, left, right))
            left = right
        if not parts:
            raise self.stop()
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def sum(self, *, literal: bool) -> Operand:
        return self.arithmetic("+-", lambda alone: self.product(literal=alone), literal)

    def product(self, *, literal: bool) -> Operand:
        return self.arithmetic("*/", lambda alone: self.operand(literal=alone), literal)

    def arithmetic(self, signs: str, part: Callable[[bool], Operand], literal: bool) -> Operand:
        left = part(literal)
        while (token := self.take(*signs)) is not None:
            left = Arithmetic(token.text, _as_fact(left), _as_fact(part(False)))
        return left

    def operand(self, *, literal: bool) -> Operand:
        if self.take("-"):
            return Arithmetic("-", Literal(0.0), self.operand(literal=False))
        token = self.peek()
        if token is not None and token.kind == "word" and not literal:
            self.place = token.end
            return Fact(token.text)
        return Literal(self.value())

    def value(self) -> Scalar:
        token = self.peek()
        if token is None or token.kind not in {"number", "date", "text", "word"}:
            raise self.stop()
        self.place = token.end
        match token.kind:
            case "number":
                code = len(token.text) > 1 and token.text.isdigit() and token.text[0] == "0"
                return token.text if code else float(token.text)
            case "date":
                return dt.date.fromisoformat(token.text)
            case "text":
                return token.text[1:-1]
        return token.text


def _as_fact(operand: Operand) -> Operand:
    if isinstance(operand, Literal) and isinstance(operand.value, str):
        return Fact(operand.value)
    return operand
