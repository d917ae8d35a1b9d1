# SPDX-License-Identifier: EUPL-1.2
"""Weather of one place, hour by hour, with its sun.

Value *i* of each series is the mean over the hour [i, i + 1) of local **standard** time, counted
from ``start``; the sun of the hour is taken at its middle. No summer time anywhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.ground import sun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from jumeau.base.findings import Finding
    from jumeau.ground.weather.planes import Plane

YEAR = 2001
"""Calendar of a typical year whose year is not said: no 29 February, begins on a Monday."""
LEAP_YEAR = 2004
"""Calendar of a series of 8,784 hours whose year is not said."""
ALBEDO = 0.2
"""Reflectance of the ground around a building when no other is given."""
LIMITS = {
    "dry_bulb_c": (-90.0, 60.0),
    "direct_normal_w_m2": (0.0, 1_500.0),
    "diffuse_horizontal_w_m2": (0.0, 1_500.0),
    "global_horizontal_w_m2": (0.0, 1_900.0),
    "infrared_w_m2": (30.0, 800.0),
    "relative_humidity": (0.0, 1.1),
    "wind_m_s": (0.0, 100.0),
    "pressure_pa": (30_000.0, 111_000.0),
}
"""Series → the least and the greatest value that nature gives over an hour [unit of the name]."""
LABELS = {
    "dry_bulb_c": {"en": "air temperature", "fr": "température de l'air"},
    "direct_normal_w_m2": {"en": "direct normal radiation", "fr": "rayonnement direct normal"},
    "diffuse_horizontal_w_m2": {"en": "diffuse radiation", "fr": "rayonnement diffus"},
    "global_horizontal_w_m2": {"en": "global radiation", "fr": "rayonnement global"},
    "infrared_w_m2": {"en": "infrared of the sky", "fr": "infrarouge du ciel"},
    "relative_humidity": {"en": "relative humidity", "fr": "humidité relative"},
    "wind_m_s": {"en": "wind", "fr": "vent"},
    "pressure_pa": {"en": "pressure", "fr": "pression"},
}
"""Series → what people call it."""
_NEEDED = ("dry_bulb_c", "direct_normal_w_m2", "diffuse_horizontal_w_m2")
_SLACK = 2.0  # night offset of a pyranometer, set to zero in silence [W/m²]


@dataclass(frozen=True, eq=False)
class Weather:
    """Hourly weather of one place: temperature, radiation, and what else is known.

    Parameters
    ----------
    dry_bulb_c : (n,) array
        Temperature of the air [°C].
    direct_normal_w_m2 : (n,) array
        Direct irradiance on a plane facing the sun [W/m²].
    diffuse_horizontal_w_m2 : (n,) array
        Diffuse irradiance of the whole sky on a horizontal plane [W/m²].
    latitude, longitude : float
        Of the place, north and east positive [°].
    utc_offset_h : float
        Local standard time minus universal time: +1 in mainland France [h].
    elevation_m : float
        Of the place above the sea [m].
    year : int, optional
        Calendar year of the first hour; 2001 (2004 for 8,784 hours) when it is a typical year.
    start : datetime64, optional
        Beginning of the first hour, local standard time; 1 January 00:00 of ``year`` otherwise.
    infrared_w_m2 : (n,) array, optional
        Thermal irradiance of the sky on a horizontal plane [W/m²].
    global_horizontal_w_m2 : (n,) array, optional
        Global horizontal irradiance; direct on the horizontal plus diffuse otherwise [W/m²].
    relative_humidity : (n,) array, optional
        Of the air, 0 to 1 [ratio].
    wind_m_s : (n,) array, optional
        Wind speed at 10 m [m/s].
    pressure_pa : (n,) array, optional
        Atmospheric pressure [Pa].
    albedo : float
        Reflectance of the ground [ratio].
    name : str
        Of the place or station.
    source : str
        Where the series comes from: file, publisher, vintage.
    sha256 : str
        Digest of the source; of the values when there is no file.
    spread_c : float
        Half width of the 90 % interval of the mean temperature, when it is an estimate [K].
    spread_radiation : float
        Half width of the 90 % interval of the yearly radiation, when it is an estimate [ratio].
    findings : sequence of Finding
        What was missing, repaired or supposed on the way.

    Raises
    ------
    InvalidError
        ``JUM-G001`` when the place is not on Earth; ``JUM-G053`` when a series is empty, not made
        of numbers or not of the length of the others; ``JUM-G054`` when values are missing;
        ``JUM-G056`` when a value is beyond what nature gives; ``JUM-G057`` when the radiation does
        not follow the sun of the place.

    Notes
    -----
    Series are copied, float64 and read-only. Findings grow with what the check of the radiation
    against the sun tells (see :mod:`jumeau.ground.weather.convention`).
    """

    dry_bulb_c: NDArray[np.float64]
    direct_normal_w_m2: NDArray[np.float64]
    diffuse_horizontal_w_m2: NDArray[np.float64]
    latitude: float
    longitude: float
    utc_offset_h: float
    elevation_m: float = field(default=0.0, kw_only=True)
    year: int | None = field(default=None, kw_only=True)
    start: np.datetime64[Any] | str | None = field(default=None, kw_only=True)
    infrared_w_m2: NDArray[np.float64] | None = field(default=None, kw_only=True)
    global_horizontal_w_m2: NDArray[np.float64] | None = field(default=None, kw_only=True)
    relative_humidity: NDArray[np.float64] | None = field(default=None, kw_only=True)
    wind_m_s: NDArray[np.float64] | None = field(default=None, kw_only=True)
    pressure_pa: NDArray[np.float64] | None = field(default=None, kw_only=True)
    albedo: float = field(default=ALBEDO, kw_only=True)
    name: str = field(default="", kw_only=True)
    source: str = field(default="", kw_only=True)
    sha256: str = field(default="", kw_only=True)
    spread_c: float = field(default=0.0, kw_only=True)
    spread_radiation: float = field(default=0.0, kw_only=True)
    findings: Sequence[Finding] = field(default=(), kw_only=True)
    _kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check every series, settle the calendar and compare the radiation with the sun."""
        place = (self.latitude, self.longitude, self.utc_offset_h, self.elevation_m)
        if not (
            np.isfinite(np.asarray(place, dtype=np.float64)).all()
            and -90.0 <= self.latitude <= 90.0
            and -180.0 <= self.longitude <= 180.0
        ):
            raise error("JUM-G001", latitude=self.latitude, longitude=self.longitude)
        if not -12.0 <= self.utc_offset_h <= 14.0:
            raise error("JUM-G052", given=f"UTC{self.utc_offset_h:+g}", place=self.name or "—")
        if not 0.0 <= self.albedo <= 1.0:
            raise error("JUM-G056", column="albedo", value=self.albedo, when="—", low=0, high=1)
        hours = np.size(self.dry_bulb_c)
        for name in LIMITS:
            values = getattr(self, name)
            if values is None and name not in _NEEDED:
                continue
            object.__setattr__(self, name, checked(name, values, hours))
        self._settle_calendar(hours)
        if not self.sha256:
            digest = hashlib.sha256(repr((place, str(self.start))).encode())
            for name in _NEEDED:
                digest.update(getattr(self, name).tobytes())
            object.__setattr__(self, "sha256", digest.hexdigest())
        from jumeau.ground.weather.convention import SPREAD, judge

        doubts = tuple(judge(self))
        if any(doubt.severity == "degrades" for doubt in doubts):
            object.__setattr__(self, "spread_radiation", max(self.spread_radiation, SPREAD))
        object.__setattr__(self, "findings", (*self.findings, *doubts))

    def _settle_calendar(self, hours: int) -> None:
        year = self.year
        if self.start is not None:
            start = np.datetime64(str(self.start), "s")
            year = int(start.astype("datetime64[Y]").astype(int)) + 1970
        else:
            year = (LEAP_YEAR if hours == 8784 else YEAR) if year is None else int(year)
            start = np.datetime64(f"{year:04d}-01-01T00:00:00", "s")
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "year", year)

    @property
    def hours(self) -> int:
        """Number of hours of the series."""
        return int(self.dry_bulb_c.size)

    @property
    def local_starts(self) -> NDArray[np.datetime64]:
        """Beginning of each hour, local standard time [datetime64]."""
        start = np.datetime64(str(self.start), "s")
        starts: NDArray[np.datetime64] = start + 3600 * np.arange(self.hours)
        return starts

    @property
    def times_utc(self) -> NDArray[np.float64]:
        """Middle of each hour [s since 1970-01-01T00:00Z]."""
        begin = float(self.local_starts[0].astype(np.int64)) - 3600.0 * self.utc_offset_h
        return begin + 3600.0 * (np.arange(self.hours, dtype=np.float64) + 0.5)

    def sun(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where the sun stands at each mid-hour, as :func:`jumeau.ground.sun.position`.

        Returns
        -------
        elevation : (n,) array
            Above the horizon, without refraction [°].
        azimuth : (n,) array
            Clockwise from north [°].
        """
        if "sun" not in self._kept:
            self._kept["sun"] = sun.position(self.times_utc, self.latitude, self.longitude)
        found: tuple[NDArray[np.float64], NDArray[np.float64]] = self._kept["sun"]
        return found

    def plane(self, tilt_deg: float, azimuth_deg: float, *, albedo: float | None = None) -> Plane:
        """Return the irradiance on a plane (Perez 1990), computed once and kept.

        Parameters
        ----------
        tilt_deg : float
            From horizontal: 0 looks up, 90 is a wall, 180 looks down [°].
        azimuth_deg : float
            Of the outward normal, clockwise from north: 180 is south [°].
        albedo : float, optional
            Reflectance of the ground; that of the weather otherwise [ratio].

        Returns
        -------
        Plane
            Beam, diffuse of the sky, reflected by the ground [W/m²], cosine of incidence.

        Raises
        ------
        InvalidError
            ``JUM-G074`` when an angle or the albedo is not possible.
        """
        from jumeau.ground.weather.planes import on_plane

        ground = self.albedo if albedo is None else float(albedo)
        key = ("plane", float(tilt_deg), float(azimuth_deg) % 360.0, ground)
        if key not in self._kept:
            self._kept[key] = on_plane(self, float(tilt_deg), float(azimuth_deg), ground)
        found: Plane = self._kept[key]
        return found

    def horizontal(self) -> NDArray[np.float64]:
        """Return global horizontal irradiance, measured or direct plus diffuse (n,) [W/m²]."""
        if self.global_horizontal_w_m2 is not None:
            return self.global_horizontal_w_m2
        flat = self.plane(0.0, 180.0)
        return flat.beam + flat.sky_diffuse

    def degree_days(
        self, base_c: float = 18.0, method: str = "mean", kind: str = "heating"
    ) -> float:
        """Return the degree days of the whole series.

        Parameters
        ----------
        base_c : float
            Temperature from which they count [°C].
        method : str
            ``mean`` of the day's extremes, ``hourly`` or ``costic``.
        kind : str
            ``heating`` (below the base) or ``cooling`` (above it).

        Returns
        -------
        float
            Sum over the whole days [K·d].

        Raises
        ------
        InvalidError
            ``JUM-G075`` when the method, the kind or the base is not known.
        """
        return float(self.daily_degree_days(base_c, method, kind).sum())

    def daily_degree_days(
        self, base_c: float = 18.0, method: str = "mean", kind: str = "heating"
    ) -> NDArray[np.float64]:
        """Return the degree days of each civil day.

        See :func:`jumeau.ground.weather.degrees.degree_days` for the methods.

        Parameters
        ----------
        base_c : float
            Temperature from which they count [°C].
        method, kind : str
            As :meth:`degree_days`.

        Returns
        -------
        (days,) array
            Degree days of each civil day, from midnight to midnight [K·d].

        Raises
        ------
        InvalidError
            ``JUM-G075`` when the method, the kind or the base is not known.
        """
        from jumeau.ground.weather.degrees import degree_days

        midnight = int(-self.local_starts[0].astype(np.int64) // 3600 % 24)
        return degree_days(self.dry_bulb_c[midnight:], base_c, method, kind)

    def renewed(self, **changes: Any) -> Weather:
        """Return the same weather with some fields changed, checked anew, with its own digest.

        Parameters
        ----------
        **changes
            Fields and their new values.

        Returns
        -------
        Weather
            A new one.
        """
        return replace(self, **({"sha256": "", "findings": ()} | changes))

    @classmethod
    def from_epw(cls, path: str | Path, *, shift_h: int = 0) -> Weather:
        """Read an EnergyPlus weather file, as :func:`jumeau.ground.weather.epw.read_epw`."""
        from jumeau.ground.weather.epw import read_epw

        return read_epw(Path(path), shift_h=shift_h)

    @classmethod
    def from_tmy(
        cls, path: str | Path, *, shift_h: int = 0, utc_offset_h: float | None = None
    ) -> Weather:
        """Read a typical year in CSV, as :func:`jumeau.ground.weather.tmy.read_tmy`."""
        from jumeau.ground.weather.tmy import read_tmy

        return read_tmy(Path(path), shift_h=shift_h, utc_offset_h=utc_offset_h)

    @classmethod
    def from_meteofrance(
        cls,
        path: str | Path | Sequence[str | Path],
        station: str | int | None = None,
        year: int | None = None,
        *,
        utc_offset_h: float | None = None,
    ) -> Weather:
        """Read Météo-France, as :func:`jumeau.ground.weather.meteofrance.read_meteofrance`."""
        from jumeau.ground.weather.meteofrance import read_meteofrance

        paths = [path] if isinstance(path, str | Path) else list(path)
        return read_meteofrance([Path(item) for item in paths], station, year,
                                utc_offset_h=utc_offset_h)  # fmt: skip

    @classmethod
    def from_file(cls, path: str | Path) -> Weather:
        """Read a weather file of any known kind, recognised by its first lines.

        Parameters
        ----------
        path : str or Path
            EPW, TMY3, PVGIS or Météo-France hourly file, gzipped or not.

        Returns
        -------
        Weather
            As the reader of its kind gives it.

        Raises
        ------
        MissingFileError
            ``JUM-G050`` when the file is not there.
        InvalidError
            Those of the reader of its kind.
        """
        from jumeau.ground.weather.epw import text_lines

        head = "\n".join(text_lines(Path(path))[0][:20])
        if "NUM_POSTE" in head:
            return cls.from_meteofrance(path)
        if head.upper().startswith("LOCATION,"):
            return cls.from_epw(path)
        return cls.from_tmy(path)


def checked(name: str, values: ArrayLike, hours: int) -> NDArray[np.float64]:
    """Return a series copied as read-only float64, once it is known to be whole and possible.

    Parameters
    ----------
    name : str
        Key of :data:`LIMITS`.
    values : (n,) array
        In the unit of the name [unit of the name].
    hours : int
        Number of values that are due.

    Returns
    -------
    (n,) array
        The values; night offsets of a pyranometer down to −2 W/m² are zero [unit of the name].

    Raises
    ------
    InvalidError
        ``JUM-G053``, ``JUM-G054`` or ``JUM-G056``, as :class:`Weather` says.
    """
    try:
        series = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise error("JUM-G053", column=LABELS[name], given=type(values).__name__,
                    hours=hours) from None  # fmt: skip
    if series.ndim != 1 or series.size != hours or hours == 0:
        raise error("JUM-G053", column=LABELS[name], given=str(series.shape), hours=hours)
    holes = int(np.count_nonzero(~np.isfinite(series)))
    if holes:
        raise error("JUM-G054", column=LABELS[name], count=holes, hours=hours)
    low, high = LIMITS[name]
    if low == 0.0 and name.endswith("_w_m2"):
        series[(series < 0.0) & (series >= -_SLACK)] = 0.0
    worst = int(np.argmax(np.maximum(low - series, series - high)))
    if not low <= series[worst] <= high:
        raise error("JUM-G056", column=LABELS[name], value=float(series[worst]), when=worst + 1,
                    low=low, high=high)  # fmt: skip
    series.setflags(write=False)
    return series
