# SPDX-License-Identifier: EUPL-1.2
"""The inventory of lamps as arrays: facts as they are, unknown ones as NaN or None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.worksites.lighting import lamps, photometries

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory
    from jumeau.worksites.lighting.photometry import Photometry

_NUMBERS = {"height_m": (0.0, 60.0), "power_w": (0.0, 5000.0), "flux_lm": (0.0, 5e5)}
_ANGLES = {"tilt_deg": (-90.0, 180.0), "azimuth_deg": (-360.0, 360.0)}
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Inventory:
    """Lamps of a territory; arrays of n.

    Parameters
    ----------
    id, lamp_type, photometry, support, cabinet_id, street_id : (n,) object arrays
        Text, ``None`` when unknown.
    x, y : (n,) arrays
        Positions [m].
    height_m, power_w, flux_lm, cct_k : (n,) arrays
        Facts, NaN when unknown [m], [W], [lm], [K].
    tilt_deg, azimuth_deg : (n,) arrays
        Tilt about the C0–C180 axis and direction of C0, NaN when unknown [°].
    year : (n,) array
        Year of installation, else of the inventory; NaN when unknown.
    implausible : dict
        {attribute: number of values set aside because no lamp has them}.
    """

    id: NDArray[np.object_]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    height_m: NDArray[np.float64]
    power_w: NDArray[np.float64]
    flux_lm: NDArray[np.float64]
    cct_k: NDArray[np.float64]
    tilt_deg: NDArray[np.float64]
    azimuth_deg: NDArray[np.float64]
    year: NDArray[np.float64]
    lamp_type: NDArray[np.object_]
    photometry: NDArray[np.object_]
    support: NDArray[np.object_]
    cabinet_id: NDArray[np.object_]
    street_id: NDArray[np.object_]
    implausible: dict[str, int]

    def __len__(self) -> int:
        return len(self.id)

    @property
    def shared_positions(self) -> int:
        """Number of lamps that stand where another one does, to the centimetre."""
        if not len(self):
            return 0
        where = np.column_stack((np.round(self.x, 2), np.round(self.y, 2)))
        _, count = np.unique(where, axis=0, return_counts=True)
        return int(count[count > 1].sum())


def read(territory: Territory, files: Mapping[str, Photometry] | None = None) -> Inventory:
    """Read the lamps of a territory, in the order of their ids.

    Power, flux and height that no lamp has (negative, power or flux of zero…) count as unknown;
    a lamp label found in ``photometry`` completes the family of the lamp and its nominal flux; the
    name of a photometric file (``files``, by folded name) its family and colour.
    """
    columns = [
        "id", "geometry", "height_m", "power_w", "lamp_type", "cct_k", "flux_lm", "photometry",
        "support", "cabinet_id", "street_id", "installed_on", "source_id", "tilt_deg",
        "azimuth_deg",
    ]  # fmt: skip
    frame = territory.table("luminaire", columns=columns).to_pandas()
    vintages = territory.sql("SELECT id, vintage FROM source WHERE \"table\" = 'luminaire'")
    years = {row["id"]: _year(row["vintage"]) for row in vintages.to_pylist()}
    return from_frame(frame, years, files)


def from_frame(
    frame: pd.DataFrame,
    years: dict[str, float] | None = None,
    files: Mapping[str, Photometry] | None = None,
) -> Inventory:
    """Return the inventory of a frame with the columns of ``luminaire``, geometry as WKB.

    Parameters
    ----------
    frame : DataFrame
        One row a lamp.
    years : dict, optional
        {source id: year of the inventory}.
    files : mapping, optional
        {folded name: Photometry} of the makers' files that ``photometry`` may name.
    """
    import pandas as pd
    import shapely

    frame = frame.sort_values("id", kind="stable")
    points = shapely.from_wkb(frame["geometry"].to_numpy())
    numbers, implausible = {}, {}
    for name, (low, high) in _NUMBERS.items():
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
        wrong = (values < low) | (values > high) | ((values == 0) & (name != "height_m"))
        implausible[name] = int(wrong.sum())
        numbers[name] = np.where(wrong, np.nan, values)
    for name, (low, high) in _ANGLES.items():
        given = frame[name] if name in frame.columns else pd.Series(np.nan, frame.index)
        values = pd.to_numeric(given, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        wrong = (values < low) | (values > high)
        implausible[name] = int(wrong.sum())
        numbers[name] = np.where(wrong, np.nan, values)
    kelvin = pd.to_numeric(frame["cct_k"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    code = (kelvin >= 500) & (kelvin <= 999)
    kelvin = np.where(code, kelvin % 100 * 100, np.where(kelvin < 1000, np.nan, kelvin))
    installed = pd.to_datetime(frame["installed_on"], errors="coerce").dt.year
    vintage = frame["source_id"].map(years or {}).astype(np.float64)
    text = {
        name: frame[name].astype(object).where(frame[name].notna(), None).to_numpy().copy()
        for name in ("id", "lamp_type", "photometry", "support", "cabinet_id", "street_id")
    }
    _read_labels(text, numbers["flux_lm"], kelvin, files or {})
    return Inventory(
        x=shapely.get_x(points),
        y=shapely.get_y(points),
        cct_k=kelvin,
        year=np.asarray(installed.astype(np.float64).fillna(vintage), dtype=np.float64),
        implausible={name: count for name, count in implausible.items() if count},
        **numbers,
        **text,
    )


def findings(park: Inventory) -> list[Finding]:
    """Return what is odd in the inventory itself."""
    found = [
        finding("JUM-L020", "luminaire", name, attribute=name, count=count)
        for name, count in park.implausible.items()
    ]
    if park.shared_positions:
        found.append(finding("JUM-L021", "luminaire", count=park.shared_positions))
    known = np.isfinite(park.power_w)
    discharge = {code for code in lamps.types() if code not in ("LED", "INC", "HAL", "OTHER")}
    bare = 0
    for code in discharge:
        these = known & (park.lamp_type == code)
        bare += int(lamps.is_nominal(code, park.power_w[these]).sum())
    if bare:
        found.append(finding("JUM-L022", "luminaire", "power_w", count=bare))
    excessive = np.zeros(len(park), bool)
    for code in lamps.types():
        excessive |= (park.lamp_type == code) & lamps.is_excessive(code, park.power_w)
    if excessive.any():
        number, examples = int(excessive.sum()), [str(it) for it in park.id[excessive][:3]]
        found.append(finding("JUM-L029", "luminaire", "power_w", count=number, examples=examples))
    return found


def _read_labels(
    text: dict[str, NDArray[np.object_]],
    flux: NDArray[np.float64],
    kelvin: NDArray[np.float64],
    files: Mapping[str, Photometry],
) -> None:
    """Complete family, flux and colour in place from lamp labels written in ``photometry``.

    Where it names a maker's file, the file tells family and colour; its flux is an estimate.
    """
    family = text["lamp_type"]
    for label in {label for label in text["photometry"] if label}:
        file = files.get(photometries.fold(str(label)))
        if file is not None:
            these = text["photometry"] == label
            if file.lamp_type:
                family[these & np.array([code is None for code in family])] = file.lamp_type
            if file.cct_k:
                kelvin[these & np.isnan(kelvin)] = file.cct_k
            continue
        read = lamps.parse(str(label))
        if read.lamp_type is None:
            continue
        these = text["photometry"] == label
        family[these & np.array([code is None for code in family])] = read.lamp_type
        same = these & (family == read.lamp_type)
        if read.cct_k:
            kelvin[same & np.isnan(kelvin)] = read.cct_k
        nominal = read.flux_lm
        if nominal is None and read.lamp_w is not None:
            nominal = round(float(lamps.flux(read.lamp_type, read.lamp_w)), 1)
        if nominal:
            flux[same & np.isnan(flux)] = nominal


def _year(vintage: Any) -> float:
    found = _YEAR.search(str(vintage or ""))
    return float(found[0]) if found else np.nan
