# SPDX-License-Identifier: EUPL-1.2
"""From records to an intake: mapped, placed, cleaned, converted, identified, every loss told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import Bounds, ImportRequest, Intake, TableSchema
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.sources import convert, coordinates, geometry, identity, mapping, placing, publishers
from jumeau.sources.drivers import Records
from jumeau.sources.folding import first

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

FAR = 10_000.0
"""Distance beyond the expected area from which a row is pointed out [m]."""
STRAY = 50_000.0
"""Distance from the other rows from which a row is pointed out, when no area is expected [m]."""


def make(records: Records, request: ImportRequest, schema: TableSchema, file: str) -> Intake:
    """Make the intake of a table.

    Parameters
    ----------
    records : Records
        What a driver read.
    request : ImportRequest
        What the twin asked.
    schema : TableSchema
        Table to fill.
    file : str
        Name of the file, for the messages.

    Raises
    ------
    JumeauError
        ``JUM-S008``–``S014``, ``S018``, ``S020``, ``S022``: the file cannot fill the table.
    """
    constants = dict(request.options.get("constants") or {})
    records, known = publishers.apply(records, request, schema, file, constants)
    found = list(records.findings)
    if known is not None:
        found += known.findings
        constants = {**known.constants, **constants}
    count = records.read - records.dropped
    if not count:
        found.append(finding("JUM-S129", schema.name, file, file=file))
        return _empty(records, request, schema, found)
    if known is not None and known.layer.links and not request.mapping:
        from jumeau.sources.matching import links

        return links.make(records, request, known, found)
    chosen, positions = _columns(records, request, schema, constants, file, found, known)
    found += _mapping_findings(records, chosen, schema, positions, known)
    shapes = None
    place = None
    if schema.geometry is not None:
        shapes, place = _shapes(records, request, schema, positions, file, found)
    elif records.geometry is not None:
        found.append(finding("JUM-S128", schema.name, file))
    kept = shapes.kept if shapes is not None else np.ones(count, bool)
    if schema.geometry is not None and shapes is None and not _optional(schema):
        if not _completes(chosen, constants):
            raise error(
                "JUM-S011",
                file=file,
                table=schema.name,
                columns=records.table.column_names or ["∅"],
            )
        found.append(finding("JUM-S148", schema.name, file))
    touched = np.zeros(count, bool)
    if records.touched is not None:
        touched[records.touched] = True
    zone = getattr(request.territory, "time_zone", "UTC")
    columns = _attributes(records, schema, chosen, constants, count, found, touched, zone)
    kept = kept & _complete(columns, schema, file, found, count)
    if not kept.any():
        raise error("JUM-S022", file=file, count=count, table=schema.name)
    whole = bool(kept.all())
    if not whole:
        columns = {name: _filtered(values, kept) for name, values in columns.items()}
    wkb = None
    bounds = None
    if shapes is not None:
        wkb = shapes.wkb if whole else _filtered(shapes.wkb, kept)
        bounds = shapes.bounds if whole else shapes.bounds[kept]
        touched |= shapes.state == geometry.State.REPAIRED
    if "id" in schema.names:
        identified = identity.identify(columns, bounds, schema.name, wkb)
        found += identified.findings
        columns["id"], repeated = identified.ids, identified.repeated
    else:
        repeated = _read_again(columns, schema, found)
    if wkb is not None:
        columns["geometry"] = wkb
    table = _table(columns, schema, ~repeated)
    rows = np.flatnonzero(kept)[~repeated]
    if bounds is not None:
        unique = bounds if not repeated.any() else bounds[~repeated]
        found += _flags(unique, schema, request.options.get("area"))
    leaving = count - table.num_rows
    intake = Intake(
        read=records.read,
        announced=records.announced,
        dropped=records.dropped + leaving,
        repaired=int(np.count_nonzero(touched[kept][~repeated])),
        table=table,
        windows=None,
        findings=found,
        mapping=chosen.columns,
        source=_facts(records, chosen, place, known),
    )
    if known is not None and known.merged:
        intake.read += known.merged
        intake.linked = known.merged
        intake.announced = None
    if known is not None and schema.name == "building" and request.territory is not None:
        from jumeau.sources import matching

        matching.join(intake, request, known, rows)
    return intake


def _completes(chosen: mapping.Correspondence, constants: dict[str, Any]) -> bool:
    """Tell whether rows without position say which known rows they complete, and with what."""
    return "id" in chosen.columns.values() and len(chosen.columns) + len(constants) > 1


def _optional(schema: TableSchema) -> bool:
    return not schema["geometry"].required


def _columns(
    records: Records,
    request: ImportRequest,
    schema: TableSchema,
    constants: dict[str, Any],
    file: str,
    found: list[Finding],
    known: publishers.Profiled | None,
) -> tuple[mapping.Correspondence, coordinates.Positions | None]:
    """Return the correspondence of columns and, for a file without geometry, its positions."""
    needed = schema.geometry is not None and records.geometry is None
    rows = records.table
    positions = None
    if not request.mapping:
        if needed:
            positions = coordinates.find(rows, request.crs)
        taken = positions.columns if positions else ()
        if known is not None:
            chosen = mapping.Correspondence(known.columns, units=known.units, proposed=False)
        else:
            chosen = mapping.settle(rows, schema, None, constants, taken=taken)
    else:
        own = () if records.geometry is None else ("geom", "wkb_geometry", "the_geom")
        chosen = mapping.settle(rows, schema, request.mapping, constants, geometry=own)
        if needed:
            positions = coordinates.find(rows, request.crs, chosen.positions)
    if positions is not None and positions.unreadable:
        found.append(finding("JUM-S145", schema.name, file, count=positions.unreadable))
    return chosen, positions


def _mapping_findings(
    records: Records,
    chosen: mapping.Correspondence,
    schema: TableSchema,
    positions: coordinates.Positions | None,
    known: publishers.Profiled | None,
) -> list[Finding]:
    pairs = [f"{column} → {attribute}" for column, attribute in chosen.columns.items()]
    found = []
    if chosen.proposed and pairs:
        found.append(finding("JUM-S117", schema.name, pairs=pairs))
    if chosen.completed:
        found.append(finding("JUM-S139", schema.name, "id", column=chosen.completed))
    used = known.used if known is not None else ()
    left = [name for name in unmapped(records, chosen, positions) if name not in used]
    if left:
        wanted = [f"{column}={attribute}" for column, attribute in chosen.columns.items()]
        options = " ".join(f"--map {_quoted(pair)}" for pair in [*wanted, f"{left[0]}=…"])
        found.append(
            finding(
                "JUM-S118", schema.name, count=len(left), columns=first(left, 12), options=options
            )
        )
    return found


def unmapped(
    records: Records, chosen: mapping.Correspondence, positions: coordinates.Positions | None
) -> list[str]:
    """Return the columns of the file that do not enter the twin."""
    used = {*chosen.columns, *chosen.positions, *(positions.columns if positions else ())}
    return [name for name in records.table.column_names if name not in used]


def _quoted(text: str) -> str:
    return text if text.replace("_", "").replace("=", "").isalnum() else f'"{text}"'


def _shapes(
    records: Records,
    request: ImportRequest,
    schema: TableSchema,
    positions: coordinates.Positions | None,
    file: str,
    found: list[Finding],
) -> tuple[geometry.Cleaned | None, placing.Place | None]:
    """Place and clean the geometry of the file, or that made from its columns."""
    import pyarrow as pa
    import shapely

    wkb = records.geometry
    if wkb is None:
        if positions is None:
            return None, None
        wkb = pa.chunked_array([pa.array(shapely.to_wkb(positions.geometry), pa.binary())])
    x, y = placing.sample_wkb(wkb)
    place = placing.settle(
        x,
        y,
        declared=records.crs,
        territory=request.crs,
        table=schema.name,
        file=file,
        given=request.options.get("source_crs"),
        implicit=records.implicit_crs,
        columns=positions.columns if positions else (),
        area=request.options.get("area"),
    )
    accepted = str(schema.geometry)
    cleaned = geometry.clean(wkb, accepted, place, request.crs, request.progress)
    if not cleaned.kept.any():
        if cleaned.count(geometry.State.OTHER_TYPE):
            raise error(
                "JUM-S014",
                file=file,
                table=schema.name,
                accepted=accepted,
                types=", ".join(cleaned.types),
            )
        raise error("JUM-S022", file=file, count=len(wkb), table=schema.name)
    found += place.findings + cleaned.findings(schema.name, request.crs)
    return cleaned, place


def _attributes(
    records: Records,
    schema: TableSchema,
    chosen: mapping.Correspondence,
    constants: dict[str, Any],
    count: int,
    found: list[Finding],
    touched: NDArray[np.bool_],
    zone: str,
) -> dict[str, Any]:
    """Convert the mapped columns and the constants; schema's order."""
    by_attribute = {attribute: name for name, attribute in chosen.columns.items()}
    columns: dict[str, Any] = {}
    for attribute in schema.attributes:
        if attribute.name in constants:
            done = convert.constant(constants[attribute.name], count, schema.name, attribute)
            if done.findings or (constants[attribute.name] is not None and done.values.null_count):
                raise error(
                    "JUM-S021",
                    attribute=attribute.name,
                    value=str(constants[attribute.name]),
                    type=attribute.type,
                    codes=list(attribute.codes) or [attribute.unit or attribute.type],
                )
        elif attribute.name in by_attribute:
            name = by_attribute[attribute.name]
            done = convert.column(
                records.table.column(name),
                name,
                schema.name,
                attribute,
                chosen.units.get(name, ""),
                zone,
            )
        else:
            continue
        columns[attribute.name] = done.values
        found += done.findings
        touched[done.repaired] = True
    return columns


