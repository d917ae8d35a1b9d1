# SPDX-License-Identifier: EUPL-1.2
"""The state of a lighting stock: lamps completed, attached, with their regimes and hours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs, draws, parameters, time
from jumeau.base.findings import Finding, finding
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting import (
    attach,
    energy,
    estimates,
    hours,
    inventory,
    photometries,
)
from jumeau.worksites.lighting.attach import Attachment
from jumeau.worksites.lighting.estimates import Completion
from jumeau.worksites.lighting.generic import era_of, generic_photometry
from jumeau.worksites.lighting.hours import Regime
from jumeau.worksites.lighting.inventory import Inventory
from jumeau.worksites.lighting.photometries import Files

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory
    from jumeau.worksites.lighting.photometry import Photometry

STREET = (
    "id", "name", "hierarchy", "width_m", "lanes", "speed_limit_kmh", "direction",
    "lighting_class", "lighting_arrangement",
)  # fmt: skip
"""Attributes of streets that are read."""
KNOWN_HOURS = 0.03
"""Relative error of burning hours when the regime is known, at 90 %."""


@dataclass(frozen=True)
class Site:
    """Where and when lamps burn."""

    latitude: float
    longitude: float
    time_zone: str
    year: int


@dataclass(frozen=True)
class Diagnosis:
    """A lighting stock ready to be summed, lit and acted upon; arrays of n lamps.

    Parameters
    ----------
    park, done : Inventory, Completion
        Facts, and facts completed.
    site : Site
        Place and year.
    streets, districts : (k,) object arrays
        Their ids.
    shapes : (k,) object array
        Polygons of the districts.
    towns, town_shapes : (k,) object arrays
        Codes and polygons of the municipalities when the territory has several.
    attached : Attachment
        Nearest street of each lamp.
    azimuth, tilt : (n,) arrays
        Direction of C0 clockwise from north, the inventory's or along the street; tilt [°].
    street, district, town : (n,) arrays of int
        Index of the street, of the district and of the municipality of each lamp, −1 for none.
    regimes, regime : list of Regime, (n,) array of int
        Regimes met, and that of each lamp.
    scheduled : (n,) array of bool
        Whether the regime is known and not supposed.
    cabinets : int
        Number of control cabinets in the twin.
    hours : (n,) array
        Equivalent hours at full power, the parameter of true hours included [h/yr].
    schedules_unread : tuple of str
        Schedules that were not understood.
    files : Files
        Makers' photometric files.
    roads : DataFrame
        Streets as the twin has them, in the order of ``streets``, with their kind for lighting.
    """

    park: Inventory
    done: Completion
    site: Site
    streets: NDArray[np.object_]
    districts: NDArray[np.object_]
    shapes: NDArray[np.object_]
    towns: NDArray[np.object_]
    town_shapes: NDArray[np.object_]
    attached: Attachment
    azimuth: NDArray[np.float64]
    tilt: NDArray[np.float64]
    street: NDArray[np.int64]
    district: NDArray[np.int64]
    town: NDArray[np.int64]
    regimes: list[Regime]
    regime: NDArray[np.int64]
    scheduled: NDArray[np.bool_]
    cabinets: int
    hours: NDArray[np.float64]
    schedules_unread: tuple[str, ...]
    files: Files
    roads: pd.DataFrame

    @cached_property
    def distributions(self) -> tuple[list[Photometry], NDArray[np.int64]]:
        """Photometries of the stock, and the index of each lamp's: its file's, else a generic."""
        done = self.done
        ages = np.array([era_of(float(year)) for year in self.park.year], dtype="<U12")
        parts = (done.lamp_type.astype(str), done.form.astype(str), ages)
        generic = np.array(["/".join(names) for names in zip(*parts, strict=True)])
        wanted = np.where(done.file >= 0, done.file.astype(str), generic)
        names, which = np.unique(wanted, return_inverse=True)
        found = [
            generic_photometry(*name.split("/")) if "/" in name else done.files[int(name)]
            for name in names.tolist()
        ]
        return found, which.astype(np.int64)

    @cached_property
    def lor(self) -> NDArray[np.float64]:
        """Light output ratio of each luminaire."""
        found, which = self.distributions
        return np.array([item.lor for item in found])[which]

    @property
    def supposed(self) -> NDArray[np.bool_]:
        """Lamps whose light rests on an estimate: photometry, flux or height."""
        done = self.done
        return (done.file < 0) | done.flux_lm.estimated | done.height_m.estimated


@cache
def defaults() -> Parameters:
    """Return the worksite's parameters, with their sources."""
    return parameters.load(Path(__file__).parent / "parameters.csv")


