# SPDX-License-Identifier: EUPL-1.2
"""Performance of lit roads: EN 13201-3:2015, and their energy: EN 13201-5:2015."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.lighting.en13201 import ENERGY_PROCEDURE, PROCEDURE, rtables, tables
from jumeau.worksites.lighting.en13201 import layout as road_layout
from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

QUANTITIES = ("lav", "uo", "ul", "fti", "rei", "e_av", "e_min", "u_h", "dp", "de")
"""Quantities of a road field, in the order of the results."""
UNITS = dict(
    zip(QUANTITIES, ("cd/m²", "1", "1", "%", "1", "lx", "lx", "1", "W/(lx·m²)", "kWh/(m²·yr)"),
        strict=True)
)  # fmt: skip
_CHUNK = 512
_FARTHEST = 500.0  # of a luminaire that dazzles [m]


class _Computed(NamedTuple):
    """Quantities of n fields and, for each, those of its observers."""

    quantity: dict[str, NDArray[np.float64]]
    observers: NDArray[np.float64]
    flux: NDArray[np.float64]
    power: NDArray[np.float64]


def road(
    ph: Photometry,
    *,
    height: float,
    spacing: float,
    width: float,
    lanes: int = 2,
    overhang: float = 0.0,
    arrangement: Literal["single", "opposite", "staggered", "twin"] = "single",
    tilt: float = 0.0,
    rtable: str | PathLike[str] | ArrayLike = "R3",
    maintenance_factor: float = 0.8,
    flux: float | None = None,
    power_w: float | None = None,
    hours: float = 4100.0,
    median: float = 0.0,
) -> dict[str, Any]:
    """Compute the lighting performance of a straight road (EN 13201-3:2015, EN 13201-5:2015).

    Parameters
    ----------
    ph : Photometry
        Light distribution of the luminaires: C0 along the road, C90 toward the carriageway.
    height : float
        Height of the light centres above the carriageway [m].
    spacing : float
        Distance between luminaires of the same row [m].
    width : float
        Width of the carriageway between kerbs, one of both for ``twin`` [m].
    lanes : int
        Lanes of equal width on it.
    overhang : float
        How far light centres stand over the carriageway from the kerb; negative behind it [m].
    arrangement : {"single", "opposite", "staggered", "twin"}
        One row on the right; two rows face to face; the same, half a spacing apart; two
        luminaires back to back on a median, each over its own carriageway.
    tilt : float
        Tilt about the C0–C180 axis, positive lifts the C90 side [°].
    rtable : str, path or (29, 20) array_like
        Road surface: ``R1`` to ``R4``, ``C1``, ``C2`` (CIE 144:2001), or one's own (r·10⁴) [-];
        see :func:`~jumeau.worksites.lighting.en13201.rtables.find`.
    maintenance_factor : float
        Factor from initial to maintained light.
    flux : float, optional
        Initial flux of a source, scaling the photometry; its own by default [lm].
    power_w : float, optional
        Power of a luminaire, gear and control included; the photometry's by default [W].
    hours : float
        Hours of a year at full power [h/yr].
    median : float
        Width between both carriageways, for ``twin`` [m].

    Returns
    -------
    dict
        ``lav`` average luminance of the worst lane [cd/m²]; ``uo``, ``ul`` overall and
        longitudinal uniformity of the worst lane; ``fti`` threshold increment of the worst lane
        [%]; ``rei`` edge illuminance ratio of the worst side; ``e_av``, ``e_min`` mean and least
        horizontal illuminance of the carriageway [lx], ``u_h`` their ratio; ``dp`` power density
        indicator [W/(lx·m²)] and ``de`` annual energy indicator [kWh/(m²·yr)], ``None`` when
        the power is not known; ``per_observer`` a list of ``lane`` (1 at the right), ``lav``,
        ``uo``, ``ul``, ``fti``; ``procedure`` and ``energy_procedure``; ``inputs`` what was
        computed; ``assumed`` what the caller did not say: where flux and power come from, whether
        the photometry is generic, with its ``spread``, how far a row of luminaires dazzles.

    Raises
    ------
    InvalidError
        ``JUM-L070`` for a value that no road has, ``JUM-L072`` for a road surface that is not one.
    UnknownNameError
        ``JUM-L071`` for an unknown road surface, ``JUM-L074`` for an unknown arrangement.
    MissingFileError
        ``JUM-L073`` when the file of the road surface is not there.

    Notes
    -----
    Field: one spacing from a luminaire of the right-hand row (of the left one for ``twin``), with
    N = 10 points along it up to 30 m, else the least N with D = S/N ≤ 3 m, the first at D/2.
    Luminance: 3 points across each lane; L = Σ I · MF · r(tan γ, β) · 10⁻⁴ / H² over luminaires
    from 5 H before and beside to 12 H beyond the point, seen from 1.5 m above the centre line
    of each lane, 60 m before the field. Uo is that of the whole carriageway, Ul that of the
    observer's centre line.

    Illuminance: at least 3 points across each lane, at most 1.5 m apart, so that these of
    usual lanes are those of the luminance; luminaires count to 12 H and one spacing beyond the
    field, past which they add nothing that shows.

    f_TI = 65 L_v / L_av^0.8 (95 L_v / L_av^1.05 above 5 cd/m²), L_v = 10 Σ E/θ² for a driver of 23,
    both of new luminaires (maintenance factor 1). The line of sight points 1° below the
    horizontal; θ from 1.5 to 60°; the roof hides what stands above 20°. The eye starts
    2.75 (H − 1.5) m before the field and moves on N times by D; in each row luminaires count to
    500 m, or until one adds less than 2 % to those before it. The greatest value counts.

    R_EI: mean illuminance of the strip of one lane outside each edge, over that of the strip
    inside; edges on the median do not count up to a median of 10 m, carriageways then making one.

    D_P = P / (Ē A) and D_E = P t / A with P the luminaires of one spacing, Ē maintained and A that
    of the carriageway (of both for ``twin``): strips outside, needed for R_EI only, do not count.

    References
    ----------
    EN 13201-3:2015; EN 13201-5:2015; CIE 140:2019; CIE 144:2001. The least contribution of 2 % and
    the median of 10 m are known from the edition of 2003 and to be confirmed in that of 2015.

    Examples
    --------
    >>> from jumeau.worksites import lighting
    >>> lamp = lighting.generic_photometry("SHP 100")
    >>> found = lighting.road(lamp, height=8.0, spacing=30.0, width=7.0)
    >>> found["procedure"]
    'EN 13201-3:2015'
    """
    if not isinstance(ph, Photometry):
        raise error("JUM-L070", argument="ph", value=type(ph).__name__, expected="a Photometry")
    given: dict[str, Any] = {
        "height": height, "spacing": spacing, "width": width, "lanes": lanes, "overhang": overhang,
        "arrangement": arrangement, "tilt": tilt, "maintenance_factor": maintenance_factor,
        "flux": flux, "power_w": power_w, "hours": hours, "median": median,
    }  # fmt: skip
    for name, value in given.items():
        if np.ndim(value) or (value is None and name not in ("flux", "power_w")):
            raise error("JUM-L070", argument=name, value=repr(value)[:60], expected="one value")
    surface = rtables.find(rtable)
    fields = road_layout.read(given, 1)
    done = _compute(fields, [ph], np.zeros(1, np.int64), [surface], np.zeros(1, np.int64), 1)
    result: dict[str, Any] = {}
    for name in QUANTITIES:
        value = float(done.quantity[name][0])
        result[name] = None if np.isnan(value) else value
    result["per_observer"] = [
        {"lane": lane + 1, **dict(zip(QUANTITIES, map(float, values), strict=False))}
        for lane, values in enumerate(done.observers[0])
    ]
    used = {name: float(column[0]) for name, column in fields.number.items()}
    used["flux"], used["power_w"] = float(done.flux[0]), float(done.power[0])
    result["procedure"], result["energy_procedure"] = PROCEDURE, ENERGY_PROCEDURE
    result["inputs"] = {
        "photometry": ph.name, "rtable": surface.name, "rtable_source": surface.source,
        "arrangement": arrangement, **used, "lanes": int(used["lanes"]),
        "power_w": None if np.isnan(used["power_w"]) else used["power_w"],
    }  # fmt: skip
    result["assumed"] = _assumed(ph, flux, power_w)
    return result


def roads(
    table: pd.DataFrame | Mapping[str, Any],
    photometries: Sequence[Photometry] | None = None,
    *,
    workers: int | None = None,
) -> pd.DataFrame:
    """Compute many road fields at once (EN 13201-3:2015, EN 13201-5:2015; see :func:`road`).

    Parameters
    ----------
    table : DataFrame or mapping of columns
        One field a row. ``photometry`` (index in ``photometries``, or the Photometry itself),
        ``height``, ``spacing`` and ``width`` are needed; the other arguments of :func:`road` have
        its defaults, also where a value is missing; one value may stand for all rows. Units are
        those of :func:`road`.
    photometries : sequence of Photometry, optional
        Those that ``photometry`` numbers.
    workers : int, optional
        Threads; the machine's by default. The result is the same bit for bit.

    Returns
    -------
    DataFrame
        Columns of :data:`QUANTITIES` with the index of ``table``; NaN where a quantity cannot be
        said: ``dp`` and ``de`` without power, ratios without light.

    Raises
    ------
    InvalidError
        ``JUM-L070``, ``JUM-L072``, as :func:`road`, with the row; ``JUM-L077`` for a column that
        lacks or that is not known.
    UnknownNameError
        ``JUM-L071``, ``JUM-L074``.
    """
    import pandas as pd

    frame = table if isinstance(table, pd.DataFrame) else None
    columns: dict[str, Any] = (
        {str(name): frame[name].to_numpy() for name in frame.columns}
        if frame is not None
        else dict(table)
    )
    known = {"photometry", "rtable", "arrangement", *road_layout.NUMBERS}
    unknown = sorted(set(columns) - known)
    lacking = [name for name in ("photometry", "height", "spacing", "width") if name not in columns]
    if unknown or lacking:
        raise error("JUM-L077", columns=unknown or lacking, known=sorted(known))
    count = max((np.size(value) for value in columns.values() if _is_column(value)), default=1)
    if frame is not None:
        count = len(frame)
    index = frame.index if frame is not None else pd.RangeIndex(count)
    if not count:
        return pd.DataFrame({name: np.zeros(0) for name in QUANTITIES}, index=index)
    fields = road_layout.read(columns, count)
    used, which = _photometries(columns["photometry"], photometries, count)
    surfaces, surface = _surfaces(columns.get("rtable", "R3"), count)
    done = _compute(fields, used, which, surfaces, surface, workers)
    return pd.DataFrame(done.quantity, index=index)


def _is_column(value: Any) -> bool:
    return not isinstance(value, str | Photometry) and np.ndim(value) == 1


def _photometries(
    value: Any, photometries: Sequence[Photometry] | None, count: int
) -> tuple[list[Photometry], NDArray[np.int64]]:
    """Return the photometries used and the index of each field's."""
    items = np.empty(count, dtype=object)
    if not _is_column(value):
        items[:] = [value] * count
    elif len(value) != count:
        raise error("JUM-L070", argument="photometry", value=f"({len(value)},)",
                    expected=f"({count},)")  # fmt: skip
    else:
        items[:] = list(value)
    if all(isinstance(item, Photometry) for item in items):
        unique = {id(item): item for item in items}
        order = {key: number for number, key in enumerate(unique)}
        return list(unique.values()), np.array([order[id(item)] for item in items], np.int64)
    given = list(photometries or ())
    if not all(isinstance(item, Photometry) for item in given):
        raise error("JUM-L070", argument="photometries", value=type(photometries).__name__,
                    expected="[Photometry, …]")  # fmt: skip
    try:
        number = np.array(items, dtype=np.float64)
    except (TypeError, ValueError):
        number = np.full(count, np.nan)
    wrong = ~((number == np.rint(number)) & (number >= 0) & (number < len(given)))
    if wrong.any():
        raise road_layout.refusal("photometry", number, wrong, f"0 … {len(given) - 1}")
    return given, number.astype(np.int64)


