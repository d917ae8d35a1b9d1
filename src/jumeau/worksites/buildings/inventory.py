# SPDX-License-Identifier: EUPL-1.2
"""What the twin knows of its buildings: shapes, heights, uses, years, envelopes, energies.

Facts stay facts: a missing one is NaN, −1 or empty here, and the draws of
:mod:`~jumeau.worksites.buildings.drawing` complete it with an interval.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.buildings import archetypes, geometry, systems

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Objects = NDArray[np.object_]

COLUMNS = (
    "id", "name", "use", "height_m", "floors", "floor_area_m2", "built_year", "dwellings", "light",
    "condition", "public", "energy_class", "heating_energy", "wall_u", "roof_u", "floor_u",
    "window_u", "window_g", "window_ratio",
)  # fmt: skip
"""Attributes of the ``building`` table that are read."""
MEASURED = ("wall_u", "roof_u", "floor_u", "window_u", "window_g", "window_ratio")
"""Facts about the envelope that take the place of an archetype's value."""
_POSSIBLE = {
    "height_m": (1.0, 350.0), "floors": (1.0, 100.0), "floor_area_m2": (1.0, 2e6),
    "built_year": (800.0, 2100.0), "wall_u": (0.05, 6.0), "roof_u": (0.05, 6.0),
    "floor_u": (0.05, 6.0), "window_u": (0.4, 7.0), "window_g": (0.05, 0.95),
    "window_ratio": (0.005, 0.95),
}  # fmt: skip
"""Attribute → bounds outside which a value is no fact."""
NEAR = 15.0
"""Distance up to which a public place tells the use of a building [m]."""
FLATS_FLOORS, FLATS_DWELLINGS, FLATS_FOOTPRINT = 4, 3, 320.0
"""Floors, dwellings or footprint [m²] from which a building of dwellings holds flats."""


@dataclass(frozen=True)
class Inventory:
    """Buildings as the twin knows them; arrays of n.

    Parameters
    ----------
    ids, names : (n,) object arrays
        Identifier, name.
    shapes : (n,) object array
        Sound footprints [m].
    x, y, area : (n,) arrays
        A point inside and the area of the footprint [m, m²].
    edges : geometry.Edges
        Walls.
    height, height_low, height_high : (n,) arrays
        At the gutter, a fact or what the relief says with its bounds; NaN when unknown [m].
    height_known : (n,) bool array
        Whether it is a fact.
    floors, floor_area, year : (n,) arrays
        Facts; NaN when unknown [-, m², year].
    use : (n,) int array
        Number of the use; −1 when no source tells.
    public_told : (n,) bool array
        Whether being public or not is a fact; else names and places suppose it.
    public : (n,) int array
        1 yes, 0 no, −1 unknown.
    energy_class : (n,) object array
        ``A`` to ``G``, or empty.
    carrier : (n,) object array
        Carrier of the heating, or empty.
    envelope : dict
        {one of :data:`MEASURED`: (n,) array}, NaN when unknown.
    impossible : dict
        {attribute: number of values that no building has}; they count as unknown.
    """

    ids: Objects
    names: Objects
    shapes: Objects
    x: Floats
    y: Floats
    area: Floats
    edges: geometry.Edges
    height: Floats
    height_low: Floats
    height_high: Floats
    height_known: NDArray[np.bool_]
    floors: Floats
    floor_area: Floats
    year: Floats
    use: Whole
    public_told: NDArray[np.bool_]
    public: Whole
    energy_class: Objects
    carrier: Objects
    envelope: dict[str, Floats]
    impossible: dict[str, int]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Whole) -> Inventory:
        """Return some of the buildings; walls stay those of all."""
        kept: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                kept[item.name] = value[rows]
            elif item.name == "envelope":
                kept[item.name] = {name: column[rows] for name, column in value.items()}
            else:
                kept[item.name] = value
        return Inventory(**kept)


def read(territory: Territory) -> Inventory:
    """Read the buildings of a territory, in the order of their ids."""
    rows = territory.geo("building", columns=list(COLUMNS)).sort_values("id", kind="stable")
    rows = rows.reset_index(drop=True)
    shapes, area = geometry.footprints(rows.geometry.to_numpy())
    x, y = geometry.middles(shapes)
    numbers, impossible = {}, {}
    for name, (least, most) in _POSSIBLE.items():
        values = rows[name].to_numpy(np.float64, na_value=np.nan)
        wrong = np.isfinite(values) & ((values < least) | (values > most))
        numbers[name] = np.where(wrong, np.nan, values)
        if wrong.any():
            impossible[name] = int(wrong.sum())
    height = numbers["height_m"]
    known = np.isfinite(height)
    value, low, high = _estimated_heights(territory, rows["id"])
    words, public = _uses(territory, rows, shapes)
    use = _houses_or_flats(words, rows, area, numbers, np.where(known, height, value))
    classes = rows["energy_class"].astype("string").str.strip().str.upper().fillna("")
    return Inventory(
        ids=rows["id"].to_numpy(object),
        names=rows["name"].to_numpy(object),
        shapes=shapes,
        x=x,
        y=y,
        area=area,
        edges=geometry.edges(shapes),
        height=np.where(known, height, value),
        height_low=np.where(known, height, low),
        height_high=np.where(known, height, high),
        height_known=known,
        floors=numbers["floors"],
        floor_area=numbers["floor_area_m2"],
        year=numbers["built_year"],
        use=use,
        public_told=rows["public"].notna().to_numpy(bool),
        public=public,
        energy_class=np.array([c if c in set("ABCDEFG") else "" for c in classes], dtype=object),
        carrier=np.array([systems.carrier_of(item) for item in rows["heating_energy"]], object),
        envelope={name: numbers[name] for name in MEASURED},
        impossible=impossible,
    )


