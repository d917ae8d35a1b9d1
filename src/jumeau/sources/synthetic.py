# SPDX-License-Identifier: EUPL-1.2
"""A small synthetic neighbourhood: the bourg of a Norman commune that does not exist.

Main street and church square, suburbs along the roads, four housing estates of their decades, an
activity zone, farms; about forty streets, three hundred buildings, addresses, trees, districts,
a budget and traffic counts, written as the files an authority would have. Everything follows
from the seed. It lets a fresh machine run the whole chain without any data.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.sources import townscape
from jumeau.sources.townscape import Building, Ground, Street

if TYPE_CHECKING:
    import shapely

NAME = "Saint-Aubin-du-Val"
INSEE = "14999"
"""Code that INSEE has given to no municipality."""
ORIGIN = (418_500.0, 6_882_500.0)
"""Church square, in Lambert-93: open country south of Bayeux [m]."""
CRS = "EPSG:2154"
PROVENANCE = {
    "publisher": "Jumeau (données synthétiques)",
    "licence": "Licence Ouverte 2.0",
    "vintage": "2024",
}
SPECIES = (
    ("Tilia cordata", 9.0, 1960),
    ("Platanus x hispanica", 13.0, 1935),
    ("Acer platanoides", 8.0, 1985),
    ("Quercus robur", 14.0, 1900),
    ("Prunus avium", 6.0, 1998),
    ("Malus domestica", 4.5, 2008),
    ("Fraxinus excelsior", 12.0, 1955),
)
# name, use, node of the plan it stands by, angle [°], size [m], wing, floors, height, year
_PUBLIC = (
    ("Église Saint-Aubin", "Religieux", (2, 8), 8, (30, 11), (9, 20), 1, 11.5, 1180),
    ("Mairie", "Administratif", (22, 74), 10, (18, 11), (0, 0), 2, 8.2, 1878),
    (
        "Groupe scolaire Jules-Ferry",
        "Enseignement",
        (-206, 92),
        78,
        (42, 12),
        (14, 30),
        2,
        7.1,
        1958,
    ),
    ("Salle polyvalente", "Sportif et culturel", (255, -176), -20, (34, 22), (0, 0), 1, 6.8, 1984),
    ("Gymnase", "Sportif", (258, -226), -20, (40, 24), (0, 0), 1, 8.5, 1992),
    ("Médiathèque", "Sportif et culturel", (-128, 46), 12, (20, 13), (0, 0), 1, 4.6, 2011),
    ("Ateliers municipaux", "Administratif", (462, -96), 32, (30, 16), (0, 0), 1, 5.6, 1999),
    ("Centre de secours", "Administratif", (-418, -78), 12, (26, 15), (0, 0), 1, 6.2, 1976),
    ("Micro-crèche", "Enseignement", (-104, 186), 60, (16, 11), (0, 0), 1, 3.4, 2015),
)


@dataclass(frozen=True)
class Town:
    """The neighbourhood as shapes.

    Parameters
    ----------
    streets, segments : list of Street
        Whole streets; the same cut at junctions.
    buildings : list of Building
        Public ones first.
    trees : list of tuple
        (x, y, species, height, year).
    boundary : shapely.Polygon
        Outline of the commune's built-up area.
    districts : dict
        {name: polygon}.
    """

    streets: list[Street]
    segments: list[Street]
    buildings: list[Building]
    trees: list[tuple[float, float, str, float, int]]
    boundary: shapely.Polygon
    districts: dict[str, Any]


def draw(seed: int = 0) -> Town:
    """Draw the neighbourhood of a seed.

    Parameters
    ----------
    seed : int
        Seed; the same one gives the same town to the centimetre.
    """
    import shapely

    rng = np.random.default_rng(seed)
    whole = townscape.streets(rng, ORIGIN)
    square = shapely.Point(ORIGIN[0] + 2, ORIGIN[1] + 8).buffer(34)
    public = _public_buildings(whole)
    ground = Ground(whole, [square], [item.shape for item in public])
    buildings = [*public]
    order = sorted(whole, key=lambda street: list(townscape.ZONES).index(street.zone))
    for street in order:
        buildings += townscape.along(rng, street, ground)
    network = shapely.union_all([street.line for street in whole])
    outline = shapely.convex_hull(network).buffer(75).simplify(25).segmentize(140)
    corners = np.array(outline.exterior.coords)[:-1] + rng.normal(0, 14, (1, 2))
    corners += rng.normal(0, 9, corners.shape)
    boundary = shapely.set_precision(shapely.Polygon(corners), 0.1)
    trees = _trees(rng, whole, ground)
    districts = _districts(whole, boundary)
    return Town(whole, townscape.segments(whole), buildings, trees, boundary, districts)


def _public_buildings(whole: list[Street]) -> list[Building]:
    import shapely
    from shapely import affinity

    built = []
    for name, use, place, angle, (length, width), wing, floors, height, year in _PUBLIC:
        shape: Any = shapely.box(-length / 2, -width / 2, length / 2, width / 2)
        if wing[0]:
            other = shapely.box(-wing[0] / 2, -wing[1] / 2, wing[0] / 2, wing[1] / 2)
            shift = length / 5 if use == "Religieux" else -length / 2 + wing[0] / 2
            shape = shapely.union(shape, affinity.translate(other, shift, 0))
        x, y = ORIGIN[0] + place[0], ORIGIN[1] + place[1]
        shape = affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), x, y)
        shape = shapely.set_precision(shape, 0.01)
        near = min(whole, key=lambda street: street.line.distance(shape))
        position = near.line.project(shape.centroid)
        _, front = shapely.shortest_line(near.line, shape).coords
        built.append(
            Building(
                shape,
                (round(front[0], 2), round(front[1], 2)),
                near,
                _side(near.line, shape.centroid),
                position,
                floors,
                height,
                year,
                use,
                name,
                True,
            )
        )
    return built


def _side(line: Any, point: Any) -> int:
    """Return 1 on the left of a line, -1 on its right."""
    position = line.project(point)
    before, after = line.interpolate(max(position - 1, 0)), line.interpolate(position + 1)
    cross = (after.x - before.x) * (point.y - before.y) - (after.y - before.y) * (
        point.x - before.x
    )
    return 1 if cross > 0 else -1


def _trees(
    rng: np.random.Generator, whole: list[Street], ground: Ground
) -> list[tuple[float, float, str, float, int]]:
    planted: list[tuple[float, float, int]] = []
    by_name = {street.name: street for street in whole}
    for name, offset, spacing, kind in (
        ("Place de l'Église", 6.5, 9.0, 0),
        ("Route de Caen", 7.5, 22.0, 1),
        ("Route de Vire", 7.5, 24.0, 6),
        ("Route de Falaise", 8.0, 20.0, 1),
        ("Rue des Lilas", 4.6, 26.0, 4),
        ("Rue Jacques-Prévert", 4.6, 28.0, 2),
        ("Rue des Pommiers", 4.6, 18.0, 5),
        ("Rue du Stade", 5.5, 16.0, 2),
        ("Rue des Écoles", 5.0, 24.0, 0),
        ("Chemin du Bief", 5.0, 14.0, 3),
    ):
        line = by_name[name].line
        for x, y in townscape.rows_of_trees(rng, line, offset, spacing, ground):
            planted.append((x, y, kind))
    return [
        (
            x,
            y,
            SPECIES[kind][0],
            round(float(SPECIES[kind][1] * rng.uniform(0.75, 1.2)), 1),
            int(SPECIES[kind][2] + rng.integers(0, 6)),
        )
        for x, y, kind in planted
    ]


def _districts(whole: list[Street], boundary: Any) -> dict[str, Any]:
    """Cut the outline along the road from west to east and that from north to south."""
    import shapely

    by_name = {street.name: street.line for street in whole}
    axis = ["Route de Saint-Lô", "Grande Rue", "Rue de Bayeux", "Route de Falaise"]
    axis += ["Route de Caen", "Rue de Caen", "Place de l'Église", "Rue du Lavoir", "Route de Vire"]
    lines = [by_name[name] for name in axis]
    for name, end in (
        ("Route de Saint-Lô", 0),
        ("Route de Falaise", -1),
        ("Route de Caen", -1),
        ("Route de Vire", -1),
    ):
        coords = list(by_name[name].coords)
        tip, inner = np.array(coords[end]), np.array(coords[1 if end == 0 else -2])
        away = tip + (tip - inner) / np.hypot(*(tip - inner)) * 400
        lines.append(shapely.LineString([tip, away]))
    cut = shapely.node(shapely.GeometryCollection([*lines, boundary.exterior]))
    faces = [
        face
        for face in shapely.get_parts(shapely.polygonize([cut]))
        if boundary.contains(face.representative_point())
    ]
    names = {(-1, 1): "Le Haut-Bourg", (1, 1): "Les Lilas"}
    names |= {(-1, -1): "Le Val", (1, -1): "Le Stade"}
    groups: dict[str, list[Any]] = {name: [] for name in names.values()}
    for face in faces:
        centre = face.centroid
        key = (1 if centre.x >= ORIGIN[0] else -1, 1 if centre.y >= ORIGIN[1] else -1)
        groups[names[key]].append(face)
    return {name: shapely.union_all(faces) for name, faces in groups.items() if faces}


# -- files -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Neighbourhood:
    """Part of the demonstrator (:class:`~jumeau.base.contract.SyntheticPart`)."""

    name: str = "neighbourhood"

    def write(self, folder: str, seed: int = 0) -> list[dict[str, Any]]:
        """Write the files of the neighbourhood.

        Parameters
        ----------
        folder : str
            Where to write; made if need be.
        seed : int
            Seed of the town.

        Returns
        -------
        list of dict
            Keyword arguments of :meth:`jumeau.twin.territory.Territory.add`, in a good order.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        town = draw(seed)
        made = [
            _boundary(target, town),
            _district_file(target, town),
            _streets(target, town),
            _buildings(target, town),
            _addresses(target, town),
            _tree_file(target, town),
            _budget(target),
            _traffic(target, town, np.random.default_rng(seed + 1)),
        ]
        return [entry | PROVENANCE for entry in made]


