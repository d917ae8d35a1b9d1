# SPDX-License-Identifier: EUPL-1.2
"""The project: what is in each group, in what order, and the whole document."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element

from jumeau.base import colours, i18n, plugins
from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds
from jumeau.interop import labels, legends
from jumeau.interop.qgis import raster, styles, tree, vector, words
from jumeau.interop.qgis.contents import Content
from jumeau.interop.qgis.layout import layout
from jumeau.interop.qgis.markup import VERSION, add, box, clean, column, document, literal, within
from jumeau.interop.qgis.vector import About
from jumeau.interop.qgis.words import say
from jumeau.twin import export, schema
from jumeau.twin.rights import rights

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

CRS84 = "OGC:CRS84"
RESULT_ORDER = 52
"""Results are drawn over the facts of their streets, under the points."""
STREET_OPACITY = 0.6
"""Opacity of streets: the light on them stays readable."""
PAGE_TEXT = 800
"""Characters of the sources that the print layout can hold."""
_TOPIC = {"fact": "location", "result": "planningCadastre", "finding": "location"}


class Setting(NamedTuple):
    """What the project rests on.

    Parameters
    ----------
    territory : Territory
        At one version.
    date : str
        Day of the version, for people.
    contents : sequence of Content
        Layers of the GeoPackage.
    package : str
        Its name, beside the project.
    rasters : dict
        {raster layer: path as the project writes it}.
    live : bool
        Whether the rasters follow the twin.
    url : str
        Address of a running ``jumeau serve``; empty for none.
    """

    territory: Territory
    date: str
    contents: Sequence[Content]
    package: str
    rasters: dict[str, str]
    live: bool
    url: str = ""


def compose(given: Setting, *, relative: bool) -> tuple[bytes, list[tree.Leaf]]:
    """Return the project and its layers.

    Parameters
    ----------
    given : Setting
        What it rests on.
    relative : bool
        Whether QGIS keeps paths relative when it saves the project.
    """
    territory = given.territory
    held = groups(given)
    found = tree.leaves(held)
    bounds = _extent(given)
    everything = rights(territory.table("source").to_pandas(), territory.licence)
    values = {"territory": territory.name, "version": territory.version, "date": given.date}
    about = About("jumeau", territory.name, say("abstract.project", **values), everything, bounds,
                  territory.crs)  # fmt: skip
    root = Element("qgis", {"version": VERSION, "projectname": clean(about.title)})
    add(root, "homePath", path="")
    add(root, "title", about.title)
    root.append(within("projectCrs", territory.crs))
    root.append(tree.root(held))
    root.append(_canvas(bounds, territory.crs))
    layers = add(root, "projectlayers")
    layers.extend(item.xml for item in found)
    order = add(root, "layerorder")
    for item in tree.drawing(held):
        add(order, "layer", id=item.identifier)
    root.append(_properties(relative=relative))
    root.append(vector.metadata(about, "projectMetadata"))
    lines = (
        say("layout.version", **values, crs=territory.crs),
        say("layout.sources", licence=everything.licence or "–",
            sources=credits_line(everything.attribution)),
    )  # fmt: skip
    add(root, "Layouts").append(layout(territory.name, lines, bounds, held))
    root.append(_view(bounds, territory.crs))
    return document(root), found


def credits_line(lines: Sequence[str]) -> str:
    """Return the sources as a page can hold them: all of them, else who publishes them.

    Parameters
    ----------
    lines : sequence of str
        Lines of attribution: publisher, title, date (licence).
    """
    text = "; ".join(lines)
    if len(text) > PAGE_TEXT:
        names = dict.fromkeys(line.partition(", ")[0].partition(" (")[0] for line in lines)
        text = ", ".join(names)
        if len(text) > PAGE_TEXT:
            text = text[: text.rindex(", ", 0, PAGE_TEXT)] + "…"
        text += say("layout.more")
    return text or "–"


def _extent(given: Setting) -> Bounds:
    """Return what the project shows at first: all facts, else all rasters, else the country."""
    territory = given.territory
    boxes = [item.bounds for item in given.contents if item.bounds and item.kind == "fact"]
    boxes += (
        []
        if boxes
        else [edges for name in given.rasters if (edges := territory.raster(name).bounds)]
    )
    if not boxes:
        area = crs_.area_of_use(territory.crs) or (-5.0, 42.0, 8.0, 51.0)
        boxes = [crs_.transform_bounds(area, crs_.WGS84, territory.crs)]
    west, south = min(item[0] for item in boxes), min(item[1] for item in boxes)
    east, north = max(item[2] for item in boxes), max(item[3] for item in boxes)
    margin = max(50.0, 0.03 * max(east - west, north - south))
    return (west - margin, south - margin, east + margin, north + margin)


# -- groups ------------------------------------------------------------------------------------
def groups(given: Setting) -> list[tree.Leaf | tree.Group]:
    """Return the tree of the project: worksites, facts by theme, relief, checks, tables."""
    held: dict[str, list[tree.Leaf | tree.Group]] = {}
    titles = words.groups()
    by_order = sorted(given.contents, key=lambda item: -words.style(item.table).order)
    for item in by_order:
        if item.kind == "fact":
            held.setdefault(words.style(item.table).group, []).append(_facts(given, item))
    for item in given.contents:
        if item.kind == "result":
            key = item.worksite if item.worksite in titles else "decision"
            held.setdefault(key, []).append(_results(given, item))
    for name in given.rasters:
        held.setdefault(_raster_group(name), []).extend(_rasters(given, name))
    for item in given.contents:
        if item.kind == "finding":
            held.setdefault("checks", []).append(_leaf(given, item, styles.views(
                given.territory, item)[0], visible=False, order=95))  # fmt: skip
        if item.has("estimated_count"):
            held.setdefault("checks", []).append(
                _leaf(given, item, styles.estimated(item), visible=False, order=90)
            )
        if item.kind == "table":
            view = styles.View("", item.title, None)
            held.setdefault("tables", []).append(_leaf(given, item, view, visible=True, order=0))
    if given.url:
        held["api"] = [
            _remote(given, item) for item in by_order if item.kind == "fact" and item.geometry
        ]
    quiet = {"tables", "api"}
    return [
        tree.Group(title, key not in quiet, False, held[key])
        for key, title in titles.items()
        if held.get(key)
    ]


def _facts(given: Setting, item: Content) -> tree.Leaf | tree.Group:
    style = words.style(item.table)
    views = styles.views(given.territory, item)
    if len(views) == 1:
        return _leaf(given, item, views[0], visible=style.visible, order=style.order)
    inside: list[tree.Leaf | tree.Group] = [
        _leaf(given, item, view, visible=not index, order=style.order)
        for index, view in enumerate(views)
    ]
    return tree.Group(item.title, style.visible, True, inside)


def _results(given: Setting, item: Content) -> tree.Group:
    views = styles.views(given.territory, item)
    order = RESULT_ORDER if item.geometry != "polygon" else RESULT_ORDER - 20
    inside: list[tree.Leaf | tree.Group] = [
        _leaf(given, item, view, visible=not index, order=order) for index, view in enumerate(views)
    ]
    scope = labels.label("one", item.table, i18n.language()).lower()
    title = say("result.group", scope=scope)
    return tree.Group(title, False, True, inside)


def _leaf(
    given: Setting, item: Content, view: styles.View, *, visible: bool, order: int
) -> tree.Leaf:
    style = words.style(item.table)
    own = item.kind in {"fact", "finding"} and view.key != "estimated"
    made = vector.layer(
        item,
        _about(given, item, view),
        f"./{given.package}|layername={item.name}",
        view.renderer,
        scale=style.scale if own else 0,
        label=_label(item, style) if own else None,
        opacity=STREET_OPACITY if own and style.kind == "street" else 1.0,
    )
    return tree.Leaf(made, "ogr", visible, order)


def _about(given: Setting, item: Content, view: styles.View, prefix: str = "") -> About:
    territory = given.territory
    said = {"territory": territory.name, "version": territory.version, "date": given.date}
    if item.kind == "result":
        name = words.groups().get(item.worksite, item.worksite)
        text = say("abstract.result", **said, worksite=name)
    else:
        text = say("abstract.fact", **said)
        if item.has("estimated_count"):
            text += " " + say("abstract.estimate")
    # QGIS keeps an identifier of more than ten characters, and replaces shorter ones.
    key = "_".join(filter(None, ("jumeau_layer", prefix, item.name, view.key)))
    identifier = "".join(part if part.isalnum() and part.isascii() else "_" for part in key)
    return About(identifier, view.title, text, item.held, item.bounds, territory.crs,
                 (_TOPIC.get(item.kind, "economy"),))  # fmt: skip


def _label(item: Content, style: words.Style) -> vector.Label | None:
    if style.kind == "lamp":
        return vector.Label(_lamp_label(item), style.label_scale)
    if item.geometry is None or not style.label or not item.has(style.label):
        return None
    text = f"coalesce({column(style.label)}, '')"
    if item.table == "address":
        text = f"{text} || coalesce({column('suffix')}, '')"
    return vector.Label(text, style.label_scale, along=item.geometry == "line")


def _lamp_label(item: Content) -> str:
    """Return the expression « SHP 100 W »: facts only, as the trade abbreviates them."""
    pairs = ", ".join(
        f"{literal(code)}, {literal(text)}" for code, text in words.lamp_abbreviations().items()
    )
    kind = f"coalesce(map_get(map({pairs}), {column('lamp_type')}), '')"
    power = f"coalesce(' ' || round({column('power_w')}) || ' W', '')"
    return f"trim({kind} || {power})"


def _remote(given: Setting, item: Content) -> tree.Leaf:
    """Return a layer of facts read from a running server, page by page."""
    plain = [part for part in item.columns if part.role != "estimate"]
    served = Content(**{**item.__dict__, "columns": tuple(plain), "name": item.name})
    view = styles.views(given.territory, served)[0]
    style = words.style(item.table)
    base = given.url.rstrip("/").replace("\\", "%5C").replace("'", "%27")
    source = (
        f"pagingEnabled='true' preferCoordinatesForWfsT11='false' restrictToRequestBBOX='1' "
        f"srsname='{CRS84}' typename='{item.table}' url='{base}/'"
    )
    made = vector.layer(
        served, _about(given, served, view, "api"), source, view.renderer, provider="OAPIF",
        scale=style.scale, label=_label(served, style), crs=CRS84,
    )  # fmt: skip
    return tree.Leaf(made, "OAPIF", False, style.order)


# -- rasters -----------------------------------------------------------------------------------
def _written() -> dict[str, list[str]]:
    """Return the raster layers that each worksite writes, in the order it declares them."""
    return {
        worksite: [
            spec.name for spec in item.fields if spec.kind == "raster" and spec.intent == "out"
        ]
        for worksite, item in plugins.load_all("jumeau.worksites").items()
    }


def _raster_group(name: str) -> str:
    """Return the group of a raster layer: the worksite that writes it, else the relief."""
    return next((key for key, names in _written().items() if name in names), "relief")


def _rasters(given: Setting, name: str) -> list[tree.Leaf]:
    territory = given.territory
    described = schema.layer(name)
    title = described.label_fr if i18n.language() == "fr" else described.label_en
    scale = colours.scale(name, lambda: legends.value_classes(territory, name))
    held = rights(export.sources_of(territory, name), territory.licence)
    version = (
        say("abstract.live") if given.live else say("abstract.pinned", version=territory.version)
    )
    text = say("abstract.raster", territory=territory.name, description=described.description)
    bounds = territory.raster(name).bounds
    shown = words.with_unit(title, described.unit)
    key = f"jumeau_layer_raster_{name}"
    about = About(key, shown, f"{text} {version}", held, bounds, territory.crs,
                  ("elevation",))  # fmt: skip
    group = _raster_group(name)
    computed = group != "relief"
    # A worksite's rasters cover one another: the first that it declares is checked, alone.
    first = computed and name == next(item for item in _written()[group] if item in given.rasters)
    look = raster.Look(raster.classes(scale, described.unit, opacity=0.85 if computed else 1.0))
    order = 26 if computed else 5
    found = [tree.Leaf(raster.layer(about, given.rasters[name], look), "gdal", first, order)]
    if name == "dtm":
        about = about._replace(identifier="jumeau_layer_raster_shaded", title=say("hillshade"))
        look = raster.Look(raster.shaded(), raster.MULTIPLY, smooth=True)
        found.insert(0, tree.Leaf(raster.layer(about, given.rasters[name], look), "gdal", True, 6))
    return found


def written(path: Path, folder: Path, *, relative: bool) -> str:
    """Return a path as the project writes it, relative to its folder or absolute."""
    if not relative:
        return path.as_posix()
    text = Path(os.path.relpath(path, folder)).as_posix()
    return text if text.startswith("../") else f"./{text}"


# -- the rest of the document --------------------------------------------------------------------
def _canvas(bounds: Bounds, crs: str) -> Element:
    made = Element("mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    add(made, "units", "meters")
    made.append(box("extent", bounds))
    add(made, "rotation", 0)
    made.append(within("destinationsrs", crs))
    return made


def _view(bounds: Bounds, crs: str) -> Element:
    made = Element("ProjectViewSettings", {"UseProjectScales": "0", "rotation": "0"})
    add(made, "Scales")
    edges = dict(zip(("xmin", "ymin", "xmax", "ymax"), bounds, strict=True))
    extent = within("DefaultViewExtent", crs)
    extent.attrib |= {name: f"{value:.3f}" for name, value in edges.items()}
    made.append(extent)
    return made


def _properties(*, relative: bool) -> Element:
    made = Element("properties")
    paths = add(made, "Paths")
    add(paths, "Absolute", str(not relative).lower(), type="bool")
    gui = add(made, "Gui")
    for part, value in zip(("Red", "Green", "Blue"), bytes.fromhex("f1f2ef"), strict=True):
        add(gui, f"CanvasColor{part}Part", value, type="int")
    measure = add(made, "Measurement")
    add(measure, "DistanceUnits", "meters", type="QString")
    add(measure, "AreaUnits", "m2", type="QString")
    add(add(made, "SpatialRefSys"), "ProjectionsEnabled", 1, type="int")
    precision = add(made, "PositionPrecision")
    add(precision, "Automatic", "true", type="bool")
    return made
