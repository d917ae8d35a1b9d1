# SPDX-License-Identifier: EUPL-1.2
"""Closed forms of shallow water: what the solvers of the climate worksite are measured against.

Pure functions of place and time; no file, no solver. Discharges are by metre of width.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

Field = NDArray[np.float64]

GRAVITY = 9.81
"""Acceleration of gravity [m/s²]."""
CREST = 0.2
"""Height of the crest of the bump [m]."""
Regime = Literal["subcritical", "transcritical", "shock"]


class Stoker(NamedTuple):
    """Middle state of the wet dam break: depth [m], speed [m/s], speed of the shock [m/s]."""

    depth: float
    speed: float
    shock: float


def ritter(x: ArrayLike, time: float, depth: float) -> tuple[Field, Field]:
    """Return depth and speed of Ritter's dam break on a dry bed, dam at x = 0.

    Parameters
    ----------
    x : array_like
        Distance downstream of the dam [m].
    time : float
        Since the break, above 0 [s].
    depth : float
        Of the water behind the dam, x < 0 [m].

    Returns
    -------
    tuple of ndarray
        Depth [m] and speed [m/s].

    Notes
    -----
    h = (2c − x/t)²/(9g) and u = ⅔(c + x/t) for −c·t < x < 2c·t, c = √(g·h₀). A. Ritter, Die
    Fortpflanzung der Wasserwellen, Z. Ver. Dtsch. Ing. 36 (1892).
    """
    celerity = math.sqrt(GRAVITY * depth)
    ray = np.clip(np.asarray(x, dtype=np.float64) / time, -celerity, 2.0 * celerity)
    height = (2.0 * celerity - ray) ** 2 / (9.0 * GRAVITY)
    return height, np.where(height > 0.0, 2.0 / 3.0 * (celerity + ray), 0.0)


def stoker_state(left: float, right: float) -> Stoker:
    """Return the state between rarefaction and shock of Stoker's dam break on a wet bed.

    Parameters
    ----------
    left, right : float
        Depths behind and before the dam, left > right > 0 [m].

    Returns
    -------
    Stoker
        Depth [m], speed [m/s] and speed of the shock [m/s].

    Notes
    -----
    2(√(g·hₗ) − √(g·hₘ)) = (hₘ − hᵣ)·√(g/2·(1/hₘ + 1/hᵣ)). J. J. Stoker, Water Waves (1957), 10.8.
    """

    def speed(middle: float) -> float:
        return 2.0 * (math.sqrt(GRAVITY * left) - math.sqrt(GRAVITY * middle))

    def gap(middle: float) -> float:
        jump = math.sqrt(GRAVITY / 2.0 * (1.0 / middle + 1.0 / right))
        return speed(middle) - (middle - right) * jump

    middle = float(brentq(gap, right, left, xtol=1e-12))
    return Stoker(middle, speed(middle), speed(middle) * middle / (middle - right))


def stoker(x: ArrayLike, time: float, left: float, right: float) -> tuple[Field, Field]:
    """Return depth and speed of Stoker's dam break on a wet bed, dam at x = 0.

    Parameters
    ----------
    x : array_like
        Distance downstream of the dam [m].
    time : float
        Since the break, above 0 [s].
    left, right : float
        Depths behind and before the dam [m].

    Returns
    -------
    tuple of ndarray
        Depth [m] and speed [m/s].
    """
    state = stoker_state(left, right)
    ray = np.asarray(x, dtype=np.float64) / time
    fan, flow = ritter(ray, 1.0, left)
    in_fan = fan > state.depth
    before = ray > state.shock
    depth = np.where(before, right, np.where(in_fan, fan, state.depth))
    return depth, np.where(before, 0.0, np.where(in_fan, flow, state.speed))


def bump_bed(x: ArrayLike) -> Field:
    """Return the bed of the bump, z = 0.2 − 0.05(x − 10)² for 8 ≤ x ≤ 12, 0 elsewhere [m].

    Parameters
    ----------
    x : array_like
        Distance from the inlet [m].
    """
    return np.maximum(0.0, CREST - 0.05 * (np.asarray(x, dtype=np.float64) - 10.0) ** 2)


def bernoulli_depth(head: ArrayLike, flow: float, *, fast: ArrayLike = False) -> Field:
    """Return the depth h that solves h + q²/(2g·h²) = E, slow or fast branch.

    Parameters
    ----------
    head : array_like
        Specific head E, at least 1.5 critical depths [m].
    flow : float
        Discharge by metre of width q [m²/s].
    fast : array_like of bool
        Where the supercritical branch is wanted.

    Returns
    -------
    ndarray
        Depth [m].
    """
    energy = np.asarray(head, dtype=np.float64)
    cosine = 1.0 - 27.0 * flow**2 / (4.0 * GRAVITY * energy**3)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0)) / 3.0
    turn = np.where(np.asarray(fast), 4.0 * math.pi / 3.0, 0.0)
    return energy / 3.0 * (1.0 + 2.0 * np.cos(angle + turn))


def bump(x: ArrayLike, regime: Regime, flow: float, downstream: float) -> Field:
    """Return the depth of a steady flow over the bump, without friction.

    Parameters
    ----------
    x : array_like
        Distance from the inlet [m].
    regime : {"subcritical", "transcritical", "shock"}
        Whether the flow becomes critical at the crest, and slow again after a jump.
    flow : float
        Discharge by metre of width [m²/s].
    downstream : float
        Depth at the outlet [m]; of no effect on the transcritical flow.

    Returns
    -------
    ndarray
        Depth [m].

    Notes
    -----
    Bernoulli's h + z + q²/(2g·h²) = const on each side of the jump, whose place is where momentum
    is kept: q²(1/h₁ − 1/h₂) + g/2·(h₁² − h₂²) = 0. D. Houghton and A. Kasahara (1968); parameters
    of SWASHES, O. Delestre et al., Int. J. Numer. Meth. Fluids 72 (2013).
    """
    place = np.asarray(x, dtype=np.float64)
    bed = bump_bed(place)
    after = downstream + flow**2 / (2.0 * GRAVITY * downstream**2)
    if regime == "subcritical":
        return bernoulli_depth(after - bed, flow)
    before = CREST + 1.5 * (flow**2 / GRAVITY) ** (1.0 / 3.0)
    fast = bernoulli_depth(before - bed, flow, fast=place > 10.0)
    if regime == "transcritical":
        return fast
    slow = bernoulli_depth(np.maximum(after - bed, 1.5 * (flow**2 / GRAVITY) ** (1.0 / 3.0)), flow)
    return np.where(place > bump_jump(flow, downstream)[0], slow, fast)


def bump_jump(flow: float, downstream: float) -> tuple[float, float, float]:
    """Return place and depths before and after of the hydraulic jump behind the bump.

    Parameters
    ----------
    flow : float
        Discharge by metre of width [m²/s].
    downstream : float
        Depth at the outlet [m].

    Returns
    -------
    tuple of float
        Place [m], depth before [m], depth after [m].
    """
    after = downstream + flow**2 / (2.0 * GRAVITY * downstream**2)
    before = CREST + 1.5 * (flow**2 / GRAVITY) ** (1.0 / 3.0)

    def depths(x: float) -> tuple[float, float]:
        bed = float(bump_bed(x))
        fast = float(bernoulli_depth(before - bed, flow, fast=True))
        return fast, float(bernoulli_depth(after - bed, flow))

    def gap(x: float) -> float:
        fast, slow = depths(x)
        return flow**2 * (1.0 / fast - 1.0 / slow) + GRAVITY / 2.0 * (fast**2 - slow**2)

    # Where the head behind the jump suffices for the discharge, up to the end of the bump.
    least = 1.5 * (flow**2 / GRAVITY) ** (1.0 / 3.0)
    first = 10.0 + math.sqrt(max(0.0, CREST - (after - least)) / 0.05)
    place = float(brentq(gap, first, 12.0, xtol=1e-10))
    return place, *depths(place)


class Canal(NamedTuple):
    """Thacker's parabolic canal: depth at rest [m], half width [m], amplitude of the shore [m]."""

    depth: float = 4.0
    half_width: float = 10.0
    amplitude: float = 2.0

    @property
    def pulsation(self) -> float:
        """Angular frequency [rad/s]."""
        return math.sqrt(2.0 * GRAVITY * self.depth) / self.half_width

    @property
    def period(self) -> float:
        """Of one oscillation [s]."""
        return 2.0 * math.pi / self.pulsation

    def bed(self, x: ArrayLike) -> Field:
        """Return the bed, D₀·x²/L² [m]."""
        place = np.asarray(x, dtype=np.float64)
        return self.depth * (place / self.half_width) ** 2

    def water(self, x: ArrayLike, time: float) -> Field:
        """Return the depth of the plane surface that swings without friction [m].

        Notes
        -----
        η = D₀ + (2A·D₀/L²)·cos ωt·(x − A/2·cos ωt). W. C. Thacker, Some exact solutions to the
        nonlinear shallow-water wave equations, J. Fluid Mech. 107 (1981).
        """
        place = np.asarray(x, dtype=np.float64)
        swing = self.amplitude * math.cos(self.pulsation * time)
        tilt = 2.0 * self.depth / self.half_width**2 * swing
        return np.maximum(self.depth + tilt * (place - swing / 2.0) - self.bed(place), 0.0)

    def shores(self, time: float) -> tuple[float, float]:
        """Return the west and east ends of the water [m]."""
        swing = self.amplitude * math.cos(self.pulsation * time)
        return swing - self.half_width, swing + self.half_width


