# SPDX-License-Identifier: EUPL-1.2
"""The web face: an ASGI application over one territory (:func:`create_app`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jumeau.api.application import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    if name == "create_app":
        from jumeau.api.application import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
