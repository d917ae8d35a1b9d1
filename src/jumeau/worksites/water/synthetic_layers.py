# SPDX-License-Identifier: EUPL-1.2
"""Layers of the demonstrator's water service: what its plan says beside its model.

The model (INP) knows what EPANET needs; the plan knows materials, years, districts, hydrants,
isolation valves, service connections and meters, by the same identifiers. Half filled as real
ones: some years are a range, some materials nobody wrote down.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.worksites.water.synthetic_network import PUMP, TANK, WELL, Works
from jumeau.worksites.water.synthetic_streets import drawn

if TYPE_CHECKING:
    from jumeau.worksites.water.synthetic_streets import Customer

PROVENANCE = {
    "publisher": "Jumeau (données synthétiques)",
    "licence": "Licence Ouverte 2.0",
    "vintage": "2024",
}
NETWORK = "reseau_d_eau_potable"
"""Identifier that the model gets in a territory, from its title."""
BOREHOLE = "CR01"
"""Pipe whose meter counts what the borehole gives."""
_AROUND = 55.0
"""Distance from its pipes within which a place is in a district [m]."""
_RECENT = 1985
"""Year from which the service wrote the year of works down."""
_SENSORS = 3
"""Pressure sensors of a district."""


class Sensor(NamedTuple):
    """A sensor of the telemetry: identifier, name, what it measures, and on what."""

    key: str
    name: str
    quantity: str
    unit: str
    table: str
    entity: str
    xy: tuple[float, float]
    interval: float = 300.0


def write(folder: Path, works: Works, sensors: list[Sensor], seed: int) -> list[dict[str, Any]]:
    """Write the layers of the service; return what to add.

    Parameters
    ----------
    folder : Path
        Where to write.
    works : Works
        The network.
    sensors : list of Sensor
        Sensors of the telemetry.
    seed : int
        Seed of the service connections.
    """
    out = _Writer(folder, works.town.crs)
    connections, meters = _customers(works, np.random.default_rng([seed, 0x4252]))
    return [
        _districts(out, works),
        _pipes(out, works),
        _nodes(out, works),
        _hydrants(out, works),
        _valves(out, works),
        out.layer("branchements.geojson", "service_connection", "Branchements d'eau", {
            "id": "id", "canalisation": "pipe_id", "noeud": "junction_id", "batiment":
            "building_id", "materiau": "material", "diametre": "diameter_mm",
            "pose_de": "installed_from", "pose_a": "installed_to",
        }, connections),
        out.layer("compteurs_eau.geojson", "meter", "Compteurs d'eau", {
            "id": "id", "nom": "name", "nature": "kind", "branchement": "service_connection_id",
            "noeud": "junction_id", "canalisation": "pipe_id", "secteur": "dma_id",
        }, [*meters, *_counted(works)]),
        _sensors(out, sensors),
    ]  # fmt: skip


def choose(works: Works) -> list[Sensor]:
    """Return the sensors of the telemetry: inlets, pump, level of the tank, pressures."""
    found = [
        Sensor(f"CPT-{zone.key}", f"Débit d'entrée, {zone.name}", "flow", "m³/h", "pipe",
               zone.inlet, _middle(works, zone.inlet))
        for zone in works.zones
    ]  # fmt: skip
    found += [
        Sensor("CPT-FORAGE", "Débit du forage", "flow", "m³/h", "pipe", "CR01",
               _middle(works, "CR01")),
        Sensor("NIV-CHATEAU", "Niveau du château d'eau", "level", "m", "tank", TANK,
               works.nodes[TANK].xy),
    ]  # fmt: skip
    for name in works.reducers:
        below = works.ends[name][1]
        found.append(_gauge(works, below, f"Aval du réducteur {name}"))
    for rank, zone in enumerate(works.zones, 1):
        names = [
            name
            for name, place in works.zone_of.items()
            if place == rank and works.nodes[name].kind in {"tee", "hydrant", "end"}
        ]
        for name in _apart(works, names):
            found.append(_gauge(works, name, f"Pression {name}, {zone.name}"))
    return found


def _gauge(works: Works, node: str, name: str) -> Sensor:
    return Sensor(f"PRS-{node}", name, "pressure", "m", "junction", node, works.nodes[node].xy)


def _apart(works: Works, names: list[str]) -> list[str]:
    """Return the lowest node of a district, and those that lie farthest from one another."""
    if not names:
        return []
    chosen = [min(names, key=lambda name: works.nodes[name].ground)]
    xy = np.array([works.nodes[name].xy for name in names])
    while len(chosen) < min(_SENSORS, len(names)):
        away = np.min([np.hypot(*(xy - np.array(works.nodes[one].xy)).T) for one in chosen], axis=0)
        chosen.append(names[int(np.argmax(away))])
    return chosen


def _middle(works: Works, pipe: str) -> tuple[float, float]:
    point = works.pipes[pipe].line.interpolate(0.5, normalized=True)
    return (round(float(point.x), 2), round(float(point.y), 2))


class _Writer:
    """Writes layers in a folder, in one projection."""

    def __init__(self, folder: Path, crs: Any) -> None:
        self.folder, self.crs = folder, crs

    def layer(
        self,
        file: str,
        table: str,
        title: str,
        mapping: dict[str, str],
        features: Iterable[tuple[Any, dict[str, Any]]],
        *,
        constant: bool = True,
    ) -> dict[str, Any]:
        """Write a GeoJSON; return what to add."""
        import shapely

        items = list(features)
        shapes = shapely.to_geojson([shapely.set_precision(shape, 0.01) for shape, _ in items])
        document = {
            "type": "FeatureCollection",
            "crs": self.crs,
            "features": [
                {"type": "Feature", "properties": facts, "geometry": json.loads(shape)}
                for (_, facts), shape in zip(items, shapes, strict=True)
            ],
        }
        path = self.folder / file
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        step = {"file": str(path), "table": table, "title": title, "mapping": mapping}
        if constant:
            step["constants"] = {"network_id": NETWORK}
        return step | PROVENANCE


def _zone(works: Works, rank: int) -> str | None:
    return works.zones[rank - 1].key if 0 < rank <= len(works.zones) else None


def _districts(out: _Writer, works: Works) -> dict[str, Any]:
    """Write the districts: what lies around their pipes, nearest ones first."""
    import shapely

    lines: dict[int, list[Any]] = defaultdict(list)
    for pipe in works.pipes.values():
        if pipe.zone:
            lines[pipe.zone].append(pipe.line)
    rows, taken = [], shapely.Polygon()
    for rank in sorted(lines, reverse=True):
        around = shapely.union_all(shapely.buffer(lines[rank], _AROUND))
        shape = shapely.simplify(around.difference(taken), 1.0)
        taken = taken.union(around)
        zone = works.zones[rank - 1]
        rows.append((shape, {"code": zone.key, "nom": zone.name}))
    return out.layer("secteurs_de_comptage.geojson", "district_metered_area",
                     "Secteurs de comptage", {"code": "id", "nom": "name"}, rows)  # fmt: skip


def _pipes(out: _Writer, works: Works) -> dict[str, Any]:
    rows = []
    for key, pipe in works.pipes.items():
        year_known, material_known = pipe.known
        first: int | None = pipe.year
        last: int | None = pipe.year
        if not year_known:
            first = last = None
        elif pipe.year < _RECENT:
            first, last = pipe.year - pipe.year % 10, pipe.year - pipe.year % 10 + 9
        rows.append((pipe.line, {
            "IDCANA": key, "MATERIAU": pipe.material if material_known else None,
            "DIAMETRE": pipe.diameter, "ANDEBPOSE": first, "ANFINPOSE": last,
            "SECTEUR": _zone(works, pipe.zone), "TRONCON": pipe.street or None,
        }))  # fmt: skip
    return out.layer("canalisations_aep.geojson", "pipe", "Canalisations d'eau potable", {
        "IDCANA": "id", "MATERIAU": "material", "DIAMETRE": "diameter_mm",
        "ANDEBPOSE": "installed_from", "ANFINPOSE": "installed_to", "SECTEUR": "dma_id",
        "TRONCON": "street_id",
    }, rows)  # fmt: skip


def _nodes(out: _Writer, works: Works) -> dict[str, Any]:
    import shapely

    rows = [
        (shapely.Point(node.xy), {
            "IDNOEUD": name, "TYPE": node.kind,
            "SECTEUR": _zone(works, works.zone_of.get(name, 0)),
        })
        for name, node in works.nodes.items()
        if name not in (TANK, WELL)
    ]  # fmt: skip
    return out.layer("noeuds_aep.geojson", "junction", "Nœuds du réseau d'eau potable",
                     {"IDNOEUD": "id", "TYPE": "kind", "SECTEUR": "dma_id"}, rows)  # fmt: skip


def _hydrants(out: _Writer, works: Works) -> dict[str, Any]:
    import shapely

    rows = [
        (shapely.Point(works.nodes[name].xy), {
            "numero": f"PI{rank:03d}", "nom": f"Poteau d'incendie {rank}", "noeud": name,
            "debit_nominal": 60.0,
        })
        for rank, name in enumerate(works.hydrants, 1)
    ]  # fmt: skip
    return out.layer("poteaux_incendie.geojson", "hydrant", "Poteaux d'incendie", {
        "numero": "id", "nom": "name", "noeud": "junction_id",
        "debit_nominal": "nominal_flow_m3_h",
    }, rows)  # fmt: skip


def _valves(out: _Writer, works: Works) -> dict[str, Any]:
    rows = [
        (point, {
            "numero": f"V{rank:03d}", "canalisation": pipe,
            "diametre": works.pipes[pipe].diameter, "etat": status,
        })
        for rank, (pipe, point, status) in enumerate(works.valves, 1)
    ]  # fmt: skip
    return out.layer("vannes.geojson", "isolation_valve", "Vannes de sectionnement", {
        "numero": "id", "canalisation": "pipe_id", "diametre": "diameter_mm", "etat": "status",
    }, rows)  # fmt: skip


def _customers(
    works: Works, rng: np.random.Generator
) -> tuple[list[tuple[Any, dict[str, Any]]], list[tuple[Any, dict[str, Any]]]]:
    """Return the service connections and the meters at their ends: places, never people."""
    import shapely

    names = {id(node): name for name, node in works.nodes.items()}
    keys = {id(pipe): key for key, pipe in works.pipes.items()}
    cut = {key[:-1]: key for key in works.pipes if key.endswith("A")}
    connections, meters = [], []
    for rank, item in enumerate(works.town.customers, 1):
        pipe = works.town.pipes[item.pipe]
        key = keys.get(id(pipe)) or f"C{item.pipe + 1:04d}"
        line = works.pipes[key].line
        if key in cut and works.pipes[cut[key]].line.distance(item.shape) < line.distance(
            item.shape
        ):
            key, line = cut[key], works.pipes[cut[key]].line
        node = names[id(works.town.nodes[item.node])]
        door = shapely.get_coordinates(shapely.shortest_line(line, item.shape))
        if np.hypot(*(door[1] - door[0])) < 0.5:
            middle = shapely.get_coordinates(item.shape.representative_point())[0]
            door = np.array([door[0], middle])
        year, material = _connected(item, pipe.year, rng)
        zone = _zone(works, works.zone_of[node])
        connections.append((shapely.LineString(door), {
            "id": f"B{rank:04d}", "canalisation": key, "noeud": node, "batiment": item.building,
            "materiau": material, "diametre": 25.0 if item.m3_year < 600 else 40.0,
            "pose_de": year, "pose_a": year,
        }))  # fmt: skip
        meters.append((shapely.Point(door[1]), {
            "id": f"CE{rank:04d}", "nom": item.name if item.public and item.name else None,
            "nature": "customer", "branchement": f"B{rank:04d}", "noeud": node,
            "canalisation": key, "secteur": zone,
        }))  # fmt: skip
    return connections, meters


def _connected(
    item: Customer, laid: int, rng: np.random.Generator
) -> tuple[int | None, str | None]:
    """Return when a service connection was made and of what; lead before 1960, unless renewed."""
    year = max(item.year or laid, 1932)
    if year < 1975 and rng.random() < 0.6:
        year = int(rng.integers(1990, 2023))
    material = "Plomb" if year < 1955 else ("PEHD" if year >= 1975 else drawn(year, rng)[0])
    return (year if rng.random() < 0.7 else None), (material if rng.random() < 0.8 else None)


def _counted(works: Works) -> list[tuple[Any, dict[str, Any]]]:
    """Return the meters of the service: inlets of districts, borehole."""
    import shapely

    rows = [
        (shapely.Point(_middle(works, zone.inlet)), {
            "id": f"CPT-{zone.key}", "nom": f"Compteur {zone.name}", "nature": "district",
            "branchement": None, "noeud": None, "canalisation": zone.inlet, "secteur": zone.key,
        })
        for zone in works.zones
    ]  # fmt: skip
    rows.append((shapely.Point(_middle(works, "CR01")), {
        "id": "CPT-FORAGE", "nom": f"Compteur du forage ({PUMP})", "nature": "bulk",
        "branchement": None, "noeud": None, "canalisation": "CR01", "secteur": None,
    }))  # fmt: skip
    return rows


def _sensors(out: _Writer, sensors: list[Sensor]) -> dict[str, Any]:
    import shapely

    rows = [
        (shapely.Point(item.xy), {
            "id_capteur": item.key, "nom": item.name, "grandeur": item.quantity,
            "unite": item.unit, "objet": item.table, "porteur": item.entity,
            "pas_s": item.interval,
        })
        for item in sensors
    ]  # fmt: skip
    return out.layer("capteurs_eau.geojson", "sensor", "Capteurs du réseau d'eau", {
        "id_capteur": "id", "nom": "name", "grandeur": "property", "unite": "unit",
        "objet": "table", "porteur": "entity", "pas_s": "interval_s",
    }, rows, constant=False)  # fmt: skip
