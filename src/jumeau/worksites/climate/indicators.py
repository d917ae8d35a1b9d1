# SPDX-License-Identifier: EUPL-1.2
"""Indicators of the climate worksite: what the water of an event covers and reaches.

Bounds move the depth by its error below and above the threshold: they say how many things stand
near it. Damage and money are not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import IndicatorSpec
from jumeau.base.parameters import Parameters
from jumeau.worksites.climate import marks, site
from jumeau.worksites.climate.exposure import Reached
from jumeau.worksites.climate.marks import Marks
from jumeau.worksites.climate.simulate import Water

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory

_TOUCH = ("climate_wet_m", "climate_level_error_m")
_EVENT = ("climate_rain", "climate_after_h", "climate_hold_h", "climate_manning",
          "climate_infiltration_mm_h", "climate_cell_m", "climate_reach_m")  # fmt: skip
_PAPERS = "Bates, Horritt & Fewtrell (2010); de Almeida & Bates (2013); Audusse et al. (2004)"

INDICATORS = (
    IndicatorSpec(
        "climate_buildings", "1", "Buildings touched", "Bâtiments touchés",
        "N = Σ [h₉₅(ring) ≥ h₀]",
        "Buildings around whose walls, on a ring of 1 to 2 m, the greatest depth of the event "
        "reaches the threshold on a twentieth of the ring.",
        "Bâtiments autour des murs desquels, sur une couronne de 1 à 2 m, la plus grande hauteur "
        "d'eau de l'événement atteint le seuil sur un vingtième de la couronne.",
        _PAPERS, parameters=(*_TOUCH, "climate_wall_quantile", *_EVENT),
    ),
    IndicatorSpec(
        "climate_public_buildings", "1", "Public buildings touched", "Bâtiments publics touchés",
        "N = Σ [h₉₅(ring) ≥ h₀]",
        "Buildings touched that a public authority owns or uses.",
        "Bâtiments touchés qu'une collectivité possède ou occupe.",
        _PAPERS, inputs=("climate_buildings",), parameters=(*_TOUCH, "climate_wall_quantile"),
    ),
    IndicatorSpec(
        "climate_lamps", "1", "Lamps touched", "Points lumineux touchés",
        "N = Σ [h ≥ h₀]",
        "Light points whose foot is under at least the threshold of water.",
        "Points lumineux dont le pied est sous au moins le seuil d'eau.",
        _PAPERS, parameters=(*_TOUCH, *_EVENT),
    ),
    IndicatorSpec(
        "climate_cabinets", "1", "Control cabinets touched", "Armoires de commande touchées",
        "N = Σ [h ≥ h₀]",
        "Cabinets whose foot is under at least the threshold of water: the lamps that they feed "
        "may go out.",
        "Armoires dont le pied est sous au moins le seuil d'eau : les points qu'elles alimentent "
        "peuvent s'éteindre.",
        _PAPERS, parameters=(*_TOUCH, *_EVENT),
    ),
    IndicatorSpec(
        "climate_streets", "km", "Streets under water", "Voies sous l'eau",
        "L = Σ [h ≥ h₀] · 1 m",
        "Length of street axis under at least the threshold of water.",
        "Longueur d'axe de voie sous au moins le seuil d'eau.",
        _PAPERS, digits=1, parameters=(*_TOUCH, *_EVENT),
    ),
    IndicatorSpec(
        "climate_flooded_area", "ha", "Ground under water", "Sol sous l'eau",
        "A = Σ [h ≥ h₀] · Δx²",
        "Ground whose greatest depth reaches the threshold, roofs left out, beds of streams "
        "included.",
        "Sol dont la plus grande hauteur d'eau atteint le seuil, toits exclus, lits des cours "
        "d'eau compris.",
        _PAPERS, digits=1, parameters=(*_TOUCH, *_EVENT),
    ),
    IndicatorSpec(
        "climate_depth", "m", "Depth of water", "Hauteur d'eau",
        "h = q₉₅(h on the ring)",
        "Greatest depth of the event: around the walls of a building (95 % of the ring is "
        "shallower), at the foot of a lamp or a cabinet, along the axis of a street (95 % of it "
        "is shallower).",
        "Plus grande hauteur d'eau de l'événement : autour des murs d'un bâtiment (95 % de la "
        "couronne est moins profonde), au pied d'un point lumineux ou d'une armoire, le long de "
        "l'axe d'une voie (95 % en est moins profond).",
        _PAPERS, digits=2,
        parameters=("climate_level_error_m", "climate_wall_quantile", *_EVENT),
    ),
    IndicatorSpec(
        "climate_street_length", "m", "Length under water", "Longueur sous l'eau",
        "L = Σ [h ≥ h₀] · 1 m",
        "Length of the axis of the street under at least the threshold of water.",
        "Longueur de l'axe de la voie sous au moins le seuil d'eau.",
        _PAPERS, parameters=(*_TOUCH, *_EVENT),
    ),
    IndicatorSpec(
        "climate_zones_flooded", "%", "Hazard zones under water", "Zones d'aléa sous l'eau",
        "s = A(zones ∩ water) / A(zones)",
        "Share of the flood zones of TRI, PPR or other maps that the event puts under at least the "
        "threshold of water. Zones are drawn for their own scenario: a low share under a rain says "
        "nothing against them.",
        "Part des zones inondables des TRI, PPR ou autres cartes que l'événement met sous au moins "
        "le seuil d'eau. Les zones sont tracées pour leur propre scénario : une part faible sous "
        "une pluie ne dit rien contre elles.",
        "Directive 2007/60/CE; CNIG PPR 1.0.2", inputs=("climate_flooded_area",),
        parameters=_TOUCH,
    ),
    IndicatorSpec(
        "climate_flooded_outside", "%", "Water outside hazard zones",
        "Eau hors des zones d'aléa",
        "s = A(water ∖ zones) / A(water)",
        "Share of the ground under water that no flood zone covers: runoff, small streams, or what "
        "the maps did not look at.",
        "Part du sol sous l'eau qu'aucune zone inondable ne couvre : ruissellement, petits cours "
        "d'eau, ou ce que les cartes n'ont pas regardé.",
        "Directive 2007/60/CE; CNIG PPR 1.0.2", inputs=("climate_flooded_area",),
        parameters=_TOUCH,
    ),
    IndicatorSpec(
        "climate_buildings_in_zones", "1", "Buildings in hazard zones",
        "Bâtiments en zone d'aléa",
        "N = Σ [building ∩ zones ≠ ∅]",
        "Buildings that meet a flood zone of TRI, PPR or other maps, to be set beside those that "
        "the event touches.",
        "Bâtiments qui rencontrent une zone inondable des TRI, PPR ou autres cartes, à mettre en "
        "regard de ceux que l'événement touche.",
        "Directive 2007/60/CE; CNIG PPR 1.0.2", parameters=(),
    ),
    IndicatorSpec(
        "climate_marks_wet", "1", "Flood marks under water", "Repères de crue sous l'eau",
        "N = Σ [h(5 m) ≥ 1 cm]",
        "Marks of past floods, on the ground computed, beside which the event brings water.",
        "Repères de crues passées, sur le sol calculé, à côté desquels l'événement amène de l'eau.",
        "Plateforme nationale des repères de crues", parameters=_EVENT,
    ),
    IndicatorSpec(
        "climate_mark_gap", "m", "Level above the flood marks",
        "Niveau au-dessus des repères de crue",
        "Δz = median(z + h, 5 m) − z(mark)",
        "Greatest level of the event on the wet ground within 5 m of a mark, minus the level of "
        "the mark; over the territory the median, from the lowest to the highest with their "
        "errors: that of the mark and climate_level_error_m. Negative: the past flood stood "
        "higher. It judges the computation only when the event is that flood.",
        "Plus grand niveau de l'événement sur le sol mouillé à moins de 5 m d'un repère, moins le "
        "niveau du repère ; sur le territoire la médiane, du plus bas au plus haut avec leurs "
        "erreurs : celle du repère et climate_level_error_m. Négatif : la crue passée est montée "
        "plus haut. Il ne juge le calcul que si l'événement est cette crue.",
        "Plateforme nationale des repères de crues", digits=2,
        parameters=("climate_level_error_m", *_EVENT),
    ),
)  # fmt: skip
"""How each indicator is obtained."""

COUNTED = {
    "building": "climate_buildings",
    "luminaire": "climate_lamps",
    "cabinet": "climate_cabinets",
    "street": "climate_streets",
}
"""Table → the indicator that sums what is touched in it."""


class _Place(NamedTuple):
    """A part of the territory: scope, identifier, and its shape (``None`` for the whole)."""

    scope: str
    entity: str
    shape: Any


def table(
    territory: Territory,
    water: Water,
    reached: Mapping[str, Reached],
    given: Parameters,
    past: Marks | None = None,
) -> pd.DataFrame:
    """Return what the water covers and reaches, by territory, municipality, district and thing.

    Parameters
    ----------
    territory : Territory
        Territory.
    water : Water
        What water did.
    reached : mapping
        {table: what is reached in it}.
    given : Parameters
        Parameters of the worksite.
    past : Marks, optional
        Flood marks that the event covers.

    Returns
    -------
    DataFrame
        Columns of the ``indicator`` table.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    places = list(_places(territory))
    for place in places:
        rows += _sums(place, water, reached, given)
    rows += _each(reached, given)
    rows += _compared(territory, water, reached["building"], given)
    rows += marks.rows(past) if past is not None else ()
    units = {spec.name: spec.unit for spec in INDICATORS}
    frame = pd.DataFrame(
        rows,
        columns=["indicator", "scope", "entity", "value", "low", "high", "estimated_share"],
    )
    frame["unit"] = frame["indicator"].map(units)
    frame["year"] = datetime.now(UTC).year
    return frame