class Bowl(NamedTuple):
    """Thacker's round paraboloid: depth [m], radius at rest [m], radius at the start [m]."""

    depth: float = 1000.0
    radius: float = 2500.0
    start: float = 2000.0

    @property
    def pulsation(self) -> float:
        """Angular frequency [rad/s]."""
        return 2.0 / self.radius * math.sqrt(2.0 * GRAVITY * self.depth)

    @property
    def period(self) -> float:
        """Of one oscillation [s]."""
        return 2.0 * math.pi / self.pulsation

    @property
    def _ratio(self) -> float:
        far, near = self.radius**4, self.start**4
        return (far - near) / (far + near)

    @property
    def volume(self) -> float:
        """Of the water, whatever the time: the depth integrated on the disc [m³]."""
        return math.pi / 2.0 * self.depth * self.radius**2

    def bed(self, r: ArrayLike) -> Field:
        """Return the bed, −D₀(1 − r²/L²) [m]."""
        return -self.depth * (1.0 - (np.asarray(r, dtype=np.float64) / self.radius) ** 2)

    def water(self, r: ArrayLike, time: float) -> Field:
        """Return the depth of the surface that rises and falls about the centre [m].

        Notes
        -----
        η = D₀[√(1−A²)/C − 1 − (r²/L²)((1−A²)/C² − 1)], C = 1 − A·cos ωt. W. C. Thacker (1981).
        """
        place = np.asarray(r, dtype=np.float64)
        share = 1.0 - self._ratio**2
        c = 1.0 - self._ratio * math.cos(self.pulsation * time)
        fall = (place / self.radius) ** 2 * (share / c**2 - 1.0)
        surface = self.depth * (math.sqrt(share) / c - 1.0 - fall)
        return np.maximum(surface - self.bed(place), 0.0)


