# SPDX-License-Identifier: EUPL-1.2
"""Files of a synthetic département, one theme a file: what an authority would hand over.

Relief comes by blocks whose edges are those of tiles, so that a file fills whole tiles and an
import which stops goes on at the next file. The same seed writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import Progress
from jumeau.sources.synthetic import department_plan as plan
from jumeau.sources.synthetic.department_drawn import Department
from jumeau.sources.synthetic.department_plan import Along, Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = 25.0
"""Cell of the relief, that of BD ALTI [m]."""
BLOCK = 20_000
"""Side of the files of relief [m]."""
_REGIMES = (
    "Coupure 23h-6h",
    "Coupure 22h30-5h30",
    "Coupure minuit-5h",
    "Abaissement 50 % 22h-6h",
    "Permanent",
    None,
)
_KINDS = (
    # type, power [W], height [m], support, years, share in bourgs, share in hamlets
    ("SHP", 100.0, 8.0, "candélabre", (1990, 2012), 0.28, 0.10),
    ("SHP", 70.0, 6.0, "façade", (1988, 2010), 0.20, 0.18),
    ("SHP", 70.0, 7.0, "poteau béton", (1985, 2010), 0.07, 0.35),
    ("LED", 42.0, 7.0, "candélabre", (2014, 2024), 0.28, 0.07),
    ("LED", 28.0, 6.0, "poteau bois", (2015, 2024), 0.09, 0.22),
    ("IM", 90.0, 5.0, "candélabre", (2002, 2013), 0.05, 0.0),
    ("BF", 145.0, 7.0, "poteau béton", (1975, 1998), 0.03, 0.08),
)
_STREETS = (
    "Rue de l'Église", "Grande Rue", "Rue du Stade", "Rue des Écoles", "Rue de la Mairie",
    "Rue des Lilas", "Rue du Lavoir", "Rue du Moulin", "Rue des Pommiers", "Rue de la Gare",
    "Rue du 8-Mai-1945", "Rue du Général-de-Gaulle", "Rue des Tilleuls", "Rue Jules-Ferry",
    "Rue de la Fontaine", "Rue du Presbytère", "Rue des Prés", "Rue Pasteur", "Rue du Bocage",
    "Impasse des Hortensias",
)  # fmt: skip
_PUBLIC = (
    ("Mairie", "Administratif"),
    ("Église", "Religieux"),
    ("École", "Enseignement"),
    ("Salle des fêtes", "Sportif"),
    ("Ateliers municipaux", "Administratif"),
)


def write(drawn: Department, folder: Path, tell: Progress) -> Iterator[dict[str, Any]]:
    """Write the files of a département; yield what :meth:`Territory.add` takes for each.

    Each also says its ``cost``: its part of the time of the import. Bytes follow from the seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    themes = (_municipalities, _streets, _buildings, _lighting, _relief)
    for rank, theme in enumerate(themes):
        tell(theme.__name__.strip("_"), rank / len(themes))
        yield from theme(drawn, folder)


