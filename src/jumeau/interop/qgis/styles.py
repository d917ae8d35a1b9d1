# SPDX-License-Identifier: EUPL-1.2
"""How each table is drawn: one or more ways of looking at it, each a renderer with a legend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree.ElementTree import Element

from jumeau.base import colours
from jumeau.interop.qgis import symbols, words
from jumeau.interop.qgis.contents import Content
from jumeau.interop.qgis.markup import column, literal, rgba
from jumeau.interop.qgis.symbols import MISSING, Class, Rule
from jumeau.interop.qgis.words import Style, say
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory

METRES = "RenderMetersInMapUnits"
LAMP: Any = {"unit": METRES, "smallest": 0.7, "largest": 2.2}
"""Lamps are drawn on the ground, from 0.7 to 2.2 mm: a city stays readable as a whole."""
HUES = (
    "#3f97d3", "#e4683c", "#4aa46d", "#8a70d6", "#d99a21", "#b9466f", "#0f7c88", "#a57c00",
    "#5a6672", "#9c4b96", "#648714", "#a0372a",
)  # fmt: skip
"""Colours of codes that have no colour of their own."""
WORKSITE_RAMPS = {"lighting": "inferno", "water": "cividis", "climate": "inferno"}
MOST = len(HUES)
"""Categories drawn apart, at most; the rest are together."""
CLASSES = 6
"""Classes of a result."""


class View(NamedTuple):
    """A way of looking at a layer.

    Parameters
    ----------
    key, title : str
        Name in the identifiers, and for people.
    renderer : Element or None
        ``renderer-v2``; ``None`` for a table without a map.
    """

    key: str
    title: str
    renderer: Element | None


def views(territory: Territory, item: Content) -> list[View]:
    """Return the ways of looking at a layer, the usual one first.

    Parameters
    ----------
    territory : Territory
        At one version: classes follow its values.
    item : Content
        Layer.
    """
    if item.geometry is None:
        return [View("", item.title, None)]
    if item.kind == "result":
        return _results(territory, item)
    style = words.style(item.table)
    if style.kind == "building":
        return _buildings(territory, item, style)
    draw = _DRAWN.get(style.kind, _plain)
    return [View("", item.title, draw(territory, item, style))]


def estimated(item: Content) -> View:
    """Return the view that shows how much of each row is estimated."""
    most = sum(column_.name.endswith("_estimated") for column_ in item.columns)
    colors = colours.ramp("viridis", most, 0.9, 0.1)
    classes = [
        Class(say("estimated.some", count=count), _shape(item, color), count)
        for count, color in enumerate(colors, start=1)
    ]
    title = say("estimated.layer", table=item.title)
    return View("estimated", title, symbols.categories(column("estimated_count"), classes))


# -- shapes ------------------------------------------------------------------------------------
def _shape(item: Content, color: str, outline: str = "#ffffff", size: float = 0.0) -> Element:
    """Return the usual symbol of a kind of geometry in a colour."""
    if item.geometry == "point":
        return symbols.marker(color, outline, size or 2.2)
    if item.geometry == "line":
        return symbols.line(symbols.stroke(color, size or 0.7))
    return symbols.fill(symbols.area(color, outline, size or 0.15))


def _plain(_: Territory, item: Content, style: Style) -> Element:
    return symbols.single(_shape(item, style.color, style.outline, style.size))


def _marker(shape: str, size: float) -> Callable[[Territory, Content, Style], Element]:
    def draw(_: Territory, __: Content, style: Style) -> Element:
        return symbols.single(symbols.marker(style.color, style.outline, style.size or size, shape))

    return draw


def _tree(_: Territory, item: Content, style: Style) -> Element:
    """Crowns at their true diameter, 3 m where it is not known."""
    where = {"size": f"coalesce({column('crown_diameter_m')}, 3)"}
    drawn = symbols.marker(
        style.color, style.outline, 3, alpha=190, width=0.15, where=where, unit=METRES, smallest=0.5
    )
    return symbols.single(drawn)


def _street(_: Territory, item: Content, style: Style) -> Element:
    """Carriageways at their true width, 5 m where it is not known, with a casing."""
    width = f"coalesce({column('width_m')}, 5)"
    casing = symbols.stroke(
        style.outline, 6.5, unit=METRES, smallest=0.5, where={"outlineWidth": f"{width} + 1.5"}
    )
    inside = symbols.stroke(
        style.color, 5, unit=METRES, smallest=0.25, where={"outlineWidth": width}
    )
    return symbols.single(symbols.line(casing, inside), levels=True)


def _line(_: Territory, item: Content, style: Style) -> Element:
    if not item.has("width_m"):
        return symbols.single(symbols.line(symbols.stroke(style.color, style.size or 0.5)))
    where = {"outlineWidth": f"coalesce({column('width_m')}, 2)"}
    return symbols.single(
        symbols.line(
            symbols.stroke(style.color, 2, unit=METRES, smallest=style.size or 0.4, where=where)
        )
    )


def _outline(_: Territory, item: Content, style: Style) -> Element:
    return symbols.single(symbols.fill(symbols.area("", style.outline, style.size or 0.2)))


def _border(_: Territory, item: Content, style: Style) -> Element:
    edge = symbols.layer(
        "SimpleLine",
        {
            "line_color": rgba(style.outline),
            "line_width": f"{style.size or 0.4:g}",
            "line_width_unit": "MM",
            "use_custom_dash": "1",
            "customdash": "4;2",
            "customdash_unit": "MM",
        },
    )
    return symbols.single(symbols.fill(edge))


# -- by code -----------------------------------------------------------------------------------
def _lamp(territory: Territory, item: Content, style: Style) -> Element:
    """By lamp type: a disc for a fact of the inventory, a ring for an estimate."""
    colors = words.lamp_colors()
    size = style.size

    def rules(name: str, hollow: bool) -> list[Rule]:
        found = []
        for code in _codes(territory, item, name):
            color = colors.get(code, colors["OTHER"])
            rim = (color, size * 0.2) if hollow else (style.outline, size * 0.1)
            drawn = symbols.marker(
                color, rim[0], size, alpha=45 if hollow else 255, width=rim[1], **LAMP
            )
            label = words.code("lamp_type", code)
            found.append(Rule(label, f"{column(name)} = {literal(code)}", drawn))
        return found

    fact, guess = column("lamp_type"), column("lamp_type_estimated")
    found = []
    given = rules("lamp_type", hollow=False)
    if given:
        found.append(Rule(say("lamp.fact"), f"{fact} IS NOT NULL", None, given))
    if item.has("lamp_type_estimated"):
        supposed = rules("lamp_type_estimated", hollow=True)
        found.append(
            Rule(say("lamp.estimate"), f"{fact} IS NULL AND {guess} IS NOT NULL", None, supposed)
        )
    unknown = symbols.marker("#4c5864", style.outline, size * 0.8, width=size * 0.1, **LAMP)
    return symbols.rules(item.name, [*found, Rule(say("lamp.unknown"), "ELSE", unknown)])


def _codes(territory: Territory, item: Content, name: str) -> list[str]:
    """Return the values of a text column, the most frequent first."""
    if name.endswith("_estimated"):
        attribute = name.removesuffix("_estimated")
        source = (
            f"text AS v FROM estimate WHERE \"table\" = '{item.table}' "
            f"AND attribute = '{attribute}' AND text IS NOT NULL"
        )
    else:
        source = f"{quoted(name)} AS v FROM {quoted(item.table)} WHERE {quoted(name)} IS NOT NULL"
    rows = territory.sql(
        f"SELECT v FROM (SELECT {source}) GROUP BY v ORDER BY count(*) DESC, v LIMIT {MOST}"
    )
    return [str(value) for value in rows["v"].to_pylist()]


def _by_code(
    territory: Territory, item: Content, name: str, draw: Callable[[str], Element]
) -> Element:
    codes = _codes(territory, item, name)
    classes = [
        Class(words.code(name, code), draw(color), code)
        for code, color in zip(codes, HUES, strict=False)
    ]
    rest = say("other") if len(codes) == MOST else say("unknown")
    return symbols.categories(column(name), [*classes, Class(rest, draw(MISSING), None)])


def _hazard(territory: Territory, item: Content, style: Style) -> Element:
    """By kind of hazard: a light tint, hatched, so that what lies below stays readable."""

    def draw(color: str) -> Element:
        return symbols.fill(
            symbols.area(color, color, 0.4, alpha=70),
            symbols.hatching(color, angle=135, distance=2.5),
        )

    return _by_code(territory, item, "hazard", draw)


def _finding(_: Territory, item: Content, style: Style) -> Element:
    """By severity: colour and shape both tell it."""
    drawn = {
        "blocks": symbols.marker("#a8330c", "#ffffff", 4.0, "octagon", width=0.4),
        "degrades": symbols.marker("#d99a21", "#ffffff", 3.4, "triangle", width=0.4),
        "informs": symbols.marker("#3f97d3", "#ffffff", 2.6, "circle", width=0.4),
    }
    classes = [Class(say(f"severity.{code}"), made, code) for code, made in drawn.items()]
    return symbols.categories(column("severity"), classes)


# -- by value ----------------------------------------------------------------------------------
def _buildings(territory: Territory, item: Content, style: Style) -> list[View]:
    """By height, hatched where the height is an estimate; by use when some are known."""
    found = []
    limits = colours.scale("building_height").classes
    if _codes_or_values(territory, item, "height_m") or item.has("height_m_estimated"):
        held = [column("height_m"), column("height_m_estimated")]
        value = f"coalesce({', '.join(held[: 1 + item.has('height_m_estimated')])}, -1)"
        steps = (0.0, *limits)
        colors = colours.ramp("viridis", len(steps), 0.95, 0.1)
        guess = f"{column('height_m')} IS NULL AND {value} >= 0"

        def draw(color: str) -> Element:
            layers = [symbols.area(color, style.outline, 0.1, alpha=200)]
            if item.has("height_m_estimated"):
                layers.append(symbols.hatching("#ffffff", guess))
            return symbols.fill(*layers)

        classes = [
            Class(label, draw(color), (low, high))
            for (low, high, label), color in zip(
                symbols.intervals(steps, 1000.0, "m"), colors, strict=True
            )
        ]
        unknown = symbols.fill(symbols.area(style.color, style.outline, 0.1))
        classes.append(Class(say("unknown"), unknown, (-1.0, -1.0)))
        key = "building.hatched" if item.has("height_m_estimated") else "building.height"
        title = say(key, table=item.title)
        found.append(View("height", title, symbols.graduated(value, classes)))
    if _codes(territory, item, "use"):

        def by_use(color: str) -> Element:
            return symbols.fill(symbols.area(color, style.outline, 0.1, alpha=200))

        title = say("building.use", table=item.title)
        found.append(View("use", title, _by_code(territory, item, "use", by_use)))
    return found or [View("", item.title, _plain(territory, item, style))]


def _codes_or_values(territory: Territory, item: Content, name: str) -> bool:
    rows = territory.sql(
        f"SELECT 1 AS one FROM {quoted(item.table)} WHERE {quoted(name)} IS NOT NULL LIMIT 1"
    )
    return bool(rows.num_rows)


def _population(territory: Territory, item: Content, style: Style) -> Element:
    rows = territory.sql(
        f"SELECT inhabitants AS v FROM {quoted(item.table)} WHERE inhabitants IS NOT NULL"
    )
    return _graduated(item, "inhabitants", rows["v"].to_numpy(), "", "cividis")


def _results(territory: Territory, item: Content) -> list[View]:
    """One view an indicator; hatched or dashed where more than half rests on estimates."""
    found = []
    names = [part.name for part in item.columns if item.has(f"{part.name}_share")]
    for name in names:
        rows = territory.sql(
            "SELECT value AS v FROM indicator WHERE scope = ? AND indicator = ? "
            "AND entity IS NOT NULL AND value IS NOT NULL AND isfinite(value)",
            [item.table, name],
        )
        shown = next(part for part in item.columns if part.name == name)
        palette = WORKSITE_RAMPS.get(item.worksite, "viridis")
        drawn = _graduated(item, name, rows["v"].to_numpy(), shown.unit, palette, f"{name}_share")
        found.append(View(name, shown.label, drawn))
    return found


def _graduated(
    item: Content, name: str, values: NDArray[np.float64], unit: str, palette: str, share: str = ""
) -> Element:
    """Return classes that hold about as many rows each, at round limits."""
    import numpy as np

    known = np.asarray(values, dtype=np.float64)
    if not known.size:
        return symbols.single(_shape(item, MISSING))
    limits = round_limits(known)
    colors = colours.ramp(palette, len(limits), 0.9, 0.2)
    mostly = f"{column(share)} >= 0.5" if share else ""

    def draw(color: str) -> Element:
        if item.geometry == "polygon":
            over = [symbols.hatching("#ffffff", mostly)] if mostly else []
            return symbols.fill(symbols.area(color, "#ffffff", 0.3, alpha=215), *over)
        if item.geometry == "line":
            where = {"customDash": f"if({mostly}, '2;1.2', '100;0')"} if mostly else None
            return symbols.line(symbols.stroke(color, 1.1, dash="100;0", where=where))
        return _shape(item, color)

    classes = [
        Class(label, draw(color), (low, high))
        for (low, high, label), color in zip(
            symbols.intervals(limits, float(known.max()), unit), colors, strict=True
        )
    ]
    return symbols.graduated(column(name), classes)


def round_limits(values: NDArray[np.float64]) -> list[float]:
    """Return round lower limits of classes: quantiles to two significant figures.

    Parameters
    ----------
    values : (n,) array
        Finite values, at least one.
    """
    import numpy as np

    edges = np.quantile(values, np.linspace(0, 1, CLASSES + 1))
    found = [float(f"{edge:.2g}") for edge in edges[1:-1]]
    lowest = float(edges[0])
    power = 10.0 ** (np.floor(np.log10(abs(lowest))) - 1) if lowest else 1.0
    first = (
        0.0
        if lowest >= 0 and lowest < edges[-1] / 10
        else float(f"{np.floor(lowest / power) * power:.6g}")
    )
    return [first, *(edge for edge in dict.fromkeys(found) if first < edge <= edges[-1])]


_DRAWN: dict[str, Callable[[Territory, Content, Style], Element]] = {
    "plain": _plain,
    "circle": _marker("circle", 2.6),
    "square": _marker("square", 3.0),
    "triangle": _marker("triangle", 3.0),
    "dot": _marker("circle", 1.0),
    "lamp": _lamp,
    "tree": _tree,
    "street": _street,
    "line": _line,
    "outline": _outline,
    "border": _border,
    "hazard": _hazard,
    "finding": _finding,
    "population": _population,
}
