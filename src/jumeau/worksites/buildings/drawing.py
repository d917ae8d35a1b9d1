# SPDX-License-Identifier: EUPL-1.2
"""Draws of what is not known of buildings: the same numbers for the same building and driver.

An attribute is a fact, or a draw between the bounds of its archetype. Buildings of one archetype
are wrong together in part: the draw of a building is the normal score of a common draw and of its
own, weighed by ``common`` (Gaussian copula), so that sums of many estimates never
become sure by being many. A use, a period or a heating system that no source tells is drawn from
``shares.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import draws
from jumeau.worksites.buildings import archetypes, systems

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from jumeau.worksites.buildings.inventory import Inventory

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

BY_PERIOD = (
    "wall_u", "roof_u", "floor_u", "window_u", "window_g", "bridge_factor", "infiltration_ach",
)  # fmt: skip
"""Attributes that buildings of one period share; the others go by use."""
ATTRIBUTES = (
    *BY_PERIOD, "ventilation_ach", "capacity", "mass_area", "window_ratio", "frame_fraction",
    "shading", "summer_shading", "ground_factor", "floor_height", "attic", "floors",
    "heated_share", "heating_set", "setback", "cooling_set", "night_ach", "gains", "electricity",
    "hot_water", "auxiliaries", "roof_usable", "outline_share",
)  # fmt: skip
"""Attributes drawn, in the order of their streams."""
_SHAPED = ("floors", "floor_height", "attic", "outline_share")
_CHOICES = ("use", "period", "system", "cooled", "height", *systems.PARTS)
_STREAMS = (*_CHOICES, *ATTRIBUTES)
_BY_CLASS = ("wall_u", "roof_u", "floor_u", "window_u", "infiltration_ach")
"""Attributes whose place between their bounds the energy class tells."""
_CLASS_RANGE = {
    "A": (0.0, 0.06), "B": (0.0, 0.15), "C": (0.05, 0.45), "D": (0.2, 0.7), "E": (0.45, 0.88),
    "F": (0.65, 0.96), "G": (0.8, 1.0),
}  # fmt: skip
"""Energy class → the part of the archetype's spread in which the envelope stands."""
FACT_ERROR = 0.15
"""Relative error of a transmittance or a ratio told by a source, at 90 %."""


@dataclass(frozen=True)
class Drawn:
    """n buildings × d draws.

    Parameters
    ----------
    use, period, size, system : (n, d) int arrays
        Numbers in :mod:`~jumeau.worksites.buildings.archetypes` and
        :mod:`~jumeau.worksites.buildings.systems`.
    height, floors, gross : (n, d) arrays
        Height [m], floors [-] and gross floor area [m²].
    cooled : (n, d) bool array
        Whether the building is cooled.
    values : dict
        {attribute: (n, d) array} in the unit of ``archetypes.csv``; ``outline_share`` is 1 where
        a source tells the floor area.
    efficiency : (n, d) array
        Of the heating, from final energy to useful heat [-].
    hot_water_efficiency : (n, d) array
        Of the hot water [-].
    """

    use: Whole
    period: Whole
    size: Whole
    system: Whole
    height: Floats
    floors: Floats
    gross: Floats
    cooled: NDArray[np.bool_]
    values: dict[str, Floats]
    efficiency: Floats
    hot_water_efficiency: Floats


