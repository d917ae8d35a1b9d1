# SPDX-License-Identifier: EUPL-1.2
"""Past flood marks of the demonstrator: plates on walls by the stream, seeded and credible.

Each flood of the past reached the outline of one of the commune's flood zones; the water stood
there at the level of the ground. A mark takes the level of the outline near it, as a surveyor
read it, and keeps only what stands on a wall and above the ground.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZONES, _BUILDINGS, _TERRAIN = "zones_inondables.geojson", "batiment.geojson", "RGEALTI_*_MNT_*.tif"
FILE = "reperes_de_crue.csv"
_NEAR, _BESIDE = 40.0, 8.0
"""Distance of the outline whose ground gives a level, and of a wall from the water [m]."""
_LEAST, _MOST = 0.15, 2.5
"""Heights above the ground at which people put a plate [m]."""
_APART = 25.0
"""Least distance between two marks of one flood [m]."""


class _Flood(NamedTuple):
    """A flood of the past: zone that it filled, name, day, marks left, accuracy of their level."""

    zone: str
    name: str
    day: str
    marks: int
    accuracy: float


_FLOODS = (
    _Flood("01For", "Crue de février 2020", "2020-02-16", 3, 0.05),
    _Flood("02Moy", "Crue de décembre 1999", "1999-12-26", 5, 0.1),
    _Flood("04Fai", "Crue de janvier 1910", "1910-01-24", 4, 0.3),
)
_SUPPORTS = ("Mur de maison", "Pilier de porche", "Mur de clôture", "Plaque de la mairie")
_HEADER = (
    "code_repere", "nom_site", "evenement", "date_crue", "altitude_ngf", "hauteur_sol",
    "precision_m", "support", "cours_eau", "x", "y",
)  # fmt: skip
_MAPPING = {
    "code_repere": "id", "nom_site": "name", "evenement": "event", "date_crue": "date",
    "altitude_ngf": "level_m", "hauteur_sol": "depth_m", "precision_m": "accuracy_m",
    "support": "support", "cours_eau": "watercourse",
}  # fmt: skip
_PROVENANCE = {
    "publisher": "Jumeau (données synthétiques)",
    "licence": "Licence Ouverte 2.0",
    "vintage": "2024",
}


class FloodMarks:
    """Climate part of the demonstrator (entry point ``climate`` of ``jumeau.synthetic``)."""

    name = "climate"

    def write(self, folder: str, seed: int) -> list[dict[str, Any]]:
        """Write ``reperes_de_crue.csv`` beside the files of the commune.

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
            ``JUM-K059`` without flood zones, buildings or terrain.
        """
        place = Path(folder)
        for name in (_ZONES, _BUILDINGS):
            if not (place / name).is_file():
                raise error("JUM-K059", file=name)
        ground = _Ground(place)
        document = json.loads((place / _ZONES).read_text(encoding="utf-8"))
        rng = np.random.default_rng(np.random.SeedSequence([seed, 0x4352]))
        rows = _marks(document["features"], _walls(place), ground, rng)
        with (place / FILE).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=";", lineterminator="\n")
            writer.writerow(_HEADER)
            writer.writerows([row[name] for name in _HEADER] for row in rows)
        return [
            {
                "file": str(place / FILE),
                "table": "high_water_mark",
                "title": "Repères de crue",
                "mapping": _MAPPING,
                "source_crs": ground.crs,
                **_PROVENANCE,
            }
        ]


MARKS = FloodMarks()
"""The part, as the entry point gives it."""


class _Ground:
    """Altitudes of the commune's terrain tiles."""

    def __init__(self, folder: Path) -> None:
        import rasterio

        self.tiles = []
        self.crs = ""
        for file in sorted(folder.glob(_TERRAIN)):
            with rasterio.open(file) as image:
                self.tiles.append((image.transform, image.read(1)))
                self.crs = str(image.crs)
        if not self.tiles:
            raise error("JUM-K059", file=_TERRAIN)

    def at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the altitudes of points, ``(n, 2)`` [m]; NaN outside."""
        found = np.full(len(points), np.nan)
        for where, values in self.tiles:
            columns = np.floor((points[:, 0] - where.c) / where.a).astype(int)
            rows = np.floor((points[:, 1] - where.f) / where.e).astype(int)
            inside = (rows >= 0) & (rows < values.shape[0])
            inside &= (columns >= 0) & (columns < values.shape[1])
            found[inside] = values[rows[inside], columns[inside]]
        return found


def _walls(folder: Path) -> list[tuple[Any, str]]:
    """Return the walls of buildings and how people call these."""
    import shapely

    features = json.loads((folder / _BUILDINGS).read_text(encoding="utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(item["geometry"]) for item in features])
    names = [
        str(item["properties"].get("toponyme") or item["properties"].get("nom") or "")
        for item in features
    ]
    return list(zip(shapely.boundary(shapes), names, strict=True))


def _marks(
    zones: list[dict[str, Any]],
    walls: list[tuple[Any, str]],
    ground: _Ground,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    import shapely

    found: list[dict[str, Any]] = []
    tree = shapely.STRtree([wall for wall, _ in walls])
    by_scenario = {item["properties"]["scenario"]: item for item in zones}
    for flood in _FLOODS:
        feature = by_scenario.get(flood.zone)
        if feature is None:
            continue
        zone = shapely.from_geojson(json.dumps(feature["geometry"]))
        rim = shapely.get_coordinates(shapely.segmentize(shapely.boundary(zone), 4.0))
        levels = ground.at(rim)
        rim, levels = rim[~np.isnan(levels)], levels[~np.isnan(levels)]
        near = np.sort(tree.query(zone, predicate="dwithin", distance=_BESIDE))
        kept: list[NDArray[np.float64]] = []
        for rank in rng.permutation(near).tolist():
            wall, name = walls[rank]
            foot = shapely.get_coordinates(shapely.shortest_line(zone.centroid, wall))[-1]
            away = np.hypot(*(rim - foot).T)
            if (away > _NEAR).all() or any(np.hypot(*(foot - one)) < _APART for one in kept):
                continue
            level = float(np.median(levels[away <= _NEAR])) + rng.normal(0.0, flood.accuracy / 2)
            depth = level - float(ground.at(foot[None, :])[0])
            if not _LEAST <= depth <= _MOST:
                continue
            kept.append(foot)
            found.append(
                {
                    "code_repere": f"RC{len(found) + 1:03d}",
                    "nom_site": name or f"Repère {len(found) + 1}",
                    "evenement": flood.name,
                    "date_crue": flood.day,
                    "altitude_ngf": round(level, 2),
                    "hauteur_sol": round(depth, 2),
                    "precision_m": flood.accuracy,
                    "support": str(rng.choice(_SUPPORTS)),
                    "cours_eau": feature["properties"].get("cours_deau") or "",
                    "x": round(float(foot[0]), 2),
                    "y": round(float(foot[1]), 2),
                }
            )
            if len(kept) == flood.marks:
                break
    return found
