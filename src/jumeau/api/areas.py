# SPDX-License-Identifier: EUPL-1.2
"""Figures of an area drawn on the map: what is counted, measured and summed inside it.

What to measure of each table is data (``areas.csv``); a table that is not named there is counted.
Figures that a worksite computed are shared out by :mod:`jumeau.api.shares`.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib import resources
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from jumeau.api import facts, shares
from jumeau.api.area_models import Area
from jumeau.base import crs as crs_
from jumeau.base import i18n
from jumeau.base.contract import TableSchema
from jumeau.base.errors import error
from jumeau.interop import projections
from jumeau.interop.cql2 import shapes
from jumeau.interop.cql2.text import too_large
from jumeau.interop.http import AskedDep, StrictRoute, answer, rows_answer
from jumeau.interop.labels import table_label
from jumeau.interop.served import Served, View
from jumeau.twin import schema
from jumeau.twin import tables as tables_
from jumeau.twin.schema import quoted

MOST_VERTICES = 2_000
"""Vertices that an area may have."""
LONGEST = 60_000
"""Characters of a geometry."""
KINDS = ("Polygon", "MultiPolygon")
COLUMNS = (
    "id", "table", "label", "value", "low", "high", "unit", "estimated_share", "rows", "known",
    "estimated", "unknown", "method",
)  # fmt: skip
_FAR = 1e8
_APART = {"building_link", "finding", "option"}
_METHODS = {
    "count": (
        "Rows whose geometry meets the area, each counted once.",
        "Objets dont la géométrie rencontre la zone, comptés une fois chacun.",
        "N = Σ 1",
    ),
    "length": (
        "Length of the part of each line that lies in the area, in the territory's projection.",
        "Longueur de la part de chaque ligne comprise dans la zone, dans la projection du "
        "territoire.",
        "L = Σ |gᵢ ∩ A|",
    ),
    "surface": (
        "Surface of the part of each shape that lies in the area; shapes that overlap count each.",
        "Surface de la part de chaque forme comprise dans la zone ; des formes superposées "
        "comptent chacune.",
        "S = Σ |gᵢ ∩ A|",
    ),
    "sum": (
        "Sum over the rows that meet the area, whole; estimates where the inventory is silent. The "
        "interval adds the bounds of all estimates, as if they erred together.",
        "Somme sur les objets qui rencontrent la zone, entiers ; estimations là où l'inventaire se "
        "tait. L'intervalle ajoute les bornes de toutes les estimations, comme si elles se "
        "trompaient ensemble.",
        "X = Σ xᵢ",
    ),
    "share": (
        "Cells inside count whole; a cell cut by the edge counts by the share of its surface, from "
        "nothing to the whole cell.",
        "Les carreaux intérieurs comptent entiers ; un carreau coupé par le bord compte au prorata "
        "de sa surface, de rien à sa totalité.",
        "X = Σ xᵢ · |gᵢ ∩ A| / |gᵢ|",
    ),
}


class Measure(NamedTuple):
    """A row of ``areas.csv``."""

    table: str
    measure: str
    attribute: str
    label_en: str
    label_fr: str
    unit: str

    @property
    def id(self) -> str:
        """Name of the figure."""
        return ".".join(filter(None, (self.table, self.attribute or self.measure)))


@cache
def _declared() -> tuple[Measure, ...]:
    text = resources.files(__package__).joinpath("areas.csv").read_text(encoding="utf-8")
    return tuple(Measure(**row) for row in csv.DictReader(text.splitlines()))


def measures(table: str) -> list[Measure]:
    """Return what is measured of a table; its rows are counted when nothing is said."""
    found = [item for item in _declared() if item.table == table]
    names = {lang: table_label(table, lang) for lang in ("en", "fr")}
    return found or [Measure(table, "count", "", names["en"], names["fr"], "")]


def read(bbox: str | None, geometry: str | None, crs: str) -> shapes.Shape:
    """Return an area in the territory's CRS.

    Parameters
    ----------
    bbox : str or None
        ``west,south,east,north`` [°].
    geometry : str or None
        GeoJSON Polygon or MultiPolygon [°].
    crs : str
        Territory's CRS.

    Raises
    ------
    InvalidError
        ``JUM-A015`` unless exactly one is given, ``JUM-A016`` for a geometry without a surface,
        ``JUM-I003`` for a box that is none, ``JUM-I014`` beyond 2,000 vertices, ``JUM-I018``.
    """
    drawn = geometry or ""
    if bool(bbox) == bool(drawn):
        raise error("JUM-A015")
    if bbox:
        projections.window(bbox, crs)  # refused as everywhere
        edges = [float(edge) for edge in bbox.split(",")]
        node: Any = {"bbox": edges if len(edges) == 4 else [edges[i] for i in (0, 1, 3, 4)]}
    else:
        try:
            node = json.loads(drawn)
        except (ValueError, RecursionError):
            raise shapes.wrong(drawn) from None
        if not isinstance(node, dict) or node.get("type") not in KINDS:
            raise error(
                "JUM-A016", kind=str(node.get("type") if isinstance(node, dict) else node)[:40]
            )
        if drawn.count("[") > MOST_VERTICES + 2:  # each vertex is a list, so is each ring
            raise too_large(MOST_VERTICES)
    found = shapes.shape(node, crs_.WGS84, crs, False)
    if not is_nowhere(found) and not surface(found):
        raise error("JUM-A016", kind=str(node.get("type", "bbox")))
    return found


def is_nowhere(area: shapes.Shape) -> bool:
    """Tell whether an area lies where the territory's projection does not reach."""
    return area.bounds[0] >= _FAR


