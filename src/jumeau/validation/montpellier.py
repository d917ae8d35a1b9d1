# SPDX-License-Identifier: EUPL-1.2
"""Counts and distances of Montpellier's public files, imported as anybody imports them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.registry import Case

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

FOLDER = Path("data") / "montpellier_34172"
FILES = {
    "luminaire": "EclairagePublic/VilleMTP_MTP_EclairagePublic.shp.zip",
    "street": "FilaireVoies/VilleMTP_MTP_FilaireVoies.shp.zip",
    "district": "Quartiers/VilleMTP_MTP_Quartiers.geojson.zip",
}
DISTRICTS = {
    "MONTPELLIER CENTRE": 9790,
    "HOPITAUX-FACULTES": 3796,
    "CROIX D'ARGENT": 3583,
    "LES CEVENNES": 3485,
    "MOSSON": 3241,
    "PRES D'ARENE": 1905,
    "": 156,
}
"""District → light points; the last is outside of all."""
WINDOWS = {
    (767400.0, 6280225.0, 768000.0, 6280825.0): 168,
    (770500.0, 6277500.0, 770650.0, 6277600.0): 24,
}
DISTANCES = {0.5: 4.1, 0.9: 14.7, 0.99: 47.7}
"""Share of the light points → distance to the nearest street [m]."""


@cache
def _tables(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """Return light points, streets and districts after their import in a new territory."""
    import jumeau

    with tempfile.TemporaryDirectory() as place:
        town = jumeau.create(Path(place) / "m.jumeau", name="Montpellier", insee=["34172"])
        for table, file in FILES.items():
            town.add(folder / file, table=table)
        return {table: town.geo(table) for table in FILES}


@cache
def _distances(folder: Path) -> NDArray[Any]:
    """Return the distance from each light point to the nearest street [m]."""
    tables = _tables(folder)
    distances: NDArray[Any]
    _, distances = tables["street"].sindex.nearest(
        tables["luminaire"].geometry, return_all=False, return_distance=True
    )
    return distances


@cache
def _by_district(folder: Path) -> dict[str, int]:
    """Return how many light points lie in each district, and in none under an empty name."""
    import geopandas as gpd

    tables = _tables(folder)
    joined = gpd.sjoin(
        tables["luminaire"][["id", "geometry"]],
        tables["district"][["name", "geometry"]],
        how="left",
        predicate="within",
    )
    names = joined.drop_duplicates("id")["name"].fillna("")
    return {str(name): int(count) for name, count in names.value_counts().items()}


def _quantile(folder: Path, share: float) -> float:
    import numpy as np

    return float(np.quantile(_distances(folder), share))


def _inside(folder: Path, window: tuple[float, float, float, float]) -> float:
    return float(len(_tables(folder)["luminaire"].cx[window[0] : window[2], window[1] : window[3]]))


def _figures() -> Iterator[tuple[str, float, float, str, Callable[[Path], float]]]:
    """Yield what is counted, its value, the tolerance of its last digit, its unit and how."""
    yield "light points read", 25956, 0, "", lambda it: float(len(_tables(it)["luminaire"]))
    yield "street segments read", 8011, 0, "", lambda it: float(len(_tables(it)["street"]))
    yield (
        "length of the streets",
        749.3,
        0.05,
        "km",
        lambda it: float(_tables(it)["street"].length.sum() / 1000),
    )
    for share, metres in DISTANCES.items():
        what = f"distance to the nearest street, quantile {share:g}"
        yield what, metres, 0.05, "m", partial(_quantile, share=share)
    for name, count in DISTRICTS.items():
        what = f"light points in {name}" if name else "light points outside the districts"
        yield what, count, 0, "", partial(_in_district, name=name)
    for window, count in WINDOWS.items():
        place = " ".join(f"{edge:.0f}" for edge in window)
        yield f"light points in {place}", count, 0, "", partial(_inside, window=window)


def _in_district(folder: Path, name: str) -> float:
    return float(_by_district(folder).get(name, 0))


def cases(shared: Path | None) -> Iterator[Case]:
    """Yield the counts and distances; they read the city's files."""
    folder = shared / FOLDER if shared else None
    here = folder if folder and all((folder / name).exists() for name in FILES.values()) else None
    for what, reference, tolerance, unit, compute in _figures():
        yield Case(
            f"montpellier/{what}",
            float(reference),
            partial(compute, here) if here else None,
            tolerance=tolerance,
            relative=False,
            unit=unit,
            source="public files of the City of Montpellier, counted once apart from Jumeau",
            licence="Licence Ouverte 2.0",
        )