def wave(x: ArrayLike, time: ArrayLike, manning: float = 0.03, speed: float = 1.0) -> Field:
    """Return the depth of the wave that does not break, on a flat bed, at constant speed.

    Parameters
    ----------
    x : array_like
        Distance from the inlet [m].
    time : array_like
        Since the water came in [s].
    manning : float
        Friction of the bed [s·m^-1/3].
    speed : float
        Of the water, the same everywhere [m/s].

    Returns
    -------
    ndarray
        Depth [m].

    Notes
    -----
    h = (7/3·n²·u³·(u·t − x))^(3/7) for x < u·t. N. M. Hunter et al., Adv. Water Resour. 28 (2005).
    """
    behind = speed * np.asarray(time, dtype=np.float64) - np.asarray(x, dtype=np.float64)
    rise = 7.0 / 3.0 * manning**2 * speed**3 * np.maximum(behind, 0.0)
    return np.asarray(rise ** (3.0 / 7.0), dtype=np.float64)


class Plane(NamedTuple):
    """Rain on a plane: length [m], slope [-], Manning [s·m^-1/3], rain [m/s], duration [s]."""

    length: float = 200.0
    slope: float = 0.01
    manning: float = 0.05
    rain: float = 60.0 / 1000.0 / 3600.0
    duration: float = 3600.0

    @property
    def conveyance(self) -> float:
        """Factor α of q = α·h^(5/3) [m^(1/3)/s]."""
        return math.sqrt(self.slope) / self.manning

    @property
    def equilibrium(self) -> float:
        """Time after which the outlet gives all the rain [s]."""
        return float((self.length / (self.conveyance * self.rain ** (2.0 / 3.0))) ** 0.6)

    def steady(self, x: ArrayLike) -> Field:
        """Return the depth once the outlet gives all the rain, (n·i·x/√S)^(3/5) [m]."""
        return np.asarray(
            (self.rain * np.asarray(x, dtype=np.float64) / self.conveyance) ** 0.6,
            dtype=np.float64,
        )

    def outlet(self, time: float) -> float:
        """Return the discharge at the outlet by metre of width [m²/s].

        The rain lasts longer than :attr:`equilibrium`.

        Notes
        -----
        Kinematic wave: q = α(i·t)^(5/3) until tc, i·L until the rain ends at t₀, then
        q/i + 5/3·α^(3/5)·q^(2/5)·(t − t₀) = L. Lighthill and Whitham (1955).
        """
        if time <= self.equilibrium:
            return float(self.conveyance * (self.rain * time) ** (5.0 / 3.0))
        if time <= self.duration:
            return self.rain * self.length
        since = 5.0 / 3.0 * self.conveyance**0.6 * (time - self.duration)

        def gap(flow: float) -> float:
            return float(flow / self.rain + since * flow**0.4 - self.length)

        return float(brentq(gap, 0.0, self.rain * self.length, xtol=1e-14))