def figures(view: View, area: shapes.Shape, lang: str) -> list[dict[str, Any]]:
    """Return the figures of an area: those of the tables, then those of the worksites.

    Parameters
    ----------
    view : View
        Territory at one version.
    area : Shape
        Area in the territory's CRS.
    lang : str
        ``"fr"`` or ``"en"``.
    """
    if is_nowhere(area):
        return []
    counts = facts.counts(view)
    rows: list[dict[str, Any]] = []
    for name in _ordered():
        if not counts[name]:
            continue
        found = _of_table(view, schema.table(name), area, lang)
        if found and name == shares.TABLE:
            computed = shares.figures(view, area, lang)
            # The worksite's own power knows which errors lamps share.
            found = [row for row in found if not computed or row["id"] != "luminaire.power_w"]
            found += computed
        rows += found
    return rows


def _ordered() -> list[str]:
    """Return the tables that have a place: those of ``areas.csv`` first, in its order."""
    first = dict.fromkeys(item.table for item in _declared())
    placed = [name for name, table in schema.tables().items() if table.geometry]
    return [name for name in dict.fromkeys([*first, *placed]) if name not in _APART]


def inside(declared: TableSchema, area: shapes.Shape) -> tuple[str, list[Any]]:
    """Return the WHERE clause of the rows that meet an area, and its parameters."""
    clause, parameters = tables_.condition(declared.name, bounds=area.bounds)
    return f"{clause} AND ST_Intersects(geometry, ST_GeomFromWKB(?))", [*parameters, area.wkb]


def _of_table(
    view: View, declared: TableSchema, area: shapes.Shape, lang: str
) -> list[dict[str, Any]]:
    wanted = measures(declared.name)
    clause, given = inside(declared, area)
    joins, columns = [], ["count(*) AS rows"]
    if "source_id" in declared.names:
        columns.append("list(DISTINCT source_id) AS sources")
    parameters: list[Any] = []
    for i, item in enumerate(wanted):
        sql, own = _columns(item, i)
        columns.append(sql)
        parameters += [area.wkb] * own
    for i, item in enumerate(wanted):
        if item.measure == "sum":
            joins.append(
                "LEFT JOIN (SELECT entity, any_value(value) AS value, any_value(low) AS low, "
                'any_value(high) AS high FROM estimate WHERE "table" = ? AND attribute = ? '
                f"GROUP BY entity) AS e{i} ON e{i}.entity = inside.id"
            )
            parameters += [declared.name, item.attribute]
    found = view.rows(
        f"WITH inside AS (SELECT * FROM {quoted(declared.name)}{clause}) "
        f"SELECT {', '.join(columns)} FROM inside {' '.join(joins)}",
        [*given, *parameters],
    )[0]
    if not found["rows"]:
        return []
    sources = [source for source in found.get("sources") or [] if source]
    return [_figure(item, i, found, sources, lang) for i, item in enumerate(wanted)]