def _row(
    name: str, scope: str, entity: str, value: float, low: float, high: float, estimated: float
) -> dict[str, Any]:
    return {
        "indicator": name, "scope": scope, "entity": entity, "value": float(value),
        "low": float(low), "high": float(high), "estimated_share": estimated,
    }  # fmt: skip


def _limits(given: Parameters) -> tuple[float, float, float]:
    """Return the thresholds of the value and of its low and high bounds [m]."""
    wet, error = given["climate_wet_m"].value, given["climate_level_error_m"].value
    return wet, wet + error, max(wet - error, 0.005)


def _places(territory: Territory) -> Iterator[_Place]:
    yield _Place("territory", "", None)
    for scope in ("municipality", "district"):
        rows = territory.geo(scope, columns=["id"])
        rows = rows[rows.geometry.notna()].sort_values("id", kind="stable")
        if scope == "municipality" and len(rows) < 2:
            continue
        for entity, shape in zip(rows["id"], rows.geometry, strict=True):
            yield _Place(scope, str(entity), shape)


def _sums(
    place: _Place, water: Water, reached: Mapping[str, Reached], given: Parameters
) -> Iterator[dict[str, Any]]:
    import shapely

    limits = _limits(given)
    cells = _under(water, place.shape)
    if cells is None:
        return
    area = water.site.cell**2 / 1e4
    wet = [float(area) * int(np.count_nonzero(cells >= np.float32(limit))) for limit in limits]
    yield _row("climate_flooded_area", place.scope, place.entity, *_in_order(wet), 0.0)
    for name, found in reached.items():
        if not len(found):
            continue
        inside = np.ones(len(found), dtype=bool)
        if place.shape is not None:
            shapely.prepare(place.shape)
            inside = shapely.contains_xy(place.shape, found.x, found.y)
        share = 1.0 if found.estimated else 0.0
        if name == "street":
            value = float(found.wet[inside].sum()) / 1000.0
            counts = [value, *(_scaled(value, wet, k) for k in (1, 2))]
        else:
            counts = [float(np.count_nonzero(found.depth[inside] >= limit)) for limit in limits]
        where = (place.scope, place.entity)
        yield _row(COUNTED[name], *where, *_in_order(counts), share)
        if name == "building" and found.public.any():
            public = inside & found.public
            counts = [float(np.count_nonzero(found.depth[public] >= limit)) for limit in limits]
            yield _row("climate_public_buildings", *where, *_in_order(counts), share)