def _municipalities(drawn: Department, folder: Path) -> Iterator[dict[str, Any]]:
    import shapely

    rings = [plan.outline(drawn.boxes[k], drawn.warp) for k in range(len(drawn.communes))]
    shapes = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    rows: dict[str, Any] = {
        "insee": [item.code for item in drawn.communes],
        "commune": [item.name for item in drawn.communes],
        "habitants": [item.population for item in drawn.communes],
        "siren_commune": [item.siren for item in drawn.communes],
        "codes_postaux": [item.postal_codes for item in drawn.communes],
        "siren_epci": [item.epci for item in drawn.communes],
        "epci_nom": [item.epci_name for item in drawn.communes],
        "dep": [drawn.code] * len(drawn.communes),
        "reg": [item.region for item in drawn.communes],
    }
    file = _parquet(folder / "communes.parquet", rows, shapes, drawn.crs)
    title = "Communes (COG, limites synthétiques)"
    named = {"insee": "id", "commune": "name"}
    yield _step(file, "place", title, named, 1, constants={"kind": "municipality"})
    mapping = named | {
        "habitants": "population", "siren_commune": "siren", "codes_postaux": "postal_codes",
        "siren_epci": "epci", "epci_nom": "epci_name", "dep": "department", "reg": "region",
    }  # fmt: skip
    yield _step(file, "municipality", title, mapping, 1)
    groups: dict[str, list[int]] = {}
    for number, item in enumerate(drawn.communes):
        if item.epci:
            groups.setdefault(item.epci, []).append(number)
    if groups:
        names = {item.epci: item.epci_name for item in drawn.communes}
        file = _parquet(
            folder / "epci.parquet",
            {"siren": list(groups), "nom": [names[key] for key in groups]},
            np.array([shapely.union_all(shapes[group]) for group in groups.values()], object),
            drawn.crs,
        )
        yield _step(
            file, "place", "Intercommunalités (COG, limites synthétiques)",
            {"siren": "id", "nom": "name"}, 1, constants={"kind": "epci"},
        )  # fmt: skip


def _streets(drawn: Department, folder: Path) -> Iterator[dict[str, Any]]:
    import shapely

    edges, rng = drawn.edges, drawn.rng(2)
    count = len(edges)
    roads = _roads(drawn)
    named = rng.integers(0, len(_STREETS), count)
    hamlet = np.concatenate([edges.hamlet, np.zeros(len(roads), bool)])
    where = np.concatenate([edges.commune, np.full(len(roads), -1)])
    width = np.where(edges.hamlet, 4.0, rng.choice([5.0, 5.5, 6.0, 7.0], count))
    names = [
        None if away else _STREETS[name]
        for away, name in zip(edges.hamlet.tolist(), named.tolist(), strict=True)
    ]
    codes = [item.code for item in drawn.communes]
    rows = {
        "id_voie": [f"TRONROUT{number:016d}" for number in range(count + len(roads))],
        "voie": [*names, *(f"Route départementale {k + 1}" for k in range(len(roads)))],
        "classe": np.where(where < 0, "3", np.where(hamlet, "5", "4")).tolist(),
        "largeur_m": [*width.tolist(), *([6.5] * len(roads))],
        "voies": np.where(hamlet, 1, 2).tolist(),
        "vitesse_kmh": np.where(where < 0, 80.0, np.where(hamlet, 50.0, 50.0)).tolist(),
        "insee": [codes[number] if number >= 0 else None for number in where.tolist()],
    }
    lines = [*shapely.linestrings(edges.ends), *roads]
    file = _parquet(folder / "streets.parquet", rows, np.array(lines, object), drawn.crs)
    mapping = {
        "id_voie": "id", "voie": "name", "classe": "hierarchy",
        "largeur_m": "width_m", "voies": "lanes", "vitesse_kmh": "speed_limit_kmh",
    }  # fmt: skip
    yield _step(file, "street", "Voies", mapping, 4)


def _roads(drawn: Department) -> list[Any]:
    """Return the roads from bourg to bourg, bent like the rest, from edge to edge of bourgs."""
    import shapely
    from scipy.spatial import Delaunay

    boxes = [drawn.boxes[k] for k in range(len(drawn.communes))]
    middle = np.array([((b.xmin + b.xmax) / 2, (b.ymin + b.ymax) / 2) for b in boxes])
    if len(middle) < 3:
        return []
    # Bourgs of a row of boxes may stand in line, where nothing joins three of them; once bent
    # as they are on the ground, they do not.
    corners = Delaunay(np.column_stack(drawn.warp(*middle.T))).simplices
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]))
    pairs = np.unique(pairs, axis=0)
    bourg = np.bincount(drawn.edges.commune[~drawn.edges.hamlet], minlength=len(boxes))
    reach = np.sqrt(bourg / 2 / np.pi) * plan.STEP * 1.1 + 60
    roads = []
    for a, b in pairs.tolist():
        length = float(np.hypot(*(middle[b] - middle[a])))
        first, last = reach[a], length - reach[b]
        if last - first < 300 or length > 9000:
            continue
        share = np.linspace(first, last, max(2, int((last - first) / 150)))[:, None] / length
        x, y = drawn.warp(*(middle[a] + (middle[b] - middle[a]) * share).T)
        roads.append(shapely.LineString(np.round(np.column_stack([x, y]), 2)))
    return roads