def _estimated_heights(territory: Territory, ids: pd.Series[Any]) -> tuple[Floats, Floats, Floats]:
    """Return the heights that the relief gave, with their bounds; NaN where none [m]."""
    found = territory.table(
        "estimate",
        columns=["entity", "value", "low", "high"],
        where={"table": "building", "attribute": "height_m"},
    ).to_pandas()
    found = found.drop_duplicates("entity").set_index("entity").reindex(ids)
    value = found["value"].to_numpy(np.float64)
    low = np.fmin(found["low"].to_numpy(np.float64), value)
    high = np.fmax(found["high"].to_numpy(np.float64), value)
    return value, np.fmax(low, 1.0), high


def _uses(territory: Territory, rows: pd.DataFrame, shapes: Objects) -> tuple[Objects, Whole]:
    """Return the word of the use of each building (empty for none), and whether it is public."""
    use = np.full(len(rows), "", dtype=object)
    public = np.full(len(rows), -1, dtype=np.int64)

    def tell(row: int, said: archetypes.Meaning | None) -> None:
        if said is None:
            return
        if not use[row]:
            use[row] = said.use
        if public[row] < 0 and said.public is not None:
            public[row] = int(said.public)

    for row, flag in enumerate(rows["public"]):
        if flag is True or flag is False or isinstance(flag, np.bool_):
            public[row] = int(flag)
    for where, column in (("name", "name"), ("use", "use")):
        for row, said in enumerate(archetypes.meanings(rows[column], where)):  # type: ignore[arg-type]
            tell(row, said)
    for row, said in _from_places(territory, shapes):
        tell(row, said)
    lived_in = rows["dwellings"].to_numpy(np.float64, na_value=0.0) > 0
    use[(use == "") & lived_in] = archetypes.DWELLING
    slight = rows["light"].to_numpy(object) == True  # noqa: E712 - None and NaN are not True
    ruined = rows["condition"].astype("string").str.contains("ruine|ruin", case=False).fillna(False)
    use[(use == "") & (slight | ruined.to_numpy(bool))] = "annex"
    return use, public


def _from_places(territory: Territory, shapes: Objects) -> list[tuple[int, archetypes.Meaning]]:
    """Return what public places on or beside buildings say of them."""
    import shapely

    places = territory.geo("place", columns=["name", "kind"])
    said = [
        archetypes.meaning(str(kind or ""), "use") or archetypes.meaning(str(name or ""), "use")
        for kind, name in zip(places["kind"], places["name"], strict=True)
    ]
    points = places.geometry.to_numpy()
    rows = np.array(
        [
            row
            for row, (item, point) in enumerate(zip(said, points, strict=True))
            if item is not None and point is not None and point.geom_type == "Point"
        ],
        dtype=np.int64,
    )
    if not len(rows) or not len(shapes):
        return []
    tree = shapely.STRtree(shapes)
    place, building = tree.query_nearest(points[rows], max_distance=NEAR, all_matches=False)
    return [
        (int(b), item)
        for p, b in zip(place, building, strict=True)
        if (item := said[rows[p]]) is not None
    ]


def _houses_or_flats(
    use: Objects, rows: pd.DataFrame, area: Floats, numbers: dict[str, Floats], height: Floats
) -> Whole:
    """Return the number of the use of each building, houses and flats told apart by shape."""
    dwellings = rows["dwellings"].to_numpy(np.float64, na_value=np.nan)
    many = (
        (dwellings >= FLATS_DWELLINGS)
        | (numbers["floors"] >= FLATS_FLOORS)
        | (height >= 10.5)
        | (area >= FLATS_FOOTPRINT)
    )
    many &= ~(dwellings <= FLATS_DWELLINGS - 1)
    word = np.where(use == archetypes.DWELLING, np.where(many, "flats", "house"), use)
    return np.array(
        [archetypes.use_number(str(item)) if item else -1 for item in word], dtype=np.int64
    )