def _complete(
    columns: dict[str, Any],
    schema: TableSchema,
    file: str,
    found: list[Finding],
    count: int,
) -> NDArray[np.bool_]:
    """Return the rows that have every attribute that the schema requires."""
    import pyarrow.compute as pc

    kept = np.ones(count, bool)
    for attribute in schema.attributes:
        if not attribute.required or attribute.name in {"id", "geometry"}:
            continue
        if attribute.name not in columns:
            raise error("JUM-S020", file=file, table=schema.name, attribute=attribute.name)
        empty = pc.is_null(columns[attribute.name]).to_numpy(zero_copy_only=False)
        if empty.any():
            rows = first(np.flatnonzero(empty) + 1)
            found.append(
                finding(
                    "JUM-S130",
                    schema.name,
                    attribute.name,
                    attribute=attribute.name,
                    count=int(empty.sum()),
                    rows=rows,
                )
            )
            kept &= ~empty
    return kept


def _read_again(
    columns: dict[str, Any], schema: TableSchema, found: list[Finding]
) -> NDArray[np.bool_]:
    """Return the rows of a series that a later row repeats: what was observed, where and when."""
    import pandas as pd

    keys = {
        item.name: columns[item.name].to_numpy(zero_copy_only=False)
        if item.type == "timestamp"
        else np.asarray(columns[item.name].to_pylist(), dtype=object)
        for item in schema.attributes
        if item.required
    }
    repeated = pd.DataFrame(keys).duplicated(keep="last").to_numpy()
    if repeated.any():
        found.append(finding("JUM-S151", schema.name, count=int(repeated.sum())))
    return np.asarray(repeated, bool)


