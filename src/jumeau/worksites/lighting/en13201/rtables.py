# SPDX-License-Identifier: EUPL-1.2
"""Road surfaces: reduced luminance coefficients r(tan γ, β) (CIE 144:2001).

A table gives r = q cos³γ, multiplied by 10⁴, at 29 values of tan γ (0 to 12) and 20 of β (0 to
180°): γ is the angle of incidence of the light, β the angle between the vertical plane of
observation and that of incidence, 0 when the luminaire stands straight beyond the point. Between
nodes r is bilinear; beyond tan γ = 12 it is 0. Observation is 1° below the horizontal.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

SOURCE = "CIE 144:2001"
PER_TAN, PER_DEGREE = 4, 1
"""Even steps of the expanded tables: all nodes of CIE 144:2001 fall on them."""
EXPANDED = (12 * PER_TAN + 2, 180 * PER_DEGREE + 2)
"""Shape of an expanded table: one row and one column more than needed, so that rounding stays
inside."""
_LEAST_PEAK = 5.0  # of r·10⁴: a table below holds r itself, or something else


@dataclass(frozen=True, eq=False)
class RTable:
    """Reduced luminance coefficients of a road surface.

    Parameters
    ----------
    name : str
        Name, ``R3`` for instance; the file's or ``own`` for one of the user.
    tan_gamma : (n,) array
        Tangents of the angle of incidence, rising from 0.
    beta : (m,) array
        Angles between the planes of observation and of incidence, from 0 to 180 [°].
    values : (n, m) array
        r · 10⁴ [sr⁻¹].
    source : str
        Where the numbers come from.

    Raises
    ------
    InvalidError
        ``JUM-L072`` when the numbers are not those of a table.
    """

    name: str
    tan_gamma: NDArray[np.float64]
    beta: NDArray[np.float64]
    values: NDArray[np.float64]
    source: str

    def __post_init__(self) -> None:
        tan, beta, values = self.tan_gamma, self.beta, self.values
        faults = {
            "tan γ must rise from 0, to 12 at most": tan.ndim != 1
            or tan.size < 2
            or tan[0] != 0
            or tan[-1] > 12
            or not (np.diff(tan) > 0).all(),
            "β must rise from 0 to 180": beta.ndim != 1
            or beta.size < 2
            or beta[0] != 0
            or beta[-1] != 180
            or not (np.diff(beta) > 0).all(),
            f"r must have one row per tan γ ({tan.size}) and one column per β ({beta.size}), "
            f"and has the shape {values.shape}": values.shape != (tan.size, beta.size),
            "r must be finite and not negative": not np.isfinite(values).all()
            or bool((values < 0).any()),
            "r is expected multiplied by 10⁴": not values.size or values.max() < _LEAST_PEAK,
        }
        for fault, present in faults.items():
            if present:
                raise error("JUM-L072", name=self.name, fault=fault)

    def coefficient(self, tan_gamma: ArrayLike, beta: ArrayLike) -> NDArray[np.float64]:
        """Interpolate r·10⁴ bilinearly in tan γ and β; 0 beyond the last tan γ.

        Parameters
        ----------
        tan_gamma, beta : array_like
            Tangent of the incidence and angle between the planes, 0 to 180 [°].
        """
        tan, angle = np.broadcast_arrays(
            np.asarray(tan_gamma, np.float64), np.asarray(beta, np.float64)
        )
        i = np.clip(np.searchsorted(self.tan_gamma, tan, side="right") - 1, 0, len(self.values) - 2)
        j = np.clip(np.searchsorted(self.beta, angle, side="right") - 1, 0, self.beta.size - 2)
        u = (tan - self.tan_gamma[i]) / (self.tan_gamma[i + 1] - self.tan_gamma[i])
        v = (angle - self.beta[j]) / (self.beta[j + 1] - self.beta[j])
        r = self.values
        low = (1 - v) * r[i, j] + v * r[i, j + 1]
        high = (1 - v) * r[i + 1, j] + v * r[i + 1, j + 1]
        return np.where(tan <= self.tan_gamma[-1], (1 - u) * low + u * high, 0.0)

    @property
    def s1(self) -> float:
        """Specular factor S1 = r(tan γ = 2, β = 0) / r(0, 0)."""
        return float(self.coefficient(2.0, 0.0) / self.values[0, 0])

    @property
    def q0(self) -> float:
        """Average luminance coefficient Q0 over the directions that the table covers [sr⁻¹].

        Mean of q = r / cos³γ weighted by solid angle, dΩ = tan γ d(tan γ) dβ / (1 + tan²γ)^{3/2},
        by trapezoids, where r is not 0.
        """
        tan, beta = self.tan_gamma, np.radians(self.beta)
        weighted = np.trapezoid(self.values * 1e-4, beta, axis=1) * tan
        covered = np.trapezoid(np.where(self.values > 0, 1.0, 0.0), beta, axis=1)
        solid = covered * tan / (1 + tan**2) ** 1.5
        return float(np.trapezoid(weighted, tan) / np.trapezoid(solid, tan))

    def expanded(self) -> NDArray[np.float32]:
        """Return the table on even steps of tan γ (¼) and β (1°), for the kernel."""
        tan = np.arange(EXPANDED[0]) / PER_TAN
        beta = np.minimum(np.arange(EXPANDED[1]) / PER_DEGREE, 180.0)
        return self.coefficient(tan[:, None], beta[None, :]).astype(np.float32)


@cache
def named() -> dict[str, RTable]:
    """Return the tables of CIE 144:2001 by name: R1 to R4, C1 and C2."""
    rows: dict[str, list[dict[str, str]]] = {}
    with (Path(__file__).parent / "rtables.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row.pop("rtable"), []).append(row)
    return {name: _from_rows(name, table, SOURCE) for name, table in rows.items()}


def find(rtable: str | PathLike[str] | ArrayLike | RTable) -> RTable:
    """Return a road surface by its name, from a file or from an array.

    Parameters
    ----------
    rtable : str, path, array_like or RTable
        Name of a table of CIE 144:2001 (``R1`` … ``R4``, ``C1``, ``C2``); path of a CSV file with
        a column ``tan_gamma`` and columns ``beta_0`` … ``beta_180``; or r·10⁴ as a (29, 20) array
        on the nodes of CIE 144:2001.

    Returns
    -------
    RTable

    Raises
    ------
    UnknownNameError
        ``JUM-L071`` for an unknown name.
    InvalidError
        ``JUM-L072`` when the file or the array is not a table.
    MissingFileError
        ``JUM-L073`` when the file is not there.
    """
    if isinstance(rtable, RTable):
        return rtable
    if isinstance(rtable, str | Path) or hasattr(rtable, "__fspath__"):
        text = str(rtable)
        known = {name.casefold(): name for name in named()}
        if isinstance(rtable, str) and text.strip().casefold() in known:
            return named()[known[text.strip().casefold()]]
        if isinstance(rtable, str) and Path(text).suffix.lower() != ".csv":
            raise error("JUM-L071", rtable=text[:60], known=list(named()),
                        suggestion=did_you_mean(text, named()))  # fmt: skip
        return _read(Path(text))
    first = next(iter(named().values()))
    try:
        values = np.array(rtable, dtype=np.float64)
    except (TypeError, ValueError):
        raise error("JUM-L072", name="own", fault="it is not made of numbers") from None
    return RTable("own", first.tan_gamma, first.beta, values, "own")


def _read(path: Path) -> RTable:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise error("JUM-L073", path=str(path)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise error("JUM-L072", name=path.name, fault=type(fault).__name__) from None
    return _from_rows(path.stem, rows, path.name)


def _from_rows(name: str, rows: list[dict[str, str]], source: str) -> RTable:
    columns = [key for key in (rows[0] if rows else {}) if str(key).startswith("beta_")]
    try:
        beta = np.array([float(key[5:]) for key in columns])
        tan = np.array([float(row["tan_gamma"]) for row in rows])
        values = np.array([[float(row[key]) for key in columns] for row in rows])
    except (KeyError, TypeError, ValueError):
        fault = "columns tan_gamma, beta_0 … beta_180 with numbers are expected"
        raise error("JUM-L072", name=name, fault=fault) from None
    return RTable(name, tan, beta, values, source)
