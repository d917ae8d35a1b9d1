# SPDX-License-Identifier: EUPL-1.2
"""Files of the demonstrator commune, as an authority receives them from its publishers.

BD TOPO v3 layers as GeoJSON, elevation tiles of 1 km, cadastre of Etalab, BAN addresses, INSEE's
cells, a flood map, and the commune's own tables; half filled where real ones are.

Names that other parts may rely on, all in one folder: ``commune.geojson``, ``quartiers.geojson``,
``toponymie.geojson``, ``troncon_de_route.geojson``, ``batiment.geojson``,
``troncon_hydrographique.geojson``, ``surface_hydrographique.geojson``,
``construction_surfacique.geojson``, ``zone_de_vegetation.geojson``, ``reservoir.geojson``,
``cadastre-<INSEE>-parcelles.json``, ``adresses-<INSEE>.csv``, ``arbres.csv``,
``carreaux_200m.geojson``, ``zones_inondables.geojson``, ``budget.csv``, ``comptages.csv``, and
``RGEALTI_*_MNT_*.tif``, ``…_MNS_…`` and ``…_MNH_…``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.sources.synthetic import buildings, elevation, land, people
from jumeau.sources.synthetic.town import Town

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

PROVENANCE = {
    "publisher": "Jumeau (données synthétiques)",
    "licence": "Licence Ouverte 2.0",
    "vintage": "2024",
}
LETTERS = np.array(list("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
"""Letters of an RNB identifier."""
UNKNOWN = {"height": 0.09, "floors": 0.3, "year": 0.14, "material": 0.1, "rnb": 0.06}
"""Shares of buildings of which a fact is not known."""
UNMEASURED = {"Ateliers municipaux", "Maison de santé", "Vestiaires du stade"}
"""Public buildings whose floor area nobody wrote down."""
EPCI = "CC du Bocage et des Vallées"

Step = dict[str, Any]


def write(
    folder: Path, town: Town, seed: int, name: str, progress: Progress | None = None
) -> list[Step]:
    """Write every file; return what to add, in a good order.

    Parameters
    ----------
    folder : Path
        Where to write; made if need be.
    town : Town
        Commune.
    seed : int
        Seed of what is not known.
    name : str
        Name of the commune.
    progress : callable, optional
        Receives a stage and the share done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tell = progress or (lambda stage, share: None)
    rng = np.random.default_rng([seed, 10])
    out = _Writer(folder, town.frame.crs)
    grids, population = people.cells(town)
    total = sum(cell.inhabitants for cell in population)
    tell("elevation", 0.0)
    under, ground = elevation.footing(town)
    made = [
        _municipality(out, town, name, total),
        _places(out, town, name),
        *elevation.write(folder, town, under, seed),
    ]
    tell("files", 0.6)
    made += [
        _districts(out, town),
        _streets(out, town),
        _watercourses(out, town),
        _water_bodies(out, town),
        _bridges(out, town),
        _vegetation(out, town),
    ]
    parcels, step = _parcels(out, town)
    made += [
        step,
        _buildings(out, town, under, ground, rng),
        _tank(out, town),
        _addresses(out, town, name, parcels),
        _trees(out, town, rng),
        _population(out, grids, population),
        _floods(out, town),
        _budget(out, total),
        _traffic(out, town, seed),
    ]
    tell("files", 1.0)
    return [entry | PROVENANCE for entry in made]


class _Writer:
    """Writes features and tables in a folder, in one projection."""

    def __init__(self, folder: Path, crs: str) -> None:
        self.folder, self.crs = folder, crs

    def layer(
        self,
        file: str,
        table: str,
        title: str,
        mapping: dict[str, str],
        features: Iterable[tuple[Any, dict[str, Any]]],
        crs: str = "",
    ) -> Step:
        """Write a GeoJSON; features are (shape, properties)."""
        import shapely

        items = list(features)
        shapes = shapely.to_geojson([shape for shape, _ in items])
        document = {
            "type": "FeatureCollection",
            "name": file.partition(".")[0],
            "crs": {
                "type": "name",
                "properties": {"name": f"urn:ogc:def:crs:{(crs or self.crs).replace(':', '::')}"},
            },
            "features": [
                {"type": "Feature", "properties": facts, "geometry": json.loads(shape)}
                for (_, facts), shape in zip(items, shapes, strict=True)
            ],
        }
        path = self.folder / file
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return {"file": str(path), "table": table, "title": title, "mapping": mapping}

    def table(
        self,
        file: str,
        table: str,
        title: str,
        mapping: dict[str, str],
        header: list[str],
        lines: Iterable[Iterable[Any]],
        *,
        placed: bool = False,
    ) -> Step:
        """Write a CSV with semicolons; ``placed`` when it holds x and y."""
        path = self.folder / file
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=";", lineterminator="\n")
            writer.writerow(header)
            writer.writerows(lines)
        step: Step = {"file": str(path), "table": table, "title": title, "mapping": mapping}
        return step | {"source_crs": self.crs} if placed else step