class Dice:
    """Uniform draws of the buildings of a stock, common in part.

    Parameters
    ----------
    ids : sequence of str
        Buildings.
    seed, count : int
        Seed of the run and number of draws.
    common : float
        Part of the variance that buildings of one archetype share [-].
    """

    def __init__(self, ids: NDArray[np.object_], seed: int, count: int, common: float) -> None:
        self.seed, self.count, self.common = seed, count, common
        each = [draws.uniform(seed, "building", str(item), count * len(_STREAMS)) for item in ids]
        self._own = np.stack(each).reshape(len(ids), len(_STREAMS), count)
        self._shared: dict[tuple[str, int], Floats] = {}

    def own(self, stream: str) -> Floats:
        """Return the draws of each building for a driver, in [0, 1)."""
        return np.asarray(self._own[:, _STREAMS.index(stream)], dtype=np.float64)

    def shared(self, stream: str, groups: Whole) -> Floats:
        """Return draws of which a part is common to the buildings of a group.

        Parameters
        ----------
        stream : str
            Driver.
        groups : (n, d) int array
            Group of each building in each draw.
        """
        from scipy.special import ndtr, ndtri

        own = np.clip(self.own(stream), 1e-9, 1 - 1e-9)
        if self.common <= 0:
            return own
        table = np.stack([self._common(stream, g) for g in range(int(groups.max()) + 1)])
        both = table[groups, np.arange(self.count)]
        score = np.sqrt(self.common) * both + np.sqrt(1.0 - self.common) * ndtri(own)
        return np.asarray(np.clip(ndtr(score), 0.0, 1.0 - 1e-12), dtype=np.float64)

    def _common(self, stream: str, group: int) -> Floats:
        """Return the normal scores of the common draw of a group."""
        from scipy.special import ndtri

        key = (stream, group)
        if key not in self._shared:
            share = draws.stratified(self.seed, stream, str(group), self.count)
            self._shared[key] = np.asarray(ndtri(np.clip(share, 1e-9, 1 - 1e-9)), np.float64)
        return self._shared[key]


def draw(stock: Inventory, zone: str, *, seed: int, count: int, common: float) -> Drawn:
    """Draw what is not known of buildings.

    Parameters
    ----------
    stock : Inventory
        n buildings.
    zone : str
        Climate zone, ``H1`` to ``H3``.
    seed, count : int
        Seed of the run and number d of draws.
    common : float
        Part of the variance that buildings of one archetype share [-].

    Returns
    -------
    Drawn
    """
    dice = Dice(stock.ids, seed, count, common)
    area = stock.area[:, None]
    use = _use(stock, dice)
    period = _period(stock, use, dice)
    at = archetypes.ZONES.index(zone)
    middle = np.ones_like(use)

    def attribute(name: str, size: Whole) -> Floats:
        groups = period if name in BY_PERIOD else use
        prior = archetypes.priors()[name]
        place = (use, period, size, at)
        value, low, high = prior.value[place], prior.low[place], prior.high[place]
        share = dice.shared(name, groups)
        if name in stock.envelope:
            fact = stock.envelope[name][:, None]
            told = np.isfinite(fact)
            value = np.where(told, fact, value)
            low = np.where(told, fact * (1 - FACT_ERROR), low)
            high = np.where(told, fact * (1 + FACT_ERROR), high)
        if name in _BY_CLASS:
            share = _by_class(stock, name, share)
        return draws.between(share, value, low, high)

    height, floors, storey = _shape(stock, dice, attribute, middle)
    told = np.isfinite(stock.floor_area)[:, None]
    outline = np.where(told, 1.0, attribute("outline_share", middle))
    gross = np.where(told, np.nan_to_num(stock.floor_area)[:, None], area * floors * outline)
    size = archetypes.size_of(gross)
    values = {name: attribute(name, size) for name in ATTRIBUTES if name not in _SHAPED}
    values["floor_height"], values["outline_share"] = storey, outline
    cooled = dice.own("cooled") < archetypes.priors()["cooled_share"].value[use, period, size, at]
    system = _system(stock, use, period, dice)
    efficiency = np.ones(use.shape)
    for part in systems.PARTS:
        bounds = np.array([item.efficiency[part] for item in systems.systems()])[system]
        share = dice.shared(part, system)
        efficiency *= draws.between(share, bounds[..., 0], bounds[..., 1], bounds[..., 2])
    share = dice.shared("distribution", system)
    return Drawn(
        use,
        period,
        size,
        system,
        height,
        floors,
        gross,
        cooled,
        values,
        efficiency,
        efficiency * draws.between(share, 0.85, 0.7, 0.95),
    )


def _pick(share: Floats, weights: dict[int, float]) -> Whole:
    """Return the item that a uniform draw picks."""
    edges = np.cumsum(list(weights.values()))
    found = np.searchsorted(edges / edges[-1], share, side="right")
    return np.array(list(weights), dtype=np.int64)[np.minimum(found, len(weights) - 1)]