def _filtered(values: Any, kept: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    return values.filter(pa.array(kept))


def _table(columns: dict[str, Any], schema: TableSchema, unique: NDArray[np.bool_]) -> pa.Table:
    import pyarrow as pa

    table = pa.table({name: columns[name] for name in schema.names if name in columns})
    return table if unique.all() else table.filter(pa.array(unique))


def _flags(bounds: NDArray[np.float64], schema: TableSchema, area: Bounds | None) -> list[Finding]:
    """Point out rows at the same position and rows far from where data are expected."""
    found = []
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    there = np.isfinite(x)
    if schema.geometry == "point":
        ix, iy = np.rint(x * 1000), np.rint(y * 1000)  # to the millimetre
        order = np.lexsort((iy, ix))
        same = (np.diff(ix[order]) == 0) & (np.diff(iy[order]) == 0)
        if same.any():
            member = np.zeros(len(x), bool)
            member[order[1:][same]] = True
            member[order[:-1][same]] = True
            places = int(member.sum() - same.sum())
            found.append(finding("JUM-S126", schema.name, count=int(member.sum()), places=places))
    if area is not None:
        reach = max(FAR, float(np.hypot(area[2] - area[0], area[3] - area[1])))
        away = np.hypot(
            np.maximum(np.maximum(area[0] - x, x - area[2]), 0),
            np.maximum(np.maximum(area[1] - y, y - area[3]), 0),
        )
    elif there.sum() >= 10:
        away = np.hypot(x - np.nanmedian(x), y - np.nanmedian(y))
        reach = max(STRAY, 5 * float(np.nanquantile(away, 0.9)))
    else:
        return found
    far = np.flatnonzero(away > reach)
    if far.size:
        examples = [f"({x[row]:.0f}, {y[row]:.0f})" for row in far[:3]]
        found.append(
            finding(
                "JUM-S127",
                schema.name,
                count=int(far.size),
                distance_km=round(float(away[far].max()) / 1000),
                examples=examples,
            )
        )
    return found


def _facts(
    records: Records,
    chosen: mapping.Correspondence | None,
    place: placing.Place | None,
    known: publishers.Profiled | None = None,
) -> dict[str, Any]:
    columns = records.table.column_names
    used = chosen.columns if chosen else {}
    return {
        "driver": records.driver,
        "crs": place.crs if place else None,
        "encoding": records.encoding,
        "layer": records.layer,
        "columns": columns,
        "unmapped": [name for name in columns if name not in used],
        **(known.facts if known is not None else {}),
    }


def _empty(
    records: Records, request: ImportRequest, schema: TableSchema, found: list[Finding]
) -> Intake:
    import pyarrow as pa

    fields = [("id", pa.string())]
    if schema.geometry is not None:
        fields.append(("geometry", pa.binary()))
    return Intake(
        read=records.read,
        announced=records.announced,
        dropped=records.dropped,
        repaired=0,
        table=pa.table({name: pa.array([], kind) for name, kind in fields}),
        windows=None,
        findings=found,
        mapping=dict(request.mapping or {}),
        source=_facts(records, None, None),
    )
