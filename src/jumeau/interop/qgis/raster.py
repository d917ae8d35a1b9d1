# SPDX-License-Identifier: EUPL-1.2
"""A raster layer of the project: classes and colours of its legend, or shaded relief."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from jumeau.base import i18n
from jumeau.base.colours import Scale
from jumeau.interop.qgis.markup import add, box, option, properties, within
from jumeau.interop.qgis.vector import About, metadata
from jumeau.interop.qgis.words import say

MULTIPLY = 6
"""QPainter's composition mode « multiply » as QGIS numbers blend modes."""
NORMAL = 0


class Look(NamedTuple):
    """How a raster lies over what is below it.

    Parameters
    ----------
    renderer : Element
        ``rasterrenderer``.
    blend : int
        Blend mode.
    smooth : bool
        Whether cells are interpolated when the map is closer than they are.
    """

    renderer: Element
    blend: int = NORMAL
    smooth: bool = False


def layer(about: About, source: str, look: Look) -> Element:
    """Return the ``maplayer`` of a raster.

    Parameters
    ----------
    about : About
        Name and metadata; its identifier is that of the layer.
    source : str
        Path of the file.
    look : Look
        How it is drawn.
    """
    made = Element(
        "maplayer",
        {
            "type": "raster",
            "styleCategories": "AllStyleCategories",
            "hasScaleBasedVisibilityFlag": "0",
            "minScale": "100000000",
            "maxScale": "0",
        },
    )
    if about.bounds:
        made.append(box("extent", about.bounds))
    add(made, "id", about.identifier)
    add(made, "datasource", source)
    add(made, "layername", about.title)
    made.append(within("srs", about.crs))
    made.append(metadata(about))
    add(made, "provider", "gdal")
    add(add(made, "noData"), "noDataList", bandNo=1, useSrcNoData=1)
    flags = add(made, "flags")
    for name, value in (("Identifiable", 1), ("Removable", 1), ("Searchable", 1), ("Private", 0)):
        add(flags, name, value)
    add(made, "customproperties").append(option({"identify/format": "Value"}))
    add(made, "pipe-data-defined-properties").append(properties())
    pipe = add(made, "pipe")
    method = "bilinear" if look.smooth else "nearestNeighbour"
    add(add(pipe, "provider"), "resampling", enabled="false", maxOversampling=2,
        zoomedInResamplingMethod=method, zoomedOutResamplingMethod=method)  # fmt: skip
    pipe.append(look.renderer)
    add(pipe, "brightnesscontrast", brightness=0, contrast=0, gamma=1)
    add(pipe, "huesaturation", saturation=0, grayscaleMode=0, invertColors=0, colorizeOn=0,
        colorizeRed=255, colorizeGreen=128, colorizeBlue=128, colorizeStrength=100)  # fmt: skip
    resampler = add(pipe, "rasterresampler", maxOversampling=2)
    if look.smooth:
        resampler.set("zoomedInResampler", "bilinear")
        resampler.set("zoomedOutResampler", "bilinear")
    add(pipe, "resamplingStage", "resamplingFilter")
    add(made, "blendMode", look.blend)
    return made


def _renderer(kind: str, **attributes: object) -> Element:
    held = {name: str(value) for name, value in attributes.items()}
    made = Element(
        "rasterrenderer", {"type": kind, "band": "1", "alphaBand": "-1", "nodataColor": "", **held}
    )
    origin = SubElement(made, "minMaxOrigin")
    for name, text in (("limits", "None"), ("extent", "WholeRaster"), ("statAccuracy", "Estimated"),
                       ("cumulativeCutLower", 0.02), ("cumulativeCutUpper", 0.98),
                       ("stdDevFactor", 2)):  # fmt: skip
        add(origin, name, text)
    return made


def classes(scale: Scale, unit: str, *, opacity: float = 1.0) -> Element:
    """Return a renderer by class of values, with the limits and colours of a legend.

    A class holds what lies above its lower limit, up to its upper one, which QGIS counts in it.

    Parameters
    ----------
    scale : Scale
        Limits and colours.
    unit : str
        Unit of the values.
    opacity : float
        Opacity of the layer.
    """
    limits = scale.classes
    made = _renderer(
        "singlebandpseudocolor", opacity=f"{opacity:g}", classificationMin=f"{limits[0]:g}",
        classificationMax=f"{limits[-1]:g}",
    )  # fmt: skip
    ramp = add(add(made, "rastershader"), "colorrampshader", colorRampType="DISCRETE",
               classificationMode=1, clip=0, minimumValue=f"{limits[0]:g}",
               maximumValue=f"{limits[-1]:g}", labelPrecision=6)  # fmt: skip
    tail = f" {i18n.unit(unit)}" if i18n.unit(unit) else ""
    if scale.hidden_below:
        text = say("below", limit=i18n.number(limits[0]) + tail)
        add(ramp, "item", value=f"{limits[0]:.9g}", color="#ffffff", alpha=0, label=text)
    for value, color, text in _steps(limits, scale.colors, tail):
        add(ramp, "item", value=value, color=color, alpha=255, label=text)
    return made


def _steps(limits: Sequence[float], colors: Sequence[str], tail: str) -> list[tuple[str, str, str]]:
    """Return (upper limit, colour, words) of each class."""
    found = []
    for index, color in enumerate(colors):
        low = i18n.number(limits[index])
        if index + 1 < len(limits):
            high = limits[index + 1]
            text = say("between", low=low, high=i18n.number(high) + tail)
            found.append((f"{high:.9g}", color, text))
        else:
            found.append(("inf", color, say("above", limit=low + tail)))
    return found


def shaded(*, exaggeration: float = 1.5) -> Element:
    """Return shaded relief lit from several sides."""
    return _renderer("hillshade", opacity="0.6", angle=45, azimuth=315,
                     zfactor=f"{exaggeration:g}", multidirection=1)  # fmt: skip
