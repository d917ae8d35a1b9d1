# SPDX-License-Identifier: EUPL-1.2
"""The print layout: A3 landscape with title, map, legend, scale bar, north and licence line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from jumeau.base.contract import Bounds
from jumeau.interop.qgis import tree
from jumeau.interop.qgis.markup import (
    add,
    identifier,
    not_evaluated,
    option,
    properties,
    rgba,
)
from jumeau.interop.qgis.symbols import area, fill, line, stroke
from jumeau.interop.qgis.vector import FONTS
from jumeau.interop.qgis.words import say

PAGE, MAP, LABEL, LEGEND, SCALE, PICTURE = 65638, 65639, 65641, 65642, 65646, 65640
"""Kinds of items, as QGIS numbers them."""
WIDTH, HEIGHT = 420.0, 297.0
FRAME = (10.0, 24.0, 310.0, 252.0)
"""The map on the page: left, top, width, height [mm]."""
NORTH = ":/images/north_arrows/layout_default_north_arrow.svg"
"""North arrow that QGIS carries within itself."""
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


class Place(NamedTuple):
    """Where an item is on the page: left, top, width, height [mm]."""

    left: float
    top: float
    width: float
    height: float


def layout(
    title: str, lines: Sequence[str], bounds: Bounds, held: Sequence[tree.Leaf | tree.Group]
) -> Element:
    """Return the ``Layout`` of a project.

    Parameters
    ----------
    title : str
        Title of the page.
    lines : sequence of str
        Lines under the map: version, licence, sources.
    bounds : Bounds
        What the map shows [m].
    held : sequence
        Tree of the layers: the legend holds those that show.
    """
    made = Element(
        "Layout",
        {"name": say("layout.name"), "units": "mm", "printResolution": "300", "worldFileMap": ""},
    )
    add(made, "Snapper", tolerance=5, snapToGrid=0, snapToGuides=1, snapToItems=1)
    add(made, "Grid", resolution=10, resUnits="mm", offsetX=0, offsetY=0, offsetUnits="mm")
    pages = add(made, "PageCollection")
    pages.append(fill(area("#ffffff")))
    pages.append(_item(PAGE, "page", Place(0, 0, WIDTH, HEIGHT)))
    add(pages, "GuideCollection", visible=1)
    shape = Place(*FRAME)
    extent = fitted(bounds, shape)
    made.append(_map(shape, extent))
    made.append(_text("title", title, Place(10, 8, 400, 12), 22))
    for index, text in enumerate(lines):
        height = 12 if index else 5
        made.append(_text(f"line {index}", text, Place(10, 278 + 5 * index, 400, height), 7))
    made.append(_legend(Place(326, 24, 84, 200), held))
    made.append(_scale(Place(326, 252, 84, 14), extent, shape))
    made.append(_north(Place(392, 228, 16, 20)))
    return made


def fitted(bounds: Bounds, shape: Place) -> Bounds:
    """Return the smallest bounds of the proportions of a frame that hold some bounds."""
    west, south, east, north = bounds
    width, height = max(east - west, 1.0), max(north - south, 1.0)
    unit = max(width / shape.width, height / shape.height)
    x, y = (west + east) / 2, (south + north) / 2
    across, up = unit * shape.width / 2, unit * shape.height / 2
    return (x - across, y - up, x + across, y + up)


def _item(kind: int, name: str, place: Place, **attributes: object) -> Element:
    key = identifier("layout", name)
    where = f"{place.left:g},{place.top:g},mm"
    made = Element(
        "LayoutItem",
        {
            "type": str(kind), "uuid": key, "templateUuid": key, "id": name,
            "position": where, "positionOnPage": where,
            "size": f"{place.width:g},{place.height:g},mm", "referencePoint": "0",
            "frame": "false", "background": "false", "visibility": "1", "opacity": "1",
            "blendMode": "0", "itemRotation": "0", "excludeFromExports": "0", "groupUuid": "",
            "positionLock": "false", "zValue": "1", "frameJoinStyle": "miter",
            "outlineWidthM": "0.2,mm",
            **{key.rstrip("_"): str(value) for key, value in attributes.items()},
        },
    )  # fmt: skip
    add(made, "FrameColor", red=134, green=143, blue=152, alpha=255)
    add(made, "BackgroundColor", red=255, green=255, blue=255, alpha=255)
    held = add(made, "LayoutObject")
    add(held, "dataDefinedProperties").append(properties())
    add(held, "customproperties").append(option({}))
    return made


def _map(place: Place, extent: Bounds) -> Element:
    made = _item(
        MAP, "map", place, frame="true", background="true", followPreset="false",
        followPresetName="", keepLayerSet="false", drawCanvasItems="true", mapRotation=0,
        mapFlags=0, labelMargin="0,mm", isTemporal=0,
    )  # fmt: skip
    west, south, east, north = (f"{edge:.3f}" for edge in extent)
    add(made, "Extent", xmin=west, ymin=south, xmax=east, ymax=north)
    add(made, "LayerSet")
    return made


def _text(name: str, text: str, place: Place, size: float) -> Element:
    made = _item(LABEL, name, place, labelText=not_evaluated(text), htmlState=0, halign=1,
                 valign=32, marginX=0, marginY=0, zValue=3)  # fmt: skip
    made.append(_style(size))
    return made


def _style(size: float) -> Element:
    made = Element("text-style")
    for name, value in (("fontFamily", FONTS[0]), ("fontSize", f"{size:g}"),
                        ("fontSizeUnit", "Point"), ("textColor", rgba("#17202a")),
                        ("textOpacity", 1), ("fontWeight", 50), ("namedStyle", "Regular"),
                        ("fontKerning", 1), ("multilineHeight", 1), ("blendMode", 0)):  # fmt: skip
        made.set(name, str(value))
    families = add(made, "families")
    for name in FONTS:
        add(families, "family", name=name)
    return made


def _legend(place: Place, held: Sequence[tree.Leaf | tree.Group]) -> Element:
    made = _item(
        LEGEND, "legend", place, title=say("layout.legend"), map_uuid=identifier("layout", "map"),
        resizeToContents=1, legendFilterByMap=1, legendFilterByAtlas=0, columnCount=1,
        columnSpace=2, splitLayer=1, equalColumnWidth=0, boxSpace=0, symbolWidth=6, symbolHeight=3,
        symbolAlignment=1, titleAlignment=1, lineSpacing=1, wmsLegendWidth=50, wmsLegendHeight=25,
        wrapChar="", fontColor="#17202a", rasterBorder=0, rasterBorderColor="0,0,0,255",
        rasterBorderWidth=0, minSymbolSize=0, maxSymbolSize=0, zValue=4,
    )  # fmt: skip
    styles = add(made, "styles")
    for name, size, top in (("title", 12, 0), ("group", 9.5, 3), ("subgroup", 8.5, 1.5),
                            ("symbol", 7.5, 1), ("symbolLabel", 7.5, 1.5)):  # fmt: skip
        style = add(styles, "style", name=name, alignment=1, indent=0, marginTop=top)
        if name == "symbolLabel":
            style.set("marginLeft", "1.5")
        style.append(_style(size))
    made.append(tree.root(_visible(held), ordered=False, legend=True))
    return made


def _visible(held: Sequence[tree.Leaf | tree.Group]) -> list[tree.Leaf | tree.Group]:
    """Return a tree without what does not show."""
    found: list[tree.Leaf | tree.Group] = []
    for item in held:
        if not item.visible:
            continue
        if isinstance(item, tree.Leaf):
            found.append(item)
        elif item.exclusive:  # its one layer says what it is
            found += _visible(item.inside)
        elif inside := _visible(item.inside):
            found.append(tree.Group(item.title, True, False, inside))
    return found


def _scale(place: Place, extent: Bounds, shape: Place) -> Element:
    """Return a scale bar of two segments of a round length, about 25 mm each."""
    metres = (extent[2] - extent[0]) / shape.width
    length = max((step for step in STEPS if step <= metres * 32), default=1)
    kilometres = length >= 1000
    made = _item(
        SCALE, "scale", place, style="Single Box", unitType="km" if kilometres else
        "meters", unitLabel="km" if kilometres else "m", numSegments=2, numSegmentsLeft=0,
        numUnitsPerSegment=length / 1000 if kilometres else length, numMapUnitsPerScaleBarUnit=1,
        segmentSizeMode=1, segmentMillimeters=30, minBarWidth=20, maxBarWidth=30, height=2.5,
        labelBarSpace=1.5, boxContentSpace=0, alignment=0, mapUuid=identifier("layout", "map"),
        labelVerticalPlacement=0, labelHorizontalPlacement=0, subdivisionsHeight=1.5,
        numSubdivisions=1, lineJoinStyle="miter", lineCapStyle="square", outlineWidth=0.2,
        zValue=5,
    )  # fmt: skip
    made.append(_style(8))
    for tag, grey in (("fillColor", 0), ("fillColor2", 255), ("strokeColor", 0)):
        add(made, tag, red=grey, green=grey, blue=grey, alpha=255)
    for tag in ("lineSymbol", "divisionLineSymbol", "subdivisionLineSymbol"):
        add(made, tag).append(line(stroke("#17202a", 0.2)))
    for tag, color in (("fillSymbol1", "#17202a"), ("fillSymbol2", "#ffffff")):
        add(made, tag).append(fill(area(color)))
    return made


def _north(place: Place) -> Element:
    return _item(
        PICTURE, "north", place, file=NORTH, mode=0, resizeMode=0, pictureRotation=0, northMode=0,
        northOffset=0, anchorPoint=4, pictureWidth=0, pictureHeight=0, svgBorderColor=rgba(
            "#17202a"), svgFillColor=rgba("#17202a"), svgBorderWidth=0.2,
        mapUuid=identifier("layout", "map"), zValue=6,
    )  # fmt: skip
