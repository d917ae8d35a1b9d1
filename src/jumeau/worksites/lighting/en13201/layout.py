# SPDX-License-Identifier: EUPL-1.2
"""What describes a road field: its arguments, their limits and their defaults.

The road seen from above: x along the traffic, y to its left, 0 at the right-hand kerb of the
carriageway, so that lanes are counted from the right. Light centres stand at

========== ========================================================================
single     y = overhang, C90 to the left, C0 along the traffic
opposite   the same, and face to face y = width − overhang, C90 to the right
staggered  the same, the left row half a spacing farther
twin       back to back on the median left of the carriageway: y = width − overhang with C90 to
           the right, and y = width + median + overhang with C90 to the left, over the other one
========== ========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARRANGEMENTS = ("single", "opposite", "staggered", "twin")
LUMINAIRES = (1, 2, 2, 2)
"""Luminaires in a spacing, by arrangement."""
JOINED = 10.0
"""Carriageways closer than this count as one for the edges [m] (EN 13201-3, to confirm)."""


class Limit(NamedTuple):
    """What a number may be: least and most, the default, and how it is said."""

    least: float
    most: float
    default: float | None
    said: str
    open: bool = False
    """Whether the least value itself is excluded."""


NUMBERS: dict[str, Limit] = {
    "height": Limit(0.5, 100.0, None, "0.5 … 100 m"),
    "spacing": Limit(1.0, 1000.0, None, "1 … 1000 m"),
    "width": Limit(1.0, 100.0, None, "1 … 100 m"),
    "lanes": Limit(1, 20, 2, "1, 2 … 20"),
    "overhang": Limit(-50.0, 50.0, 0.0, "-50 … 50 m"),
    "tilt": Limit(-90.0, 90.0, 0.0, "-90 … 90°"),
    "maintenance_factor": Limit(0.0, 1.0, 0.8, "0 < … ≤ 1", open=True),
    "flux": Limit(0.0, 1e9, np.nan, "> 0 lm", open=True),
    "power_w": Limit(0.0, 1e6, np.nan, "≥ 0 W"),
    "hours": Limit(0.0, 8784.0, 4100.0, "0 … 8784 h"),
    "median": Limit(0.0, 500.0, 0.0, "0 … 500 m"),
}
"""Numbers of a field, in the order of :func:`~jumeau.worksites.lighting.road`."""
_MAY_LACK = ("flux", "power_w")


class Fields(NamedTuple):
    """Road fields as columns of n values, checked."""

    number: dict[str, NDArray[np.float64]]
    """By the names of :data:`NUMBERS`; NaN in ``flux`` and ``power_w`` when not given."""
    arrangement: NDArray[np.int64]
    """Index in :data:`ARRANGEMENTS`."""


def read(columns: Mapping[str, Any], count: int) -> Fields:
    """Check the numbers and the arrangement of fields; scalars count for all.

    Parameters
    ----------
    columns : mapping
        Values by name, one or ``count`` each; those absent take their default.
    count : int
        Number of fields.

    Raises
    ------
    InvalidError
        ``JUM-L070`` for a number that is missing or that no road has.
    UnknownNameError
        ``JUM-L074`` for an unknown arrangement.
    """
    number = {name: _column(name, columns.get(name), count) for name in NUMBERS}
    # a head farther out than the other kerb lights another road
    beyond = number["overhang"] > number["width"]
    if beyond.any():
        raise refusal("overhang", number["overhang"], beyond, "≤ width")
    words = columns.get("arrangement")
    words = "single" if words is None else words
    names = np.broadcast_to(np.asarray(words, dtype=object), (count,)) if _fits(
        words, count
    ) else None  # fmt: skip
    if names is None:
        raise error("JUM-L070", argument="arrangement", value=f"{np.shape(words)}",
                    expected=f"({count},)")  # fmt: skip
    codes = {name: code for code, name in enumerate(ARRANGEMENTS)}
    for name in set(map(str, names)):
        if name not in codes:
            raise error("JUM-L074", arrangement=name[:60], known=list(ARRANGEMENTS),
                        suggestion=did_you_mean(name, ARRANGEMENTS))  # fmt: skip
    return Fields(number, np.array([codes[str(name)] for name in names], np.int64))


def refusal(
    name: str, values: NDArray[np.float64], wrong: NDArray[np.bool_], said: str
) -> Exception:
    """Return the error of the first value refused, with its row when there are several."""
    row = int(np.flatnonzero(wrong)[0])
    value = f"{values[row]:g}" + (f" (row {row})" if values.size > 1 else "")
    return error("JUM-L070", argument=name, value=value, expected=said)


def _fits(value: Any, count: int) -> bool:
    return np.shape(value) in ((), (1,), (count,))


def _column(name: str, value: Any, count: int) -> NDArray[np.float64]:
    limit = NUMBERS[name]
    if value is None:
        if limit.default is None:
            raise error("JUM-L070", argument=name, value="None", expected=limit.said)
        return np.full(count, limit.default)
    given = np.asarray(value)
    if given.dtype == object:  # None among numbers stands for the default
        if all(item is None or isinstance(item, int | float | np.number) for item in given.flat):
            given = np.array([np.nan if item is None else item for item in given.flat], float)
        given = given if given.size != 1 else given.reshape(np.shape(value))
    if given.dtype.kind not in "fiu" or not _fits(given, count):
        raise error("JUM-L070", argument=name, value=repr(value)[:60], expected=limit.said)
    values = np.array(np.broadcast_to(given.astype(np.float64).reshape(-1), (count,)))
    lacking = np.isnan(values)
    if name in _MAY_LACK:
        wrong = ~lacking
    elif limit.default is not None and np.ndim(value):
        values[lacking] = limit.default
        wrong = np.ones(count, bool)
    else:
        wrong = np.ones(count, bool)
    wrong &= ~(
        (values > limit.least if limit.open else values >= limit.least) & (values <= limit.most)
    )
    if name == "lanes":
        wrong |= values != np.rint(values)
    if wrong.any():
        raise refusal(name, values, wrong, limit.said)
    return values