def identifier(kind: str, number: int) -> str:
    """Return an identifier as BD TOPO writes them: a word and sixteen figures."""
    return f"{kind}{3_499_900_000 + number:016d}"


# -- limits and names --------------------------------------------------------------------------
def _municipality(out: _Writer, town: Town, name: str, total: int) -> Step:
    site = town.frame.site
    department = site.insee[:3] if site.insee.startswith("97") else site.insee[:2]
    facts = {
        "insee_com": site.insee,
        "nom": name,
        "population": total,
        "code_postal": site.postcode,
        "siren": f"21{site.insee}0018"[:9],
        "siren_epci": site.epci,
        "nom_epci": EPCI,
        "insee_dep": department,
        "insee_reg": site.region,
    }
    mapping = {
        "insee_com": "id", "nom": "name", "population": "population",
        "code_postal": "postal_codes", "siren": "siren", "siren_epci": "epci",
        "nom_epci": "epci_name", "insee_dep": "department", "insee_reg": "region",
    }  # fmt: skip
    title = "Limite communale et population"
    return out.layer(
        "commune.geojson", "municipality", title, mapping, [(town.plan.boundary, facts)]
    )


def _places(out: _Writer, town: Town, name: str) -> Step:
    import shapely

    site = town.frame.site
    rows = [(town.plan.boundary, {"id": site.insee, "nom": name, "nature": "municipality"})]
    rows += [
        (item.shape.centroid, {"id": f"EQ{rank:02d}", "nom": item.name, "nature": item.use})
        for rank, item in enumerate(town.buildings, 1)
        if item.public
    ]
    rows += [
        (shapely.Point(point), {"id": f"LD{rank:02d}", "nom": place, "nature": "Lieu-dit habité"})
        for rank, (place, point) in enumerate(town.plan.places.items(), 1)
    ]
    rows.append((town.tank.centroid, {"id": "EQ99", "nom": "Château d'eau", "nature": "Réservoir"}))
    mapping = {"id": "id", "nom": "name", "nature": "kind"}
    return out.layer("toponymie.geojson", "place", "Équipements et lieux-dits", mapping, rows)


def _districts(out: _Writer, town: Town) -> Step:
    rows = [
        (shape, {"code": f"Q{rank}", "nom": name})
        for rank, (name, shape) in enumerate(town.districts.items(), 1)
    ]
    return out.layer(
        "quartiers.geojson", "district", "Quartiers", {"code": "id", "nom": "name"}, rows
    )


# -- streets, water, land ----------------------------------------------------------------------
def _streets(out: _Writer, town: Town) -> Step:
    nature = {"sentier": "Sentier", "chemin rural": "Chemin"}
    rows = [
        (
            street.line,
            {
                "cleabs": identifier("TRONROUT", rank),
                "nature": nature.get(street.hierarchy, "Route à 1 chaussée"),
                "nom_voie": street.name,
                "importance": "3" if street.hierarchy == "départementale" else "5",
                "cpx_classement_administratif": street.hierarchy,
                "cpx_gestionnaire": "Département"
                if street.hierarchy == "départementale"
                else "Commune",
                "largeur_de_chaussee": street.width,
                "nombre_de_voies": 2 if street.width >= 5 else 1,
                "sens_de_circulation": "Double sens",
                "vitesse_limite": _speed(street.zone, street.hierarchy),
            },
        )
        for rank, street in enumerate(town.segments, 1)
    ]
    mapping = {
        "cleabs": "id", "nom_voie": "name", "cpx_classement_administratif": "hierarchy",
        "cpx_gestionnaire": "ownership", "largeur_de_chaussee": "width_m",
        "nombre_de_voies": "lanes", "sens_de_circulation": "direction",
        "vitesse_limite": "speed_limit_kmh",
    }  # fmt: skip
    return out.layer("troncon_de_route.geojson", "street", "Tronçons de route", mapping, rows)


