# SPDX-License-Identifier: EUPL-1.2
"""From the tree of a filter to a condition of SQL whose values are parameters.

Each node becomes an expression of a known kind; an operation that does not take these kinds is
refused before the database sees it. Unknown values follow the three-valued logic of the standard,
which is that of SQL. A spatial test is preceded by a test of boxes, which prunes files.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from jumeau.base.contract import TableSchema
from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.interop.cql2 import shapes
from jumeau.interop.cql2.text import COMPARED, DEEPEST, MOST_TOKENS, too_large
from jumeau.twin.schema import quoted

LONGEST_PATTERN = 300
MOST_WILDCARDS = 12
"""Wildcards of a pattern: matching takes a time that grows with their power."""
KINDS = {
    "text": "text",
    "integer": "number",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
SPATIAL = {
    "s_intersects": "ST_Intersects",
    "s_disjoint": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}
TEMPORAL = {
    "t_after": "{s} > {y}",
    "t_before": "{e} < {x}",
    "t_contains": "{s} < {x} AND {e} > {y}",
    "t_disjoint": "({e} < {x} OR {s} > {y})",
    "t_during": "{s} > {x} AND {e} < {y}",
    "t_equals": "{s} = {x} AND {e} = {y}",
    "t_finishedby": "{s} < {x} AND {e} = {y}",
    "t_finishes": "{s} > {x} AND {e} = {y}",
    "t_intersects": "{s} <= {y} AND {e} >= {x}",
    "t_meets": "{e} = {x}",
    "t_metby": "{s} = {y}",
    "t_overlappedby": "{s} > {x} AND {s} < {y} AND {e} > {y}",
    "t_overlaps": "{s} < {x} AND {e} > {x} AND {e} < {y}",
    "t_startedby": "{s} = {x} AND {e} > {y}",
    "t_starts": "{s} = {x} AND {e} < {y}",
}
"""Relations of two spans, from s to e and from x to y (Allen, 1983)."""
ARITHMETIC = {"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "div": "//", "^": "**"}
FOLDED = {"casei": "lower", "accenti": "strip_accents"}
OTHERS = ("and", "or", "not", "like", "between", "in", "isnull")
KNOWN = (*COMPARED, *OTHERS, *SPATIAL, *TEMPORAL, *ARITHMETIC, *FOLDED)


class Condition(NamedTuple):
    """SQL of a condition, and the values of its ``?`` placeholders, in order."""

    sql: str
    parameters: tuple[Any, ...] = ()


class Expression(NamedTuple):
    """SQL of an expression, its parameters, and its kind."""

    sql: str
    parameters: tuple[Any, ...]
    kind: str
    shape: shapes.Shape | None = None


class Compiler:
    """Compile the filters of one table.

    Parameters
    ----------
    table : TableSchema
        Table whose rows are filtered.
    crs, shapes_crs : str
        CRS of its geometry, and of the filter's geometries.
    swap : bool
        Whether the filter's geometries come latitude first.
    """

    def __init__(self, table: TableSchema, crs: str, shapes_crs: str, swap: bool) -> None:
        self.table = table
        self.crs, self.shapes_crs, self.swap = crs, shapes_crs, swap
        self.depth = 0
        self.nodes = 0

    def condition(self, tree: Any) -> Condition:
        """Return the condition of a whole filter."""
        found = self._expression(tree)
        if found.kind != "boolean":
            raise self._mismatch("filter", found)
        return Condition(found.sql, found.parameters)

    # -- nodes -------------------------------------------------------------------------------
    def _expression(self, node: Any) -> Expression:
        self.nodes += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise too_large(DEEPEST)
        if self.nodes > MOST_TOKENS:
            raise too_large(MOST_TOKENS)
        found = self._node(node)
        self.depth -= 1
        return found

    def _node(self, node: Any) -> Expression:
        if isinstance(node, bool):
            return Expression("true" if node else "false", (), "boolean")
        if isinstance(node, int | float):
            return Expression("?", (_bounded(node),), "number")
        if isinstance(node, str):
            return Expression("?", (node.replace("\x00", "�"),), "text")
        if not isinstance(node, dict):
            raise _malformed(node)
        if "property" in node:
            return self._property(node["property"])
        for kind in ("date", "timestamp"):
            if kind in node:
                return Expression(f"?::{_SQL_TIME[kind]}", (shapes.moment(kind, node[kind]),), kind)
        if "bbox" in node or "wkt" in node or shapes.is_geojson(node):
            shape = shapes.shape(node, self.shapes_crs, self.crs, self.swap)
            return Expression("ST_GeomFromWKB(?)", (shape.wkb,), "geometry", shape)
        name, args = node.get("op"), node.get("args")
        if not isinstance(name, str) or not isinstance(args, list):
            raise _malformed(node)
        return self._operation(name.lower(), args)

    def _property(self, name: Any) -> Expression:
        usable = [item.name for item in self.table.attributes if item.type != "json"]
        if not isinstance(name, str) or name not in usable:
            raise unknown_attribute(self.table, str(name), usable)
        kind = self.table[name].type
        if kind.startswith("geometry"):
            return Expression(quoted(name), (), "geometry")
        return Expression(quoted(name), (), KINDS[kind])

    def _operation(self, name: str, args: list[Any]) -> Expression:
        if name in {"and", "or"}:
            return self._logic(name, args)
        if name in SPATIAL:
            return self._spatial(name, args)
        if name in TEMPORAL:
            return self._temporal(name, args)
        handler: Callable[[str, list[Any]], Expression] | None = {
            **dict.fromkeys(COMPARED, self._compared),
            **dict.fromkeys(ARITHMETIC, self._arithmetic),
            **dict.fromkeys(FOLDED, self._folded),
            "not": self._not,
            "like": self._like,
            "between": self._between,
            "in": self._in,
            "isnull": self._is_null,
        }.get(name)
        if handler is None:
            raise error(
                "JUM-I016",
                op=name[:80],
                known=", ".join(KNOWN),
                suggestion=did_you_mean(name, KNOWN),
            )
        return handler(name, args)

    # -- logic -------------------------------------------------------------------------------
    def _logic(self, name: str, args: list[Any]) -> Expression:
        if len(args) < 2:
            raise _malformed({"op": name, "args": args})
        parts = [self._of_kind(name, item, "boolean") for item in args]
        joined = f" {name.upper()} ".join(part.sql for part in parts)
        return _boolean(f"({joined})", *parts)

    def _not(self, name: str, args: list[Any]) -> Expression:
        inner = self._of_kind(name, _exactly(1, name, args)[0], "boolean")
        return _boolean(f"(NOT {inner.sql})", inner)

    # -- comparisons -------------------------------------------------------------------------
    def _compared(self, name: str, args: list[Any]) -> Expression:
        left, right = (self._expression(item) for item in _exactly(2, name, args))
        self._same(name, left, right)
        return _boolean(f"({left.sql} {name} {right.sql})", left, right)

    def _between(self, name: str, args: list[Any]) -> Expression:
        value, low, high = (self._expression(item) for item in _exactly(3, name, args))
        self._same(name, value, low)
        self._same(name, value, high)
        return _boolean(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", value, low, high)

    def _in(self, name: str, args: list[Any]) -> Expression:
        value_node, listed = _exactly(2, name, args)
        if not isinstance(listed, list) or not listed:
            raise _malformed(listed)
        value = self._expression(value_node)
        parts = [self._expression(item) for item in listed]
        for part in parts:
            self._same(name, value, part)
        inside = ", ".join(part.sql for part in parts)
        return _boolean(f"({value.sql} IN ({inside}))", value, *parts)

    def _is_null(self, name: str, args: list[Any]) -> Expression:
        value = self._expression(_exactly(1, name, args)[0])
        return _boolean(f"({value.sql} IS NULL)", value)

    def _like(self, name: str, args: list[Any]) -> Expression:
        first, second = _exactly(2, name, args)
        value = self._of_kind(name, first, "text")
        wrapped, inner = "?", second
        while isinstance(inner, dict) and str(inner.get("op")).lower() in FOLDED:
            wrapped = f"{FOLDED[str(inner['op']).lower()]}({wrapped})"
            (inner,) = _exactly(1, name, inner.get("args"))
            if len(wrapped) > 1000:
                raise too_large(DEEPEST)
        if not isinstance(inner, str):
            raise self._mismatch(name, self._expression(second))
        pattern = _pattern(inner)
        sql = f"({value.sql} LIKE {wrapped} ESCAPE '\\')"
        return Expression(sql, (*value.parameters, pattern), "boolean")

    def _folded(self, name: str, args: list[Any]) -> Expression:
        inner = self._of_kind(name, _exactly(1, name, args)[0], "text")
        return Expression(f"{FOLDED[name]}({inner.sql})", inner.parameters, "text")

    def _arithmetic(self, name: str, args: list[Any]) -> Expression:
        left, right = (self._of_kind(name, item, "number") for item in _exactly(2, name, args))
        # As real numbers: whole ones would overflow, which is a fault and no answer.
        sql = f"(({left.sql})::DOUBLE {ARITHMETIC[name]} ({right.sql})::DOUBLE)"
        return Expression(sql, left.parameters + right.parameters, "number")

    # -- space and time ----------------------------------------------------------------------
    def _spatial(self, name: str, args: list[Any]) -> Expression:
        left, right = (self._of_kind(name, item, "geometry") for item in _exactly(2, name, args))
        sql = f"{SPATIAL[name]}({left.sql}, {right.sql})"
        parameters = left.parameters + right.parameters
        known = left.shape or right.shape
        if known and (left.shape is None or right.shape is None):
            xmin, ymin, xmax, ymax = known.bounds
            sql = f"xmax >= ? AND xmin <= ? AND ymax >= ? AND ymin <= ? AND {sql}"
            parameters = (xmin, xmax, ymin, ymax, *parameters)
        sql = f"(NOT ({sql}))" if name == "s_disjoint" else f"({sql})"
        return Expression(sql, parameters, "boolean")

    def _temporal(self, name: str, args: list[Any]) -> Expression:
        first, second = (self._span(name, item) for item in _exactly(2, name, args))
        places = {"s": first[0], "e": first[1], "x": second[0], "y": second[1]}
        parameters: list[Any] = []
        pieces: list[str] = []
        for piece in TEMPORAL[name].replace("{", "\x00{").replace("}", "}\x00").split("\x00"):
            if piece.startswith("{"):
                bound = places[piece[1]]
                pieces.append(bound.sql)
                parameters += bound.parameters
            else:
                pieces.append(piece)
        return Expression(f"({''.join(pieces)})", tuple(parameters), "boolean")

    def _span(self, name: str, node: Any) -> tuple[Expression, Expression]:
        """Return the beginning and the end of a moment or an interval."""
        if isinstance(node, dict) and "interval" in node:
            edges = _exactly(2, name, node["interval"])
            return self._edge(name, edges[0], "-infinity"), self._edge(name, edges[1], "infinity")
        found = self._edge(name, node, "")
        return found, found

    def _edge(self, name: str, node: Any, open_end: str) -> Expression:
        if node == ".." and open_end:
            return Expression(f"'{open_end}'::TIMESTAMPTZ", (), "timestamp")
        if isinstance(node, str):
            found = Expression("?", (shapes.any_moment(node),), "timestamp")
        else:
            found = self._expression(node)
        if found.kind not in {"date", "timestamp"}:
            raise self._mismatch(name, found)
        return Expression(f"({found.sql})::TIMESTAMPTZ", found.parameters, "timestamp")

    # -- kinds -------------------------------------------------------------------------------
    def _of_kind(self, name: str, node: Any, kind: str) -> Expression:
        found = self._expression(node)
        if found.kind != kind:
            raise self._mismatch(name, found)
        return found

    def _same(self, name: str, left: Expression, right: Expression) -> None:
        kinds = {left.kind, right.kind}
        alike = len(kinds) == 1 or kinds == {"date", "timestamp"}
        if not alike or "geometry" in kinds:
            raise self._mismatch(name, left, right)

    def _mismatch(self, name: str, *found: Expression) -> JumeauError:
        return error("JUM-I015", op=name, kinds=", ".join(item.kind for item in found))


_SQL_TIME = {"date": "DATE", "timestamp": "TIMESTAMPTZ"}


def unknown_attribute(table: TableSchema, name: str, usable: list[str]) -> JumeauError:
    """Return the error of an attribute that a table does not have."""
    return error(
        "JUM-I005",
        name=name[:80],
        table=table.name,
        known=", ".join(usable),
        suggestion=did_you_mean(name, usable),
    )


def _boolean(sql: str, *parts: Expression) -> Expression:
    return Expression(sql, tuple(value for part in parts for value in part.parameters), "boolean")


def _malformed(node: Any) -> JumeauError:
    return error("JUM-I013", near=str(node)[:60], position="?")


def _exactly(count: int, name: str, args: Any) -> list[Any]:
    if not isinstance(args, list) or len(args) != count:
        raise _malformed({"op": name, "args": args})
    return args


def _bounded(number: float) -> int | float:
    """Return a number that the database can hold."""
    if isinstance(number, int) and abs(number) >= 2**63:
        try:
            return float(number)
        except OverflowError:
            return math.copysign(math.inf, number)
    return number


def _pattern(text: str) -> str:
    """Return a pattern whose last sign escapes nothing, and whose wildcards are counted."""
    text = text.replace("\x00", "�")
    plain = text.replace("\\\\", "").replace("\\%", "").replace("\\_", "")
    if len(text) > LONGEST_PATTERN or plain.count("%") > MOST_WILDCARDS:
        raise too_large(MOST_WILDCARDS)
    trailing = len(text) - len(text.rstrip("\\"))
    return text + "\\" if trailing % 2 else text
