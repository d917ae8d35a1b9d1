# SPDX-License-Identifier: EUPL-1.2
"""Photometry: luminous intensity by direction, and what follows from it.

:mod:`jumeau.worksites.lighting.reading` reads it as makers give it, ``generic.py`` supposes it
where nothing is known.

Convention of every photometry here (CIE C planes, as EULUMDAT): γ = 0 straight down; the C0
half-plane lies along the road, C90 points towards the carriageway, and C rises counter-clockwise
seen from above. The first plane is repeated at 360°. Intensities are in candela for the flux
``flux_lm`` of the source, and are interpolated bilinearly in C and γ.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_CODE_ANGLES = (41.409622109270856, 60.0, 75.52248781407008, 90.0)
"""Cones of π/2, π, 3π/2 and 2π steradians of the CIE flux code: cos γ = ¾, ½, ¼, 0 [°]."""


class PhotometrySource(NamedTuple):
    """File that a photometry was read from."""

    file: str
    """Name of the file, without its folder."""
    sha256: str
    format: str
    """``IES`` or ``EULUMDAT``."""
    edition: str
    """``LM-63-2002`` and the like; ``EULUMDAT`` has one edition only."""


class LampSet(NamedTuple):
    """Lamps that a luminaire is sold with; EULUMDAT may give several, to choose from."""

    lamps: int
    """Number of lamps; negative for absolute photometry in EULUMDAT files."""
    name: str
    flux_lm: float
    """Flux of all lamps of the set together [lm]."""
    colour: str
    """Colour temperature or appearance, as the file says it."""
    rendering: str
    """Colour rendering group or index, as the file says it."""
    power_w: float
    """Power of lamps and gear; 0 when unknown [W]."""


class LampTilt(NamedTuple):
    """How the flux of a lamp follows the tilt of its luminaire (LM-63, TILT table)."""

    geometry: int
    """1 lamp upright when the luminaire looks down; 2 lamp that stays level when the luminaire is
    tilted; 3 lamp that is tilted with it."""
    angles: tuple[float, ...]
    """Tilts from looking straight down [°]."""
    factors: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Photometry:
    """Luminous intensity distribution of a luminaire with its source.

    Parameters
    ----------
    name : str
        Name of the distribution.
    c_angles : (n,) array
        C planes, rising from 0 to 360 with the first plane repeated [°].
    gamma_angles : (m,) array
        Angles from the downward vertical, rising from 0, at most to 180 [°].
    candela : (n, m) array
        Luminous intensity for the flux ``flux_lm`` [cd].
    flux_lm : float
        Initial flux of the source [lm].
    lamp_type : str
        Code of the family of the source; empty when unknown.
    power_w : float, optional
        Power of lamp and gear [W].
    cct_k : float, optional
        Correlated colour temperature [K].
    generic : bool
        Whether the distribution is a supposed one and not a measurement.
    spread : float
        Relative half-width of the 90 % interval of the illuminance at a point that a generic
        distribution leaves; 0 for a measured one.
    luminous_size : (length, width, height)
        Luminous area seen from below: length along C90–C270, width along C0–C180, height [m].
    round_area : bool
        Whether the luminous area is round or elliptic rather than rectangular.
    tilt : float
        Tilt of the luminaire while it was measured, about the C0–C180 axis, positive with the C90
        side up; intensities are in the frame of the measurement [°].
    absolute : bool
        Absolute photometry: ``flux_lm`` is the flux of the luminaire itself.
    declared_lor : float, optional
        Light output ratio that the file declares; ``lor`` is the integral of the intensities.
    manufacturer, lamp : str
        Maker and lamp, as the file says them.
    lamp_sets : tuple of LampSet
        Lamps that the file offers; ``flux_lm`` is that of the one chosen.
    lamp_tilt : LampTilt, optional
        Factor on the flux when the luminaire is tilted; ``candela`` includes that of no tilt.
    source : PhotometrySource, optional
        File it was read from.
    remarks : tuple of Finding
        What its reader noticed and settled.

    Raises
    ------
    InvalidError
        ``JUM-L002`` when angles or intensities are not those of a distribution.
    """

    name: str
    c_angles: NDArray[np.float64]
    gamma_angles: NDArray[np.float64]
    candela: NDArray[np.float64]
    flux_lm: float
    lamp_type: str = ""
    power_w: float | None = None
    cct_k: float | None = None
    generic: bool = False
    spread: float = 0.0
    luminous_size: tuple[float, float, float] = (0.0, 0.0, 0.0)
    round_area: bool = False
    tilt: float = 0.0
    absolute: bool = False
    declared_lor: float | None = None
    manufacturer: str = ""
    lamp: str = ""
    lamp_sets: tuple[LampSet, ...] = ()
    lamp_tilt: LampTilt | None = None
    source: PhotometrySource | None = None
    remarks: tuple[Finding, ...] = ()
    lor: float = field(init=False)
    """Light output ratio: flux of the luminaire over flux of the source."""
    ulr: float = field(init=False)
    """Share of the luminaire's flux that goes above the horizontal."""

    def __post_init__(self) -> None:
        c, gamma, candela = (
            np.array(value, dtype=np.float64)
            for value in (self.c_angles, self.gamma_angles, self.candela)
        )
        self._check(c, gamma, candela)
        for name, value in (("c_angles", c), ("gamma_angles", gamma), ("candela", candela)):
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "lor", self.flux() / self.flux_lm)
        above = self.flux(90.0, 180.0)
        object.__setattr__(self, "ulr", above / self.flux() if above else 0.0)

    def _check(
        self, c: NDArray[np.float64], gamma: NDArray[np.float64], candela: NDArray[np.float64]
    ) -> None:
        faults = {
            "C angles must rise from 0 to 360": c.ndim != 1
            or c.size < 2
            or c[0] != 0
            or c[-1] != 360
            or bool((np.diff(c) <= 0).any()),
            "gamma angles must rise from 0, to 180 at most": gamma.ndim != 1
            or gamma.size < 2
            or gamma[0] != 0
            or gamma[-1] > 180
            or bool((np.diff(gamma) <= 0).any()),
            "intensities must have one row per plane": candela.shape != (c.size, gamma.size),
            "intensities must be finite and not negative": not np.isfinite(candela).all()
            or bool((candela < 0).any()),
            "the first plane must be repeated at 360": candela.ndim != 2
            or not np.array_equal(candela[0], candela[-1]),
            "the flux must be positive": not (np.isfinite(self.flux_lm) and self.flux_lm > 0),
        }
        for fault, present in faults.items():
            if present:
                raise error("JUM-L002", name=self.name, fault=fault)

    def intensity(self, c: ArrayLike, gamma: ArrayLike) -> NDArray[np.float64]:
        """Interpolate the intensity bilinearly, periodically in C.

        Parameters
        ----------
        c, gamma : array_like
            Directions [°]; any C, γ from 0 to 180.

        Returns
        -------
        array
            Luminous intensity [cd]; 0 beyond the last γ.
        """
        azimuth, polar = np.broadcast_arrays(
            np.mod(np.asarray(c, dtype=np.float64), 360.0), np.asarray(gamma, dtype=np.float64)
        )
        i, u = _locate(self.c_angles, azimuth)
        j, v = _locate(self.gamma_angles, polar)
        table = self.candela
        low = (1 - v) * table[i, j] + v * table[i, j + 1]
        high = (1 - v) * table[i + 1, j] + v * table[i + 1, j + 1]
        return np.where(polar <= self.gamma_angles[-1], (1 - u) * low + u * high, 0.0)

    def flux(self, gamma_from: float = 0.0, gamma_to: float = 180.0) -> float:
        """Integrate the intensity over a zone, exactly for the bilinear distribution.

        Parameters
        ----------
        gamma_from, gamma_to : float
            Limits of the zone [°].

        Returns
        -------
        float
            Luminous flux ∫∫ I sin γ dγ dC [lm].
        """
        last = float(self.gamma_angles[-1])
        low, high = max(float(gamma_from), 0.0), min(float(gamma_to), last)
        if low >= high:
            return 0.0
        inside = (self.gamma_angles > low) & (self.gamma_angles < high)
        gamma = np.concatenate(([low], self.gamma_angles[inside], [high]))
        edges = [
            (1 - v) * self.candela[:, j] + v * self.candela[:, j + 1]
            for j, v in (_locate(self.gamma_angles, np.array(limit)) for limit in (low, high))
        ]
        table = np.column_stack((edges[0], self.candela[:, inside], edges[1]))
        planes = table @ _gamma_weights(np.radians(gamma))
        return float(np.trapezoid(planes, np.radians(self.c_angles)))

    @property
    def ulor(self) -> float:
        """Flux above the horizontal over flux of the source (upward light output ratio)."""
        return self.ulr * self.lor

    @property
    def flux_codes(self) -> tuple[float, float, float, float, float]:
        """CIE flux code N1 … N5 [%].

        N1, N2 and N3 are the shares of the downward flux within 41.4°, 60° and 75.5° of the
        downward vertical, N4 the share of the luminaire's flux that goes down, N5 the light output
        ratio (CIE 52:1982, EN 13032-2:2017).
        """
        *cones, down = (self.flux(0.0, limit) for limit in _CODE_ANGLES)
        n1, n2, n3 = (100.0 * cone / down if down else 0.0 for cone in cones)
        whole = self.flux()
        return n1, n2, n3, 100.0 * down / whole if whole else 0.0, 100.0 * self.lor

    def tilt_factor(self, tilt: ArrayLike) -> NDArray[np.float64]:
        """Return the factor on the flux of a tilted luminaire (TILT table of LM-63).

        Parameters
        ----------
        tilt : array_like
            Tilt of the luminaire from looking straight down, either way [°].

        Returns
        -------
        array
            Factor relative to no tilt: 1 without a table, or for a lamp that stays level;
            linear between angles, constant beyond.
        """
        angle = np.abs(np.asarray(tilt, dtype=np.float64))
        if self.lamp_tilt is None or self.lamp_tilt.geometry == 2:
            return np.ones(angle.shape)
        factors = np.interp(angle, self.lamp_tilt.angles, self.lamp_tilt.factors)
        return np.asarray(factors / np.interp(0.0, self.lamp_tilt.angles, self.lamp_tilt.factors))

    def rotated(self, angle: float) -> Photometry:
        """Return the photometry of the luminaire turned about its vertical axis.

        Parameters
        ----------
        angle : float
            Turn, counter-clockwise seen from above [°].

        Returns
        -------
        Photometry
            I′(C, γ) = I(C − angle, γ), with a plane more where none falls on C0.
        """
        from jumeau.worksites.lighting.planes import turn

        c, candela = turn(self.c_angles[:-1], self.candela[:-1], angle)
        return replace(self, c_angles=c, candela=candela)


def given(photometry: object) -> Photometry:
    """Return an argument that should be a photometry, or refuse it with ``JUM-L004``."""
    if not isinstance(photometry, Photometry):
        raise error("JUM-L004", argument="photometry", value=type(photometry).__name__,
                    expected="Photometry")  # fmt: skip
    return photometry


def _locate(
    nodes: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    index = np.clip(np.searchsorted(nodes, values, side="right") - 1, 0, nodes.size - 2)
    return index, (values - nodes[index]) / (nodes[index + 1] - nodes[index])


def _gamma_weights(gamma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of ∫ f sin γ dγ for a function linear between nodes [rad]."""
    a, b = gamma[:-1], gamma[1:]
    # ∫ (b − γ)/(b − a) sin γ dγ and ∫ (γ − a)/(b − a) sin γ dγ over [a, b]
    slope = (np.sin(b) - np.sin(a)) / (b - a)
    weights = np.zeros_like(gamma)
    weights[:-1] += np.cos(a) - slope
    weights[1:] += slope - np.cos(b)
    return weights