def _geojson(path: Path, features: Iterable[tuple[Any, dict[str, Any]]]) -> None:
    import shapely

    document = {
        "type": "FeatureCollection",
        "name": path.stem,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
        "features": [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            for shape, properties in features
        ],
    }
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _table(path: Path, header: list[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _entry(path: Path, table: str, title: str, mapping: dict[str, str]) -> dict[str, Any]:
    return {"file": str(path), "table": table, "title": title, "mapping": mapping}


def _boundary(folder: Path, town: Town) -> dict[str, Any]:
    path = folder / "commune.geojson"
    facilities = [
        (item.shape.centroid, {"id": f"EQ{number:02d}", "nom": item.name, "nature": item.use})
        for number, item in enumerate(town.buildings, 1)
        if item.public
    ]
    outline = (town.boundary, {"id": INSEE, "nom": NAME, "nature": "municipality"})
    _geojson(path, [outline, *facilities])
    mapping = {"id": "id", "nom": "name", "nature": "kind"}
    return _entry(path, "place", "Limite communale et équipements", mapping)


def _district_file(folder: Path, town: Town) -> dict[str, Any]:
    path = folder / "quartiers.geojson"
    _geojson(
        path,
        [
            (shape, {"code": f"Q{number}", "nom": name})
            for number, (name, shape) in enumerate(town.districts.items(), 1)
        ],
    )
    return _entry(path, "district", "Quartiers", {"code": "id", "nom": "name"})


def _streets(folder: Path, town: Town) -> dict[str, Any]:
    path = folder / "streets.geojson"
    _geojson(
        path,
        [
            (
                street.line,
                {
                    "id": f"T{number:03d}",
                    "name": street.name,
                    "width_m": street.width,
                    "hierarchy": street.hierarchy,
                    "speed_limit_kmh": 30 if street.zone in {"bourg", "place"} else 50,
                },
            )
            for number, street in enumerate(town.segments, 1)
        ],
    )
    names = ["id", "name", "width_m", "hierarchy", "speed_limit_kmh"]
    return _entry(path, "street", "Filaire de voirie", {name: name for name in names})


def _buildings(folder: Path, town: Town) -> dict[str, Any]:
    path = folder / "batiments.geojson"
    _geojson(
        path,
        [
            (
                item.shape,
                {
                    "cleabs": f"BATIMENT{number:016d}",
                    "usage_1": item.use,
                    "nom": item.name or None,
                    # One in eight is unknown, as in real files.
                    "hauteur": None if number % 8 == 3 and not item.public else item.height,
                    "nombre_d_etages": item.floors,
                    "annee": None if item.year < 1850 and not item.public else item.year,
                    "surface": round(item.shape.area * item.floors * 0.9) if item.public else None,
                    "public": item.public,
                },
            )
            for number, item in enumerate(town.buildings, 1)
        ],
    )
    mapping = {
        "cleabs": "id",
        "usage_1": "use",
        "nom": "name",
        "hauteur": "height_m",
        "nombre_d_etages": "floors",
        "annee": "built_year",
        "surface": "floor_area_m2",
        "public": "public",
    }
    return _entry(path, "building", "Bâtiments", mapping)


def _addresses(folder: Path, town: Town) -> dict[str, Any]:
    path = folder / "adresses.csv"
    served = [item for item in town.buildings if item.use not in {"Agricole", "Religieux"}]
    rows = []
    for street in town.streets:
        # Numbers rise from the beginning of the street: odd on the left, even on the right.
        for side, first in ((1, 1), (-1, 2)):
            here = [
                item for item in served if item.street.name == street.name and item.side == side
            ]
            for rank, item in enumerate(sorted(here, key=lambda item: item.along)):
                rows.append((street.name, first + 2 * rank, item.door))
    codes = {street.name: f"{number:04d}" for number, street in enumerate(town.streets, 1)}
    x, y = np.array([row[2] for row in rows]).T
    lon, lat = systems.reproject(x, y, CRS, systems.WGS84)
    _table(
        path,
        ["id", "numero", "rep", "nom_voie", "code_insee", "nom_commune", "x", "y", "lon", "lat"],
        [
            (
                f"{INSEE}_{codes[street]}_{number:05d}",
                number,
                "",
                street,
                INSEE,
                NAME,
                door[0],
                door[1],
                round(float(lon[place]), 7),
                round(float(lat[place]), 7),
            )
            for place, (street, number, door) in enumerate(rows)
        ],
    )
    mapping = {"id": "id", "numero": "number", "rep": "suffix", "nom_voie": "street_name"}
    return _entry(path, "address", "Adresses", mapping | {"code_insee": "insee_code"})


def _tree_file(folder: Path, town: Town) -> dict[str, Any]:
    path = folder / "arbres.csv"
    _table(
        path,
        ["num_arbre", "x", "y", "espece", "hauteur_m", "annee_plantation"],
        [(f"A{number:04d}", *tree) for number, tree in enumerate(town.trees, 1)],
    )
    mapping = {"num_arbre": "id", "espece": "species", "hauteur_m": "height_m"}
    return _entry(path, "tree", "Arbres", mapping | {"annee_plantation": "planted_year"})


# M57 accounts of a commune of some 1,900 inhabitants: section, direction, account, function,
# label, amount of 2022 [€], growth a year.
_BUDGET = (
    ("F", "D", "60612", "512", "Éclairage public", 23_400, 1.16),
    ("F", "D", "615232", "512", "Éclairage public", 11_800, 1.04),
    ("F", "D", "60612", "020", "Administration générale", 9_700, 1.14),
    ("F", "D", "60612", "213", "Classes regroupées", 18_300, 1.15),
    ("F", "D", "60612", "321", "Salles de sport, gymnases", 12_900, 1.15),
    ("F", "D", "60611", "020", "Administration générale", 2_600, 1.05),
    ("F", "D", "64111", "020", "Administration générale", 412_000, 1.03),
    ("F", "D", "615231", "845", "Voirie communale", 38_500, 1.02),
    ("F", "R", "73111", "01", "Opérations non ventilables", 618_000, 1.03),
    ("F", "R", "741121", "01", "Opérations non ventilables", 287_000, 1.01),
    ("I", "D", "21534", "512", "Éclairage public", 14_000, 1.30),
    ("I", "D", "2151", "845", "Voirie communale", 126_000, 0.92),
    ("I", "D", "21312", "213", "Classes regroupées", 64_000, 1.10),
    ("I", "R", "10222", "01", "Opérations non ventilables", 41_000, 1.05),
)


def _budget(folder: Path) -> dict[str, Any]:
    path = folder / "budget.csv"
    rows = [
        (
            year,
            section,
            direction,
            nature,
            function,
            label,
            f"{amount * growth ** (year - 2022):,.2f}".replace(",", "\u202f").replace(".", ","),
        )
        for year in (2022, 2023, 2024)
        for section, direction, nature, function, label, amount, growth in _BUDGET
    ]
    header = ["Exercice", "Section", "Sens", "Nature", "Fonction", "Libellé", "Montant"]
    _table(path, header, rows)
    mapping = {"Exercice": "year", "Section": "section", "Sens": "direction", "Nature": "nature"}
    mapping |= {"Fonction": "function", "Libellé": "label", "Montant": "amount_eur"}
    return _entry(path, "budget", "Budget primitif", mapping)


def _traffic(folder: Path, town: Town, rng: np.random.Generator) -> dict[str, Any]:
    path = folder / "comptages.csv"
    rows: list[tuple[Any, ...]] = []
    for number, street in enumerate(town.segments, 1):
        if street.hierarchy != "départementale" or street.line.length < 60:
            continue
        day = round(float(rng.uniform(1400, 4200)) / 10) * 10
        rows.append(
            (
                f"C{len(rows) + 1:02d}",
                f"T{number:03d}",
                street.name,
                "13/05/2024",
                "19/05/2024",
                2024,
                day,
                round(day * float(rng.uniform(0.07, 0.09))),
                round(day * float(rng.uniform(0.085, 0.105))),
                30 if street.zone in {"bourg", "place"} else 50,
                "Pneumatique",
            )
        )
    header = [
        "id",
        "id_troncon",
        "nom_voie",
        "date_debut",
        "date_fin",
        "annee",
        "tmj",
        "hpm",
        "hps",
    ]
    _table(path, [*header, "vitesse_legale", "type_comptage"], rows)
    mapping = {
        "id": "id",
        "id_troncon": "street_id",
        "nom_voie": "name",
        "date_debut": "starts_on",
        "date_fin": "ends_on",
        "annee": "year",
        "tmj": "vehicles_day",
        "hpm": "vehicles_peak_morning",
        "hps": "vehicles_peak_evening",
        "vitesse_legale": "speed_limit_kmh",
        "type_comptage": "method",
    }
    return _entry(path, "traffic_count", "Comptages routiers", mapping)


NEIGHBOURHOOD = Neighbourhood()
