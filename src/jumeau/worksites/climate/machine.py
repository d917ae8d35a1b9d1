# SPDX-License-Identifier: EUPL-1.2
"""What kernels of rows need and Python cannot say: bits of floats, one rounding, bare addresses.

A kernel takes the memory addresses of the rows it reads and writes, at their first cell, and a
number of cells. Rows given as arrays cost six times as much on short runs (each brings its
reference count and its shape), and short runs are what skipping dry tiles makes.

:func:`load` and ``store1`` … ``store5`` promise the compiler that, *within one kernel*, nothing
read is written under another index, and that stores of different numbers never meet: its loops
then become vector instructions without a comparison of all addresses at each call, which costs as
much as a hundred cells. A kernel that reads again what it wrote must use :func:`row` there, or be
two kernels.
"""

from __future__ import annotations

from typing import Any

import numba as nb
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_array: Any = getattr(nb, "carray")  # noqa: B009 (not exported to type checkers)
INT: Any = nb.int32
"""A 32-bit integer: sums and masks of wider ones would halve the width of the vectors."""
OUTPUTS = 5
"""Rows that a kernel may write with ``store1`` … ``store5``."""


def inlined(function: Any) -> Any:
    """Compile a function into each kernel that calls it."""
    return njit(inline="always")(function)


def _bits_of(_context: Any, _value: Any) -> Any:
    """Return the 32 bits of a float32 as an int32."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), code


bits_of: Any = intrinsic(_bits_of)


def _float_of(_context: Any, _value: Any) -> Any:
    """Return the float32 that has these 32 bits."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), code


float_of: Any = intrinsic(_float_of)


def _fma(_context: Any, _a: Any, _b: Any, _c: Any) -> Any:
    """Return a·b + c, rounded once."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float32(types.float32, types.float32, types.float32), code


fma: Any = intrinsic(_fma)


def _prefetch_at(_context: Any, _address: Any) -> Any:
    def code(ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        call = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        near = [ir.Constant(word, value) for value in (0, 2, 1)]  # to read, in L2, data
        builder.call(call, [builder.inttoptr(args[0], byte), *near])
        return ctx.get_dummy_value()

    return types.void(types.int64), code


prefetch: Any = intrinsic(_prefetch_at)


def _maker(kind: types.Type) -> Any:
    pointer_to: Any = types.CPointer
    pointed = pointer_to(kind)

    def pointer(_context: Any, _address: Any) -> Any:
        def code(ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], ctx.get_value_type(pointed))

        return pointed(types.int64), code

    return intrinsic(pointer)


_float32_at = _maker(types.float32)
_int32_at = _maker(types.int32)
_float64_at = _maker(types.float64)
_int64_at = _maker(types.int64)
_uint8_at = _maker(types.uint8)


@inlined
def row(address: int, count: int) -> Any:
    """Return a float32 row of memory as an array (no reference is kept)."""
    return _array(_float32_at(address), count)


@inlined
def row_int(address: int, count: int) -> Any:
    """Return a row of memory as an int32 array (no reference is kept)."""
    return _array(_int32_at(address), count)


@inlined
def row_double(address: int, count: int) -> Any:
    """Return a row of memory as a float64 array (no reference is kept)."""
    return _array(_float64_at(address), count)


@inlined
def row_whole(address: int, count: int) -> Any:
    """Return a row of memory as an int64 array (no reference is kept)."""
    return _array(_int64_at(address), count)


@inlined
def row_byte(address: int, count: int) -> Any:
    """Return a row of memory as a uint8 array (no reference is kept)."""
    return _array(_uint8_at(address), count)


def _scopes(builder: Any) -> list[Any]:
    # One scope for all that the kernel under construction reads, one for each row it writes.
    module, name = builder.module, builder.function.name
    domain = module.add_metadata([name])
    return [module.add_metadata([f"{name} {k}", domain]) for k in range(OUTPUTS + 1)]


def _promise(builder: Any, instruction: Any, own: int) -> None:
    scopes = _scopes(builder)
    others = scopes[:own] + scopes[own + 1 :]
    instruction.set_metadata("alias.scope", builder.module.add_metadata([scopes[own]]))
    instruction.set_metadata("noalias", builder.module.add_metadata(others))


def _element(builder: Any, address: Any, index: Any) -> Any:
    first = builder.inttoptr(address, ir.FloatType().as_pointer())
    return builder.gep(first, [index], inbounds=True)


def _load(_context: Any, _address: Any, _index: Any) -> Any:
    """Return the float32 at an index from an address; see the module for what it promises."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        got = builder.load(_element(builder, *args), align=4)
        _promise(builder, got, 0)
        return got

    return types.float32(types.int64, types.int64), code


load: Any = intrinsic(_load)


def _store(own: int) -> Any:
    def store(_context: Any, _address: Any, _index: Any, _value: Any) -> Any:
        """Write a float32 at an index from an address; see the module for what it promises."""

        def code(ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
            put = builder.store(args[2], _element(builder, args[0], args[1]), align=4)
            _promise(builder, put, own)
            return ctx.get_dummy_value()

        return types.void(types.int64, types.int64, types.float32), code

    return intrinsic(store)


store1, store2, store3, store4, store5 = (_store(own) for own in range(1, OUTPUTS + 1))
