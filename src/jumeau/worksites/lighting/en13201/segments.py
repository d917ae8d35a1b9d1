# SPDX-License-Identifier: EUPL-1.2
"""Real streets as road fields: spacing, side and arrangement read from where lamps stand.

A street becomes a field when a nearly straight stretch of it bears lamps in one regular row, or in
two; else it is not computable, and a code says why. What was supposed on the way has bounds, and
:func:`results` turns them into an interval of each result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.worksites.lighting.en13201 import rows as in_rows
from jumeau.worksites.lighting.en13201 import stretches
from jumeau.worksites.lighting.en13201.intervals import BOUNDED, results
from jumeau.worksites.lighting.en13201.layout import ARRANGEMENTS, NUMBERS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LANE = (2.75, 3.25, 3.75)
"""Width of a lane: least, usual and most [m] (user parameter, to confirm)."""
EYE = 1.5
_APART = 8.0
"""Lamps farther from the edge of the carriageway light something else [m]."""
_ARM = (-0.5, 0.0, 1.5)
"""Heads over the mast's place, towards the carriageway: least, supposed and most [m]."""
_UNEVEN = {"height": 1.6, "flux": 2.5}
"""Ratio of the 9th to the 1st decile above which lamps are not equal."""
__all__ = ["BOUNDED", "Lamps", "layouts", "reasons", "results"]


class Lamps(NamedTuple):
    """Lamps as arrays of n; the bounds of a fact are the fact itself."""

    x: NDArray[np.float64]
    """Position [m]."""
    y: NDArray[np.float64]
    street: NDArray[np.int64]
    """Index of the street, −1 for none."""
    photometry: NDArray[np.int64]
    """Index of the photometry."""
    height: NDArray[np.float64]
    """Height of the head above the carriageway [m]."""
    height_low: NDArray[np.float64]
    height_high: NDArray[np.float64]
    flux: NDArray[np.float64]
    """Initial flux of the source [lm]."""
    flux_low: NDArray[np.float64]
    flux_high: NDArray[np.float64]
    power_w: NDArray[np.float64]
    """Power, gear included; NaN when unknown [W]."""
    tilt: NDArray[np.float64]
    """Tilt about the C0–C180 axis [°]."""


