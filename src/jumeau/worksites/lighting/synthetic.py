# SPDX-License-Identifier: EUPL-1.2
"""Lamps and cabinets of the demonstrator commune: a French inventory, half filled as real ones.

Lamps stand along the streets that the commune has written in ``troncon_de_route.geojson`` (or in
a ``streets.geojson`` with our own names), where houses of ``batiment.geojson`` are close to one
another, at the spacing of their kind, with the lamps of several decades (``stock.csv``), fed by the
circuits of cabinets. Some powers and heights are missing, one position is written twice, one
cabinet has no schedule. Recent lamps name the photometric file of their maker
(``synthetic_optics``), not always as it is written, and sometimes one that nobody has kept.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.lighting import attach, synthetic_optics

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPACING = {"main": 32.0, "local": 28.0, "path": 22.0}
_LAMPS_PER_CABINET = 45
_STREETS = ("troncon_de_route.geojson", "streets.geojson")
_BUILDINGS = "batiment.geojson"
_NAMES = {
    "cleabs": "id", "nom_voie": "name", "cpx_classement_administratif": "hierarchy",
    "largeur_de_chaussee": "width_m", "nombre_de_voies": "lanes",
    "vitesse_limite": "speed_limit_kmh",
}  # fmt: skip
_LIT, _NEAR = 3, 55.0
"""Houses around a place for a lamp to stand there, and how far they are counted [m]."""
_CIRCUITS = (2, 4)
"""Circuits of a cabinet, at least and at most."""
_LOST = "VAL-RUE-40.ldt"
"""Photometric file that lamps name and that nobody has kept."""
_REGIMES = ("Permanent", "Coupure 23h30-5h", "Abaissement 50 % 22h-6h", "Coupure minuit-5h", "")
_PROVENANCE = {
    "publisher": "Jumeau (données synthétiques)",
    "licence": "Licence Ouverte 2.0",
    "vintage": "2024",
}


class Lamps:
    """Lighting part of the demonstrator (entry point ``lighting`` of ``jumeau.synthetic``)."""

    name = "lighting"

    def write(self, folder: str, seed: int) -> list[dict[str, Any]]:
        """Write ``cabinet.geojson``, ``luminaire.geojson`` and ``photometries.zip``.

        Parameters
        ----------
        folder : str
            Folder where the commune has written its files.
        seed : int
            Seed: the same one writes the same bytes.

        Returns
        -------
        list of dict
            Arguments of :meth:`jumeau.twin.territory.Territory.add`.

        Raises
        ------
        MissingFileError
            ``JUM-L031`` without a file of streets.
        """
        place = Path(folder)
        source = next((place / name for name in _STREETS if (place / name).is_file()), None)
        if source is None:
            raise error("JUM-L031", file=str(place / _STREETS[0]))
        streets = json.loads(source.read_text(encoding="utf-8"))
        for feature in streets["features"]:
            facts = feature["properties"]
            feature["properties"] = {_NAMES.get(name, name): facts[name] for name in facts}
        rng = np.random.default_rng(np.random.SeedSequence([seed, 0x4C414D50]))
        lamps = _stand(streets["features"], _homes(place / _BUILDINGS), rng)
        cabinets = _feed(lamps, rng)
        fitted = np.random.default_rng(np.random.SeedSequence([seed, 0x4F505449]))
        _wire(lamps, cabinets, fitted)
        _fit(lamps, fitted)
        lamps.append({**lamps[-1], "num_pl": f"PL{len(lamps) + 1:04d}"})  # two lamps on one mast
        crs = streets.get("crs")
        packed = place / synthetic_optics.ARCHIVE
        packed.write_bytes(synthetic_optics.archive())
        return [
            _layer(place / "cabinet.geojson", crs, cabinets, "cabinet", "Armoires de commande", {
                "num_armoire": "id", "nom_armoire": "name", "prm": "meter_id",
                "puissance_souscrite": "subscribed_power_kva", "regime": "schedule",
            }),
            _layer(place / "luminaire.geojson", crs, lamps, "luminaire", "Points lumineux", {
                "num_pl": "id", "type_lampe": "lamp_type", "puissance": "power_w",
                "hauteur_feu": "height_m", "type_support": "support",
                "num_armoire": "cabinet_id", "date_pose": "installed_on",
                "photometrie": "photometry", "inclinaison": "tilt_deg",
            }),
            {"file": str(packed), "table": "photometry",
             "title": "Fichiers photométriques du fabricant", **_PROVENANCE},
        ]  # fmt: skip


LAMPS = Lamps()
"""The part, as the entry point gives it."""


def _homes(file: Path) -> Any | None:
    """Return a tree of the places where people live or work, ``None`` if nobody wrote them."""
    import shapely

    if not file.is_file():
        return None
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    shapes = [
        json.dumps(feature["geometry"])
        for feature in features
        if feature["properties"].get("usage_1") not in {"Annexe", "Agricole"}
    ]
    return shapely.STRtree(shapely.centroid(shapely.from_geojson(shapes)))


def _stand(
    features: list[dict[str, Any]], homes: Any | None, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Stand lamps along the streets of built-up places, one kind of lamp for each street."""
    import shapely

    properties = [feature["properties"] for feature in features]
    zones = attach.street_class(
        [item.get("name") for item in properties],
        [item.get("hierarchy") for item in properties],
        _numbers(properties, "width_m"),
        _numbers(properties, "lanes"),
        _numbers(properties, "speed_limit_kmh"),
    )
    lamps: list[dict[str, Any]] = []
    kinds: dict[str, dict[str, str]] = {}
    for feature, zone in zip(features, zones.tolist(), strict=True):
        line = shapely.from_geojson(json.dumps(feature["geometry"]))
        facts = feature["properties"]
        street = str(facts.get("name") or facts["id"])
        if street not in kinds:
            kinds[street] = _kind(zone, rng)
        half = 0.5 * float(facts.get("width_m") or 5.0) + 0.8
        spacing = _SPACING[zone] * rng.uniform(0.9, 1.15)
        places = np.arange(0.5 * spacing, line.length, spacing)
        right = rng.random() < 0.5
        if homes is not None and places.size:
            points = shapely.line_interpolate_point(line, places)
            found = homes.query(points, predicate="dwithin", distance=_NEAR)[0]
            places = places[np.bincount(found, minlength=places.size) >= _LIT]
        for number, along in enumerate(places):
            staggered = zone == "main" and number % 2
            side = -half if right != bool(staggered) else half
            lamps.append(_lamp(line, float(along), side, kinds[street], len(lamps), rng))
    return lamps