def diagnose(territory: Territory, given: Parameters, year: int | None = None) -> Diagnosis | None:
    """Read the twin and complete what it does not know.

    Parameters
    ----------
    territory : Territory
        Territory.
    given : Parameters
        Those of :func:`defaults`, the user's in place.
    year : int, optional
        Year of the burning hours; the current one in the territory by default.

    Returns
    -------
    Diagnosis or None
        ``None`` without lamps.
    """
    files = photometries.read(territory)
    park = inventory.read(territory, files.known)
    if not len(park):
        return None
    roads = territory.geo("street", columns=list(STREET)).sort_values("id")
    areas = territory.geo("district", columns=["id"]).sort_values("id")
    towns, town_shapes = _towns(territory)
    cabinets = territory.table("cabinet", columns=["id", "schedule"]).to_pylist()
    street_ids, shapes = roads["id"].to_numpy(object), areas.geometry.to_numpy()
    attached = attach.to_streets(park.x, park.y, roads.geometry.to_numpy())
    street = _declared(park.street_id, street_ids, attached.street)
    classes = attach.street_class(
        _text(roads["name"]),
        _text(roads["hierarchy"]),
        _numbers(roads["width_m"]),
        _numbers(roads["lanes"]),
        _numbers(roads["speed_limit_kmh"]),
    )
    kinds = np.where(street >= 0, classes[street] if len(classes) else "", "").astype("<U5")
    file, known = photometries.match(park.photometry, files.known)
    regimes, regime, scheduled, unread = _regimes(park, cabinets)
    site = _site(territory, park, year)
    return Diagnosis(
        park=park,
        done=estimates.complete(park, kinds, file, known),
        site=site,
        streets=street_ids,
        districts=areas["id"].to_numpy(object),
        shapes=shapes,
        towns=towns,
        town_shapes=town_shapes,
        attached=attached,
        azimuth=np.where(np.isfinite(park.azimuth_deg), park.azimuth_deg, attached.azimuth),
        tilt=np.nan_to_num(park.tilt_deg),
        street=street,
        district=attach.to_districts(park.x, park.y, shapes),
        town=attach.to_districts(park.x, park.y, town_shapes),
        regimes=regimes,
        regime=regime,
        scheduled=scheduled,
        cabinets=len(cabinets),
        hours=equivalent_hours(regimes, site, given)[regime] * _factor(scheduled, given),
        schedules_unread=unread,
        files=files,
        roads=roads.assign(kind=classes),
    )


def equivalent_hours(
    regimes: list[Regime], site: Site, given: Parameters, prefix: str = "lighting_switch"
) -> NDArray[np.float64]:
    """Return the equivalent hours of regimes at a site [h/yr].

    Parameters
    ----------
    regimes : list of Regime
        Regimes.
    site : Site
        Place and year.
    given : Parameters
        Parameters of the worksite.
    prefix : str
        Which sun elevation: ``lighting_switch`` with its delay, or ``lighting_sobriety``.
    """
    elevation = given[f"{prefix}_elevation_deg"].value
    name = f"{prefix}_delay_min"
    delay = 60.0 * given[name].value if name in given else 0.0
    place = (site.year, site.latitude, site.longitude, site.time_zone)
    return np.array(
        [hours.burning_hours(item, *place, elevation, delay)[1] for item in regimes], np.float64
    )