def _speed(zone: str, hierarchy: str) -> int | None:
    """Return the legal speed [km/h]; nobody knows that of a path."""
    if hierarchy in {"sentier", "chemin rural"}:
        return None
    return {"bourg": 30, "place": 30, "rural": 80, "hameau": 70}.get(zone, 50)


def _watercourses(out: _Writer, town: Town) -> Step:
    limit = town.plan.boundary
    rows: list[tuple[Any, dict[str, Any]]] = []
    for course in (town.relief.stream, town.relief.ditch):
        inside = course.line.intersection(limit.buffer(30))
        parts = [part for part in getattr(inside, "geoms", [inside]) if part.length > 1]
        for part in parts:
            facts = {
                "cleabs": identifier("TRONEAUX", len(rows) + 1),
                "nature": "Ecoulement naturel",
                "nom": course.name,
                "persistance": "Permanent" if course.permanent else "Intermittent",
                "position_par_rapport_au_sol": "0",
                "largeur": course.width,
            }
            rows.append((part, facts))
    mapping = {
        "cleabs": "id", "nom": "name", "nature": "kind", "persistance": "persistence",
        "position_par_rapport_au_sol": "position", "largeur": "width_m",
    }  # fmt: skip
    return out.layer("troncon_hydrographique.geojson", "watercourse", "Cours d'eau", mapping, rows)


def _water_bodies(out: _Writer, town: Town) -> Step:
    rows = [
        (
            shape,
            {
                "cleabs": identifier("SURFEAUX", rank),
                "nature": kind,
                "nom": name or None,
                "persistance": "Permanent",
            },
        )
        for rank, (shape, name, kind) in enumerate(town.ponds, 1)
    ]
    mapping = {"cleabs": "id", "nature": "kind", "nom": "name", "persistance": "persistence"}
    return out.layer(
        "surface_hydrographique.geojson", "water_body", "Surfaces d'eau", mapping, rows
    )


def _bridges(out: _Writer, town: Town) -> Step:
    rows = [
        (
            crossing.shape,
            {
                "cleabs": identifier("CONSSURF", rank),
                "nature": "Pont",
                "nature_detaillee": crossing.kind,
                "toponyme": f"{crossing.kind}, {crossing.street.name}",
            },
        )
        for rank, crossing in enumerate(town.crossings, 1)
    ]
    mapping = {"cleabs": "id", "nature_detaillee": "kind", "toponyme": "name"}
    return out.layer("construction_surfacique.geojson", "bridge", "Ponts et buses", mapping, rows)


def _vegetation(out: _Writer, town: Town) -> Step:
    rows = [
        (shape, {"cleabs": identifier("ZONEVEGE", rank), "nature": kind})
        for rank, (shape, kind, _) in enumerate(town.vegetation, 1)
    ]
    mapping = {"cleabs": "id", "nature": "kind"}
    return out.layer("zone_de_vegetation.geojson", "vegetation", "Végétation", mapping, rows)


def _parcels(out: _Writer, town: Town) -> tuple[list[str], Step]:
    insee = town.frame.site.insee
    named = land.sections(town.parcels, town.frame.centre, f"{insee}000")
    rows = [
        (
            item.shape,
            {
                "id": name,
                "commune": insee,
                "prefixe": "000",
                "section": section,
                "numero": number,
                "contenance": round(item.shape.area),
                "created": "2004-06-14",
                "updated": "2023-10-09",
            },
        )
        for item, (name, section, number) in zip(town.parcels, named, strict=True)
    ]
    mapping = {
        "id": "id", "commune": "insee_code", "section": "section", "numero": "number",
        "contenance": "area_m2",
    }  # fmt: skip
    step = out.layer(
        f"cadastre-{insee}-parcelles.json", "parcel", "Parcelles cadastrales", mapping, rows
    )
    return [name for name, _, _ in named], step


