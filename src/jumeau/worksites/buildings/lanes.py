# SPDX-License-Identifier: EUPL-1.2
"""Several numbers at once in compiled code: a block of buildings as one value.

Numba runs loops over arrays together only when it can prove that nothing overlaps, and then
through memory. Here a *lanes* value is a vector of float64, one lane a building, that lives in
registers: ``+ - * /``, ``max`` and ``min`` work on it as on a number, with another or with a
number, so that a kernel reads as the equations of one building. Several vectors of the machine
in one value hide the time each operation takes; a machine with shorter vectors takes more of
them, and the answer is the same.

An ``index`` is that of the first lane in an array that is contiguous, whatever its dimensions; it
is not checked and never counts from the end.
"""

from __future__ import annotations

import operator
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from jumeau.worksites.buildings.engine import LANES, TEAM

LINE = 64
"""Bytes of a line of the cache: vectors that lie across two of them are read twice."""
_WORD = ir.IntType(32)


class Lanes(types.Type):
    """The type of ``width`` numbers."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(name=f"lanes{width}")


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        begin: Any = super().__init__
        begin(manager, kind, _vector(kind.width))


def _vector(width: int, item: Any = None) -> Any:
    return ir.VectorType(item or ir.DoubleType(), width)


def _spread(builder: Any, value: Any, width: int) -> Any:
    """Return one number in all lanes."""
    none = ir.Constant(_vector(width), ir.Undefined)
    first = builder.insert_element(none, value, ir.Constant(_WORD, 0))
    return builder.shuffle_vector(first, first, ir.Constant(_vector(width, _WORD), [0] * width))


def _define(function: Any, code: Any) -> None:
    """Give a function of two numbers its meaning on lanes."""

    def typer(left: Any, right: Any) -> Any:
        if isinstance(left, Lanes) and (left == right or isinstance(right, types.Float)):
            return left
        return right if isinstance(right, Lanes) and isinstance(left, types.Float) else None

    def lower(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
        width = sig.return_type.width
        wide = [
            value if isinstance(kind, Lanes) else _spread(builder, value, width)
            for value, kind in zip(args, sig.args, strict=True)
        ]
        return code(builder, *wide)

    declare, give = cast("Any", type_callable), cast("Any", lower_builtin)
    declare(function)(lambda _context: typer)
    for kinds in ((Lanes, Lanes), (Lanes, types.Float), (types.Float, Lanes)):
        give(function, *kinds)(lower)


_FUSED = ("contract",)
_define(operator.add, lambda build, a, b: build.fadd(a, b, flags=_FUSED))
_define(operator.sub, lambda build, a, b: build.fsub(a, b, flags=_FUSED))
_define(operator.mul, lambda build, a, b: build.fmul(a, b, flags=_FUSED))
_define(operator.truediv, lambda build, a, b: build.fdiv(a, b))
_define(max, lambda build, a, b: build.select(build.fcmp_ordered(">", a, b), a, b))
_define(min, lambda build, a, b: build.select(build.fcmp_ordered("<", a, b), a, b))


def _above(_context: Any, value: Any, _limit: Any) -> Any:
    """Return 1 in the lanes above a limit, 0 in the others."""

    def code(_ctx: Any, builder: Any, sig: Any, args: Any) -> Any:
        width = sig.return_type.width
        above = builder.fcmp_ordered(">", args[0], _spread(builder, args[1], width))
        one, zero = (ir.Constant(_vector(width), [share] * width) for share in (1.0, 0.0))
        return builder.select(above, one, zero)

    return value(value, types.float64), code


above: Any = intrinsic(_above)


def _all(_context: Any, _number: Any) -> Any:
    """Return a number in all lanes of a block."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return _spread(builder, args[0], LANES)

    return Lanes(LANES)(types.float64), code


everywhere: Any = intrinsic(_all)


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any, width: int) -> Any:
    if kind.layout != "C":
        raise TypingError(f"an array of layout {kind.layout} has no plain index")
    first = context.make_array(kind)(context, builder, array).data
    item = context.get_data_type(kind.dtype)
    at = builder.gep(first, [index], inbounds=True)
    return builder.bitcast(at, (_vector(width, item) if width > 1 else item).as_pointer())


def _reader(width: int) -> Any:
    def read(_context: Any, array: Any, _index: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            at = _address(context, builder, sig.args[0], args[0], args[1], width)
            return builder.load(at, align=1)

        return (Lanes(width) if width > 1 else array.dtype)(array, types.intp), code

    return intrinsic(read)


block: Any = _reader(LANES)
team: Any = _reader(TEAM)
number: Any = _reader(1)


def _put(_context: Any, array: Any, _index: Any, value: Any) -> Any:
    """Write lanes in an array of float64, or rounded in one of float32."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array, index, value = args
        width = sig.args[2].width
        if sig.args[0].dtype == types.float32:
            value = builder.fptrunc(value, _vector(width, ir.FloatType()))
        builder.store(value, _address(context, builder, sig.args[0], array, index, width), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), code


put: Any = intrinsic(_put)


def _turn(_context: Any, array: Any, _index: Any) -> Any:
    """Exchange rows and columns of LANES rows of LANES float32, one row after the other."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array, index = args
        half = LANES // 2
        at = [
            _address(
                context, builder, sig.args[0], array,
                builder.add(index, ir.Constant(index.type, row * LANES)), LANES,
            )
            for row in range(LANES)
        ]  # fmt: skip
        rows = [builder.load(place, align=4) for place in at]
        # Riffle the first half of the rows with the second: after log2(LANES) times, each row
        # holds what was one column.
        masks = [
            ir.Constant(
                _vector(LANES, _WORD), [first + k // 2 + k % 2 * LANES for k in range(LANES)]
            )
            for first in (0, half)
        ]
        for _ in range(LANES.bit_length() - 1):
            rows = [
                builder.shuffle_vector(rows[row // 2], rows[row // 2 + half], masks[row % 2])
                for row in range(LANES)
            ]
        for row, place in zip(rows, at, strict=True):
            builder.store(row, place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp), code


turn: Any = intrinsic(_turn)


def _stream(_context: Any, source: Any, _from: Any, into: Any, _to: Any) -> Any:
    """Copy LANES float32 to a line of memory that nobody reads soon, past the caches."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        source = _address(context, builder, sig.args[0], args[0], args[1], LANES)
        into = _address(context, builder, sig.args[2], args[2], args[3], LANES)
        put = builder.store(builder.load(source, align=4), into, align=LINE)
        put.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(_WORD, 1)]))
        return context.get_dummy_value()

    return types.void(source, types.intp, into, types.intp), code


stream: Any = intrinsic(_stream)


def _straight(_context: Any) -> Any:
    """Make the stack of the function under construction begin on a line of the cache.

    What does not fit in registers waits there; across two lines, each read would count twice.
    """

    def code(context: Any, builder: Any, _sig: Any, _args: Any) -> Any:
        builder.function.attributes.add("nounwind")  # without one, the next is not written
        builder.function.attributes.alignstack = LINE
        return context.get_dummy_value()

    return types.void(), code


straight_stack: Any = intrinsic(_straight)