def hours_error(
    state: Diagnosis, given: Parameters
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the relative error that the hours of all lamps share: 5–95 %, below and above."""
    item = given["lighting_hours_factor"]
    low, high = draws.between([0.05, 0.95], item.value, item.low, item.high) / item.value
    below = np.where(state.scheduled, KNOWN_HOURS, 1.0 - low)
    above = np.where(state.scheduled, KNOWN_HOURS, high - 1.0)
    return below, above


def annual_energy(
    state: Diagnosis, given: Parameters, group: NDArray[np.int64], groups: int
) -> energy.Totals:
    """Return the yearly electricity of lamps by group, with its interval [kWh/yr]."""
    kwh = energy.annual_energy(state.done.power_w.items, state.hours)
    kwh = kwh._replace(estimated=kwh.estimated | ~state.scheduled)
    return energy.totals(group, groups, kwh, hours_error(state, given))


def findings(state: Diagnosis, given: Parameters) -> list[Finding]:
    """Return what is missing or odd, and what supplying it would change."""
    park, done, count = state.park, state.done, len(state.park)
    whole = np.zeros(count, np.int64)
    now = _width(annual_energy(state, given, whole, 1))
    known_power = _width(_only(state, given, hours_known=False))
    known_hours = _width(_only(state, given, hours_known=True))
    found = inventory.findings(park)

    def missing(code: str, attribute: str, these: Any, **data: Any) -> None:
        number = int(np.count_nonzero(these))
        if number:
            found.append(finding(code, "luminaire", attribute, count=number, total=count, **data))

    missing("JUM-L011", "power_w", done.power_w.estimated, now=now, then=known_power)
    missing("JUM-L012", "height_m", done.height_m.estimated)
    missing("JUM-L013", "lamp_type", done.type_estimated)
    missing("JUM-L014", "flux_lm", done.flux_lm.estimated)
    missing("JUM-L015", "cct_k", done.cct_k.estimated)
    missing("JUM-L016", "photometry", done.file < 0)
    aimed = (done.file >= 0) & np.isnan(park.azimuth_deg)
    missing("JUM-L094", "azimuth_deg", aimed)
    found += photometries.findings(park.photometry, state.files)
    missing("JUM-L017", "cabinet_id", ~state.scheduled, now=now, then=known_hours)
    if not len(state.streets):
        found.append(finding("JUM-L023", "street", count=count))
    else:
        far = int(np.count_nonzero(state.street < 0))
        if far:
            found.append(
                finding("JUM-L024", "luminaire", "street_id", count=far, limit=attach.LIMIT)
            )
    if not len(state.districts):
        found.append(finding("JUM-L025", "district"))
    elif (state.district < 0).any():
        outside = int(np.count_nonzero(state.district < 0))
        found.append(finding("JUM-L026", "luminaire", "", count=outside))
    if not state.cabinets:
        ratio = given["lighting_lamps_per_cabinet"].value
        supposed = cabinets_of(state, given, np.ones(count, bool))[0]
        found.append(finding("JUM-L027", "cabinet", count=supposed, ratio=ratio))
    found += [finding("JUM-L028", "cabinet", text=text) for text in state.schedules_unread]
    return found


def cabinets_of(
    state: Diagnosis, given: Parameters, changed: NDArray[np.bool_]
) -> tuple[int, int, int]:
    """Return the number of cabinets that feed some lamps, least and most.

    Those of the twin when it has cabinets, else the lamps over a usual ratio.
    """
    number = int(changed.sum())
    if not number:
        return 0, 0, 0
    if state.cabinets:
        feeding = {name for name in state.park.cabinet_id[changed] if name is not None}
        return (min(len(feeding), state.cabinets) or state.cabinets,) * 3
    item = given["lighting_lamps_per_cabinet"]
    value, least, most = (
        int(np.ceil(number / ratio)) for ratio in (item.value, item.high, item.low)
    )
    return value, least, most


def supposed(state: Diagnosis) -> pd.DataFrame:
    """Return what was supposed of each lamp, its street included, as rows of ``estimate``."""
    import pandas as pd

    streets = estimates.attachments(
        state.park, state.street, state.attached.distance, state.streets
    )
    frames = [item for item in (estimates.frame(state.park, state.done), streets) if len(item)]
    return pd.concat(frames, ignore_index=True) if frames else streets


def _only(state: Diagnosis, given: Parameters, *, hours_known: bool) -> energy.Totals:
    """Return the whole yearly electricity as if power, or as if hours, were known."""
    kwh = energy.annual_energy(state.done.power_w.items, state.hours)
    whole = np.zeros(len(state.park), np.int64)
    if hours_known:
        return energy.totals(whole, 1, kwh, (KNOWN_HOURS, KNOWN_HOURS))
    return energy.totals(whole, 1, energy.facts(kwh.value), hours_error(state, given))


def _width(total: energy.Totals) -> str:
    """Return the half-width of an interval as a share of its value, for people [%]."""
    if not total.value[0]:
        return "0"
    return f"{100 * (total.high[0] - total.low[0]) / (2 * total.value[0]):.0f}"


def _towns(territory: Territory) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return the codes and outlines of the municipalities; none when there is only one.

    Outlines are those of ``municipality``, else those of the places of that kind.
    """
    rows = territory.geo("municipality", columns=["id"])
    rows = rows[rows.geometry.notna() & ~rows.geometry.is_empty]
    if not len(rows):
        rows = territory.geo("place", columns=["id"], where={"kind": "municipality"})
    rows = rows.sort_values("id") if len(rows) > 1 else rows[:0]
    return rows["id"].to_numpy(object), rows.geometry.to_numpy()


def _declared(
    given: NDArray[np.object_], ids: NDArray[np.object_], nearest: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the street each lamp declares when it exists, else the nearest one."""
    position = {name: number for number, name in enumerate(ids)}
    declared = np.array([position.get(name, -1) for name in given], np.int64)
    return np.where(declared >= 0, declared, nearest)


def _regimes(
    park: Inventory, cabinets: list[dict[str, Any]]
) -> tuple[list[Regime], NDArray[np.int64], NDArray[np.bool_], tuple[str, ...]]:
    """Return the regimes met, that of each lamp, which are known, and texts not understood."""
    regimes, index = [hours.FULL_NIGHT], {hours.FULL_NIGHT: 0}
    of_cabinet, unread = {}, Counter[str]()
    for row in cabinets:
        regime = hours.parse(row["schedule"])
        if regime is None:
            if row["schedule"]:
                unread[str(row["schedule"])] += 1
            continue
        if regime not in index:
            index[regime] = len(regimes)
            regimes.append(regime)
        of_cabinet[row["id"]] = index[regime]
    number = np.array([of_cabinet.get(name, -1) for name in park.cabinet_id], np.int64)
    texts = tuple(text for text, _ in unread.most_common(5))
    return regimes, np.maximum(number, 0), number >= 0, texts


def _factor(scheduled: NDArray[np.bool_], given: Parameters) -> NDArray[np.float64]:
    return np.where(scheduled, 1.0, given["lighting_hours_factor"].value)


def _site(territory: Territory, park: Inventory, year: int | None) -> Site:
    x, y = float(np.median(park.x)), float(np.median(park.y))
    longitude, latitude = crs.reproject([x], [y], territory.crs, crs.WGS84)
    zone = territory.time_zone
    return Site(
        latitude=round(float(latitude[0]), 4),
        longitude=round(float(longitude[0]), 4),
        time_zone=zone,
        year=year or time.to_local(time.now(), zone).year,
    )


def _text(column: Any) -> list[str | None]:
    return [None if item is None or item != item else str(item) for item in column]  # noqa: PLR0124


def _numbers(column: Any) -> NDArray[np.float64]:
    import pandas as pd

    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
