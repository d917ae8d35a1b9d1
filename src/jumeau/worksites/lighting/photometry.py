# SPDX-License-Identifier: EUPL-1.2
"""Photometry: luminous intensity by direction, and generic distributions by lamp and luminaire.

Convention of every photometry here (CIE C planes, as EULUMDAT): γ = 0 straight down; the C0
half-plane lies along the road, C90 points towards the carriageway, and C rises counter-clockwise
seen from above. The first plane is repeated at 360°. Intensities are in candela for the flux
``flux_lm`` of the source, and are interpolated bilinearly in C and γ.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import did_you_mean, error
from jumeau.worksites.lighting import lamps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_C_STEP, _GAMMA_STEP = 5.0, 2.5


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
            Limits of the zone; nodes of ``gamma_angles``, or beyond the last one [°].

        Returns
        -------
        float
            Luminous flux ∫∫ I sin γ dγ dC [lm].
        """
        zone = (self.gamma_angles >= gamma_from) & (self.gamma_angles <= gamma_to)
        if zone.sum() < 2:
            return 0.0
        weights = _gamma_weights(np.radians(self.gamma_angles[zone]))
        planes = self.candela[:, zone] @ weights
        return float(np.trapezoid(planes, np.radians(self.c_angles)))


@dataclass(frozen=True)
class Form:
    """Shape of a generic distribution; lengths on the ground in units of mounting height.

    Parameters
    ----------
    form, label_en, label_fr, description_en, description_fr : str
        Code, names and meaning.
    throw, front, back : float
        Half-length of the lit patch along C0, its depths towards C90 and C270; round when both
        depths are 0.
    lift, edge : float
        Exponents that raise the intensity towards the patch's edge and cut it there.
    lambert, diffuse : float
        Intensities of the cosine and of the uniform part relative to the patch's at nadir.
    aim : float
        Tilt of the axis towards C90; 180 turns it to the sky [°].
    ulr : float, optional
        Upward share when the shape sets it rather than the lamp.
    spread : float
        Relative half-width of the 90 % interval at a point (user parameter, to confirm).
    """

    form: str
    label_en: str
    label_fr: str
    throw: float
    front: float
    back: float
    lift: float
    edge: float
    lambert: float
    diffuse: float
    aim: float
    ulr: float | None
    spread: float
    description_en: str
    description_fr: str


@cache
def forms() -> dict[str, Form]:
    """Return the generic shapes by code."""
    text = {"form", "label_en", "label_fr", "description_en", "description_fr"}
    with (Path(__file__).parent / "forms.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["form"]: Form(
                **{
                    key: value if key in text else float(value) if value else None
                    for key, value in row.items()
                }  # type: ignore[arg-type]
            )
            for row in csv.DictReader(file)
        }


def generic_photometry(label: str, form: str = "road") -> Photometry:
    """Suppose the photometry of a lamp in a kind of luminaire (own analytic model).

    Parameters
    ----------
    label : str
        Lamp label, French or English: « SHP 150 », « LED 36W 3000K », « BF 125 »… Without a
        wattage, the family's usual lamp is taken.
    form : str
        Kind of luminaire: ``road``, ``ambience``, ``flood``, ``wall``, ``bollard``, ``recessed``.

    Returns
    -------
    Photometry
        Tagged ``generic``, with the spread that the supposition leaves.

    Raises
    ------
    UnknownNameError
        ``JUM-L001`` for an unknown lamp, ``JUM-L003`` for an unknown form.

    Notes
    -----
    With p = tan γ cos C and q = tan γ sin C, the place lit in units of height, the part that makes
    a patch with soft edges is

        I(C, γ) ∝ cos⁻ᵐ γ / (1 + [(p/p₀)² + ((q − q₀)/q₁)²]^(n/2))

    (m = 3 would make it uniform; m ≈ 1.6 as road luminaires do), to which a cosine and a uniform
    part are added, and sin γ above the horizontal for the upward light. The whole is scaled so that
    ∫ I dΩ = LOR · flux and the upward share is the family's ULR (``lamp_types.csv``; shapes in
    ``forms.csv``). It stands for a family, never for a product.

    Examples
    --------
    >>> ph = generic_photometry("SHP 150")
    >>> ph.lamp_type, ph.flux_lm, round(ph.lor, 2)
    ('HPS', 16500.0, 0.75)
    """
    return _generic(str(label), str(form))


