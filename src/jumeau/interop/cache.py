# SPDX-License-Identifier: EUPL-1.2
"""Least-recently-used memory bounded by bytes, shared by threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Cache:
    """Keep the values used last, up to a number of bytes.

    Parameters
    ----------
    capacity : int
        Bytes kept at most. A value larger than an eighth of it is not kept.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.held = 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, default: Any = None) -> Any:
        """Return a value and mark it as used, or the default."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return default
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: T, size: int) -> T:
        """Keep a value of a size in bytes; the oldest ones leave. Return the value."""
        if size > self.capacity / 8:
            return value
        with self._lock:
            former = self._values.pop(key, None)
            self.held += size - (former[1] if former else 0)
            self._values[key] = (value, size)
            while self.held > self.capacity:
                _, (_, freed) = self._values.popitem(last=False)
                self.held -= freed
        return value

    def remember(self, key: Hashable, build: Callable[[], T], size: int = 1) -> T:
        """Return the value kept under a key, or build it and keep it."""
        missing = object()
        found = self.get(key, missing)
        return self.put(key, build(), size) if found is missing else found
