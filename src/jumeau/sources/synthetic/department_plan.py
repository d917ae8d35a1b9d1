# SPDX-License-Identifier: EUPL-1.2
"""Plan of a synthetic département: a parcel of ground for each commune, its bourg, its hamlets.

Ground is shared out by cutting a rectangle again and again in two, first between EPCIs, then
between the communes of each, in proportion to the ground that each needs; one smooth warp of the
plane then bends every limit, so that outlines fit one another without gap nor overlap. Streets are
the edges of small lattices, the nearest to the middle first; buildings and lamps stand along them,
as many as the population wants. Everything is drawn on arrays and follows from the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP = 100.0
"""Side of the lattices of streets, and step of the limits [m]."""
PER_EDGE = 8
"""Buildings along one street of a lattice, both sides."""
FRONTED = 0.56
"""Share of a street that buildings front on: its ends are kept clear."""
PER_CABINET = 45
"""Lamps that a cabinet feeds, about."""
_WAVES = ((9000.0, 480.0), (2600.0, 70.0))
"""Wavelength and amplitude of the warp [m]: its slope stays below 0.6, so it never folds."""
_HAMLET = (3, 12)
"""Least and most streets of a hamlet."""
_MARGIN = 250.0
"""Ground kept between a bourg and a hamlet [m]."""


class Box(NamedTuple):
    """A rectangle of the plan, before the warp [m]."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float

    @property
    def area(self) -> float:
        """Area [m²]."""
        return (self.xmax - self.xmin) * (self.ymax - self.ymin)


@dataclass(frozen=True)
class Warp:
    """A smooth bend of the plane about a centre, the same for every shape.

    Parameters
    ----------
    x, y : float
        Centre, in the territory's CRS [m].
    phase : (2, 2, 2) array
        Phases of the waves [rad].
    """

    x: float
    y: float
    phase: NDArray[np.float64]

    def __call__(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return places of the plan in the territory's CRS [m]."""
        east, north = np.array(x, np.float64), np.array(y, np.float64)
        for (length, amplitude), phase in zip(_WAVES, self.phase, strict=True):
            k = 2 * np.pi / length
            east = east + amplitude * np.sin(k * y + phase[0, 0]) * np.cos(k * x / 2 + phase[0, 1])
            north = north + amplitude * np.sin(k * x + phase[1, 0]) * np.cos(
                k * y / 2 + phase[1, 1]
            )
        return east + self.x, north + self.y


@dataclass(frozen=True)
class Edges:
    """Streets of the lattices; arrays of m, commune by commune and outwards in each.

    Parameters
    ----------
    commune : (m,) int array
        Commune of each.
    centre : (m, 2) array
        Middle of its bourg or hamlet [m, CRS].
    ends : (m, 2, 2) array
        Both ends [m, CRS].
    hamlet : (m,) bool array
        Whether it belongs to a hamlet.
    """

    commune: NDArray[np.int64]
    centre: NDArray[np.float64]
    ends: NDArray[np.float64]
    hamlet: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.commune)


class Along(NamedTuple):
    """Things that stand along streets; arrays of n."""

    edge: NDArray[np.int64]
    share: NDArray[np.float64]
    """Place along the street, from 0 to 1."""
    side: NDArray[np.int64]
    """+1 on its left, −1 on its right."""


