# SPDX-License-Identifier: EUPL-1.2
"""The part of a worksite's figures that falls in an area, shared out by the power of lamps.

A worksite sums over streets; an area holds some lamps of some streets. Each street's figure is
shared in proportion to the power of its lamps, x_A = Σ_s x_s · P_{s,A} / P_s, and what no street
has (lamps that belong to none) in proportion to the power of these.

Half-widths of intervals are split into an error of its own for each street and one that all share,
so that an area that holds everything has the interval of the territory: with h the half-width of a
street and H that of the sum V, h² = c² x² + s² and H² = c² V² + Σ s² give
c² = (H² − Σ h²) / (V² − Σ x²), bounded below by 0; the area has H_A² = c² x_A² + Σ w_s² s².
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import numpy as np

from jumeau.api import results
from jumeau.interop.cql2 import shapes
from jumeau.interop.served import View
from jumeau.twin import tables as tables_

if TYPE_CHECKING:
    from numpy.typing import NDArray

ADDITIVE = frozenset({"kW", "kWh/yr", "€/yr", "tCO2e/yr"})
"""Units of the figures that can be added up."""
_METHOD = {
    "en": "Figure of each street, shared out by the power of its lamps inside. The interval adds "
    "the errors of single streets and those that all of them share.",
    "fr": "Figure de chaque voie, répartie selon la puissance de ses points lumineux intérieurs. "
    "L'intervalle ajoute les erreurs propres à chaque voie et celles que toutes partagent.",
}
TABLE = "luminaire"
"""Table whose rows a figure is shared out to."""
FORMULA = "x = Σ xₛ · Pₛ(A) / Pₛ"
_REST = ""
"""Street of the lamps that belong to none."""


class Spread(NamedTuple):
    """A sum over parts: central value and half-widths of its interval, below and above."""

    value: float
    below: float
    above: float


def combine(
    parts: NDArray[np.float64],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    weight: NDArray[np.float64],
    total: Spread,
) -> Spread:
    """Return a weighted sum of parts with the interval that agrees with that of their total.

    Parameters
    ----------
    parts, below, above : ndarray (n,)
        Values of all parts and half-widths of their intervals, in the same unit.
    weight : ndarray (n,)
        Share of each part that counts [0–1].
    total : Spread
        Sum of all parts, with its own interval.

    Returns
    -------
    Spread
        In the unit of the parts.
    """
    value = float(weight @ parts)
    return Spread(
        value,
        _width(parts, below, weight, total.value, total.below),
        _width(parts, above, weight, total.value, total.above),
    )


def _width(
    parts: NDArray[np.float64],
    width: NDArray[np.float64],
    weight: NDArray[np.float64],
    total: float,
    total_width: float,
) -> float:
    room = total**2 - float(parts @ parts)
    common = (total_width**2 - float(width @ width)) / room if room > 0 else 0.0
    common = max(0.0, common)
    own = np.maximum(0.0, width**2 - common * parts**2)
    return float(np.sqrt(common * float(weight @ parts) ** 2 + (weight**2) @ own))


def figures(view: View, area: shapes.Shape, lang: str) -> list[dict[str, Any]]:
    """Return the additive figures of the streets, for the lamps of an area.

    Parameters
    ----------
    view : View
        Territory at one version.
    area : Shape
        Area in the territory's CRS.
    lang : str
        ``"fr"`` or ``"en"``.
    """
    rows = _additive(view, lang)
    if not rows:
        return []
    held, inside = _powers(view, area)
    if not inside.of:
        return []
    whole = {row["indicator"]: row for row in rows if row["scope"] == "territory"}
    found = []
    for name, total in whole.items():
        own = [row for row in rows if row["scope"] == "street" and row["indicator"] == name]
        if own:
            found.append(_figure(total, own, held, inside, lang))
    return found


def _additive(view: View, lang: str) -> list[dict[str, Any]]:
    """Return the additive figures of streets and territory, of the latest year of each."""

    def build() -> list[dict[str, Any]]:
        rows = [
            row
            for scope in ("street", "territory")
            for row in results.indicators(view, lang, {"scope": scope})
            if row["unit"] in ADDITIVE and row["value"] is not None
        ]
        last: dict[str, int] = {}
        for row in rows:
            last[row["indicator"]] = max(last.get(row["indicator"], 0), row["year"] or 0)
        return [row for row in rows if (row["year"] or 0) == last[row["indicator"]]]

    return view.remember(f"figures of streets in {lang}", build)


class _Powers(NamedTuple):
    """Street → power of its lamps [W], and the share of their sum that is estimated."""

    of: dict[str, float]
    estimated: float


def _powers(view: View, area: shapes.Shape) -> tuple[_Powers, _Powers]:
    """Return the powers of all lamps, and of those in an area."""
    clause, parameters = tables_.condition("luminaire", bounds=area.bounds)
    lamps = (
        "SELECT l.id, coalesce(l.power_w, p.value, 1.0) AS w, l.power_w IS NULL AS supposed, "
        f"coalesce(l.street_id, s.text, '{_REST}') AS street FROM luminaire AS l "
        'LEFT JOIN (SELECT entity, any_value(value) AS value FROM estimate WHERE "table" = '
        "'luminaire' AND attribute = 'power_w' GROUP BY 1) AS p ON p.entity = l.id "
        'LEFT JOIN (SELECT entity, any_value(text) AS text FROM estimate WHERE "table" = '
        "'luminaire' AND attribute = 'street_id' GROUP BY 1) AS s ON s.entity = l.id"
    )

    columns = "street, sum(w) AS w, sum(w) FILTER (supposed) AS supposed"

    def build() -> _Powers:
        return _summed(view.rows(f"SELECT {columns} FROM ({lamps}) GROUP BY 1"))

    found = view.rows(
        f"WITH kept AS (SELECT id FROM luminaire{clause} AND "
        f"ST_Intersects(geometry, ST_GeomFromWKB(?))) SELECT {columns} FROM ({lamps}) "
        "WHERE id IN (SELECT id FROM kept) GROUP BY 1",
        [*parameters, area.wkb],
    )
    return view.remember("power of streets", build), _summed(found)


def _summed(rows: list[dict[str, Any]]) -> _Powers:
    powers = {row["street"]: float(row["w"]) for row in rows}
    supposed = sum(float(row["supposed"] or 0.0) for row in rows)
    return _Powers(powers, supposed / max(1e-9, sum(powers.values())))


def _figure(
    total: dict[str, Any],
    own: list[dict[str, Any]],
    held: _Powers,
    inside: _Powers,
    lang: str,
) -> dict[str, Any]:
    known = {row["entity"] for row in own}
    parts = [_spread(row) for row in own]
    weight = [
        _share(inside.of.get(row["entity"], 0.0), held.of.get(row["entity"], 0.0)) for row in own
    ]
    whole = _spread(total)
    rest = whole.value - sum(part.value for part in parts)
    if abs(rest) > 1e-6 * abs(whole.value):
        # Lamps of no street, or of a street that has no figure.
        free = {street: w for street, w in held.of.items() if street not in known}
        among = sum(w for street, w in inside.of.items() if street not in known)
        ratio = rest / whole.value
        parts.append(Spread(rest, whole.below * ratio, whole.above * ratio))
        weight.append(_share(among, sum(free.values())))
    values, below, above = (
        np.array(column, dtype=np.float64) for column in zip(*parts, strict=True)
    )
    found = combine(values, below, above, np.array(weight, dtype=np.float64), whole)
    sure = found.below == 0 and found.above == 0
    return {
        "id": total["indicator"],
        "table": TABLE,
        "label": total["label"],
        "value": found.value,
        "low": None if sure else found.value - found.below,
        "high": None if sure else found.value + found.above,
        "unit": total["unit"],
        "digits": total["digits"],
        "estimated_share": _estimated(total["estimated_share"] or 0.0, held, inside),
        "rows": len(inside.of),
        "known": len(inside.of),
        "estimated": 0,
        "unknown": 0,
        "method": _METHOD[lang],
        "formula": FORMULA,
        "sources": [],
        "explain": f"/api/explain/indicator/{quote(total['id'], safe='')}",
    }


def _estimated(share: float, held: _Powers, inside: _Powers) -> float:
    """Return the share of a figure that is estimated: as powers are here, against everywhere."""
    return min(1.0, share * inside.estimated / held.estimated) if held.estimated else share


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole > 0 else 0.0


def _spread(row: dict[str, Any]) -> Spread:
    value = float(row["value"])
    low = value if row["low"] is None else float(row["low"])
    high = value if row["high"] is None else float(row["high"])
    return Spread(value, max(0.0, value - low), max(0.0, high - value))
