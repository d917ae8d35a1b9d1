# SPDX-License-Identifier: EUPL-1.2
"""Symbols and renderers of QGIS: markers, lines, fills; single, by category, by class, by rule."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast
from xml.etree.ElementTree import Element, SubElement

from jumeau.base import i18n
from jumeau.interop.qgis import words
from jumeau.interop.qgis.markup import add, column, identifier, literal, option, properties, rgba

MISSING = "#c9cdd1"
"""Colour of what is not known."""
_COMMON = {"alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}


class Class(NamedTuple):
    """One class of a legend.

    Parameters
    ----------
    label : str
        Its words.
    symbol : Element
        Its symbol.
    value : object
        Code of a category, or (low, high) of a range.
    """

    label: str
    symbol: Element
    value: object


class Rule(NamedTuple):
    """A rule of a renderer: what it applies to, and how it is drawn.

    Parameters
    ----------
    label : str
        Its words in the legend.
    where : str
        Expression; ``ELSE`` for what no rule beside it takes; empty for everything.
    symbol : Element or None
        Symbol; ``None`` when only the rules inside draw.
    inside : sequence of Rule
        Rules that divide it.
    """

    label: str
    where: str
    symbol: Element | None = None
    inside: Sequence[Rule] = ()


def _limits(smallest: float = 0.0, largest: float = 0.0) -> str:
    """Return the bounds [mm] of a size on the ground, as QGIS writes them; 0 for none."""
    return f"3x:0,0,{int(smallest > 0)},{smallest:g},{int(largest > 0)},{largest:g}"


# -- symbols -----------------------------------------------------------------------------------
def symbol(kind: str, *layers: Element, alpha: float = 1.0) -> Element:
    """Return a symbol (``marker``, ``line`` or ``fill``) made of layers, the first one below."""
    made = Element("symbol", {"type": kind, "name": "", **_COMMON, "alpha": f"{alpha:g}"})
    made.append(_collection({}))
    made.extend(layers)
    return made


def _collection(expressions: Mapping[str, str]) -> Element:
    made = Element("data_defined_properties")
    made.append(properties(expressions))
    return made


def layer(
    name: str, settings: Mapping[str, str], where: Mapping[str, str] | None = None
) -> Element:
    """Return a layer of a symbol: its class in QGIS, its settings, its data-defined ones."""
    made = Element("layer", {"class": name, "enabled": "1", "locked": "0", "pass": "0"})
    made.append(option(settings))
    made.append(_collection(where or {}))
    return made


def marker(
    color: str,
    outline: str = "",
    size: float = 2.0,
    shape: str = "circle",
    *,
    alpha: int = 255,
    width: float = 0.2,
    where: Mapping[str, str] | None = None,
    unit: str = "MM",
    smallest: float = 0.0,
    largest: float = 0.0,
) -> Element:
    """Return a marker.

    Parameters
    ----------
    color, outline : str
        Fill and stroke; no stroke when it is empty.
    size : float
        Diameter, in ``unit``.
    shape : str
        ``circle``, ``square``, ``triangle``, ``diamond``…
    alpha : int
        Opacity of the fill, 0 to 255.
    width : float
        Width of the stroke, in ``unit``.
    where : mapping, optional
        Data-defined properties.
    unit : str
        ``MM``, or ``RenderMetersInMapUnits`` for metres on the ground.
    smallest, largest : float
        Smallest and largest diameters drawn [mm] when the size is on the ground; 0 for no limit.
        The stroke keeps its share of them.
    """
    settings = {
        "name": shape,
        "color": rgba(color, alpha),
        "size": f"{size:g}",
        "size_unit": unit,
        "size_map_unit_scale": _limits(smallest, largest),
        "outline_color": rgba(outline or color),
        "outline_style": "solid" if outline else "no",
        "outline_width": f"{width:g}",
        "outline_width_unit": unit,
        "outline_width_map_unit_scale": _limits(smallest * width / size, largest * width / size),
    }
    return symbol("marker", layer("SimpleMarker", settings, where))


def stroke(
    color: str,
    width: float,
    *,
    unit: str = "MM",
    smallest: float = 0.0,
    dash: str = "",
    where: Mapping[str, str] | None = None,
) -> Element:
    """Return one stroke of a line.

    Parameters
    ----------
    color : str
        Colour.
    width : float
        Width, in ``unit``.
    unit : str
        ``MM``, or ``RenderMetersInMapUnits`` for metres on the ground.
    smallest : float
        Smallest width drawn [mm] when it is on the ground.
    dash : str
        Lengths of dashes and gaps, ``"4;2"``; solid when it is empty.
    where : mapping, optional
        Data-defined properties.
    """
    settings = {
        "line_color": rgba(color),
        "line_style": "solid",
        "line_width": f"{width:g}",
        "line_width_unit": unit,
        "width_map_unit_scale": _limits(smallest),
        "capstyle": "flat" if dash else "round",
        "joinstyle": "round",
        "use_custom_dash": "1" if dash else "0",
        "customdash": dash or "5;2",
        "customdash_unit": "MM",
    }
    return layer("SimpleLine", settings, where)


def line(*strokes: Element) -> Element:
    """Return a line made of strokes, the first one below."""
    return symbol("line", *strokes)


def area(color: str, outline: str = "", width: float = 0.2, *, alpha: int = 255) -> Element:
    """Return one fill of a polygon; ``color`` empty leaves the outline alone."""
    settings = {
        "color": rgba(color or "#ffffff", alpha),
        "style": "solid" if color else "no",
        "outline_color": rgba(outline or color or "#000000"),
        "outline_style": "solid" if outline else "no",
        "outline_width": f"{width:g}",
        "outline_width_unit": "MM",
        "joinstyle": "bevel",
    }
    return layer("SimpleFill", settings)


def hatching(color: str, where: str = "", *, angle: int = 45, distance: float = 1.6) -> Element:
    """Return hatching over a polygon, where an expression holds."""
    made = layer(
        "LinePatternFill",
        {
            "angle": str(angle),
            "distance": f"{distance:g}",
            "distance_unit": "MM",
            "line_width": "0.2",
            "color": rgba(color),
        },
        {"enabled": where} if where else None,
    )
    inner = line(stroke(color, 0.2))
    inner.set("name", "@0@1")
    made.append(inner)
    return made


def fill(*layers: Element) -> Element:
    """Return a polygon's symbol made of fills, the first one below."""
    return symbol("fill", *layers)