# -- buildings ---------------------------------------------------------------------------------
def _buildings(
    out: _Writer,
    town: Town,
    under: NDArray[np.float64],
    lowest: NDArray[np.float64],
    rng: np.random.Generator,
) -> Step:
    count = len(town.buildings)
    lost = {fact: rng.random(count) < share for fact, share in UNKNOWN.items()}
    rnb = ["".join(letters) for letters in rng.choice(LETTERS, (count, 12))]
    rows = []
    levels = buildings.levels(town.buildings, under)
    for k, (item, (_, gutter, ridge, _)) in enumerate(zip(town.buildings, levels, strict=True)):
        known = {fact: item.public or not lost[fact][k] for fact in UNKNOWN}
        old = item.year < 1850 and not item.public
        facts = {
            "cleabs": identifier("BATIMENT", k + 1),
            "nature": item.nature,
            "usage_1": item.use,
            "construction_legere": item.use == buildings.OUTBUILDING and item.walls == "90",
            "etat_de_l_objet": "En service",
            "nom": item.name or None,
            "hauteur": item.height if known["height"] else None,
            "nombre_d_etages": item.floors if known["floors"] and item.floors else None,
            "nombre_de_logements": item.dwellings if item.use == "Résidentiel" else None,
            "altitude_minimale_sol": round(float(lowest[k]), 1),
            "altitude_minimale_toit": round(gutter, 1) if known["height"] else None,
            "altitude_maximale_toit": round(ridge, 1) if known["height"] else None,
            "materiaux_des_murs": item.walls if known["material"] else None,
            "materiaux_de_la_toiture": item.roof if known["material"] else None,
            "identifiants_rnb": rnb[k] if known["rnb"] else None,
            "annee_construction": item.year if known["year"] and not old else None,
            "surface_plancher": round(item.shape.area * item.floors * 0.9)
            if item.public and item.name not in UNMEASURED
            else None,
            "public": item.public,
        }
        rows.append((item.shape, facts))
    mapping = {
        "cleabs": "id", "usage_1": "use", "nom": "name", "hauteur": "height_m",
        "nombre_d_etages": "floors", "nombre_de_logements": "dwellings",
        "altitude_minimale_sol": "ground_m", "altitude_maximale_toit": "roof_m",
        "materiaux_des_murs": "wall_material", "materiaux_de_la_toiture": "roof_material",
        "construction_legere": "light", "etat_de_l_objet": "condition",
        "identifiants_rnb": "rnb_id", "annee_construction": "built_year",
        "surface_plancher": "floor_area_m2", "public": "public",
    }  # fmt: skip
    return out.layer("batiment.geojson", "building", "Bâtiments", mapping, rows)


def _tank(out: _Writer, town: Town) -> Step:
    facts = {
        "cleabs": identifier("RESERVOI", 1),
        "nature": "Château d'eau",
        "nom": f"Château d'eau de {next(iter(town.plan.places))}",
        "hauteur": elevation.TOWER,
        "volume": 400,
    }
    mapping = {
        "cleabs": "id", "nature": "kind", "nom": "name", "hauteur": "height_m",
        "volume": "volume_m3",
    }  # fmt: skip
    return out.layer("reservoir.geojson", "storage_tank", "Réservoirs", mapping,
                     [(town.tank, facts)])  # fmt: skip


def _addresses(out: _Writer, town: Town, name: str, parcels: list[str]) -> Step:
    import shapely

    found = people.addresses(town)
    site = town.frame.site
    names = dict.fromkeys(street.name for street in town.plan.streets)
    codes = {street: f"{10 * rank:04d}" for rank, street in enumerate(names, 1)}
    x, y = (np.array([getattr(item, axis) for item in found]) for axis in "xy")
    lon, lat = systems.reproject(x, y, town.frame.crs, systems.WGS84)
    tree = shapely.STRtree([item.shape for item in town.parcels])
    homes = [item.building.shape.representative_point() for item in found]
    holds: dict[int, str] = {}
    for home, parcel in zip(*tree.query(homes, predicate="within").tolist(), strict=True):
        holds.setdefault(home, parcels[parcel])
    lines = []
    for k, item in enumerate(found):
        ending = f"_{item.suffix}" if item.suffix else ""
        code = f"{site.insee}_{codes[item.street]}"
        lines.append(
            (
                f"{code}_{item.number:05d}{ending}",
                code,
                item.number,
                item.suffix,
                item.street,
                site.postcode,
                site.insee,
                name,
                round(item.x, 2),
                round(item.y, 2),
                round(float(lon[k]), 6),
                round(float(lat[k]), 6),
                "entrée",
                "commune",
                1,
                holds.get(k, ""),
            )
        )
    header = ["id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee"]
    header += ["nom_commune", "x", "y", "lon", "lat", "type_position", "source_position"]
    mapping = {
        "id": "id", "id_fantoir": "street_id", "numero": "number", "rep": "suffix",
        "nom_voie": "street_name", "code_postal": "postcode", "code_insee": "insee_code",
    }  # fmt: skip
    return out.table(
        f"adresses-{site.insee}.csv",
        "address",
        "Adresses",
        mapping,
        [*header, "certification_commune", "cad_parcelles"],
        lines,
        placed=True,
    )


