# SPDX-License-Identifier: EUPL-1.2
"""A vector layer of the project: data source, names, forms, map tip, labels, metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from jumeau.base import i18n
from jumeau.base.contract import Bounds
from jumeau.interop.qgis.contents import Column, Content
from jumeau.interop.qgis.markup import add, box, column, literal, option, properties, rgba, within
from jumeau.interop.qgis.words import say
from jumeau.twin.rights import Rights

FONTS = ("Open Sans", "Noto Sans", "DejaVu Sans", "Segoe UI", "Arial", "Helvetica", "Sans Serif")
GEOMETRY = {
    "point": ("Point", "Point"),
    "line": ("MultiLineString", "Line"),
    "polygon": ("MultiPolygon", "Polygon"),
    None: ("NoGeometry", "No geometry"),
}
TABS = ("fact", "estimate", "result", "source")
"""Roles of columns, in the order of the tabs of a form."""
TOLD = 10
"""Attributes in a map tip, at most."""


class About(NamedTuple):
    """What a layer says of itself.

    Parameters
    ----------
    identifier, title, abstract : str
        Name in the project, name for people, and sentences.
    held : Rights
        Licence and attribution.
    bounds : Bounds or None
        Extent [m].
    crs : str
        CRS of the extent.
    keywords : tuple of str
        Words to find it by.
    """

    identifier: str
    title: str
    abstract: str
    held: Rights
    bounds: Bounds | None
    crs: str
    keywords: tuple[str, ...] = ()


class Label(NamedTuple):
    """What is written on the map.

    Parameters
    ----------
    expression : str
        Expression of the text.
    scale : int
        Denominator of the scale from which it is written; 0 for all scales.
    along : bool
        Whether the text follows a line.
    """

    expression: str
    scale: int
    along: bool = False


def layer(
    item: Content,
    about: About,
    source: str,
    renderer: Element | None,
    *,
    provider: str = "ogr",
    scale: int = 0,
    label: Label | None = None,
    opacity: float = 1.0,
    crs: str = "",
) -> Element:
    """Return the ``maplayer`` of a layer.

    Parameters
    ----------
    item : Content
        What the layer holds.
    about : About
        Name and metadata; its identifier is that of the layer.
    source : str
        Data source as the provider reads it.
    renderer : Element or None
        How it is drawn.
    provider : str
        ``ogr`` or ``OAPIF``.
    scale : int
        Denominator of the scale from which it is drawn; 0 for all scales.
    label : Label, optional
        What is written beside its features.
    opacity : float
        Opacity of the whole layer, overlaps counted once.
    crs : str
        CRS of the coordinates; that of ``about`` by default.
    """
    wkb, kind = GEOMETRY[item.geometry]
    made = Element(
        "maplayer",
        {
            "type": "vector",
            "geometry": kind,
            "wkbType": wkb,
            "styleCategories": "AllStyleCategories",
            "readOnly": "1",  # an export: what is changed here never reaches the twin
            "labelsEnabled": str(int(label is not None)),
            "hasScaleBasedVisibilityFlag": str(int(scale > 0)),
            "minScale": str(scale or 100_000_000),
            "maxScale": "0",
            "simplifyDrawingHints": "0" if item.geometry == "point" else "1",
            "simplifyAlgorithm": "0",
            "simplifyDrawingTol": "1",
            "simplifyLocal": "1",
            "simplifyMaxScale": "1",
        },
    )
    if about.bounds and not crs:
        made.append(box("extent", about.bounds))
    add(made, "id", about.identifier)
    add(made, "datasource", source)
    add(made, "layername", about.title)
    if item.geometry:
        made.append(within("srs", crs or about.crs))
    made.append(metadata(about))
    add(made, "provider", provider, encoding="UTF-8")
    made.append(_flags())
    if renderer is not None:
        made.append(renderer)
    if label is not None:
        made.append(labelling(label, item.geometry))
    add(made, "customproperties").append(
        option({"embeddedWidgets/count": "0", "dualview/previewExpressions": [_name(item)]})
    )
    for tag, text in (("blendMode", 0), ("featureBlendMode", 0), ("layerOpacity", f"{opacity:g}")):
        add(made, tag, text)
    made.append(_fields(item.columns))
    _aliases(made, item.columns, package=provider == "ogr")
    made.extend(_form(item.columns))
    add(made, "previewExpression", _name(item))
    add(made, "mapTip", map_tip(item), enabled=1)
    return made


def _flags() -> Element:
    made = Element("flags")
    for name, value in (("Identifiable", 1), ("Removable", 1), ("Searchable", 1), ("Private", 0)):
        add(made, name, value)
    return made


def _name(item: Content) -> str:
    """Return the expression of what a row is called."""
    named = [name for name in ("name", "what", "street_name", "title") if item.has(name)]
    usual = [name for name in ("id", "code") if item.has(name)]
    return f"coalesce({', '.join(column(name) for name in [*named, *usual])}, '')"


# -- metadata ----------------------------------------------------------------------------------
def metadata(about: About, tag: str = "resourceMetadata") -> Element:
    """Return what QGIS shows under « Metadata »: title, licence, sources, extent."""
    made = Element(tag)
    add(made, "identifier", about.identifier)
    add(made, "parentidentifier")
    add(made, "language", "FRE" if i18n.language() == "fr" else "ENG")
    add(made, "type", "dataset")
    add(made, "title", about.title)
    add(made, "abstract", about.abstract)
    if about.keywords:
        held = add(made, "keywords", vocabulary="gmd:topicCategory")
        for word in about.keywords:
            add(held, "keyword", word)
    links = add(made, "links")
    if about.held.url:
        add(links, "link", name=about.held.licence, type="WWW:LINK", url=about.held.url,
            description="", format="", mimeType="", size="")  # fmt: skip
    for line in about.held.attribution:
        add(made, "history", line)
    add(made, "fees")
    for line in about.held.attribution:
        add(made, "rights", line)
    if about.held.licence:
        add(made, "license", about.held.licence)
    add(made, "encoding", "UTF-8")
    made.append(within("crs", about.crs))
    extent = add(made, "extent")
    if about.bounds:
        west, south, east, north = (f"{edge:.3f}" for edge in about.bounds)
        add(extent, "spatial", dimensions=2, crs=about.crs, minx=west, miny=south, maxx=east,
            maxy=north, minz=0, maxz=0)  # fmt: skip
    return made


# -- fields ------------------------------------------------------------------------------------
def _widget(item: Column) -> tuple[str, dict[str, object]]:
    if item.codes:
        return "ValueMap", {"map": [{text: code} for code, text in _apart(item.codes).items()]}
    if item.type == "boolean":
        return "CheckBox", {"TextDisplayMethod": 1}
    if item.type in {"date", "timestamp"}:
        shown = "dd/MM/yyyy" if item.type == "date" else "dd/MM/yyyy HH:mm"
        return "DateTime", {"display_format": shown, "allow_null": True}
    return "TextEdit", {"IsMultiline": item.type in {"text", "json"} and len(item.name) > 80}


def _apart(codes: dict[str, str]) -> dict[str, str]:
    """Return code → words, each of its own: QGIS lists them by their words."""
    seen: dict[str, int] = {}
    found = {}
    for code, text in codes.items():
        seen[text] = seen.get(text, 0) + 1
        found[code] = text if seen[text] == 1 else f"{text} ({code})"
    return found


def _fields(columns: Sequence[Column]) -> Element:
    made = Element("fieldConfiguration")
    for item in columns:
        kind, settings = _widget(item)
        field = add(made, "field", name=item.name, configurationFlags="None")
        widget = add(field, "editWidget", type=kind)
        add(widget, "config").append(option(settings))
    return made


def _aliases(made: Element, columns: Sequence[Column], *, package: bool) -> None:
    """Append the names for people and the columns of the attribute table, ``fid`` hidden."""
    held = add(made, "aliases")
    first = 1 if package else 0
    for index, item in enumerate(columns, start=first):
        add(held, "alias", index=index, field=item.name, name=item.label)
    table = add(made, "attributetableconfig", actionWidgetStyle="dropDown", sortOrder=0,
                sortExpression="")  # fmt: skip
    shown = add(table, "columns")
    if package:
        add(shown, "column", type="field", name="fid", hidden=1, width=-1)
    for item in columns:
        add(shown, "column", type="field", name=item.name, hidden=0, width=-1)
    add(shown, "column", type="actions", hidden=1, width=-1)


def _form(columns: Sequence[Column]) -> list[Element]:
    """Return a form with a tab a role: facts, estimates, results, provenance."""
    form = Element("attributeEditorForm")
    for role in TABS:
        chosen = [item for item in columns if item.role == role]
        if not chosen:
            continue
        tab = add(form, "attributeEditorContainer", name=say(f"tab.{role}"), groupBox=0,
                  columnCount=1, showLabel=1, visibilityExpressionEnabled=0,
                  visibilityExpression="", type="Tab")  # fmt: skip
        for item in chosen:
            add(tab, "attributeEditorField", name=item.name, showLabel=1,
                index=columns.index(item) + 1)  # fmt: skip
    layout = Element("editorlayout")
    layout.text = "tablayout"
    return [layout, form]


# -- map tip -----------------------------------------------------------------------------------
def _safe(expression: str) -> str:
    """Return the expression of a text that HTML shows as it is."""
    return f"replace(to_string({expression}), map('&', '&amp;', '<', '&lt;', '>', '&gt;'))"


def _shown(item: Column) -> str:
    """Return the expression of a value as people read it: words of a code, number with unit."""
    name = column(item.name)
    if item.codes and len(item.codes) <= 40:
        pairs = ", ".join(f"{literal(code)}, {literal(text)}" for code, text in item.codes.items())
        return f"coalesce(map_get(map({pairs}), {name}), {name})"
    if item.type == "boolean":
        return f"if({name}, {literal(say('yes'))}, {literal(say('no'))})"
    if item.type == "double":
        unit = i18n.unit(item.unit)
        # Two decimals under a hundred, none above.
        number = f"format_number({name}, if(abs({name}) < 100, 2, 0))"
        return f"{number} || {literal(' ' + unit)}" if unit else number
    return name


def map_tip(item: Content) -> str:
    """Return the HTML shown when the pointer rests on a feature; what is unknown is left out."""
    rows = []
    told = [
        part
        for part in item.columns
        if part.role != "source"
        and part.name not in {"id", "name", "estimated_count", "data", "severity", "what"}
        and not part.name.endswith(("_low", "_high", "_share", "_method"))
    ]
    facts = [part for part in told if part.role != "estimate"][:TOLD]
    for part in [*facts, *(part for part in told if part.role == "estimate")]:
        value = _safe(_shown(part))
        if part.role == "estimate" and item.has(f"{part.name}_low"):
            low, high = column(f"{part.name}_low"), column(f"{part.name}_high")
            span = f"' (' || format_number({low}, 1) || ' – ' || format_number({high}, 1) || ')'"
            value = f"'≈ ' || {value} || coalesce({span}, '')"
        elif part.role == "estimate":
            value = f"'≈ ' || {value}"
        head = literal(f"<tr><td>{_html(part.label)}&nbsp;</td><td>")
        style = "<i>" if part.role == "estimate" else "<b>"
        tail = style.replace("<", "</")
        rows.append(
            f"[% if({column(part.name)} IS NULL, '', {head} || '{style}' || {value} || "
            f"'{tail}</td></tr>') %]"
        )
    title = f'<h3 style="margin:0">[% {_safe(_name(item))} %]</h3>'
    table = '<table style="border-spacing:4px 0">' + "".join(rows) + "</table>"
    return f"{title}<small>{_html(item.title)}</small>{table}"


def _html(text: str) -> str:
    import html

    return html.escape(text, quote=False).replace("[%", "[&#8288;%")


# -- labels ------------------------------------------------------------------------------------
def labelling(label: Label, geometry: str | None) -> Element:
    """Return the labels of a layer: dark text in a light halo, never drawn over one another."""
    made = Element("labeling", {"type": "simple"})
    settings = SubElement(made, "settings", {"calloutType": "simple"})
    text = add(
        settings, "text-style", fieldName=label.expression, isExpression=1, fontFamily=FONTS[0],
        fontSize=8, fontSizeUnit="Point", textColor=rgba("#2b3640"), textOpacity=1, fontWeight=50,
        namedStyle="Regular", fontKerning=1, multilineHeight=1, blendMode=0, capitalization=0,
        previewBkgrdColor=rgba("#ffffff"), textOrientation="horizontal", allowHtml=0,
    )  # fmt: skip
    families = add(text, "families")
    for name in FONTS:
        add(families, "family", name=name)
    add(text, "text-buffer", bufferDraw=1, bufferSize=0.8, bufferSizeUnits="MM",
        bufferColor=rgba("#ffffff"), bufferOpacity=0.9, bufferNoFill=1, bufferJoinStyle=128,
        bufferBlendMode=0)  # fmt: skip
    add(settings, "text-format", wrapChar="", autoWrapLength=0, multilineAlign=3)
    # 0 around a point, 3 curved along a line, 0 around the middle of a polygon.
    add(settings, "placement", placement=3 if label.along else 0, placementFlags=9 if label.along
        else 10, dist=1, distUnits="MM", centroidInside=1, centroidWhole=0, priority=5,
        repeatDistance=80 if label.along else 0, repeatDistanceUnits="MM",
        layerType="LineGeometry" if label.along else "UnknownGeometry")  # fmt: skip
    add(settings, "rendering", drawLabels=1, obstacle=int(geometry == "point"), mergeLines=int(
        label.along), scaleVisibility=int(label.scale > 0), scaleMax=label.scale, scaleMin=0,
        limitNumLabels=0, maxNumLabels=2000, minFeatureSize=0)  # fmt: skip
    add(settings, "dd_properties").append(properties())
    return made
