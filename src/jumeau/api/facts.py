# SPDX-License-Identifier: EUPL-1.2
"""What the twin is and holds: territory, sources, vocabulary. View in, plain data out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jumeau import __version__
from jumeau.api import belonging
from jumeau.base import crs as crs_
from jumeau.base import i18n, plugins
from jumeau.interop import labels, legends, places
from jumeau.interop.served import View
from jumeau.twin import schema
from jumeau.twin.schema import quoted

VERSIONS = 20
"""Versions listed: the latest ones."""


def rights(view: View) -> dict[str, Any]:
    """Return the licence of our results and who must be named, for any payload."""
    return {
        "licence": view.served.live.licence,
        "attribution": view.remember("attribution", lambda: _attribution(view)),
    }


def _attribution(view: View) -> list[str]:
    found = view.rows(
        "SELECT DISTINCT publisher, title, file, vintage, licence FROM source ORDER BY ALL"
    )
    lines = []
    for row in found:
        named = row["publisher"] or row["title"] or row["file"]
        facts = [row["title"] if row["publisher"] else "", row["vintage"], row["licence"]]
        lines.append(", ".join([named, *(str(fact) for fact in facts if fact)]))
    return list(dict.fromkeys(lines))


SETTLED = ("municipality", "district", "building", "street", "luminaire")
"""Tables of what fills the place where people live."""


def counts(view: View) -> dict[str, int]:
    """Return the number of rows of every table."""

    def build() -> dict[str, int]:
        parts = [
            f"SELECT '{name}' AS name, count(*) AS n FROM {quoted(name)}"
            for name in schema.tables()
        ]
        return {row["name"]: int(row["n"]) for row in view.rows(" UNION ALL ".join(parts))}

    return view.remember("counts", build)


def bounds(view: View) -> list[float] | None:
    """Return the box of all facts in WGS84: west, south, east, north [°]."""

    def build() -> list[float] | None:
        box = view.territory.extent()
        if box is None:
            return None
        return [round(x, 7) for x in crs_.transform_bounds(box, view.crs, crs_.WGS84)]

    return view.remember("bounds", build)


def home(view: View) -> list[float] | None:
    """Return the box of what fills the place where people live, in WGS84 [°]; ``None`` for nothing.

    Rivers, hazard zones and places of other communes may run far beyond it.
    """

    def build() -> list[float] | None:
        each = " UNION ALL ".join(
            f"SELECT xmin, ymin, xmax, ymax FROM {quoted(name)}" for name in SETTLED
        )
        (row,) = view.rows(
            f"SELECT min(xmin) AS a, min(ymin) AS b, max(xmax) AS c, max(ymax) AS d FROM ({each})"
        )
        if row["a"] is None:
            return None
        box = (row["a"], row["b"], row["c"], row["d"])
        return [round(x, 7) for x in crs_.transform_bounds(box, view.crs, crs_.WGS84)]

    return view.remember("home", build)


def rasters(view: View, lang: str) -> list[dict[str, Any]]:
    """Return the raster layers that hold something, each with its legend."""
    from jumeau.interop import raster_tiles

    found = []
    present = {row["layer"] for row in view.rows("SELECT DISTINCT layer FROM raster_tile")}
    for layer in schema.layers():
        if layer not in present:
            continue
        box = raster_tiles.raster(view, layer).bounds
        legend = legends.legend(view, layer, lang)
        found.append(
            {
                "layer": layer,
                "label": legend.label,
                "unit": legend.unit,
                "classes": list(legend.classes),
                "colors": list(legend.colors),
                "tiles_url": f"tiles/raster/{layer}/{{z}}/{{x}}/{{y}}.png",
                "worksite": belonging.of_raster(layer),
                "moments": raster_tiles.moments(view, layer),
                "bounds": None
                if box is None
                else [round(x, 7) for x in crs_.transform_bounds(box, view.crs, crs_.WGS84)],
            }
        )
    return found


def _worksites(view: View, lang: str) -> list[dict[str, Any]]:
    rows = view.rows(
        "SELECT id, worksite, scenario, code_version, snapshot, seed, started_at, duration_s, "
        "inputs FROM run "
        "QUALIFY row_number() OVER (PARTITION BY worksite ORDER BY started_at DESC) = 1"
    )
    last = {row["worksite"]: row for row in rows}
    found = []
    for name, worksite in plugins.load_all("jumeau.worksites").items():
        run = last.get(name)
        if run is not None:
            inputs = json.loads(run.pop("inputs") or "{}")
            run = {
                **run,
                "version": run["snapshot"],
                "started_at": run["started_at"].isoformat(),
                "stale": _stale(view, inputs, run["snapshot"], lang),
            }
        label = worksite.label_fr if lang == "fr" else worksite.label_en
        found.append({"name": name, "label": label, "last_run": run})
    return found


def _stale(view: View, inputs: Iterable[str], snapshot: int, lang: str) -> list[dict[str, Any]]:
    """Return the tables that a run read and that have changed since, latest change first."""
    known = schema.tables()
    stamps = {name: places.stamp(view, known[name]) for name in inputs if name in known}
    changed = {name: version for name, version in stamps.items() if version > snapshot}
    if not changed:
        return []
    told = {item["version"]: item["time"] for item in view.territory.store.snapshots()}
    return [
        {
            "table": name,
            "label": labels.table_label(name, lang),
            "version": version,
            "time": told[version].isoformat() if version in told else None,
        }
        for name, version in sorted(changed.items(), key=lambda item: -item[1])
    ]


def territory(view: View, lang: str) -> dict[str, Any]:
    """Return what the page needs to know first."""
    live = view.served.live
    box = bounds(view)
    history = view.territory.versions().tail(VERSIONS).to_dict("records")
    return {
        "name": live.name,
        "insee": list(live.insee),
        "crs": live.crs,
        "bounds": box,
        "home": home(view),
        "center": [round((box[0] + box[2]) / 2, 7), round((box[1] + box[3]) / 2, 7)]
        if box
        else None,
        "version": view.version,
        "versions": [
            {
                "version": int(item["version"]),
                "time": item["time"].isoformat(),
                "message": item["message"],
            }
            for item in history
        ],
        **rights(view),
        "tables": [
            {
                "name": name,
                "label": labels.table_label(name, lang),
                "count": counts(view)[name],
                "geometry": declared.geometry,
                "worksite": belonging.of_table(name),
            }
            for name, declared in schema.tables().items()
        ],
        "rasters": rasters(view, lang),
        "worksites": _worksites(view, lang),
        "code_version": __version__,
    }


def sources(view: View) -> list[dict[str, Any]]:
    """Return the source files, each with the number of rows that come from it today."""

    def build() -> dict[str, int]:
        parts = [
            f"SELECT source_id AS id, count(*) AS n FROM {quoted(name)} "
            "WHERE source_id IS NOT NULL GROUP BY 1"
            for name, declared in schema.tables().items()
            if "source_id" in declared.names and name != "finding"
        ]
        total: dict[str, int] = {}
        for row in view.rows(" UNION ALL ".join(parts)):
            total[row["id"]] = total.get(row["id"], 0) + int(row["n"])
        return total

    rows_of = view.remember("rows of sources", build)
    found = view.rows("SELECT * FROM source ORDER BY imported_at DESC, id")
    for row in found:
        row["imported_at"] = row["imported_at"].isoformat()
        row["rows"] = rows_of.get(row["id"], 0)
    return found


def fields(view: View, lang: str) -> dict[str, Any]:
    """Return the vocabulary and the legends of the raster layers that hold something."""
    return {**vocabulary(lang), "rasters": rasters(view, lang)}


def vocabulary(lang: str) -> dict[str, Any]:
    """Return the tables with their attributes, the fields and indicators of the worksites."""
    tables = []
    for name, declared in schema.tables().items():
        attributes = [
            {
                "name": item.name,
                "label": item.label_fr if lang == "fr" else item.label_en,
                "type": item.type,
                "required": item.required,
                "unit": item.unit,
                "standard": item.standard,
                "description": item.description,
                "codes": {code: labels.label(item.name, code, lang) for code in item.codes}
                or labels.codes(item.name, lang),
            }
            for item in declared.attributes
        ]
        tables.append(
            {"name": name, "label": labels.table_label(name, lang), "attributes": attributes}
        )
    specs, indicators = [], []
    for name, worksite in plugins.load_all("jumeau.worksites").items():
        for spec in worksite.fields:
            row = spec.__dict__
            specs.append(
                {
                    "worksite": name,
                    **{key: row[key] for key in ("name", "kind", "intent", "unit")},
                    "label": i18n.pick(row, "label", lang),
                    "doc": i18n.pick(row, "doc", lang),
                    "classes": list(spec.classes),
                }
            )
        for spec in worksite.indicators:
            row = spec.__dict__
            indicators.append(
                {
                    "worksite": name,
                    **{key: row[key] for key in ("name", "unit", "formula", "reference", "digits")},
                    "label": i18n.pick(row, "label", lang),
                    "method": i18n.pick(row, "method", lang),
                }
            )
    return {"tables": tables, "fields": specs, "indicators": indicators}