def _surfaces(value: Any, count: int) -> tuple[list[rtables.RTable], NDArray[np.int64]]:
    """Return the road surfaces used and the index of each field's."""
    per_row = isinstance(value, list | tuple | np.ndarray) and np.ndim(value) == 1
    if not per_row:
        return [rtables.find(value)], np.zeros(count, np.int64)
    if len(value) != count:
        raise error("JUM-L070", argument="rtable", value=f"({len(value)},)",
                    expected=f"({count},)")  # fmt: skip
    names = [item if isinstance(item, str | rtables.RTable) else str(item) for item in value]
    unique = list(dict.fromkeys(names))
    number = {name: k for k, name in enumerate(unique)}
    found = [rtables.find(name) for name in unique]
    return found, np.array([number[name] for name in names], np.int64)


def _compute(
    fields: road_layout.Fields, photometries: Sequence[Photometry], which: NDArray[np.int64],
    surfaces: Sequence[rtables.RTable], surface: NDArray[np.int64], workers: int | None,
) -> _Computed:  # fmt: skip
    from jumeau.worksites.lighting.en13201 import kernels

    value = fields.number
    own_flux = np.array([photometry.flux_lm for photometry in photometries])[which]
    own_power = np.array(
        [np.nan if item.power_w is None else item.power_w for item in photometries]
    )[which]
    flux = np.where(np.isnan(value["flux"]), own_flux, value["flux"])
    power = np.where(np.isnan(value["power_w"]), own_power, value["power_w"])
    lanes, count = value["lanes"].astype(np.int64), which.size
    scale = flux / own_flux
    for k, photometry in enumerate(photometries):  # lamps whose flux follows their tilt
        used = which == k
        scale[used] *= photometry.tilt_factor(value["tilt"][used])
    number = np.column_stack(
        (
            value["height"], value["spacing"], value["width"], value["overhang"],
            np.radians(value["tilt"]), value["median"], scale,
            value["maintenance_factor"], np.full(count, road_layout.JOINED),
        )
    )  # fmt: skip
    choice = np.column_stack((lanes, fields.arrangement, which, surface))
    packed = tables.pack(photometries)
    expanded = np.stack([item.expanded().ravel() for item in surfaces])
    out = np.empty((count, 7))
    observers = np.full((count, int(lanes.max()), 4), np.nan)
    spacing = value["spacing"]
    points = np.where(spacing <= 30.0, 10, np.ceil(spacing / 3.0 - 1e-9))
    spans = np.ceil(np.maximum(12.0 * value["height"], spacing) / spacing)
    glare = np.ceil((_FARTHEST + 3 * value["height"]) / spacing) + 4
    lattice = (np.maximum(2 * spans + 2, glare) * points).astype(np.int64)

    def job(begin: int) -> None:
        end = min(begin + _CHUNK, count)
        kernels.fields(
            begin, end, int(lattice[begin:end].max()), number, choice, packed.table,
            packed.layout, packed.per_radian, expanded, out, observers,
        )  # fmt: skip

    threads = min(workers or _threads(), -(-count // _CHUNK))
    if threads <= 1:
        for begin in range(0, count, _CHUNK):
            job(begin)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(job, range(0, count, _CHUNK)))
    quantity = dict(zip(QUANTITIES, out.T, strict=False))
    with np.errstate(divide="ignore", invalid="ignore"):
        quantity["u_h"] = quantity["e_min"] / quantity["e_av"]
        area = spacing * value["width"] * np.where(fields.arrangement == 3, 2.0, 1.0)
        watts = power * np.array(road_layout.LUMINAIRES)[fields.arrangement]
        quantity["dp"] = np.where(quantity["e_av"] > 0, watts / (quantity["e_av"] * area), np.nan)
        quantity["de"] = watts * value["hours"] / 1000.0 / area
    ordered = {name: np.ascontiguousarray(quantity[name]) for name in QUANTITIES}
    return _Computed(ordered, observers, flux, power)


def _assumed(ph: Photometry, flux: float | None, power_w: float | None) -> dict[str, Any]:
    """Return what the caller did not say and where it was taken."""
    assumed: dict[str, Any] = {"fti_row_to_m": 500.0, "fti_row_until_share": 0.02}
    if flux is None:
        assumed["flux"] = "photometry"
    if power_w is None:
        assumed["power_w"] = "missing" if ph.power_w is None else "photometry"
    if ph.generic:
        assumed["photometry"] = "generic"
        assumed["spread"] = ph.spread
    return assumed


def _threads() -> int:
    """Return the threads to use: the cores given to this process, unless NUMBA_NUM_THREADS."""
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) else len(os.sched_getaffinity(0))