def _buildings(drawn: Department, folder: Path) -> Iterator[dict[str, Any]]:
    import shapely

    rng = drawn.rng(3)
    along, commune = plan.houses(drawn.edges, drawn.buildings, rng)
    rings, area = plan.footprints(drawn.edges, along, rng)
    count = len(commune)
    hamlet = drawn.edges.hamlet[along.edge]
    first = np.concatenate([[True], commune[1:] != commune[:-1]]) if count else np.zeros(0, bool)
    rank = np.arange(count) - np.maximum.accumulate(np.where(first, np.arange(count), 0))
    size = drawn.buildings[commune]
    public = (rank < len(_PUBLIC)) & (rank < 1 + size // 120) & ~hamlet
    use = np.where(
        hamlet & (rng.random(count) < 0.38),
        "Agricole",
        np.where(~hamlet & (rng.random(count) < 0.09), "Commercial et services", "Résidentiel"),
    ).astype(object)
    name = np.full(count, None, dtype=object)
    for number, (title, kind) in enumerate(_PUBLIC):
        name[public & (rank == number)] = title
        use[public & (rank == number)] = kind
    tall = np.where(size > 8000, 4, np.where(size > 1500, 3, 2))
    floors = np.where(hamlet, rng.integers(1, 3, count), rng.integers(1, tall + 1))
    height = np.round(floors * rng.uniform(2.6, 3.0, count) + rng.uniform(0.2, 0.8, count), 1)
    year = rng.integers(1850, 2024, count)
    unknown = rng.random((3, count)) < np.array([[0.12], [0.3], [0.1]])
    homes = np.where(use == "Résidentiel", np.maximum(1, (floors * area // 95)), 0)
    rows = {
        "id_bati": [f"BATIMENT{number:016d}" for number in range(count)],
        "usage": use,
        "denomination": name,
        "hauteur_m": np.where(unknown[0], np.nan, height),
        "etages": np.where(unknown[2], np.nan, floors),
        "annee_construction": np.where(unknown[1], np.nan, year),
        "logements": homes.astype(np.int64),
        "public": public,
    }
    shapes = shapely.polygons(rings)
    file = _parquet(folder / "buildings.parquet", rows, shapes, drawn.crs)
    mapping = {
        "id_bati": "id", "usage": "use", "denomination": "name", "hauteur_m": "height_m",
        "etages": "floors", "annee_construction": "built_year", "logements": "dwellings",
        "public": "public",
    }  # fmt: skip
    yield _step(file, "building", "Bâtiments", mapping, 16)


def _lighting(drawn: Department, folder: Path) -> Iterator[dict[str, Any]]:
    import shapely

    rng = drawn.rng(4)
    along, commune = plan.lamps(drawn.edges, drawn.lamps, rng)
    xy = plan.positions(drawn.edges, along, rng.normal(3.4, 0.3, len(commune)))
    fed = plan.cabinets(drawn.edges, along, xy, commune)
    codes = np.array([item.code for item in drawn.communes], dtype=object)
    first = np.unique(fed, return_index=True)[1]
    boxes = _cabinet_rows(drawn, xy, fed, codes[commune[first]], rng)
    file = _parquet(folder / "cabinets.parquet", boxes[0], shapely.points(boxes[1]), drawn.crs)
    mapping = {
        "num_armoire": "id", "nom_armoire": "name", "prm": "meter_id",
        "puissance_souscrite": "subscribed_power_kva", "regime": "schedule",
    }  # fmt: skip
    yield _step(file, "cabinet", "Armoires de commande", mapping, 1)
    rows = _lamp_rows(drawn, along, commune, rng)
    rows["num_armoire"] = np.asarray(boxes[0]["num_armoire"], dtype=object)[fed]
    shapes = shapely.points(np.round(xy, 2))
    file = _parquet(folder / "luminaires.parquet", rows, shapes, drawn.crs)
    mapping = {
        "num_pl": "id", "type_lampe": "lamp_type", "puissance": "power_w",
        "hauteur_feu": "height_m", "type_support": "support", "num_armoire": "cabinet_id",
        "date_pose": "installed_on",
    }  # fmt: skip
    yield _step(file, "luminaire", "Points lumineux", mapping, 6)


def _cabinet_rows(
    drawn: Department,
    xy: NDArray[np.float64],
    fed: NDArray[np.int64],
    code: NDArray[np.object_],
    rng: np.random.Generator,
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    count = len(code)
    lamps = np.bincount(fed, minlength=count)
    x, y = (np.bincount(fed, xy[:, axis], count) / np.maximum(lamps, 1) for axis in (0, 1))
    starts = np.concatenate([[True], code[1:] != code[:-1]]) if count else np.zeros(0, bool)
    rank = np.arange(count) - np.maximum.accumulate(np.where(starts, np.arange(count), 0)) + 1
    town = np.cumsum(starts) - 1
    habit = rng.integers(0, len(_REGIMES), town.max() + 1 if count else 0)
    regime = np.where(rng.random(count) < 0.85, habit[town], rng.integers(0, len(_REGIMES), count))
    rows = {
        "num_armoire": [f"{c}-A{k:03d}" for c, k in zip(code, rank.tolist(), strict=True)],
        "nom_armoire": [f"Armoire {k}" for k in rank.tolist()],
        "prm": [f"{item:014d}" for item in (30_000_000_000_000 + np.arange(count)).tolist()],
        "puissance_souscrite": np.ceil(lamps * 0.13),
        "regime": [_REGIMES[k] for k in regime.tolist()],
    }
    return rows, np.round(np.column_stack([x, y]) + rng.normal(0, 3, (count, 2)), 2)


def _lamp_rows(
    drawn: Department, along: Along, commune: NDArray[np.int64], rng: np.random.Generator
) -> dict[str, Any]:
    """Return the inventory: one kind of lamp a street, some values missing as in real ones."""
    count, edges = len(commune), len(drawn.edges)
    draws = rng.random(edges)
    bourg, hamlet = (np.cumsum([kind[column] for kind in _KINDS]) for column in (5, 6))
    kind = np.where(
        drawn.edges.hamlet,
        np.searchsorted(hamlet / hamlet[-1], draws),
        np.searchsorted(bourg / bourg[-1], draws),
    )[along.edge]
    years = np.array([item[4] for item in _KINDS])[kind]
    year = rng.integers(years[:, 0], years[:, 1] + 1)
    month = rng.integers(1, 13, count)
    powered, measured, dated = rng.random((3, count)) < np.array([[0.7], [0.5], [0.6]])
    days = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
    date = days.astype("datetime64[D]").astype(str).astype(object)
    height = np.array([item[2] for item in _KINDS])[kind] + rng.choice([-0.5, 0, 0, 0.5], count)
    start = np.concatenate([[0], np.cumsum(np.bincount(commune, minlength=len(drawn.communes)))])
    rank = np.arange(count) - start[commune] + 1
    codes = [drawn.communes[k].code for k in commune.tolist()]
    return {
        "num_pl": [f"{c}-{k:05d}" for c, k in zip(codes, rank.tolist(), strict=True)],
        "type_lampe": np.array([item[0] for item in _KINDS], dtype=object)[kind],
        "puissance": np.where(powered, np.array([item[1] for item in _KINDS])[kind], np.nan),
        "hauteur_feu": np.where(measured, height, np.nan),
        "type_support": np.array([item[3] for item in _KINDS], dtype=object)[kind],
        "date_pose": [day if known else None for day, known in zip(date, dated, strict=True)],
        "insee": codes,
    }


def _relief(drawn: Department, folder: Path) -> Iterator[dict[str, Any]]:
    """Write the relief by blocks whose edges are those of tiles, empty outside the département."""
    import rasterio
    import shapely
    from rasterio import features
    from rasterio.transform import from_origin

    box = Box(
        min(b.xmin for b in drawn.boxes.values()), min(b.ymin for b in drawn.boxes.values()),
        max(b.xmax for b in drawn.boxes.values()), max(b.ymax for b in drawn.boxes.values()),
    )  # fmt: skip
    edge = plan.outline(box, drawn.warp)
    west, north = (int(np.floor(edge[:, 0].min() / 1000)), int(np.ceil(edge[:, 1].max() / 1000)))
    east, south = (int(np.ceil(edge[:, 0].max() / 1000)), int(np.floor(edge[:, 1].min() / 1000)))
    bounds = (1000.0 * west, 1000.0 * south, 1000.0 * east, 1000.0 * north)
    values = plan.relief(bounds, CELL, drawn.rng(5))
    # Edges of tiles are half a metre off multiples of 1,000: x = 1000·X − 0.5, y = 1000·Y + 0.5.
    whole = from_origin(bounds[0] - 0.5, bounds[3] + 0.5, CELL, CELL)
    inside = features.rasterize(
        [shapely.Polygon(edge).buffer(2 * CELL)], out_shape=values.shape, transform=whole
    ).astype(bool)
    values = np.where(inside, np.round(values, 2), np.float32(-99999.0)).astype(np.float32)
    side = int(BLOCK / CELL)
    for top in range(0, values.shape[0], side):
        for left in range(0, values.shape[1], side):
            part = values[top : top + side, left : left + side]
            if not (part > -99999.0).any():
                continue
            x, y = bounds[0] - 0.5 + CELL * left, bounds[3] + 0.5 - CELL * top
            file = folder / f"relief_{round(x / 1000):04d}_{round(y / 1000):04d}.tif"
            with rasterio.open(
                file, "w", driver="GTiff", width=part.shape[1], height=part.shape[0], count=1,
                dtype="float32", crs=drawn.crs, nodata=-99999.0, compress="DEFLATE", predictor=3,
                transform=from_origin(x, y, CELL, CELL),
            ) as out:  # fmt: skip
                out.write(part, 1)
            cost = 60 * (part > -99999.0).sum() / side**2
            yield {"file": str(file), "layer": "dtm", "title": "Relief à 25 m", "cost": cost}


def _parquet(file: Path, rows: dict[str, Any], shapes: Any, crs: str) -> Path:
    """Write rows and shapes as GeoParquet; numbers that are not known stay empty."""
    import pyarrow as pa
    import shapely

    from jumeau.twin import geoparquet

    columns: dict[str, pa.Array] = {}
    for name, values in rows.items():
        numbers = isinstance(values, np.ndarray) and values.dtype.kind == "f"
        columns[name] = pa.array(values, from_pandas=numbers or None)
    columns["geometry"] = pa.array(shapely.to_wkb(np.asarray(shapes, dtype=object)), pa.binary())
    geoparquet.write(pa.table(columns), file, crs=crs)
    return file


def _step(
    file: Path, table: str, title: str, mapping: dict[str, str], cost: float, **more: Any
) -> dict[str, Any]:
    step = {"file": str(file), "table": table, "title": title, "mapping": mapping, "cost": cost}
    return step | more