class _No(Exception):  # noqa: N818  (an answer, not an error)
    """Why a street is not computable: a code and the data of its sentence."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code = code
        self.data = {name: _plain(value) for name, value in data.items()}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def layouts(
    lamps: Lamps,
    lines: Sequence[Any],
    *,
    width: NDArray[np.float64],
    lanes: NDArray[np.float64],
    arrangement: Sequence[str | None] | None = None,
) -> pd.DataFrame:
    """Read the road field of each street that bears lamps.

    Parameters
    ----------
    lamps : Lamps
        Lamps attached to their streets.
    lines : (k,) sequence of shapely lines
        Centre lines of the streets.
    width, lanes : (k,) arrays
        Width of the carriageway [m] and number of lanes; NaN when unknown.
    arrangement : (k,) sequence of str, optional
        Arrangement that the authority declares; read from the positions where empty.

    Returns
    -------
    DataFrame
        One row a street with lamps: ``street`` its index; ``code`` empty when it is computable,
        else ``JUM-L080`` to ``JUM-L087`` with ``data`` for the sentence; ``lamps``, ``length``
        [m], ``side`` (``left``, ``right``, ``both``, ``axis``); the arguments of
        :func:`~jumeau.worksites.lighting.road`, with ``_low`` and ``_high`` for those of
        :data:`BOUNDED`; ``estimated``, the names of inputs that were supposed.

    Notes
    -----
    Lamps on one mast (within 1.5 m) count as one place. The stretch is the run of the line whose
    directions keep within 20° and that bears most lamps. Sides follow from the sign of the
    distance to the line, places near the axis being masts of a median when they bear two heads and
    suspended lamps when they bear one. The spacing is the median of the gaps of all rows, gaps over
    a missing lamp counted as two. Rows of both sides are opposite when their lamps stand within a
    quarter of the spacing of each other, staggered otherwise.
    """
    import pandas as pd

    widths, counts = np.asarray(width, np.float64), np.asarray(lanes, np.float64)
    order = np.argsort(lamps.street, kind="stable")
    held = lamps.street[order]
    lit = (held >= 0) & (lamps.flux[order] > 0)  # a lamp without light makes no spacing
    order, held = order[lit], held[lit]
    edges = np.flatnonzero(np.diff(held, prepend=-1))
    found: list[dict[str, Any]] = []
    for street, group in zip(held[edges], np.split(order, edges)[1:], strict=True):
        row: dict[str, Any] = {"street": int(street), "code": "", "data": {}, "lamps": group.size}
        declared = arrangement[street] if arrangement is not None else None
        try:
            row |= _layout(lamps, group, lines[street], widths[street], counts[street], declared)
        except _No as no:
            row |= {"code": no.code, "data": no.data}
        found.append(row)
    return pd.DataFrame(found, columns=_COLUMNS)


_COLUMNS = [
    "street", "code", "data", "lamps", "length", "side", "arrangement", "photometry", "tilt",
    "lanes", "median", "power_w",
    *(name + end for name in BOUNDED for end in ("", "_low", "_high")), "estimated",
]  # fmt: skip


def reasons(found: pd.DataFrame, ids: Sequence[str]) -> list[Finding]:
    """Return why streets are not computable, as findings.

    Parameters
    ----------
    found : DataFrame
        What :func:`layouts` gives.
    ids : sequence of str
        Identifiers of the streets.
    """
    refused = found[found["code"] != ""]
    return [
        finding(code, "street", str(ids[street]), **data)
        for street, code, data in zip(
            refused["street"], refused["code"], refused["data"], strict=True
        )
    ]


def _layout(
    lamps: Lamps, group: NDArray[np.int64], line: Any, width: float, lanes: float,
    declared: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Return the field of one street, or raise why there is none."""
    if line is None or line.is_empty or line.length <= 0:
        raise _No("JUM-L084", length=0, spacing="–")
    stretch = stretches.straight(stretches.vertices(line), lamps.x[group], lamps.y[group])
    places = in_rows.places(stretch, lamps.flux[group])
    estimated = []
    lanes = lanes if 1 <= lanes <= NUMBERS["lanes"].most else np.nan
    if not NUMBERS["width"].least <= width <= NUMBERS["width"].most:
        if not lanes >= 1:
            raise _No("JUM-L083")
        low, width, high = (size * lanes for size in LANE)
        estimated.append("width")
    else:
        low = high = width
    if len(places.along) < in_rows.LEAST:
        if stretch.turn > stretches.TURN and group.size >= in_rows.LEAST:
            raise _No("JUM-L081", turn=round(stretch.turn))
        raise _No("JUM-L080", count=len(places.along), least=in_rows.LEAST)
    rows = in_rows.read(places, width)
    if rows is None:
        left = int(np.count_nonzero(places.across > 0))
        fullest = max(left, len(places.along) - left)
        raise _No("JUM-L080", count=min(fullest, in_rows.LEAST - 1), least=in_rows.LEAST)
    if rows.spread > in_rows.UNEVEN or rows.spacing > NUMBERS["spacing"].most:
        raise _No("JUM-L082", spacing=round(rows.spacing, 1), spread=round(100 * rows.spread))
    if stretch.length < 1.5 * rows.spacing:
        raise _No("JUM-L084", length=round(stretch.length), spacing=round(rows.spacing, 1))
    chosen = group[rows.lamps]
    _even(lamps, chosen)
    height = _bounds(lamps.height, lamps.height_low, lamps.height_high, chosen)
    if height[1] <= EYE:
        raise _No("JUM-L087", height=round(height[1], 1))
    flux = _bounds(lamps.flux, lamps.flux_low, lamps.flux_high, chosen)
    kind = declared if declared in ARRANGEMENTS else rows.arrangement
    if kind == "twin" and width < 2 * LANE[0]:  # too narrow for two carriageways
        kind = "single"
    sections = 2 if kind == "twin" else 1
    if not lanes >= 1:
        lanes = max(1, round(width / LANE[1]))
        estimated.append("lanes")
    beyond = rows.offset - width / 2
    if rows.side != "axis" and beyond > _APART:
        raise _No("JUM-L086", distance=round(beyond, 1), width=round(width, 1))
    # light centres: the places of the inventory, heads perhaps farther over the carriageway
    overhang = [-beyond + arm for arm in _ARM] if rows.side != "axis" else [width / 2] * 3
    if kind == "twin":
        overhang = [0.0 + arm for arm in _ARM]
    half = 1.645 * 1.2533 * rows.spread * rows.spacing / np.sqrt(max(rows.gaps, 1))
    estimated += [
        name for name, value in (("height", height), ("flux", flux)) if value[0] < value[2]
    ]
    if rows.side != "axis":
        estimated.append("overhang")
    powers = lamps.power_w[chosen]
    powers = powers[np.isfinite(powers)]
    values = {
        "height": height,
        "spacing": (rows.spacing - half, rows.spacing, rows.spacing + half),
        "width": (low / sections, width / sections, high / sections),
        "overhang": tuple(min(value, width / sections) for value in overhang),
        "flux": flux,
    }
    row: dict[str, Any] = {
        "length": stretch.length,
        "side": rows.side,
        "arrangement": kind,
        "photometry": _commonest(lamps.photometry[chosen]),
        "tilt": float(np.median(lamps.tilt[chosen])),
        "lanes": max(1, round(lanes / sections)),
        "median": 0.0,
        "power_w": float(np.median(powers)) if powers.size else np.nan,
        "estimated": tuple(estimated),
    }
    for name, (least, value, most) in values.items():
        row |= {name: value, f"{name}_low": least, f"{name}_high": most}
    return row


def _even(lamps: Lamps, chosen: NDArray[np.int64]) -> None:
    """Refuse rows whose lamps are not equal."""
    for quantity, values, unit in (
        ("height", lamps.height[chosen], "m"), ("flux", lamps.flux[chosen], "lm")
    ):  # fmt: skip
        low, high = np.quantile(values, (0.1, 0.9), method="nearest")
        if high > _UNEVEN[quantity] * max(low, 1e-9):
            raise _No("JUM-L085", quantity=quantity, low=f"{low:g}", high=f"{high:g}", unit=unit)


def _bounds(
    value: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64],
    chosen: NDArray[np.int64],
) -> tuple[float, float, float]:  # fmt: skip
    """Return the median of equal lamps with the medians of their bounds."""
    middle = float(np.median(value[chosen]))
    least, most = float(np.median(low[chosen])), float(np.median(high[chosen]))
    return min(least, middle), middle, max(most, middle)


def _commonest(values: NDArray[np.int64]) -> int:
    names, counts = np.unique(values, return_counts=True)
    return int(names[counts.argmax()])
