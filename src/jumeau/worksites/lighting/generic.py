# SPDX-License-Identifier: EUPL-1.2
"""Generic photometries: distributions supposed from the lamp, the luminaire and its age.

Shapes are in ``forms.csv``, families of lamps in ``lamp_types.csv``, ages of luminaires in
``luminaire_eras.csv``; each figure has its source there.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import did_you_mean, error
from jumeau.worksites.lighting import lamps
from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

_C_STEP, _GAMMA_STEP = 5.0, 2.5


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


@dataclass(frozen=True)
class Era:
    """What luminaires of an age have beside their family's figures.

    Parameters
    ----------
    era, lamp_type : str
        Code of the age; family of lamps, empty for the others.
    lor_ratio, ulr_ratio, flux_ratio, spread_ratio : float
        Light output ratio, upward share, flux at the same power and spread over those of the
        family.
    ulr_most : float
        Upward share that no luminaire of that age may exceed.
    source : str
        Where the figures come from.
    """

    era: str
    lamp_type: str
    lor_ratio: float
    ulr_ratio: float
    ulr_most: float
    flux_ratio: float
    spread_ratio: float
    source: str


@cache
def eras() -> dict[str, dict[str, Era]]:
    """Return the ages of luminaires: code → family of lamps (empty: any) → figures."""
    text = {"era", "lamp_type", "source"}
    table: dict[str, dict[str, Era]] = {}
    with (Path(__file__).parent / "luminaire_eras.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = {key: value if key in text else float(value) for key, value in row.items()}
            table.setdefault(row["era"], {})[row["lamp_type"]] = Era(**values)  # type: ignore[arg-type]
    return table


def era_of(year: float) -> str:
    """Return the code of the age of a luminaire from the year it was installed, NaN when unknown.

    Examples
    --------
    >>> [era_of(year) for year in (1992, 2010, 2018, 2023, float("nan"))]
    ['before_2000', '2000_2014', '2015_2020', 'from_2021', 'unknown']
    """
    limits = ((2000, "before_2000"), (2015, "2000_2014"), (2021, "2015_2020"), (9999, "from_2021"))
    return next((name for limit, name in limits if year < limit), "unknown")


def generic_photometry(label: str, form: str = "road", era: str = "") -> Photometry:
    """Suppose the photometry of a lamp in a kind of luminaire (own analytic model).

    Parameters
    ----------
    label : str
        Lamp label, French or English: « SHP 150 », « LED 36W 3000K », « BF 125 »… Without a
        wattage, the family's usual lamp is taken.
    form : str
        Kind of luminaire: ``road``, ``ambience``, ``globe``, ``flood``, ``wall``, ``bollard``,
        ``recessed``.
    era : str
        When it was installed, as :func:`era_of` says; empty when unknown.

    Returns
    -------
    Photometry
        Tagged ``generic``, with the spread that the supposition leaves.

    Raises
    ------
    UnknownNameError
        ``JUM-L001`` for an unknown lamp, ``JUM-L003`` for an unknown form or era.

    Notes
    -----
    With p = tan γ cos C and q = tan γ sin C, the place lit in units of height, the part that makes
    a patch with soft edges is

        I(C, γ) ∝ cos⁻ᵐ γ / (1 + [(p/p₀)² + ((q − q₀)/q₁)²]^(n/2))

    (m = 3 would make it uniform; m ≈ 1.6 as road luminaires do), to which a cosine and a uniform
    part are added, and sin γ above the horizontal for the upward light. The whole is scaled so that
    ∫ I dΩ = LOR · flux and the upward share is the family's ULR (``lamp_types.csv``; shapes in
    ``forms.csv``), both as luminaires of that era have them (``luminaire_eras.csv``). A flux that
    the label does not give is the family's, times what sources of the era gave for the same power.
    It stands for a family, never for a product.

    Examples
    --------
    >>> ph = generic_photometry("SHP 150")
    >>> ph.lamp_type, ph.flux_lm, round(ph.lor, 2)
    ('HPS', 16500.0, 0.75)
    >>> generic_photometry("LED 36", era="before_2015").flux_lm
    2872.8
    """
    return _generic(str(label), str(form), str(era or "unknown"))


@lru_cache(maxsize=512)
def _generic(label: str, form: str, era: str) -> Photometry:
    for name, known in ((form, list(forms())), (era, list(eras()))):
        if name not in known:
            raise error("JUM-L003", form=name, known=known, suggestion=did_you_mean(name, known))
    lamp = lamps.identify(label)
    family = lamps.types()[str(lamp.lamp_type)]
    watts = lamp.lamp_w or family.typical_w
    age = eras()[era].get(family.lamp_type) or eras()[era][""]
    usual = float(lamps.flux(family.lamp_type, watts)) * age.flux_ratio
    flux_lm = lamp.flux_lm or round(usual, 1)
    shape = forms()[form]
    ulr = family.ulr if shape.ulr is None else shape.ulr
    if shape.aim != 180:  # what is meant to light upwards goes on doing it
        ulr = min(ulr * age.ulr_ratio, age.ulr_most)
    lor = min(family.lor * age.lor_ratio, 1.0)
    c, gamma, unit = _unit(form, ulr)
    return Photometry(
        name=f"generic/{form}/{family.lamp_type}-{watts:g}"
        + (f"/{era}" if era != "unknown" else ""),
        c_angles=c,
        gamma_angles=gamma,
        candela=unit * (lor * flux_lm),
        flux_lm=flux_lm,
        lamp_type=family.lamp_type,
        power_w=float(lamps.total_power(family.lamp_type, watts)),
        cct_k=lamp.cct_k or family.cct_k,
        generic=True,
        spread=shape.spread * age.spread_ratio,
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