@lru_cache(maxsize=512)
def _generic(label: str, form: str) -> Photometry:
    if form not in forms():
        raise error("JUM-L003", form=form, known=list(forms()),
                    suggestion=did_you_mean(form, forms()))  # fmt: skip
    lamp = lamps.identify(label)
    family = lamps.types()[str(lamp.lamp_type)]
    watts = lamp.lamp_w or family.typical_w
    flux_lm = lamp.flux_lm or round(float(lamps.flux(family.lamp_type, watts)), 1)
    shape = forms()[form]
    ulr = family.ulr if shape.ulr is None else shape.ulr
    c, gamma, unit = _unit(form, ulr)
    return Photometry(
        name=f"generic/{form}/{family.lamp_type}-{watts:g}",
        c_angles=c,
        gamma_angles=gamma,
        candela=unit * (family.lor * flux_lm),
        flux_lm=flux_lm,
        lamp_type=family.lamp_type,
        power_w=float(lamps.total_power(family.lamp_type, watts)),
        cct_k=lamp.cct_k or family.cct_k,
        generic=True,
        spread=shape.spread,
    )


@cache
def _unit(form: str, ulr: float) -> tuple[NDArray[np.float64], ...]:
    """Return angles [°] and the intensities of a shape for one lumen out of the luminaire [cd]."""
    shape = forms()[form]
    c = np.arange(0.0, 360.0 + _C_STEP / 2, _C_STEP)
    gamma = np.arange(0.0, 180.0 + _GAMMA_STEP / 2, _GAMMA_STEP)
    down = _downward(shape, np.radians(c)[:, None], np.radians(gamma)[None, :])
    if shape.aim == 180:
        down = down[:, ::-1]
    up = np.broadcast_to(np.where(gamma >= 90.0, np.sin(np.radians(gamma)), 0.0), down.shape)
    parts = []
    for part in (down, up):
        whole = Photometry("", c, gamma, np.vstack((part[:-1], part[:1])), 1.0)
        parts.append((whole.flux(90.0, 180.0), whole.flux()))
    (down_up, down_all), (up_up, up_all) = parts
    # a·down + b·up has total flux 1 and upward flux ulr
    lacking = ulr * down_all - down_up
    b = lacking / (up_up * down_all - down_up * up_all) if lacking > 0 else 0.0
    a = (1.0 - b * up_all) / down_all
    candela = a * down + b * up
    candela[-1] = candela[0]
    return c, gamma, candela


def _downward(
    shape: Form, c: NDArray[np.float64], gamma: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the intensity of a shape relative to the patch's at nadir, below the horizontal."""
    x, y, z = np.sin(gamma) * np.cos(c), np.sin(gamma) * np.sin(c), np.cos(gamma) + 0.0 * c
    aim = np.radians(shape.aim if shape.aim != 180 else 0.0)
    axial, lateral = z * np.cos(aim) + y * np.sin(aim), y * np.cos(aim) - z * np.sin(aim)
    ahead = np.maximum(axial, 1e-9)
    p, q = x / ahead, lateral / ahead
    across = shape.throw if shape.front == shape.back == 0.0 else (shape.front + shape.back) / 2
    middle = (shape.front - shape.back) / 2
    radius = np.hypot(p / shape.throw, (q - middle) / across)
    patch = np.where(axial > 1e-6, ahead**-shape.lift / (1.0 + radius**shape.edge), 0.0)
    return np.where(z > 1e-6, patch + shape.lambert * z + shape.diffuse, 0.0)


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