def _use(stock: Inventory, dice: Dice) -> Whole:
    own = dice.own("use")
    out = np.repeat(stock.use[:, None], dice.count, axis=1)
    groups = archetypes.use_group(stock.area, stock.height)
    for group in np.unique(groups[stock.use < 0].astype(str)):
        rows = (stock.use < 0) & (groups == group)
        weights = {
            archetypes.use_number(key): share
            for key, share in archetypes.shares("use", group).items()
        }
        out[rows] = _pick(own[rows], weights)
    return out


def _group(use: Whole) -> Whole:
    """Return 0 for a house, 1 for flats, 2 for the others."""
    house, flats = (archetypes.use_number(key) for key in ("house", "flats"))
    return np.where(use == house, 0, np.where(use == flats, 1, 2))


def _period(stock: Inventory, use: Whole, dice: Dice) -> Whole:
    told = archetypes.period_of(stock.year)
    own = dice.own("period")
    out = np.repeat(told[:, None], dice.count, axis=1)
    unknown = out < 0
    for group, members in (("dwelling", _group(use) < 2), ("other", _group(use) == 2)):
        found = archetypes.shares("period", group)
        weights = {archetypes.PERIODS.index(key): share for key, share in found.items()}
        rows = unknown & members
        out[rows] = _pick(own[rows], weights)
    return out


def _system(stock: Inventory, use: Whole, period: Whole, dice: Dice) -> Whole:
    """Return the heating system: of the carrier told, else as often as the stock has them."""
    known = systems.systems()
    own = dice.own("system")
    recent = period >= archetypes.PERIODS.index("2013_2021")
    out = np.zeros(use.shape, dtype=np.int64)
    for g, group in enumerate(("house", "flats", "other")):
        for late, when in ((False, "before_2013"), (True, "from_2013")):
            found = archetypes.shares("system", f"{group}|{when}")
            members = (_group(use) == g) & (recent == late)
            for carrier in np.unique(stock.carrier.astype(str)):
                rows = members & (stock.carrier == carrier)[:, None]
                if not rows.any():
                    continue
                weights = {
                    number: found.get(item.key, 0.0) + (1e-9 if carrier else 0.0)
                    for number, item in enumerate(known)
                    if carrier in {"", item.carrier}
                }
                out[rows] = _pick(own[rows], weights)
    return out


def _by_class(stock: Inventory, name: str, share: Floats) -> Floats:
    """Return draws moved to where the energy class says that the envelope stands."""
    out = share.copy()
    told = np.zeros(len(stock), dtype=bool)
    if name in stock.envelope:
        told = np.isfinite(stock.envelope[name])
    for letter, (low, high) in _CLASS_RANGE.items():
        rows = (stock.energy_class == letter) & ~told
        out[rows] = low + (high - low) * share[rows]
    return np.minimum(out, 1.0 - 1e-12)


def _shape(
    stock: Inventory, dice: Dice, attribute: Callable[[str, Whole], Floats], size: Whole
) -> tuple[Floats, Floats, Floats]:
    """Return the height, the floors and the height of a storey of buildings.

    What is known holds; a missing height follows from floors and storey, missing floors from the
    height and the storey.
    """
    storey, guess = attribute("floor_height", size), attribute("floors", size)
    floors = np.broadcast_to(stock.floors[:, None], storey.shape)
    height = np.broadcast_to(stock.height[:, None], storey.shape)
    low, high = stock.height_low[:, None], stock.height_high[:, None]
    known = np.isfinite(height)
    drawn = draws.between(
        dice.own("height"),
        np.where(known, height, 1.0),
        np.where(known, low, 1.0),
        np.where(known, high, 1.0),
    )
    floors_told = np.isfinite(floors)
    within = np.where(known, drawn, 3.0) - attribute("attic", size)
    from_height = np.maximum(np.round(within / storey), 1.0)
    floors = np.where(
        floors_told, floors, np.where(known, from_height, np.maximum(np.round(guess), 1.0))
    )
    height = np.where(known, drawn, floors * storey)
    lofty = np.minimum(storey, height / np.maximum(floors, 1.0))
    return height, floors, np.maximum(np.where(known, lofty, storey), 2.0)
