# SPDX-License-Identifier: EUPL-1.2
# mypy: disable-error-code="no-untyped-call, untyped-decorator, attr-defined, misc, override"
"""Named tuples of arrays as one address, for kernels that call each other.

Numba hands a named tuple over array by array: a network is five hundred arguments at each call, and
each function takes seconds to compile. Here :func:`packed` writes the addresses and shapes once,
and a kernel receives the address of that table. ``net.kind[k]``, ``st.head[i, s]``, ``len(…)`` and
``.shape`` mean what they do of arrays; no index is checked nor counted from the end.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing import signature
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
)
from numba.extending import (
    NativeValue,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.numpy_support import from_dtype

from jumeau.worksites.water.batched.lanes import WIDTH, View

_WORD = ir.IntType(64)


class Record(types.Type):
    """Type of a packed tuple: its fields, each with the place of its first word."""

    def __init__(self, fields: tuple[tuple[str, Any, int], ...]) -> None:
        super().__init__(f"record{fields}")
        self.fields = {name: (kind, place) for name, kind, place in fields}


class Packed:
    """A named tuple as a table of words: values, addresses and shapes."""

    def __init__(self, values: Any) -> None:
        words: list[int] = []
        fields: list[tuple[str, Any, int]] = []
        self.kept: list[Any] = []
        for name, value in zip(values._fields, values, strict=True):
            kind: Any
            place = len(words)
            if isinstance(value, np.ndarray):
                if not value.flags.c_contiguous:
                    raise ValueError(name)
                fixed = value.ndim > 1 and value.shape[-1] == WIDTH
                kind = View(from_dtype(value.dtype), value.ndim, fixed)
                words += [value.ctypes.data, *value.shape]
                self.kept.append(value)
            elif hasattr(value, "_fields"):
                inner = Packed(value)
                kind = inner.kind
                words.append(inner.address)
                self.kept.append(inner)
            elif isinstance(value, float):
                kind = types.float64
                words.append(int(np.float64(value).view(np.int64)))
            else:
                kind = types.int64
                words.append(int(value))
            fields.append((name, kind, place))
        self.memory = np.array(words, np.int64)
        self.kind: Any = Record(tuple(fields))

    @property
    def address(self) -> int:
        """Where the table is."""
        return int(self.memory.ctypes.data)


def packed(values: Any) -> Packed:
    """Return a named tuple of arrays, numbers and such tuples, as kernels take it."""
    return Packed(values)


@typeof_impl.register(Packed)
def _typeof(value: Packed, context: Any) -> Any:
    return value.kind


@register_model(Record)
class _RecordModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Record) -> None:
        super().__init__(manager, kind, _WORD)


@unbox(Record)
def _unbox(kind: Record, value: Any, c: Any) -> NativeValue:
    there = c.pyapi.object_getattr_string(value, "address")
    address = c.unbox(types.int64, there)
    c.pyapi.decref(there)
    return NativeValue(address.value, is_error=address.is_error)


@infer_getattr
class _Fields(AttributeTemplate):
    key = Record

    def generic_resolve(self, kind: Record, name: str) -> Any:
        return kind.fields[name][0] if name in kind.fields else None


def _word(builder: Any, address: Any, place: int, kind: Any) -> Any:
    """Load a word of a table, which never changes."""
    pointer = builder.inttoptr(address, kind.as_pointer())
    value = builder.load(builder.gep(pointer, [ir.Constant(_WORD, place)]))
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@lower_getattr_generic(Record)
def _field(context: Any, builder: Any, kind: Record, address: Any, name: str) -> Any:
    field, place = kind.fields[name]
    if isinstance(field, View):
        view = cgutils.create_struct_proxy(field)(context, builder)
        element = context.get_data_type(field.dtype).as_pointer()
        view.data = builder.inttoptr(_word(builder, address, place, _WORD), element)
        sizes = [_word(builder, address, place + 1 + d, _WORD) for d in range(field.ndim)]
        if field.fixed:
            sizes[-1] = ir.Constant(_WORD, WIDTH)
        view.shape = cgutils.pack_array(builder, sizes)
        return view._getvalue()
    if field is types.float64:
        return _word(builder, address, place, ir.DoubleType())
    return _word(builder, address, place, _WORD)


@register_model(View)
class _ViewModel(models.StructModel):
    def __init__(self, manager: Any, kind: View) -> None:
        shape = types.UniTuple(types.int64, kind.ndim)
        super().__init__(manager, kind, [("data", types.CPointer(kind.dtype)), ("shape", shape)])


@infer_getattr
class _Shape(AttributeTemplate):
    key = View

    def resolve_shape(self, kind: View) -> Any:
        return types.UniTuple(types.int64, kind.ndim)


@lower_getattr_generic(View)
def _shape(context: Any, builder: Any, kind: View, value: Any, name: str) -> Any:
    return cgutils.create_struct_proxy(kind)(context, builder, value=value).shape


def _indices(kind: View, index: Any) -> bool:
    one: Any = index if isinstance(index, types.BaseTuple) else (index,)
    return len(one) == kind.ndim and all(isinstance(it, types.Integer) for it in one)


@infer_global(operator.getitem)
class _Get(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        kind, index = args
        if isinstance(kind, View) and _indices(kind, index):
            return signature(kind.dtype, kind, index)
        return None


@infer_global(operator.setitem)
class _Set(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        kind, index, _ = args
        if isinstance(kind, View) and _indices(kind, index):
            return signature(types.none, kind, index, kind.dtype)
        return None


@infer_global(len)
class _Length(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.intp, args[0]) if isinstance(args[0], View) else None


def _address(context: Any, builder: Any, kind: View, value: Any, index: Any, given: Any) -> Any:
    view = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    many = isinstance(index, types.BaseTuple)
    kinds = list(index) if many else [index]
    values = cgutils.unpack_tuple(builder, given) if many else [given]
    sizes = cgutils.unpack_tuple(builder, view.shape)
    place = ir.Constant(_WORD, 0)
    for size, each, one in zip(sizes, kinds, values, strict=True):
        place = builder.add(builder.mul(place, size), context.cast(builder, one, each, types.int64))
    return builder.gep(view.data, [place])


def _get(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    place = _address(context, builder, sig.args[0], values[0], sig.args[1], values[1])
    return builder.load(place)


def _set(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    place = _address(context, builder, sig.args[0], values[0], sig.args[1], values[1])
    builder.store(values[2], place)
    return context.get_dummy_value()


for _index in (types.Integer, types.BaseTuple):
    lower_builtin(operator.getitem, View, _index)(_get)
    lower_builtin(operator.setitem, View, _index, types.Any)(_set)


@lower_builtin(len, View)
def _length(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    view = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=values[0])
    return builder.extract_value(view.shape, 0)
