# SPDX-License-Identifier: EUPL-1.2
"""What the studies of lighting share: their class, their own licence, photometries made by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from jumeau.validation import study
from jumeau.validation.lighting.point import Table
from jumeau.validation.study import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.lighting import Photometry

__all__ = ["OWN", "Figure", "Study", "lopsided", "photometry"]

OWN = "EUPL-1.2"
"""Licence of references that are computed here."""


@dataclass(frozen=True)
class Study(study.Study):
    """One computation of light; see :class:`jumeau.validation.study.Study`."""

    subject: ClassVar[str] = "lighting"


def lopsided(seed: int, *, c_step: float = 15.0, gamma_step: float = 5.0) -> Table:
    """Return a smooth distribution without any symmetry, up and down.

    Parameters
    ----------
    seed : int
        Of its random lobes.
    c_step, gamma_step : float
        Steps of the table [°].
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    c = np.arange(0.0, 360.0 + 0.5 * c_step, c_step)
    gamma = np.arange(0.0, 180.0 + 0.5 * gamma_step, gamma_step)
    a, g = np.radians(c)[:, None], np.radians(gamma)[None, :]
    ray = np.stack([np.sin(g) * np.cos(a), np.sin(g) * np.sin(a), np.cos(g) + 0.0 * a])
    candela = np.full((c.size, gamma.size), 20.0)
    for _ in range(4):
        aim = rng.normal(size=3) + np.array([0.0, 0.0, 0.8])
        aim /= np.linalg.norm(aim)
        share = np.tensordot(aim, ray, 1)
        candela += rng.uniform(200.0, 1500.0) * np.exp(rng.uniform(1.0, 6.0) * (share - 1.0))
    candela[:, 0] = candela[:, 0].mean()
    candela[:, -1] = candela[:, -1].mean()
    candela[-1] = candela[0]
    return Table(c, gamma, candela, 10_000.0)


def photometry(table: Table, name: str = "drawn") -> Photometry:
    """Return a distribution as the engine takes it.

    Parameters
    ----------
    table : Table
        The distribution.
    name : str
        Its name.
    """
    from jumeau.worksites import lighting

    return lighting.Photometry(
        name=name,
        c_angles=table.c,
        gamma_angles=table.gamma,
        candela=table.candela,
        flux_lm=table.flux_lm,
    )


def worst(ours: NDArray[Any], reference: NDArray[Any], floor: float = 0.0) -> float:
    """Return the largest relative difference where the reference exceeds a floor [-].

    Parameters
    ----------
    ours, reference : arrays
        Of one shape.
    floor : float
        Below it nothing is judged, in the unit of the reference.
    """
    import numpy as np

    lit = reference > floor
    if not lit.any():
        return float("nan")
    return float(np.max(np.abs(np.asarray(ours, float)[lit] / reference[lit] - 1.0)))