def _scaled(value: float, wet: list[float], bound: int) -> float:
    """Return the length of street at a bound: it follows the area under water."""
    return value * wet[bound] / wet[0] if wet[0] > 0 else value


def _in_order(counts: list[float]) -> tuple[float, float, float]:
    value, low, high = counts
    return value, min(low, value), max(high, value)


def _under(water: Water, shape: Any) -> NDArray[np.float32] | None:
    """Return the depths of the cells of a shape; ``None`` when it lies outside."""
    if shape is None:
        return water.depth[~np.isnan(water.depth)]
    drawn = site.drawn(np.array([shape], dtype=object), water.depth.shape, water.site.transform)
    inside = (drawn > 0) & ~np.isnan(water.depth)
    return water.depth[inside] if inside.any() else None


def _each(reached: Mapping[str, Reached], given: Parameters) -> Iterator[dict[str, Any]]:
    """Yield the depth at each thing touched; outlines that no table holds have no row of theirs."""
    wet, error = given["climate_wet_m"].value, given["climate_level_error_m"].value
    for name, found in reached.items():
        if found.estimated:
            continue
        touched = found.wet > 0 if name == "street" else found.depth >= wet
        for k in np.flatnonzero(touched).tolist():
            entity, depth = str(found.ids[k]), round(float(found.depth[k]), 3)
            low, high = max(depth - error, 0.0), depth + error
            yield _row("climate_depth", name, entity, depth, round(low, 3), round(high, 3), 0.0)
            if name == "street":
                length = round(float(found.wet[k]), 1)
                yield _row("climate_street_length", name, entity, length, length, length, 0.0)