def _columns(item: Measure, i: int) -> tuple[str, int]:
    """Return the columns of a measure, and how many times they name the area."""
    cut, x = (
        "ST_Intersection(inside.geometry, ST_GeomFromWKB(?))",
        f"inside.{quoted(item.attribute)}",
    )
    if item.measure in {"length", "surface"}:
        size = "ST_Length" if item.measure == "length" else "ST_Area"
        whole = "ST_Within(inside.geometry, ST_GeomFromWKB(?))"
        return (
            f"sum(CASE WHEN {whole} THEN {size}(inside.geometry) ELSE {size}({cut}) END) "
            f"AS value{i}",
            2,
        )
    if item.measure == "share":
        whole = "ST_Within(inside.geometry, ST_GeomFromWKB(?))"
        part = f"ST_Area({cut}) / nullif(ST_Area(inside.geometry), 0)"
        return (
            f"sum({x} * {part}) AS value{i}, sum({x}) FILTER ({whole}) AS low{i}, "
            f"sum({x}) AS high{i}, count({x}) AS known{i}",
            2,
        )
    if item.measure == "sum":
        supposed = f"FILTER ({x} IS NULL AND e{i}.value IS NOT NULL)"
        edges = ", ".join(
            f"sum(coalesce({x}, e{i}.{edge}, e{i}.value)) AS {edge}{i}" for edge in ("low", "high")
        )
        return (
            f"sum(coalesce({x}, e{i}.value)) AS value{i}, {edges}, count({x}) AS known{i}, "
            f"count(*) {supposed} AS estimated{i}, sum(e{i}.value) {supposed} AS supposed{i}",
            0,
        )
    return f"count(*) AS value{i}", 0


def _figure(
    item: Measure, i: int, found: dict[str, Any], sources: list[str], lang: str
) -> dict[str, Any]:
    rows = int(found["rows"])
    value = found[f"value{i}"]
    low, high = found.get(f"low{i}"), found.get(f"high{i}")
    known = int(found.get(f"known{i}", rows))
    estimated = int(found.get(f"estimated{i}") or 0)
    share = 0.0
    if item.measure == "share":
        low = low or 0.0
        share = 0.0 if not value else min(1.0, max(0.0, (value - low) / value))
    elif item.measure == "sum" and value:
        share = (found[f"supposed{i}"] or 0.0) / value
    if share == 0:
        low = high = None
    english, french, formula = _METHODS[item.measure]
    return {
        "id": item.id,
        "table": item.table,
        "label": i18n.pick(item._asdict(), "label", lang),
        "value": None if value is None else float(value),
        "low": low,
        "high": high,
        "unit": item.unit,
        "digits": 0,
        "estimated_share": share,
        "rows": rows,
        "known": known,
        "estimated": estimated,
        "unknown": max(0, rows - known - estimated),
        "method": french if lang == "fr" else english,
        "formula": formula,
        "sources": sources,
        "explain": None,
    }


def surface(area: shapes.Shape) -> float:
    """Return the surface of an area [m²]."""
    import shapely

    return float(shapely.area(shapely.from_wkb(area.wkb)))


def router(served: Served) -> APIRouter:
    """Return the route of areas."""
    api = APIRouter(prefix="/api", tags=["twin"], route_class=StrictRoute)

    @api.get(
        "/area",
        response_model=Area,
        responses={200: {"content": {"text/csv": {}, "application/vnd.apache.parquet": {}}}},
        summary="Figures of an area: counts, lengths, surfaces, sums",
        description="Give `bbox` or `geometry`. What the facts do not tell is estimated "
        "where an estimate exists: each figure says how much of it is.",
    )
    async def area(
        request: Request,
        wanted: AskedDep,
        bbox: Annotated[
            str | None, Query(max_length=200, description="west,south,east,north [°]")
        ] = None,
        geometry: Annotated[
            str | None,
            Query(max_length=LONGEST, description="GeoJSON Polygon or MultiPolygon [° WGS84]"),
        ] = None,
        f: Annotated[str | None, Query(max_length=20, description="json, csv or parquet")] = None,
    ) -> Response:
        def make(view: View) -> Any:
            asked = read(bbox, geometry, view.crs)
            rows = figures(view, asked, wanted.lang)
            return rows_answer(
                rows, COLUMNS, f, "area", surface_m2=surface(asked), **facts.rights(view)
            )

        return await answer(request, served, wanted, make)

    return api