def _trees(out: _Writer, town: Town, rng: np.random.Generator) -> Step:
    dated = rng.random(len(town.trees)) < 0.7
    measured = rng.random(len(town.trees)) < 0.85
    lines = [
        (
            f"A{rank:04d}",
            tree.x,
            tree.y,
            tree.species,
            tree.height if measured[rank - 1] else "",
            tree.crown if measured[rank - 1] else "",
            tree.year if dated[rank - 1] else "",
        )
        for rank, tree in enumerate(town.trees, 1)
    ]
    header = ["num_arbre", "x", "y", "espece", "hauteur_m", "diametre_m", "annee_plantation"]
    mapping = {
        "num_arbre": "id", "espece": "species", "hauteur_m": "height_m",
        "diametre_m": "crown_diameter_m", "annee_plantation": "planted_year",
    }  # fmt: skip
    return out.table("arbres.csv", "tree", "Arbres", mapping, header, lines, placed=True)


def _population(out: _Writer, crs: str, population: list[people.Cell]) -> Step:
    import shapely

    side = people.GRID
    rows = [
        (
            shapely.box(cell.west, cell.south, cell.west + side, cell.south + side),
            {"idcar_200m": cell.name, "ind": cell.inhabitants, "men": cell.households,
             "annee": 2021},
        )
        for cell in population
    ]  # fmt: skip
    mapping = {"idcar_200m": "id", "ind": "inhabitants", "men": "households", "annee": "year"}
    return out.layer(
        "carreaux_200m.geojson", "population", "Population carroyée", mapping, rows, crs
    )


def _floods(out: _Writer, town: Town) -> Step:
    name = town.relief.stream.name
    rows = [
        (
            zone,
            {
                "id_s_inond": f"ZI{rank:02d}",
                "typ_inond": "Débordement de cours d'eau",
                "scenario": key,
                "probabilite": odds,
                "cours_deau": name,
            },
        )
        for rank, (key, odds, zone) in enumerate(town.floods, 1)
    ]
    mapping = {
        "id_s_inond": "id", "typ_inond": "hazard", "scenario": "scenario",
        "probabilite": "level", "cours_deau": "name",
    }  # fmt: skip
    title = "Zones inondables"
    return out.layer("zones_inondables.geojson", "hazard_zone", title, mapping, rows)


def _budget(out: _Writer, total: int) -> Step:
    header = ["Exercice", "Section", "Sens", "Nature", "Fonction", "Libellé", "Montant"]
    names = ("year", "section", "direction", "nature", "function", "label", "amount_eur")
    mapping = dict(zip(header, names, strict=True))
    return out.table(
        "budget.csv", "budget", "Budget primitif", mapping, header, people.accounts(total)
    )


def _traffic(out: _Writer, town: Town, seed: int) -> Step:
    ids = [identifier("TRONROUT", rank) for rank in range(1, len(town.segments) + 1)]
    mapping = {
        "id": "id", "id_troncon": "street_id", "nom_voie": "name", "date_debut": "starts_on",
        "date_fin": "ends_on", "annee": "year", "tmj": "vehicles_day",
        "hpm": "vehicles_peak_morning", "hps": "vehicles_peak_evening",
        "vitesse_legale": "speed_limit_kmh", "type_comptage": "method",
    }  # fmt: skip
    lines = people.traffic(town, ids, seed)
    return out.table(
        "comptages.csv", "traffic_count", "Comptages routiers", mapping, list(mapping), lines
    )