def shared(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Share a whole number out in proportion to weights: largest remainders, sum exact."""
    if not weights.sum():
        weights = np.ones(len(weights))
    exact = total * weights / weights.sum()
    counts: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def needed(buildings: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the ground that the streets of communes take, with what surrounds them [m²]."""
    edges = np.ceil(buildings / PER_EDGE)
    return np.asarray(1.9 * (np.sqrt(edges / 2) * STEP + 3 * STEP) ** 2)


def parcels(
    area: float, groups: Sequence[Sequence[int]], weights: NDArray[np.float64]
) -> dict[int, Box]:
    """Share a rectangle out among communes, those of a group side by side.

    Parameters
    ----------
    area : float
        Ground to share out [m²].
    groups : sequence of sequence of int
        Communes of each EPCI.
    weights : (n,) array
        Ground wanted by each commune.

    Returns
    -------
    dict
        {commune: its rectangle}, corners on multiples of :data:`STEP`, centred on (0, 0).
    """
    height = round(np.sqrt(area * 1.25) / STEP) * STEP
    width = max(round(area / height / STEP), 1) * STEP
    west, south = -round(width / 2 / STEP) * STEP, -round(height / 2 / STEP) * STEP
    whole = Box(west, south, west + width, south + height)
    sums = np.array([weights[list(group)].sum() for group in groups])
    boxes: dict[int, Box] = {}
    for number, box in _cut(whole, list(range(len(groups))), sums).items():
        boxes |= _cut(box, list(groups[number]), weights)
    return boxes


def _cut(box: Box, items: list[int], weights: NDArray[np.float64]) -> dict[int, Box]:
    """Cut a rectangle across its longer side until each item has its own."""
    if len(items) == 1:
        return {items[0]: box}
    sums = np.cumsum(weights[items])
    half = int(np.clip(np.searchsorted(sums, sums[-1] / 2) + 1, 1, len(items) - 1))
    if half > 1 and abs(sums[half - 2] - sums[-1] / 2) < abs(sums[half - 1] - sums[-1] / 2):
        half -= 1
    share = sums[half - 1] / sums[-1]
    wide = box.xmax - box.xmin >= box.ymax - box.ymin
    low, high = (box.xmin, box.xmax) if wide else (box.ymin, box.ymax)
    steps = round((high - low) / STEP)
    at = low + STEP * int(np.clip(round(share * steps), 1, max(steps - 1, 1)))
    if wide:
        parts = box._replace(xmax=at), box._replace(xmin=at)
    else:
        parts = box._replace(ymax=at), box._replace(ymin=at)
    return _cut(parts[0], items[:half], weights) | _cut(parts[1], items[half:], weights)


def outline(box: Box, warp: Warp) -> NDArray[np.float64]:
    """Return the closed ring of a rectangle bent by the warp, a vertex each :data:`STEP`."""
    x = np.arange(box.xmin, box.xmax, STEP)
    y = np.arange(box.ymin, box.ymax, STEP)
    ring_x = np.concatenate(
        [x, np.full(y.size, box.xmax), x[::-1] + STEP, np.full(y.size, box.xmin)]
    )
    ring_y = np.concatenate(
        [np.full(x.size, box.ymin), y, np.full(x.size, box.ymax), y[::-1] + STEP]
    )
    east, north = warp(np.append(ring_x, ring_x[0]), np.append(ring_y, ring_y[0]))
    return np.asarray(np.round(np.column_stack([east, north]), 2), np.float64)


def streets(
    boxes: dict[int, Box], buildings: NDArray[np.int64], warp: Warp, rng: np.random.Generator
) -> Edges:
    """Draw the streets of bourgs and hamlets, enough for the buildings of each commune.

    Parameters
    ----------
    boxes : dict
        {commune: rectangle}.
    buildings : (n,) int array
        Buildings of each commune.
    warp : Warp
        Bend of the plane.
    rng : numpy Generator
        Draws.
    """
    parts: list[tuple[int, bool, tuple[float, float], NDArray[np.float64]]] = []
    for commune in range(len(buildings)):
        wanted = int(np.ceil(buildings[commune] / PER_EDGE))
        for hamlet, middle, count in _settlements(boxes[commune], wanted, rng):
            parts.append((commune, hamlet, middle, _lattice(count, rng) + np.asarray(middle)))
    sizes = [len(part[3]) for part in parts]
    ends: NDArray[np.float64] = np.concatenate([part[3] for part in parts])
    middles = np.array([part[2] for part in parts], np.float64).reshape(-1, 2)
    middles = np.repeat(middles, sizes, axis=0)
    x, y = warp(ends[..., 0], ends[..., 1])
    centre = np.column_stack(warp(middles[:, 0], middles[:, 1]))
    return Edges(
        commune=np.repeat(np.array([commune for commune, *_ in parts]), sizes),
        centre=centre,
        ends=np.asarray(np.round(np.stack([x, y], axis=-1), 2), np.float64),
        hamlet=np.repeat(np.array([hamlet for _, hamlet, *_ in parts]), sizes),
    )


def _settlements(
    box: Box, edges: int, rng: np.random.Generator
) -> list[tuple[bool, tuple[float, float], int]]:
    """Return the bourg and the hamlets of a commune: (hamlet?, middle, number of streets)."""
    middle = ((box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2)
    scattered = min(round(edges * 0.45), 180)
    reach = np.sqrt((edges - scattered) / 2 / np.pi) * STEP * 1.3 + STEP
    places = _places(box, middle, reach + _MARGIN, rng)
    hamlets: list[tuple[bool, tuple[float, float], int]] = []
    for place in places:
        if scattered < _HAMLET[0]:
            break
        count = min(int(rng.integers(_HAMLET[0], _HAMLET[1] + 1)), scattered)
        hamlets.append((True, place, count))
        scattered -= count
    core = edges - sum(count for *_, count in hamlets)
    return [(False, middle, core), *hamlets] if core else hamlets


def _places(
    box: Box, middle: tuple[float, float], clear: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Return places for hamlets, apart from one another, from the limits and from the bourg."""
    apart, edge = 800.0, 350.0
    x = np.arange(box.xmin + edge, box.xmax - edge, apart)
    y = np.arange(box.ymin + edge, box.ymax - edge, apart)
    if not x.size or not y.size:
        return []
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    grid = grid + rng.uniform(-90, 90, grid.shape)
    grid = grid[np.hypot(*(grid - np.array(middle)).T) > clear]
    rng.shuffle(grid)
    return [(float(east), float(north)) for east, north in grid]


def _lattice(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the ends of the streets of a lattice that are nearest to its middle, (count, 2, 2)."""
    half = int(np.ceil(np.sqrt(count / 2 / np.pi) * 1.15)) + 1
    steps = np.arange(-half, half + 1)
    nodes = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1) * STEP
    nodes = nodes + rng.uniform(-13, 13, nodes.shape)
    across = np.stack([nodes[:-1], nodes[1:]], axis=2).reshape(-1, 2, 2)
    along = np.stack([nodes[:, :-1], nodes[:, 1:]], axis=2).reshape(-1, 2, 2)
    edges = np.concatenate([across, along])
    far = np.hypot(*edges.mean(axis=1).T) + rng.uniform(0, 45, len(edges))
    chosen = edges[np.argsort(far, kind="stable")[:count]]
    angle = rng.uniform(0, np.pi / 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(chosen @ turn.T)


def houses(
    edges: Edges, buildings: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Along, NDArray[np.int64]]:
    """Place buildings along streets; return them and the commune of each."""
    edge, rank = _fill(edges, buildings, np.full(len(edges), PER_EDGE))
    slot = rank // 2
    share = (
        (slot + 0.5) / (PER_EDGE // 2) * FRONTED
        + (1 - FRONTED) / 2
        + rng.uniform(-0.008, 0.008, len(slot))
    )
    return Along(edge, share, 1 - 2 * (rank % 2)), edges.commune[edge]


def lamps(
    edges: Edges, counts: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Along, NDArray[np.int64]]:
    """Place lamps along streets, bourgs first; return them and the commune of each."""
    room = np.where(edges.hamlet, 3, 5)
    edge, rank = _fill(edges, counts, room)
    number = np.bincount(edge, minlength=len(edges))[edge]
    share = (rank + 0.5) / number + rng.normal(0, 0.01, len(edge))
    side = np.where(rng.random(len(edges)) < 0.5, 1, -1)[edge]
    return Along(edge, np.clip(share, 0, 1), side), edges.commune[edge]


def _fill(
    edges: Edges, counts: NDArray[np.int64], room: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Fill streets in order until each commune has its count; return (street, rank along it).

    Where the streets of a commune have not room enough, all take more, in proportion.
    """
    have = np.bincount(edges.commune, room, minlength=len(counts)).astype(np.int64)
    more = np.ceil(counts / np.maximum(have, 1)).astype(np.int64)
    room = room * np.maximum(more, 1)[edges.commune]
    before = np.cumsum(room) - room
    start = np.full(len(counts), -1, np.int64)
    first, where = np.unique(edges.commune, return_index=True)
    start[first] = before[where]
    taken = np.clip(counts[edges.commune] - (before - start[edges.commune]), 0, room)
    edge = np.repeat(np.arange(len(edges)), taken)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(taken) - taken, taken)
    return edge, rank


def positions(edges: Edges, along: Along, offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places of things along streets, at an offset from the axis, (n, 2) [m]."""
    start, vector = edges.ends[along.edge, 0], edges.ends[along.edge, 1] - edges.ends[along.edge, 0]
    unit = vector / np.maximum(np.hypot(*vector.T), 1e-9)[:, None]
    normal = np.column_stack([-unit[:, 1], unit[:, 0]])
    return np.asarray(
        start + vector * along.share[:, None] + normal * (along.side * offset)[:, None]
    )


def footprints(
    edges: Edges, along: Along, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rings of buildings that front on their street, (n, 7, 2), and their areas [m²].

    One in four has a wing at the back; the others are rectangles, two vertices of their rings
    lying on a side.
    """
    count = len(along.edge)
    vector = edges.ends[along.edge, 1] - edges.ends[along.edge, 0]
    length = np.maximum(np.hypot(*vector.T), 1e-9)
    pitch = FRONTED * length / (PER_EDGE // 2)
    front = pitch * rng.uniform(0.55, 0.86, count)
    depth, back = rng.uniform(7.5, 10.5, count), rng.uniform(4.5, 7.5, count)
    wing = np.where(rng.random(count) < 0.25, rng.uniform(2.0, 4.0, count), 0.0)
    cut = front * rng.uniform(0.35, 0.6, count)
    zero = np.zeros(count)
    u = np.stack([zero, front, front, cut, cut, zero, zero], axis=1) - front[:, None] / 2
    v = np.stack([zero, zero, depth, depth, depth + wing, depth + wing, zero], axis=1)
    middle = positions(edges, along, back)
    along_street = vector / length[:, None]
    away = np.column_stack([-along_street[:, 1], along_street[:, 0]]) * along.side[:, None]
    ring = (
        middle[:, None, :]
        + u[..., None] * along_street[:, None, :]
        + v[..., None] * away[:, None, :]
    )
    ring = np.round(ring, 2)
    ring[:, -1] = ring[:, 0]
    return ring, front * depth + cut * wing


def cabinets(
    edges: Edges, along: Along, xy: NDArray[np.float64], commune: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the cabinet of each lamp: about :data:`PER_CABINET` neighbours, never two communes."""
    centre = edges.centre[along.edge]
    angle = np.arctan2(xy[:, 1] - centre[:, 1], xy[:, 0] - centre[:, 0])
    order = np.lexsort((angle, centre[:, 1], centre[:, 0], commune))
    count = np.bincount(commune)
    rank = np.arange(len(order)) - (np.cumsum(count) - count)[commune[order]]
    feeding = np.maximum(np.round(count / PER_CABINET), 1).astype(np.int64)
    within = rank * feeding[commune[order]] // np.maximum(count[commune[order]], 1)
    before = np.cumsum(np.where(count > 0, feeding, 0)) - np.where(count > 0, feeding, 0)
    found = np.empty(len(order), np.int64)
    found[order] = before[commune[order]] + within
    return found


def relief(
    box: tuple[float, float, float, float], cell: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return altitudes of a rolling country with valleys, row 0 north, from −5 to 360 m.

    Spectral synthesis: white noise filtered in 1/f², valleys where a second field is near zero;
    values are then ranked onto a curve with more low ground than high.

    Parameters
    ----------
    box : tuple of 4 float
        (xmin, ymin, xmax, ymax), multiples of the cell apart [m].
    cell : float
        Cell size [m].
    rng : numpy Generator
        Draws.
    """
    from scipy import fft

    rows, columns = round((box[3] - box[1]) / cell), round((box[2] - box[0]) / cell)
    size = (fft.next_fast_len(rows, real=True), fft.next_fast_len(columns, real=True))
    fy = fft.fftfreq(size[0], cell)[:, None].astype(np.float32)
    fx = fft.rfftfreq(size[1], cell)[None, :].astype(np.float32)
    frequency = np.sqrt(fx * fx + fy * fy)

    def field(longest: float, slope: float, shortest: float) -> NDArray[np.float32]:
        noise = fft.rfft2(rng.standard_normal(size, dtype=np.float32))
        gain = (frequency**2 + np.float32(1 / longest) ** 2) ** np.float32(-slope / 2)
        gain *= np.exp(-((frequency * shortest) ** 2))
        made = fft.irfft2(noise * gain, size)[:rows, :columns]
        return np.asarray((made - made.mean()) / made.std(), dtype=np.float32)

    hills = field(25_000.0, 2.1, 120.0)
    valleys = np.exp(-((field(9_000.0, 2.6, 300.0) / np.float32(0.22)) ** 2))
    shape = hills - np.float32(0.55) * valleys
    span = np.float32(max(float(shape.max() - shape.min()), 1e-6))
    share = (shape - shape.min()) / span
    return np.asarray(-5.0 + 365.0 * share**1.3, dtype=np.float32)
