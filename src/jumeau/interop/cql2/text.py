# SPDX-License-Identifier: EUPL-1.2
"""CQL2 Text: from what people write to the tree that CQL2 JSON writes.

A recursive descent over the grammar of the standard. Nothing is evaluated here; names and types
are checked when the tree is compiled (:mod:`jumeau.interop.cql2.sql`).

References
----------
OGC 21-065r2, Common Query Language (CQL2) 1.0, annex B.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from jumeau.base.errors import JumeauError, error

LONGEST = 1_000_000
"""Characters of a filter."""
DEEPEST = 40
"""Levels of brackets, functions and negations."""
MOST_TOKENS = 20_000
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:[^'\\]|''|\\.)*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<word>[^\W\d][\w.:]*)
    | (?P<sign><>|<=|>=|[-+*/%^=<>(),])
    )""",
    re.VERBOSE,
)
_SHAPE = re.compile(r"[(,)\sEe\d.+-]|[A-Za-z]", re.ASCII)
SHAPES = frozenset(
    ("point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
     "geometrycollection")
)  # fmt: skip
COMPARED = ("=", "<>", "<", "<=", ">", ">=")


class Token(NamedTuple):
    """A word, number, text or sign, and where it begins."""

    kind: str
    text: str
    at: int


def parse(text: str) -> dict[str, Any] | bool:
    """Return the tree of a filter written as CQL2 Text, as CQL2 JSON would write it.

    Parameters
    ----------
    text : str
        E.g. ``height_m > 10 AND use IN ('school', 'town hall')``.

    Raises
    ------
    InvalidError
        ``JUM-I013`` when it cannot be read, ``JUM-I014`` when it is too long or too deep.
    """
    if len(text) > LONGEST:
        raise too_large(LONGEST)
    found: dict[str, Any] | bool = _Reader(text).whole()
    return found


def too_large(most: int) -> JumeauError:
    """Return the error of a filter that goes beyond a limit."""
    return error("JUM-I014", most=str(most))


