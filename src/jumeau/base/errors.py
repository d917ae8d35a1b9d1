# SPDX-License-Identifier: EUPL-1.2
"""Coded errors: what happened, why it matters, what to do next.

Every error and finding has a row in the ``messages.csv`` of its package (see
:mod:`jumeau.base.messages`), so that the text exists in French and English, is documented, and
cannot be raised under an unknown code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class JumeauError(Exception):
    """Error of Jumeau: a code, what happened, why it matters and the remedy.

    Parameters
    ----------
    code : str
        Stable code such as ``JUM-T003``; its first letter names the package.
    what, why, remedy : str
        Sentences for the user; the remedy is something that can be pasted or done.
    data : dict, optional
        Facts behind the sentence, for ``--json``.
    """

    def __init__(
        self,
        code: str,
        what: str,
        why: str = "",
        remedy: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(code, what, why, remedy)
        self.code = code
        self.what = what
        self.why = why
        self.remedy = remedy
        self.data = dict(data or {})

    def __str__(self) -> str:
        lines = [f"{self.code} · {self.what}"]
        lines += [text for text in (self.why, self.remedy and f"→ {self.remedy}") if text]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the error as plain data for JSON faces."""
        return {
            "code": self.code,
            "what": self.what,
            "why": self.why,
            "remedy": self.remedy,
            "data": self.data,
        }


class InvalidError(JumeauError, ValueError):
    """A value, a file or a table does not hold what it should."""


class UnknownNameError(JumeauError, KeyError):
    """A table, column, code or identifier is not known."""

    __str__ = JumeauError.__str__


class MissingFileError(JumeauError, FileNotFoundError):
    """A file or a folder is not there."""

    __str__ = JumeauError.__str__


class StorageError(JumeauError, OSError):
    """The disk, the catalogue or a file of the twin refused the operation."""

    __str__ = JumeauError.__str__


class BusyError(JumeauError, TimeoutError):
    """Another writer holds the twin."""

    __str__ = JumeauError.__str__


class ReadOnlyError(JumeauError, PermissionError):
    """A past version or a read-only view was asked to change."""

    __str__ = JumeauError.__str__


class NotComputableError(JumeauError, ArithmeticError):
    """A result cannot be computed from the data at hand."""


KINDS: dict[str, type[JumeauError]] = {
    "invalid": InvalidError,
    "unknown": UnknownNameError,
    "missing": MissingFileError,
    "storage": StorageError,
    "busy": BusyError,
    "readonly": ReadOnlyError,
    "notcomputable": NotComputableError,
}


def error(code: str, **data: Any) -> JumeauError:
    """Build the error registered under a code, its sentences filled with the data.

    Parameters
    ----------
    code : str
        Code of a row of some package's ``messages.csv``.
    **data
        Values of the sentence's placeholders; kept on the error for JSON faces.

    Returns
    -------
    JumeauError
        Instance of the subclass named by the row's ``kind``.
    """
    from jumeau.base import messages

    row = messages.row(code)
    text = messages.render(code, data)
    return KINDS.get(row["kind"], JumeauError)(code, text.what, text.why, text.remedy, data)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the known name closest to a wrong one, or an empty string."""
    folded = {item.casefold(): item for item in known}
    close = difflib.get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
