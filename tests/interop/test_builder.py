# SPDX-License-Identifier: EUPL-1.2
"""Builders beside a server end with it."""

from __future__ import annotations

import os

import pytest

from jumeau.interop import builder


def test_a_builder_dies_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    def leave(code: int) -> None:
        ended.append(code)
        raise SystemExit

    monkeypatch.setattr(builder.os, "_exit", leave)
    with pytest.raises(SystemExit):
        builder._die_with(os.getppid() + 1)
    assert ended == [1]