# -- renderers ---------------------------------------------------------------------------------
def _renderer(kind: str, **attributes: str) -> Element:
    settings = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0"}
    return Element("renderer-v2", {"type": kind, **settings, "referencescale": "-1", **attributes})


def _symbols(parent: Element, held: Iterable[Element]) -> None:
    made = SubElement(parent, "symbols")
    for index, item in enumerate(held):
        item.set("name", str(index))
        made.append(item)


def single(drawn: Element, *, levels: bool = False) -> Element:
    """Return a renderer of one symbol; with levels, all casings lie under all fills."""
    made = _renderer("singleSymbol", symbollevels="1" if levels else "0")
    if levels:
        for index, part in enumerate(drawn.findall("layer")):
            part.set("pass", str(index))
    _symbols(made, [drawn])
    return made


def categories(expression: str, classes: Sequence[Class]) -> Element:
    """Return a renderer by category; the code ``None`` takes every other value."""
    made = _renderer("categorizedSymbol", attr=expression)
    held = SubElement(made, "categories")
    for index, item in enumerate(classes):
        value = "" if item.value is None else str(item.value)
        add(held, "category", value=value, type="string", symbol=index, label=item.label,
            render="true")  # fmt: skip
    _symbols(made, [item.symbol for item in classes])
    return made


def graduated(expression: str, classes: Sequence[Class]) -> Element:
    """Return a renderer by class of values; those of no class are not drawn."""
    made = _renderer("graduatedSymbol", attr=expression, graduatedMethod="GraduatedColor")
    held = SubElement(made, "ranges")
    for index, item in enumerate(classes):
        low, high = cast("tuple[float, float]", item.value)
        add(held, "range", lower=f"{low:.15g}", upper=f"{high:.15g}", symbol=index,
            label=item.label, render="true")  # fmt: skip
    _symbols(made, [item.symbol for item in classes])
    return made


def rules(name: str, held: Sequence[Rule]) -> Element:
    """Return a renderer by rules; ``name`` makes the keys of the rules its own."""
    made = _renderer("RuleRenderer")
    drawn: list[Element] = []
    root = SubElement(made, "rules", {"key": identifier(name, "rules")})

    def write(parent: Element, rule: Rule, path: str) -> None:
        found = add(parent, "rule", key=identifier(name, path), label=rule.label)
        if rule.where:
            found.set("filter", rule.where)
        if rule.symbol is not None:
            found.set("symbol", str(len(drawn)))
            drawn.append(rule.symbol)
        for index, item in enumerate(rule.inside):
            write(found, item, f"{path}/{index}")

    for index, rule in enumerate(held):
        write(root, rule, str(index))
    _symbols(made, drawn)
    return made


# -- classes of values -------------------------------------------------------------------------
def intervals(
    limits: Sequence[float], highest: float, unit: str = ""
) -> list[tuple[float, float, str]]:
    """Return (low, high, words) of the classes between limits.

    Parameters
    ----------
    limits : sequence of float
        Lower limits, increasing.
    highest : float
        End of the last class.
    unit : str
        Unit of the values.
    """
    tail = f" {i18n.unit(unit)}" if i18n.unit(unit) else ""
    found = []
    for low, high in itertools.pairwise(limits):
        text = words.say("between", low=i18n.number(low), high=i18n.number(high) + tail)
        found.append((low, high, text))
    last = limits[-1]
    text = words.say("above", limit=i18n.number(last) + tail)
    return [*found, (last, max(highest, last), text)]


def among(name: str, values: Sequence[object]) -> str:
    """Return the expression « the column is one of these values »."""
    return f"{column(name)} IN ({', '.join(literal(value) for value in values)})"
