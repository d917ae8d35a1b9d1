# SPDX-License-Identifier: EUPL-1.2
"""XML of QGIS projects: elements, option maps, coordinate systems, expressions.

QGIS writes settings as ``<Option>`` elements with the type of Qt's variants; nothing here depends
on QGIS, and the same input gives the same bytes.

References
----------
QGIS 3.28 to 3.44, ``QgsProject::write`` and ``QgsXmlUtils``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

VERSION = "3.28.0-Firenze"
"""Version of QGIS whose format is written: newer ones read it, and convert it when they save."""
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMESPACE = uuid.UUID("6f1d3a0e-6d0b-5a53-9a5e-2f1c7f0b4c11")


def clean(text: object) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return _FORBIDDEN.sub("\ufffd", str(text))


def node(tag: str, text: object = "", /, **attributes: object) -> Element:
    """Return an element; attributes whose name is a Python word end with ``_``."""
    made = Element(tag, {name.rstrip("_"): clean(value) for name, value in attributes.items()})
    if text != "":
        made.text = clean(text)
    return made


def add(parent: Element, tag: str, text: object = "", /, **attributes: object) -> Element:
    """Append an element to another one and return it."""
    made = node(tag, text, **attributes)
    parent.append(made)
    return made


def option(value: Any, name: str | None = None) -> Element:
    """Return a value as QGIS writes a variant: maps, lists, texts, numbers, booleans."""
    made = Element("Option")
    if isinstance(value, Mapping):
        if value:
            made.set("type", "Map")
        made.extend(option(item, str(key)) for key, item in value.items())
    elif isinstance(value, list | tuple):
        made.set("type", "List")
        made.extend(option(item) for item in value)
    else:
        kind = {bool: "bool", int: "int", float: "double"}.get(type(value), "QString")
        text = str(value).lower() if isinstance(value, bool) else value
        made.set("type", kind)
        made.set("value", clean(text))
    if name is not None:
        made.set("name", clean(name))
    return made


def properties(expressions: Mapping[str, str] | None = None) -> Element:
    """Return a collection of data-defined properties: {property: expression}."""
    held: dict[str, Any] = {
        name: {"active": True, "expression": text, "type": 3}
        for name, text in (expressions or {}).items()
    }
    made = option({"name": "", "type": "collection"})
    made.insert(1, option(held, "properties"))
    return made


def identifier(*parts: str) -> str:
    """Return a UUID in braces that follows from the parts alone."""
    return "{" + str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts))) + "}"


def rgba(color: str, alpha: int = 255) -> str:
    """Return ``#rrggbb`` as QGIS writes colours: ``r,g,b,a``."""
    return ",".join(str(part) for part in (*bytes.fromhex(color[1:7]), alpha))


# -- expressions -------------------------------------------------------------------------------
def column(name: str) -> str:
    """Return a column in an expression."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return a value in an expression."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def not_evaluated(text: str) -> str:
    """Return a text in which QGIS finds no expression: it evaluates what is between [% and %]."""
    return text.replace("[%", "[\u2060%")


# -- coordinate systems ------------------------------------------------------------------------
@cache
def _system(crs: str) -> dict[str, str]:
    import warnings

    from pyproj import CRS

    known = CRS.from_user_input(crs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # PROJ.4 says less than the CRS
        proj4 = known.to_proj4()
    method = known.coordinate_operation.method_code if known.coordinate_operation else ""
    acronyms = {"9802": "lcc", "9807": "utm"}
    ellipsoid = known.ellipsoid.to_json_dict().get("id", {}) if known.ellipsoid else {}
    return {
        "wkt": known.to_wkt("WKT2_2019"),
        "proj4": proj4,
        "srid": str(known.to_epsg() or 0),
        "authid": ":".join(known.to_authority() or ()),
        "description": known.name,
        "projectionacronym": acronyms.get(str(method), "longlat" if known.is_geographic else ""),
        "ellipsoidacronym": f"EPSG:{ellipsoid['code']}" if "code" in ellipsoid else "",
        "geographicflag": str(known.is_geographic).lower(),
    }


def system(crs: str) -> Element:
    """Return a coordinate system as QGIS writes it."""
    made = Element("spatialrefsys", {"nativeFormat": "Wkt"})
    for name, text in _system(crs).items():
        add(made, name, text)
    return made


def within(tag: str, crs: str) -> Element:
    """Return an element that holds a coordinate system."""
    made = Element(tag)
    made.append(system(crs))
    return made


def box(tag: str, bounds: Iterable[float]) -> Element:
    """Return an extent as four elements."""
    made = Element(tag)
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), bounds, strict=True):
        SubElement(made, name).text = f"{value:.6f}".rstrip("0").rstrip(".")
    return made


def document(root: Element) -> bytes:
    """Return a project as UTF-8 text, indented."""
    indent(root, " ")
    return (DOCTYPE + tostring(root, encoding="unicode") + "\n").encode()
