# SPDX-License-Identifier: EUPL-1.2
"""Colours of raster layers: class limits, perceptually uniform ramps, classified values.

Limits come from the field spec of the worksite that writes the layer, else from
``legends.csv``. Colours are taken along a ramp of ``palettes.csv``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base import plugins

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = 9
"""Classes drawn from the values of a layer that declares none."""


class Scale(NamedTuple):
    """How values become colours.

    Parameters
    ----------
    classes : tuple of float
        Limits, increasing: colour i covers [classes[i], classes[i + 1]), the last one what is
        above.
    colors : tuple of str
        ``#rrggbb`` of each class.
    hidden_below : bool
        Whether values under the first limit are transparent, else they take the first colour.
    """

    classes: tuple[float, ...]
    colors: tuple[str, ...]
    hidden_below: bool

    def classify(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the class of each value, from 1; 0 where nothing is drawn."""
        limits = np.asarray(self.classes, dtype=np.float32)
        found = np.searchsorted(limits, values, side="right").astype(np.uint8)
        if not self.hidden_below:
            found = np.maximum(found, 1)
        found[np.isnan(values)] = 0
        return found


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _palettes() -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    found: dict[str, list[tuple[float, list[int]]]] = {}
    for row in _read("palettes.csv"):
        red_green_blue = list(bytes.fromhex(row["color"][1:]))
        found.setdefault(row["palette"], []).append((float(row["position"]), red_green_blue))
    return {
        name: (np.array([at for at, _ in stops]), np.array([color for _, color in stops], float))
        for name, stops in found.items()
    }


@cache
def _declared() -> dict[str, dict[str, str]]:
    return {row["layer"]: row for row in _read("legends.csv")}


@cache
def _specified() -> dict[str, tuple[tuple[float, ...], str]]:
    """Return layer → (classes, palette) of the field specs that give classes."""
    return {
        spec.name: (tuple(spec.classes), spec.palette)
        for worksite in plugins.load_all("jumeau.worksites").values()
        for spec in worksite.fields
        if spec.kind == "raster" and spec.classes
    }


def ramp(palette: str, count: int, start: float = 0.0, end: float = 1.0) -> tuple[str, ...]:
    """Return colours evenly spaced along a part of a palette.

    Parameters
    ----------
    palette : str
        Name in ``palettes.csv``; an unknown one is taken as ``viridis``.
    count : int
        Number of colours.
    start, end : float
        Part of the palette used, in [0, 1].
    """
    stops, colors = _palettes().get(palette) or _palettes()["viridis"]
    at = np.linspace(start, end, count) if count > 1 else np.array([(start + end) / 2])
    mixed = np.stack([np.interp(at, stops, colors[:, band]) for band in range(3)], axis=1)
    return tuple("#" + bytes(color).hex() for color in np.rint(mixed).astype(np.uint8))


def even_classes(low: float, high: float, most: int = CLASSES) -> tuple[float, ...]:
    """Return round limits that cover an interval with at most some classes.

    Parameters
    ----------
    low, high : float
        Interval.
    most : int
        Number of classes at most.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return (0.0,)
    span = max(high - low, 1e-9 * max(abs(low), abs(high), 1.0))
    power = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0):
        step = factor * power
        first = math.floor(low / step)
        count = max(1, math.ceil(high / step) - first)
        if count <= most:
            break
    digits = max(0, 2 - math.floor(math.log10(step)))
    return tuple(round((first + i) * step, digits) for i in range(count))


def scale(layer: str, otherwise: Callable[[], tuple[float, ...]] = lambda: (0.0,)) -> Scale:
    """Return how a layer is coloured.

    Parameters
    ----------
    layer : str
        Raster layer.
    otherwise : callable
        Gives the limits when the layer declares none; a single class by default.
    """
    own = _declared().get(layer, {})
    limits, palette = _specified().get(layer, ((), ""))
    palette = palette if palette in _palettes() else own.get("palette", "viridis")
    if not limits and own.get("classes"):
        limits = tuple(float(limit) for limit in own["classes"].split("|"))
    hidden = own.get("hidden_below", "yes" if limits else "no") == "yes"
    limits = limits or otherwise()
    colors = ramp(palette, len(limits), float(own.get("from") or 0), float(own.get("to") or 1))
    return Scale(limits, colors, hidden)
