# SPDX-License-Identifier: EUPL-1.2
"""Legends of raster layers: their colours (:mod:`jumeau.base.colours`) with words and units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.colours import Scale, even_classes, scale
from jumeau.interop import mosaic
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.interop.served import View
    from jumeau.twin.territory import Territory


class Legend(NamedTuple):
    """How a raster layer is coloured and named.

    Parameters
    ----------
    layer, unit, label : str
        Layer, its unit and its name for people.
    scale : Scale
        Class limits and their colours.
    """

    layer: str
    unit: str
    label: str
    scale: Scale

    @property
    def classes(self) -> tuple[float, ...]:
        """Limits of the classes."""
        return self.scale.classes

    @property
    def colors(self) -> tuple[str, ...]:
        """Colour of each class."""
        return self.scale.colors

    @property
    def hidden_below(self) -> bool:
        """Whether values under the first limit are transparent."""
        return self.scale.hidden_below

    def classify(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the class of each value, from 1; 0 where nothing is drawn."""
        return self.scale.classify(values)


def legend(view: View, layer: str, lang: str) -> Legend:
    """Return the legend of a raster layer.

    Parameters
    ----------
    view : View
        Territory at one version.
    layer : str
        Raster layer.
    lang : str
        ``"fr"`` or ``"en"``.
    """
    described = schema.layer(layer)
    found = scale(
        layer, lambda: view.remember(f"classes of {layer}", lambda: _from_values(view, layer))
    )
    label = described.label_fr if lang == "fr" else described.label_en
    return Legend(layer, described.unit, label, found)


def _from_values(view: View, layer: str) -> tuple[float, ...]:
    wide = mosaic.find(view.served.live.path, view.territory.raster(layer), math.inf)
    return value_classes(view.territory, layer) if wide is None else _classes(wide.values)


def value_classes(territory: Territory, layer: str) -> tuple[float, ...]:
    """Return classes that cover the middle 96 % of the values of a layer.

    Parameters
    ----------
    territory : Territory
        At one version.
    layer : str
        Raster layer.
    """
    raster = territory.raster(layer)
    if raster.bounds is None:
        return (0.0,)
    west, south, east, north = raster.bounds
    coarse = max(1.0, max(east - west, north - south) / 1000)
    values, _ = raster.read(resolution=coarse)
    return _classes(values)


def _classes(values: NDArray[np.float32]) -> tuple[float, ...]:
    known = values[~np.isnan(values)]
    if not known.size:
        return (0.0,)
    low, high = np.percentile(known, [2, 98])
    return even_classes(float(low), float(high))