class _Reader:
    """One pass over the tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.seen = 0
        self.depth = 0
        self.token = self._next()

    # -- tokens ------------------------------------------------------------------------------
    def _next(self) -> Token:
        self.seen += 1
        if self.seen > MOST_TOKENS:
            raise too_large(MOST_TOKENS)
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            rest = self.text[self.place :]
            if rest.strip():
                raise self._wrong(self.place + len(rest) - len(rest.lstrip()))
            return Token("end", "", len(self.text))
        self.place = found.end()
        kind = str(found.lastgroup)
        return Token(kind, found[kind], found.start(kind))

    def _wrong(self, at: int) -> JumeauError:
        near = self.text[at : at + 30] or self.text[max(0, at - 30) :]
        return error("JUM-I013", near=near, position=str(at + 1))

    def _refuse(self) -> JumeauError:
        return self._wrong(self.token.at)

    def _advance(self) -> Token:
        former, self.token = self.token, self._next()
        return former

    def _is(self, *words: str) -> bool:
        kind, text, _ = self.token
        return (kind == "word" and text.lower() in words) or (kind == "sign" and text in words)

    def _take(self, *words: str) -> bool:
        if not self._is(*words):
            return False
        self._advance()
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._refuse()

    def _down(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise too_large(DEEPEST)

    # -- grammar -----------------------------------------------------------------------------
    def whole(self) -> Any:
        """Read everything."""
        found = self._any()
        if self.token.kind != "end":
            raise self._refuse()
        return found

    def _any(self) -> Any:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else {"op": "or", "args": parts}

    def _all(self) -> Any:
        parts = [self._factor()]
        while self._take("and"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else {"op": "and", "args": parts}

    def _factor(self) -> Any:
        if self._take("not"):
            self._down()
            inner = self._factor()
            self.depth -= 1
            return {"op": "not", "args": [inner]}
        return self._predicate()

    def _predicate(self) -> Any:
        left = self._sum()
        kind, text, _ = self.token
        if kind == "sign" and text in COMPARED:
            self._advance()
            return {"op": text, "args": [left, self._sum()]}
        if self._take("is"):
            negated = self._take("not")
            self._expect("null")
            return _negate({"op": "isNull", "args": [left]}, negated)
        negated = self._take("not")
        if self._take("like"):
            return _negate({"op": "like", "args": [left, self._sum()]}, negated)
        if self._take("between"):
            low = self._sum()
            self._expect("and")
            return _negate({"op": "between", "args": [left, low, self._sum()]}, negated)
        if self._take("in"):
            self._expect("(")
            return _negate({"op": "in", "args": [left, self._list()]}, negated)
        if negated:
            raise self._refuse()
        return left

    def _list(self) -> list[Any]:
        """Read what follows an opening bracket, up to the closing one."""
        found: list[Any] = []
        if self._take(")"):
            return found
        while True:
            found.append(self._any())
            if not self._take(","):
                break
        self._expect(")")
        return found

    def _sum(self) -> Any:
        found = self._product()
        while self._is("+", "-"):
            found = {"op": self._advance().text, "args": [found, self._product()]}
        return found

    def _product(self) -> Any:
        found = self._power()
        while self._is("*", "/", "%", "div"):
            found = {"op": self._advance().text.lower(), "args": [found, self._power()]}
        return found

    def _power(self) -> Any:
        found = self._operand()
        if self._take("^"):
            found = {"op": "^", "args": [found, self._operand()]}
        return found

    def _operand(self) -> Any:
        kind, text, at = self.token
        if kind == "sign" and text in {"-", "+"}:
            self._advance()
            if self.token.kind == "number":
                value = _number(self._advance().text)
                return -value if text == "-" else value
            self._down()
            inner = self._operand()
            self.depth -= 1
            return {"op": "*", "args": [-1, inner]} if text == "-" else inner
        if kind == "number":
            return _number(self._advance().text)
        if kind == "text":
            return _text(self._advance().text)
        if kind == "quoted":
            return {"property": self._advance().text[1:-1].replace('""', '"')}
        if kind == "sign" and text == "(":
            self._advance()
            self._down()
            inner = self._any()
            self._expect(")")
            self.depth -= 1
            return inner
        if kind == "word":
            return self._word(text, at)
        raise self._refuse()

    def _word(self, text: str, at: int) -> Any:
        low = text.lower()
        if low in {"and", "or", "not", "like", "between", "in", "is", "null", "div"}:
            raise self._refuse()
        if low in SHAPES:
            return self._shape(at)
        self._advance()
        if low in {"true", "false"}:
            return low == "true"
        if not self._is("("):
            return {"property": text}
        self._advance()
        self._down()
        given = self._list()
        self.depth -= 1
        if low in {"date", "timestamp"}:
            if len(given) != 1 or not isinstance(given[0], str):
                raise self._wrong(at)
            return {low: given[0]}
        if low == "interval":
            return {"interval": given}
        if low == "bbox":
            return {"bbox": given}
        return {"op": low, "args": given}

    def _shape(self, at: int) -> Any:
        """Read a geometry in WKT up to its closing bracket."""
        depth, place = 0, at
        while place < len(self.text) and _SHAPE.match(self.text, place):
            depth += {"(": 1, ")": -1}.get(self.text[place], 0)
            if depth > DEEPEST:
                raise too_large(DEEPEST)
            place += 1
            if depth == 0 and self.text[place - 1] == ")":
                break
        if depth or self.text[place - 1] != ")":
            raise self._wrong(at)
        self.place = place
        self.token = self._next()
        return {"wkt": self.text[at:place]}


def _negate(node: dict[str, Any], negated: bool) -> dict[str, Any]:
    return {"op": "not", "args": [node]} if negated else node


def _number(text: str) -> int | float:
    if len(text) <= 30 and text.isdecimal() and text.isascii():
        return int(text)
    return float(text)


def _text(token: str) -> str:
    return token[1:-1].replace("''", "'").replace("\\'", "'")
