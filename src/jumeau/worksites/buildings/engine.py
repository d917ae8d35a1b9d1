# SPDX-License-Identifier: EUPL-1.2
"""What a thermal model is given and what it answers: the one protocol of all models.

:mod:`~jumeau.worksites.buildings.columns` turns a table into a :class:`Stock`, every value SI;
:mod:`~jumeau.worksites.buildings.basis` turns weather and schedules into a :class:`Drive`, what
every building of one group sees; :func:`run` groups buildings, cuts the groups in chunks, hands
them to a :class:`Model` on threads and gathers an :class:`Outcome`. A model only knows one chunk.

Buildings of a chunk share their schedule, buildings of a *team* of ``TEAM`` their orientation and
glazing too, so that what varies by hour is a scalar for them. Teams are padded, and chunks to
whole blocks of ``LANES`` buildings: a building goes through the same operations whatever its
neighbours, hence the same bits for any grouping and any number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

LANES = 16
"""Buildings of a block, computed together; their float32 fill a line of the cache."""
TEAM = 8
"""Buildings of a block under the same sun."""
CHUNK = 256 * LANES
"""Most buildings of a task."""
OFF = 1e6
"""A set-point that is never reached: −OFF for heating, +OFF for cooling [°C]."""
AIR = 1005.0 * 1.2 / 3600.0
"""Heat of a flow of air of 1 m³/h [W/K], 1.2 kg/m³ and 1005 J/(kg·K)."""
FACADES = ("n", "e", "s", "w")
VECTORS = 9
"""Irradiance of a group: windows n e s w, opaque walls n e s w, roof."""
STATES = 8
"""Most kinds of hours of a schedule that differ by their air change."""
TERMS = ("solar", "internal", "heating", "cooling", "ventilation", "windows", "opaque", "stored")
"""Terms of the heat balance of the zone [Wh]: gains > 0, losses < 0; they add up to 0."""
SERIES = ("heating_kwh", "cooling_kwh", "t_air_c", "t_operative_c")
"""Hourly series."""


@dataclass(frozen=True)
class Stock:
    """Buildings as arrays of one value a building, all SI.

    Parameters
    ----------
    floor_area, volume : (n,) arrays
        Conditioned floor [m²] and air [m³].
    window, wall : (n, 4) arrays
        Areas of windows and of opaque walls on the façades n, e, s, w [m²].
    window_u, wall_u, roof_u, ground_u : (n,) arrays
        Transmittances [W/(m²·K)].
    roof, ground : (n,) arrays
        Areas [m²].
    ground_factor : (n,) array
        Share of the outdoor temperature difference that the ground floor sees [-].
    extra_ua : (n,) array
        Opaque conductance given as a whole, thermal bridges among it [W/K].
    window_g, frame : (n,) arrays
        Solar transmittance at normal incidence, fixed shading included [-], share of the frame [-].
    wall_absorptance, roof_absorptance, emissivity : (n,) arrays
        Of outside surfaces [-].
    capacity : (n,) array
        Heat capacity of the zone [J/K].
    mass_area, inner_area, gain_area : (n,) arrays
        Effective area of the mass A_m, area of the inner surfaces that exchange with the air,
        area A_t over which gains are shared [m²].
    inner_h : (n,) array
        Coefficient between inner surfaces and air h_is [W/(m²·K)].
    infiltration, ventilation, night : (n,) arrays
        Air changes always there, when occupied, at night [1/h], heat recovery taken off.
    gains : (n,) array
        Internal gains where the schedule says 1 [W].
    heat_set, heat_back, cool_set, cool_back : (n,) arrays
        Set-points where the schedule says 1 and 0 [°C]; ∓ ``OFF`` for none.
    heat_max, cool_max : (n,) arrays
        Greatest powers [W]; infinite for none.
    shading, roof_shading : (n, 4, 12), (n, 12) arrays
        Share of the sun that reaches façades and roof, by month [-].
    rotation : (n,) int array
        Azimuth of the façade n [° clockwise from north], a multiple of ``basis.STEP``.
    glazing, schedule : (n,) int arrays
        Rows of the angle polynomials and of the schedules.
    """

    floor_area: Floats
    volume: Floats
    window: Floats
    wall: Floats
    window_u: Floats
    wall_u: Floats
    roof: Floats
    roof_u: Floats
    ground: Floats
    ground_u: Floats
    ground_factor: Floats
    extra_ua: Floats
    window_g: Floats
    frame: Floats
    wall_absorptance: Floats
    roof_absorptance: Floats
    emissivity: Floats
    capacity: Floats
    mass_area: Floats
    inner_area: Floats
    gain_area: Floats
    inner_h: Floats
    infiltration: Floats
    ventilation: Floats
    night: Floats
    gains: Floats
    heat_set: Floats
    heat_back: Floats
    cool_set: Floats
    cool_back: Floats
    heat_max: Floats
    cool_max: Floats
    shading: Floats
    roof_shading: Floats
    rotation: Whole
    glazing: Whole
    schedule: Whole

    def __len__(self) -> int:
        return len(self.floor_area)

    def take(self, rows: Whole) -> Stock:
        """Return some of the buildings, contiguous."""
        return Stock(**{f.name: _take(getattr(self, f.name), rows) for f in fields(self)})


def _take(values: Any, rows: Whole) -> Any:
    """Return some rows, without a copy of months that are all the same."""
    if values.ndim == 1 or values.strides[-1]:
        return values.take(rows, axis=0)
    return np.broadcast_to(values[..., :1].take(rows, axis=0), (len(rows), *values.shape[1:]))


class Suns(NamedTuple):
    """Irradiance of the orientations and glazings of a stock.

    Parameters
    ----------
    sun : (k, h, VECTORS) array
        As in :class:`Drive` [W/m²].
    sunlit : (h,) uint8 array
        Whether some of ``sun`` may not be 0.
    by_month : (k, 12, VECTORS) array
        Sums by month [Wh/m²].
    warm : (k, VECTORS) array
        Means of the hours of the warm-up [W/m²].
    teams : (n / TEAM,) int64 array
        Which of the k every team of a chunk sees.
    """

    sun: Floats
    sunlit: NDArray[np.uint8]
    by_month: Floats
    warm: Floats
    teams: Whole

    def lanes(self) -> Whole:
        """Return which of the k every building of the chunk sees, (n,)."""
        return np.repeat(self.teams, TEAM)


class Series(NamedTuple):
    """Where the hourly series of a chunk go.

    Parameters
    ----------
    rows : (n,) int64 array
        Row of each building in the series, −1 for none; of no length without series.
    hours : int
        Hours h.
    heating, cooling, air, operative : (all, w) float32 arrays
        ``SERIES``, each row at the beginning of a line of the cache, w ≥ h.
    """

    rows: Whole
    hours: int
    heating: NDArray[np.float32]
    cooling: NDArray[np.float32]
    air: NDArray[np.float32]
    operative: NDArray[np.float32]


class Drive(NamedTuple):
    """What every building of one group sees, hour by hour.

    Parameters
    ----------
    outside : (h,) array
        Air temperature [°C].
    sky : (h,) array
        Air temperature less sky temperature [K].
    sun : (h, VECTORS) array
        Irradiance [W/m²]: on windows n e s w with the angle polynomial on the beam, on opaque
        walls n e s w, on the roof.
    sunlit : (h,) uint8 array
        Whether some of ``sun`` may not be 0.
    sun_month : (12, VECTORS) array
        Sums of ``sun`` by month [Wh/m²].
    month : (h,) int64 array
        0 to 11.
    heat, cool : (h, 2) arrays
        Share of the set-point against the set-back when the hour begins and ends [-].
    occupancy : (h,) array
        Share of the internal gains [-].
    present : (h,) uint8 array
        Whether discomfort counts.
    state : (h,) int64 array
        Row of ``air``.
    air : (states, 3) array, of at most ``STATES`` rows
        Factors of infiltration, ventilation and night ventilation [-].
    order : (k + h,) int64 array
        Hours in the order of the computation: the k of the warm-up, then 0 to h − 1.
    warm : int
        Number k of hours of the warm-up.
    level : (h,) int64 array
        Row of ``levels``.
    levels : (l,) int64 array
        First hour of each kind of hours that differ by their sky, state, occupancy or set-points.
    ramp : (h,) uint8 array
        Whether a set-point changes within the hour.
    periods : (p, 2) int64 array
        First hour of periods of one month and the one after their last, those of the warm-up
        first.
    """

    outside: Floats
    sky: Floats
    sun: Floats
    sunlit: NDArray[np.uint8]
    sun_month: Floats
    month: Whole
    heat: Floats
    cool: Floats
    occupancy: Floats
    present: NDArray[np.uint8]
    state: Whole
    air: Floats
    order: Whole
    warm: int
    level: Whole
    levels: Whole
    ramp: NDArray[np.uint8]
    periods: Whole


@dataclass(frozen=True)
class Outcome:
    """Answers, one row a building.

    Parameters
    ----------
    heating, cooling : (n, 12) arrays
        Heat brought and taken by month [Wh], both ≥ 0.
    heating_peak, cooling_peak : (n,) arrays
        Greatest hourly mean powers [W].
    t_min, t_max, t_mean : (n,) arrays
        Hourly air temperatures [°C].
    warm_26, warm_28 : (n,) arrays
        Occupied hours above 26 and 28 °C of operative temperature [h].
    balance : (n, len(TERMS)) array
        Heat balance [Wh].
    series : dict of str to (n, h) float32 arrays
        ``SERIES`` when asked, else empty.
    """

    heating: Floats
    cooling: Floats
    heating_peak: Floats
    cooling_peak: Floats
    t_min: Floats
    t_max: Floats
    t_mean: Floats
    warm_26: Floats
    warm_28: Floats
    balance: Floats
    series: dict[str, NDArray[np.float32]]

    @staticmethod
    def empty(n: int, series: dict[str, NDArray[np.float32]] | None = None) -> Outcome:
        """Return an outcome of ``n`` buildings, not yet filled."""
        heat, cool, t_min, t_max, t_mean, warm_26, warm_28 = np.zeros((7, n))
        return Outcome(
            heating=np.zeros((n, 12)),
            cooling=np.zeros((n, 12)),
            heating_peak=heat,
            cooling_peak=cool,
            t_min=t_min,
            t_max=t_max,
            t_mean=t_mean,
            warm_26=warm_26,
            warm_28=warm_28,
            balance=np.zeros((n, len(TERMS))),
            series=series or {},
        )

    def put(self, rows: Whole, part: Outcome) -> None:
        """Store the rows of a part, but those that pad it, of row −1; not its series."""
        kept = np.flatnonzero(rows >= 0)
        for f in fields(self):
            if f.name != "series":
                getattr(self, f.name)[rows[kept]] = getattr(part, f.name)[kept]


def lines(n: int, hours: int) -> NDArray[np.float32]:
    """Return rows for n series, not yet filled, each at the beginning of a line of the cache."""
    wide = -(-hours // LANES) * LANES
    room = np.empty((n + 1) * wide, np.float32)
    begin = -room.ctypes.data // room.itemsize % LANES
    return room[begin : begin + n * wide].reshape(n, wide)


class Model(Protocol):
    """A thermal model; it is called from several threads at once."""

    name: str

    def run(self, stock: Stock, drive: Drive, suns: Suns, out: Outcome, series: Series) -> None:
        """Compute one chunk, whose length is a multiple of ``LANES``, and fill ``out``.

        Hourly series are wanted when ``series.rows`` is not empty. The sun of ``drive`` is not
        looked at: that of each team is in ``suns``.
        """


class Drives(Protocol):
    """Weather and schedules, ready for the groups of a stock."""

    hours: int

    def drive(self, rotation: int, glazing: int, schedule: int) -> Drive:
        """Return what the buildings of one group see."""

    def suns(self, pairs: Sequence[tuple[int, int]]) -> Suns:
        """Return the irradiance of each rotation and glazing, with no team yet."""


def run(model: Model, stock: Stock, drives: Drives, hourly: bool, threads: int | None) -> Outcome:
    """Compute a stock with a model, hour by hour.

    Parameters
    ----------
    model : Model
        The thermal model.
    stock : Stock
        n buildings.
    drives : Drives
        Weather and schedules of h hours.
    hourly : bool
        Whether to keep the series.
    threads : int, optional
        Threads; those of the machine by default. The answer does not depend on them.

    Returns
    -------
    Outcome
        In the order of the stock.
    """
    count = threads or os.cpu_count() or 1
    rows = [lines(len(stock) if hourly else 0, drives.hours) for _ in SERIES]
    kept = {name: row[:, : drives.hours] for name, row in zip(SERIES, rows, strict=True)}
    out = Outcome.empty(len(stock), kept if hourly else None)

    def compute(task: tuple[Drive, Suns, Whole, Whole]) -> None:
        drive, suns, taken, into = task
        part = Outcome.empty(len(taken))
        series = Series(into if hourly else into[:0], drives.hours, *rows)
        model.run(stock.take(taken), drive, suns, part, series)
        out.put(into, part)

    tasks = _tasks(stock, drives)
    if count == 1:
        for task in tasks:
            compute(task)
        return out
    with ThreadPoolExecutor(count) as pool:
        for _ in pool.map(compute, tasks):
            pass
    return out


def _tasks(stock: Stock, drives: Drives) -> Iterator[tuple[Drive, Suns, Whole, Whole]]:
    """Cut a stock in chunks of one schedule each: rows to compute, rows to fill, −1 for none."""
    if not len(stock):
        return
    keys = np.stack([stock.schedule, stock.rotation, stock.glazing])
    order = np.lexsort(keys[::-1])
    ordered = keys[:, order]
    edges = np.flatnonzero((ordered[:, 1:] != ordered[:, :-1]).any(axis=0)) + 1
    groups = np.split(order, edges)
    firsts = (tuple(keys[:, rows[0]].tolist()) for rows in groups)
    heads = [(schedule, (rotation, glazing)) for schedule, rotation, glazing in firsts]
    pairs = sorted({pair for _, pair in heads})
    place = {pair: k for k, pair in enumerate(pairs)}
    suns = drives.suns(pairs)
    for schedule in sorted({head[0] for head in heads}):
        mine = [k for k, head in enumerate(heads) if head[0] == schedule]
        drive = drives.drive(*heads[mine[0]][1], schedule)
        taken, into, teams = [], [], []
        for k in mine:
            rows = groups[k]
            pad = -len(rows) % TEAM
            taken += [rows, np.repeat(rows[-1:], pad)]
            into += [rows, np.full(pad, -1)]
            teams.append(np.full((len(rows) + pad) // TEAM, place[heads[k][1]]))
        pad = -sum(map(len, taken)) % LANES
        lanes = np.concatenate([*taken, np.repeat(taken[-2][-1:], pad)])
        filled = np.concatenate([*into, np.full(pad, -1)])
        seen = np.concatenate([*teams, np.repeat(teams[-1][-1:], pad // TEAM)])
        pieces = -(-len(lanes) // CHUNK)
        size = -(-len(lanes) // (pieces * LANES)) * LANES
        for first in range(0, len(lanes), size):
            chunk = slice(first, first + size)
            team = seen[first // TEAM : (first + size) // TEAM]
            yield drive, suns._replace(teams=team), lanes[chunk], filled[chunk]


def window_conductance(stock: Stock) -> Floats:
    """Return U·A of the windows, (n,) [W/K]."""
    total: Floats = stock.window_u * stock.window.sum(axis=1)
    return total


def opaque_conductance(stock: Stock) -> Floats:
    """Return U·A of walls, roof, ground and bridges, (n,) [W/K]."""
    total: Floats = (
        stock.wall_u * stock.wall.sum(axis=1)
        + stock.roof_u * stock.roof
        + stock.ground_factor * stock.ground_u * stock.ground
        + stock.extra_ua
    )
    return total


def air_conductance(stock: Stock, air: Floats) -> Floats:
    """Return the conductance of the air change in each state, (states, n) [W/K]."""
    changes = air @ np.stack([stock.infiltration, stock.ventilation, stock.night])
    total: Floats = AIR * stock.volume * changes
    return total


R_SE = 0.04
"""Outside surface resistance [m²·K/W] (ISO 6946)."""


def apertures(stock: Stock) -> Floats:
    """Return the area that turns each irradiance into heat by month, (12, VECTORS, n) [m²].

    Windows A·g·(1 − F_frame)·F_sh, opaque parts A·α·U·R_se·F_sh (ISO 13790, 11.3). Months that
    are all the same are not copied: the first stride is 0.
    """
    alike = not (stock.shading.strides[-1] or stock.roof_shading.strides[-1])
    months = 1 if alike else 12
    out = np.empty((months, VECTORS, len(stock)))
    glass = stock.window * (stock.window_g * (1.0 - stock.frame))[:, None]
    wall = stock.wall * (stock.wall_absorptance * stock.wall_u * R_SE)[:, None]
    roof = stock.roof * stock.roof_absorptance * stock.roof_u * R_SE
    for month in range(months):
        out[month, :4] = (glass * stock.shading[:, :, month]).T
        out[month, 4:8] = (wall * stock.shading[:, :, month]).T
        out[month, 8] = roof * stock.roof_shading[:, month]
    return np.broadcast_to(out, (12, *out.shape[1:]))


def sky_loss(stock: Stock) -> tuple[Floats, Floats]:
    """Return the heat lost to the sky per kelvin by windows and by opaque parts, (n,) [W/K].

    F_sky·h_r·R_se·U·A with h_r = 5ε W/(m²·K), F_sky 0.5 for façades and 1 for roofs (ISO 13790,
    11.3.5 and 11.4.6).
    """
    radiative = 5.0 * stock.emissivity * R_SE
    walls = 0.5 * stock.wall_u * stock.wall.sum(axis=1) + stock.roof_u * stock.roof
    return 0.5 * radiative * window_conductance(stock), radiative * walls