def _compared(
    territory: Territory, water: Water, buildings: Reached, given: Parameters
) -> Iterator[dict[str, Any]]:
    """Yield how the event compares with the flood zones of public maps."""
    import shapely

    rows = site.flood_zones(territory, water.site.bounds)
    if not len(rows):
        return
    shapes = shapely.make_valid(rows.geometry.to_numpy())
    zone = site.drawn(shapes, water.depth.shape, water.site.transform) > 0
    known = ~np.isnan(water.depth)
    shares = []
    for limit in _limits(given):
        wet = known & (water.depth >= np.float32(limit))
        zones, under = np.count_nonzero(zone & known), np.count_nonzero(wet)
        both = np.count_nonzero(wet & zone)
        shares.append((100.0 * both / zones if zones else np.nan,
                       100.0 * (under - both) / under if under else np.nan))  # fmt: skip
    for name, at in (("climate_zones_flooded", 0), ("climate_flooded_outside", 1)):
        values = [pair[at] for pair in shares]
        if np.isfinite(values).all():
            yield _row(name, "territory", "", values[0], min(values), max(values), 0.0)
    if len(buildings) and not buildings.estimated:
        tree = shapely.STRtree(shapes)
        footprints = territory.geo("building", columns=["id"], bounds=water.site.bounds)
        inside = float(len(np.unique(tree.query(footprints.geometry.to_numpy(), "intersects")[0])))
        yield _row("climate_buildings_in_zones", "territory", "", inside, inside, inside, 0.0)