def _kind(zone: str, rng: np.random.Generator) -> dict[str, str]:
    rows = [row for row in _stock() if row["zone"] == zone]
    weight = np.array([float(row["weight"]) for row in rows])
    return rows[int(rng.choice(len(rows), p=weight / weight.sum()))]


def _lamp(
    line: Any, along: float, side: float, kind: dict[str, str], rank: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Return one lamp as its inventory row, with what inventories leave empty."""
    before, after = line.interpolate(max(along - 0.5, 0.0)), line.interpolate(along + 0.5)
    length = max(before.distance(after), 1e-9)
    dx, dy = (after.x - before.x) / length, (after.y - before.y) / length
    foot = line.interpolate(along)
    drift = rng.normal(0.0, 0.25, 2)
    year = int(rng.integers(int(kind["annee_min"]), int(kind["annee_max"]) + 1))
    height = round(rng.uniform(float(kind["hauteur_min"]), float(kind["hauteur_max"])) * 2) / 2
    powered, measured, dated = rng.random(3) < (0.6, 0.45, 0.7)
    return {
        "num_pl": f"PL{rank + 1:04d}",
        "type_lampe": kind["type_lampe"],
        "puissance": float(kind["puissance"]) if powered else None,
        "hauteur_feu": height if measured else None,
        "type_support": kind["type_support"],
        "num_armoire": None,
        "date_pose": f"{year}-{int(rng.integers(1, 13)):02d}-01" if dated else None,
        "photometrie": kind["photometrie"] or None,
        "xy": (
            round(foot.x - dy * side + float(drift[0]), 2),
            round(foot.y + dx * side + float(drift[1]), 2),
        ),
    }


def _feed(lamps: list[dict[str, Any]], rng: np.random.Generator) -> list[dict[str, Any]]:
    """Share lamps out among cabinets, nearest first, and return the cabinets."""
    xy = np.array([lamp["xy"] for lamp in lamps])
    count = max(1, round(len(lamps) / _LAMPS_PER_CABINET))
    centres = xy[np.sort(rng.choice(len(xy), count, replace=False))]
    for _ in range(8):  # k-means
        nearest = ((xy[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.array(
            [xy[nearest == k].mean(axis=0) if (nearest == k).any() else centres[k]
             for k in range(count)]
        )  # fmt: skip
    for lamp, cabinet in zip(lamps, nearest.tolist(), strict=True):
        lamp["num_armoire"] = f"EP{cabinet + 1:02d}"
    return [
        {
            "num_armoire": f"EP{k + 1:02d}",
            "nom_armoire": f"Armoire {k + 1}",
            "prm": f"{30000000000000 + int(rng.integers(0, 10**9)):014d}",
            "puissance_souscrite": float(np.ceil((nearest == k).sum() * 0.13)),
            "regime": _REGIMES[k % len(_REGIMES)] or None,
            "xy": tuple(np.round(centres[k] + rng.normal(0, 3, 2), 2).tolist()),
        }
        for k in range(count)
    ]


def _wire(
    lamps: list[dict[str, Any]], cabinets: list[dict[str, Any]], rng: np.random.Generator
) -> None:
    """Share the lamps of each cabinet out among its circuits, each on its side of the cabinet."""
    for cabinet in cabinets:
        count = int(rng.integers(_CIRCUITS[0], _CIRCUITS[1] + 1))
        cabinet["nb_departs"] = count
        x, y = cabinet["xy"]
        for lamp in lamps:
            if lamp["num_armoire"] == cabinet["num_armoire"]:
                turn = np.arctan2(lamp["xy"][1] - y, lamp["xy"][0] - x) / (2.0 * np.pi) + 0.5
                circuit = min(int(turn * count), count - 1) + 1
                lamp["num_depart"] = f"{cabinet['num_armoire']}-D{circuit}"


def _fit(lamps: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """Write the photometric files as inventories do, and the tilt of the arms that were noted."""
    for lamp in lamps:
        written, spelt, noted = rng.random(3).tolist()
        tilt = float(rng.choice([0.0, 5.0, 10.0]))
        name = lamp["photometrie"]
        if name and written > 0.85:
            name = None
        elif name and spelt > 0.97:
            name = _LOST
        elif name and spelt > 0.85:
            name = f"L:\\photometries\\{name.upper()}"
        elif name and spelt > 0.7:
            name = name.rpartition(".")[0].lower()
        lamp["photometrie"] = name
        lamp["inclinaison"] = tilt if lamp["type_support"] == "Candélabre" and noted < 0.3 else None


def _layer(
    file: Path, crs: Any, rows: list[dict[str, Any]], table: str, title: str,
    mapping: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    features = [
        {
            "type": "Feature",
            "properties": {key: value for key, value in row.items() if key != "xy"},
            "geometry": {"type": "Point", "coordinates": list(row["xy"])},
        }
        for row in rows
    ]
    layer = {"type": "FeatureCollection", "crs": crs, "features": features}
    file.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
    return {"file": str(file), "table": table, "title": title, "mapping": mapping, **_PROVENANCE}


def _numbers(rows: list[dict[str, Any]], name: str) -> NDArray[np.float64]:
    return np.array([np.nan if row.get(name) is None else float(row[name]) for row in rows])


@cache
def _stock() -> list[dict[str, str]]:
    with (Path(__file__).parent / "stock.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
