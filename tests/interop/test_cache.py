# SPDX-License-Identifier: EUPL-1.2
"""The memory of the server is bounded and forgets what was used least."""

from __future__ import annotations

from jumeau.interop.cache import Cache


def test_the_least_used_leaves_first() -> None:
    cache = Cache(80)
    for key in "abcdefgh":
        cache.put(key, key.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("i", "I", 10)
    assert cache.get("b") is None
    assert cache.get("a") == "A"
    assert cache.held == 80


def test_a_value_put_again_counts_once() -> None:
    cache = Cache(80)
    for size in (10, 4, 8):
        cache.put("a", size, size)
    assert cache.held == 8
    assert len(cache) == 1
    assert cache.get("a") == 8


def test_too_large_is_given_back_but_not_kept() -> None:
    cache = Cache(80)
    assert cache.put("a", "A", 11) == "A"
    assert cache.get("a", "nothing") == "nothing"
    assert cache.held == 0


def test_built_once() -> None:
    cache, built = Cache(80), []

    def build() -> None:
        built.append(1)

    assert cache.remember("a", build) is None
    assert cache.remember("a", build) is None
    assert built == [1]
