# SPDX-License-Identifier: EUPL-1.2
"""What the sweep of the local-inertial solver is given: addresses, in the order of its fields."""

from __future__ import annotations

from typing import Any, NamedTuple

from jumeau.worksites.climate.machine import inlined, row, row_byte, row_whole


class Grid(NamedTuple):
    """Addresses of the first cell of each field, and sizes; strides are in bytes."""

    ny: int
    nx: int
    bed: int
    depth: int
    owed: int
    qx: int
    qy: int
    west: int
    north: int
    friction: int
    friction_stride: int
    deepest: int
    fastest: int
    arrival: int


class Weather(NamedTuple):
    """Rain and infiltration rates of a step: addresses, and strides (0: the same row again)."""

    rain: int
    rain_stride: int
    loss: int
    loss_stride: int
    losing: int


class Outside(NamedTuple):
    """Addresses of kinds (uint8), levels and √S/n (float32) of the outer faces."""

    kind_west: int
    kind_east: int
    kind_north: int
    kind_south: int
    level_west: int
    level_east: int
    level_north: int
    level_south: int
    normal_west: int
    normal_east: int
    normal_north: int
    normal_south: int


class Walls(NamedTuple):
    """Addresses of the crests, by row of face: of east faces, then of south faces.

    Crests of row j are those from ``start[j]`` to ``start[j + 1]`` (int64, as ``col``).
    """

    start_x: int
    col_x: int
    level_x: int
    start_y: int
    col_y: int
    level_y: int


class Pace(NamedTuple):
    """Time step in the forms that kernels use [s/m, m/s, s], and the time at its end [s]."""

    dtdx: Any
    gdtdx: Any
    dt: Any
    time: Any


class Rows(NamedTuple):
    """Addresses of the rows of scratch with which a row is closed.

    Parameters
    ----------
    x : address
        New discharges of its west and east faces, limited in place.
    north : address
        New discharges of its north faces, limited.
    south : address
        New discharges of its south faces, limited in place unless they are a seam's.
    share, share_after : address
        Shares of the outgoing discharges that the row and the one south of it allow.
    thick, squares, lanes : address
        Greater depths, squares of speeds, sums of infiltration.
    """

    x: int
    north: int
    south: int
    share: int
    share_after: int
    thick: int
    squares: int
    lanes: int


@inlined
def at(address: int, index: int) -> Any:
    """Return the float32 at an index from an address."""
    return row(address + 4 * index, 1)[0]


@inlined
def whole(address: int, index: int) -> Any:
    """Return the int64 at an index from an address."""
    return row_whole(address + 8 * index, 1)[0]


@inlined
def byte(address: int, index: int) -> Any:
    """Return the uint8 at an index from an address."""
    return row_byte(address + index, 1)[0]


@inlined
def put(address: int, index: int, value: Any) -> None:
    """Write a float32 at an index from an address."""
    row(address + 4 * index, 1)[0] = value
