# SPDX-License-Identifier: EUPL-1.2
"""Slow water on a bed with friction: the wave that does not break, and rain on a plane."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from jumeau.validation.climate.study import (
    OWN,
    SOLVERS,
    Figure,
    Study,
    mass,
    mass_error,
    rmse,
    share,
    storage,
)

WAVE = (
    "Hunter et al., Adv. Water Resour. 28 (2005); bars: 1.1 × the error of LISFLOOD-FP 8.1 "
    "({peer}) over the same 5 km, {error} m, last wet cell at {front} m"
)
PLANE = "kinematic wave, Lighthill and Whitham (1955)"
LENGTH, END = 5000.0, 3600.0
"""Of the canal [m] and of the computation [s]."""
FRONT = 0.01
"""Depth at which water is said to have arrived [m]."""


class Peer(NamedTuple):
    """Error of a peer over the canal [m], its last wet cell [m], the bar we set [m]."""

    error: float
    front: float
    bar: float


PEERS = {
    ("inertial", 50.0): Peer(0.036, 3575.0, 0.040),
    ("inertial", 10.0): Peer(0.070, 3505.0, 0.077),
    ("hllc", 50.0): Peer(0.073, 3875.0, 0.080),
    ("hllc", 10.0): Peer(0.022, 3655.0, 0.024),
}
LISFLOOD = {"inertial": "acceleration", "hllc": "fv1"}


def wave(solver: str, cell: float) -> dict[str, float]:
    """Return the figures of the wave after an hour, over 5 km of which 3.6 km are wet.

    Parameters
    ----------
    solver : str
        "inertial" or "hllc".
    cell : float
        Side of a cell [m].
    """
    import numpy as np

    from jumeau.validation.climate import forms
    from jumeau.worksites import climate

    x = np.arange(cell / 2.0, LENGTH, cell)
    times = np.arange(0.0, END + 1.0, 20.0)
    result = climate.flood(
        np.zeros((1, x.size)),
        cell_size=cell,
        duration=END,
        manning=0.03,
        boundaries={"west": ("stage", times, forms.wave(0.0, times))},
        solver=solver,
    )
    ours, exact = result.depth[0], forms.wave(x, END)
    return {
        "error (RMSE)": rmse(ours, exact),
        "last wet cell": float(x[ours > FRONT].max()),
        "mass error": mass_error(result),
    }


def rain(solver: str) -> dict[str, float]:
    """Return the figures of an hour of rain on a plane, and of the hour after it.

    Parameters
    ----------
    solver : str
        "inertial" or "hllc".
    """
    import numpy as np

    from jumeau.validation.climate import forms
    from jumeau.worksites import climate

    form, every = forms.Plane(), 60.0
    x = np.arange(0.5, form.length)
    fall = form.rain * 3600.0 * 1000.0
    result = climate.flood(
        form.slope * (form.length - x)[None, :],
        cell_size=1.0,
        duration=2.0 * form.duration,
        manning=form.manning,
        rain=([0.0, form.duration], [fall, 0.0]),
        boundaries={"east": "free"},
        every=every,
        solver=solver,
    )
    times = np.arange(every, 2.0 * form.duration + 1.0, every)
    water = np.concatenate([[0.0], storage(result.snapshots, 1.0)])
    fallen = np.where(times <= form.duration, form.rain * form.length, 0.0)
    ours = fallen - np.diff(water) / every
    exact = np.array(
        [np.mean([form.outlet(end - part) for part in np.arange(1.0, every, 2.0)]) for end in times]
    )
    steady = result.snapshots[int(form.duration / every) - 1][0]
    profile = form.steady(x)
    down = x >= 20.0
    calm = (times > 1.5 * form.equilibrium) & (times <= form.duration)
    return {
        "discharge of equilibrium": float(ours[calm].mean()),
        "steady profile L1": share(steady, profile),
        "steady profile beyond 20 m": float(np.abs(steady / profile - 1.0)[down].max()),
        "hydrograph L1": share(ours, exact),
        "rain": float(result.ledger["rain"]),
        "mass error": mass_error(result),
    }


def studies() -> Iterator[Study]:
    """Yield the waves and the plane with both solvers; they need no file."""
    from jumeau.validation.climate import forms

    for (solver, cell), peer in PEERS.items():
        yield Study(
            f"wave that does not break on cells of {cell:g} m",
            solver,
            partial(wave, solver, cell),
            (
                Figure("error (RMSE)", 0.0, peer.bar, "m"),
                Figure("last wet cell", END, abs(peer.front - END) + cell, "m"),
                mass(),
            ),
            WAVE.format(peer=LISFLOOD[solver], error=peer.error, front=f"{peer.front:g}"),
            OWN,
        )
    plane = forms.Plane()
    fallen = plane.rain * plane.duration * plane.length
    for solver in SOLVERS:
        yield Study(
            "rain of 60 mm in an hour on a plane",
            solver,
            partial(rain, solver),
            (
                Figure("discharge of equilibrium", plane.rain * plane.length, 0.01, "m²/s", True),
                Figure("steady profile L1", 0.0, 0.03, ""),
                Figure("steady profile beyond 20 m", 0.0, 0.03, ""),
                Figure("hydrograph L1", 0.0, 0.03, ""),
                Figure("rain", fallen, 1e-6, "m³", relative=True),
                mass(),
            ),
            PLANE,
            OWN,
        )
