# SPDX-License-Identifier: EUPL-1.2
# mypy: disable-error-code="no-untyped-call, untyped-decorator, attr-defined, misc"
"""Scenarios side by side as vectors of the processor: a number of each, computed at once.

A row of a field holds one number a scenario. Numba alone would guess loops into vectors, with a
check of overlap before each; here a row is loaded, computed and stored as one value of LLVM, on
any processor. ``+ − * /``, comparisons, ``abs`` and negation work lane by lane; a float beside a
row stands for all its lanes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar

from llvmlite import ir
from numba import extending
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing import signature
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import models, register_model

WIDTH = 8
"""Scenarios of a batch: a register of 512 bits; the fields of a town stay in a core's cache."""
intrinsic: Any = extending.intrinsic
_DOUBLE, _WORD, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)
_ELEMENTS = {"real": _DOUBLE, "whole": _WORD, "mask": _BIT}


class Lanes(types.Type):
    """Type of a row: "real" (float64), "whole" (int64) or "mask" (boolean)."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"lanes({kind})")
        self.kind = kind


class View(types.Type):
    """Type of an array of a packed tuple (:mod:`~jumeau.worksites.water.batched.records`)."""

    def __init__(self, dtype: Any, ndim: int, fixed: bool) -> None:
        super().__init__(f"view({dtype}, {ndim}, {fixed})")
        self.dtype, self.ndim, self.fixed = dtype, ndim, fixed


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, ir.VectorType(_ELEMENTS[kind.kind], WIDTH))


REAL, WHOLE, MASK = Lanes("real"), Lanes("whole"), Lanes("mask")
_SCALARS = {REAL: types.float64, WHOLE: types.int64}


def _spread(builder: Any, value: Any) -> Any:
    """Return a scalar in all lanes."""
    kind = ir.VectorType(value.type, WIDTH)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_WORD, 0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), order)


def _register(function: Any, out: Lanes, kind: Lanes, emit: Callable[[Any, Any, Any], Any]) -> None:
    """Define an operator of two rows of a kind, or of a row and a scalar."""
    scalar = _SCALARS[kind]
    pairs = [(kind, kind), (kind, scalar), (scalar, kind)]
    infer_global(function)(
        type("_Rows", (ConcreteTemplate,), {"cases": [signature(out, a, b) for a, b in pairs]})
    )
    for a, b in pairs:

        def lower(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            left, right = (
                value if isinstance(kind_, Lanes) else _spread(builder, value)
                for value, kind_ in zip(values, sig.args, strict=True)
            )
            return emit(builder, left, right)

        lower_builtin(function, a, b)(lower)


def _compare(sign: str) -> Callable[[Any, Any, Any], Any]:
    return lambda builder, a, b: builder.fcmp_ordered(sign, a, b)


_FLOATS = {
    operator.add: lambda builder, a, b: builder.fadd(a, b),
    operator.sub: lambda builder, a, b: builder.fsub(a, b),
    operator.mul: lambda builder, a, b: builder.fmul(a, b),
    operator.truediv: lambda builder, a, b: builder.fdiv(a, b),
}
for _function, _emit in _FLOATS.items():
    _register(_function, REAL, REAL, _emit)
for _function, _sign in {
    operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=",
}.items():  # fmt: skip
    _register(_function, MASK, REAL, _compare(_sign))
_WHOLES = {
    operator.add: lambda builder, a, b: builder.add(a, b),
    operator.sub: lambda builder, a, b: builder.sub(a, b),
    operator.lshift: lambda builder, a, b: builder.shl(a, b),
    operator.rshift: lambda builder, a, b: builder.ashr(a, b),
}
for _function, _emit in _WHOLES.items():
    _register(_function, WHOLE, WHOLE, _emit)


@infer_global(operator.neg)
class _Negation(ConcreteTemplate):
    cases: ClassVar[list[Any]] = [signature(REAL, REAL)]


@lower_builtin(operator.neg, REAL)
def _negate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    return builder.fneg(values[0])


@infer_global(abs)
class _Absolute(ConcreteTemplate):
    cases: ClassVar[list[Any]] = [signature(REAL, REAL)]


@lower_builtin(abs, REAL)
def _absolute(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    return _call(builder, "fabs", values)


def _call(builder: Any, name: str, values: Any) -> Any:
    """Call a function of LLVM on rows."""
    kind = values[0].type
    which = ir.FunctionType(kind, [kind] * len(values))
    found = cgutils.get_or_insert_function(builder.module, which, f"llvm.{name}.v{WIDTH}f64")
    return builder.call(found, values)


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any, wide: bool) -> Any:
    """Return the address of a row (or of a number) of an array, the index taken as it is."""
    if isinstance(kind, View):
        data = cgutils.create_struct_proxy(kind)(context, builder, value=array).data
    else:
        data = context.make_array(kind)(context, builder, array).data
    if wide:
        at = builder.mul(at, ir.Constant(at.type, WIDTH))
    at = builder.zext(at, _WORD) if at.type.width < 64 else at
    address = builder.gep(data, [at])
    if not wide:
        return address
    return builder.bitcast(address, ir.VectorType(data.type.pointee, WIDTH).as_pointer())


@intrinsic
def load(typing: Any, array: Any, row: Any) -> Any:
    """Return a row of an array (rows, WIDTH), contiguous; no index is checked."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        place = _place(context, builder, sig.args[0], values[0], values[1], True)
        return builder.load(place, align=8)

    return signature(REAL, array, row), emit


@intrinsic
def store(typing: Any, array: Any, row: Any, values: Any) -> Any:
    """Write a row of an array (rows, WIDTH)."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        place = _place(context, builder, sig.args[0], values[0], values[1], True)
        builder.store(values[2], place, align=8)

    return signature(types.void, array, row, REAL), emit


@intrinsic
def at(typing: Any, array: Any, index: Any) -> Any:
    """Return a number of an array of one dimension; no index is checked."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        place = _place(context, builder, sig.args[0], values[0], values[1], False)
        return builder.load(place)

    return signature(array.dtype, array, index), emit


@intrinsic
def spread(typing: Any, value: Any) -> Any:
    """Return a float in all lanes."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _spread(builder, values[0])

    return signature(REAL, types.float64), emit


@intrinsic
def choose(typing: Any, mask: Any, yes: Any, no: Any) -> Any:
    """Return, lane by lane, one of two rows."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.select(*values)

    return signature(REAL, MASK, REAL, REAL), emit


@intrinsic
def some(typing: Any, mask: Any) -> Any:
    """Tell whether a mask holds anywhere."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        bits = builder.bitcast(values[0], ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return signature(types.boolean, MASK), emit


@intrinsic
def larger(typing: Any, a: Any, b: Any) -> Any:
    """Return the larger of two rows, the number where one is none."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _call(builder, "maxnum", values)

    return signature(REAL, REAL, REAL), emit


@intrinsic
def root(typing: Any, value: Any) -> Any:
    """Return the square roots of a row."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _call(builder, "sqrt", values)

    return signature(REAL, REAL), emit


@intrinsic
def as_whole(typing: Any, value: Any) -> Any:
    """Return the bits of a row of floats as whole numbers."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.VectorType(_WORD, WIDTH))

    return signature(WHOLE, REAL), emit


@intrinsic
def as_real(typing: Any, value: Any) -> Any:
    """Return whole numbers as the floats of these bits."""

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.VectorType(_DOUBLE, WIDTH))

    return signature(REAL, WHOLE), emit
