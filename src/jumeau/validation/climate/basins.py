# SPDX-License-Identifier: EUPL-1.2
"""Water that swings in a basin without friction: wetting, drying, and the same after a period."""

from __future__ import annotations

from collections.abc import Iterator

from jumeau.validation.climate.study import OWN, Figure, Study, mass, mass_error, share

SOLVER = "hllc"
SOURCE = "W. C. Thacker, J. Fluid Mech. 107 (1981)"
SHARES = {"a quarter of a period": 0, "half a period": 1, "a period": 3}
"""Instant → rank among the four quarters of the period."""
L1 = 0.05


def canal() -> dict[str, float]:
    """Return the errors of the plane surface in a parabolic canal, cells of 0.1 m."""
    import numpy as np

    from jumeau.validation.climate import forms
    from jumeau.worksites import climate

    form, cell = forms.Canal(), 0.1
    x = np.arange(-20.0 + cell / 2.0, 20.0, cell)
    result = climate.flood(
        form.bed(x)[None, :],
        cell_size=cell,
        duration=form.period,
        manning=0.0,
        initial_depth=form.water(x, 0.0)[None, :],
        every=form.period / 4.0,
        solver=SOLVER,
    )
    found = {
        f"L1 after {name}": share(
            result.snapshots[rank][0], form.water(x, (rank + 1) * form.period / 4.0)
        )
        for name, rank in SHARES.items()
    }
    return found | {"mass error": mass_error(result)}


def bowl() -> dict[str, float]:
    """Return the errors of the round basin, cells of 20 m, over all of them."""
    import numpy as np

    from jumeau.validation.climate import forms
    from jumeau.worksites import climate

    form, cell = forms.Bowl(), 20.0
    place = np.arange(-4000.0 + cell / 2.0, 4000.0, cell)
    r = np.hypot(place[:, None], place[None, :])
    result = climate.flood(
        form.bed(r),
        cell_size=cell,
        duration=form.period,
        manning=0.0,
        initial_depth=form.water(r, 0.0),
        every=form.period / 4.0,
        solver=SOLVER,
    )
    found = {
        f"L1 after {name}": share(
            result.snapshots[rank], form.water(r, (rank + 1) * form.period / 4.0)
        )
        for name, rank in SHARES.items()
    }
    volume = float(result.depth.sum(dtype=np.float64)) * cell**2
    return found | {"volume": volume, "mass error": mass_error(result)}


def studies() -> Iterator[Study]:
    """Yield both basins; they need no file."""
    from jumeau.validation.climate import forms

    errors = tuple(Figure(f"L1 after {name}", 0.0, L1, "") for name in SHARES)
    yield Study("swinging in a parabolic canal", SOLVER, canal, (*errors, mass()), SOURCE, OWN)
    volume = Figure("volume", forms.Bowl().volume, 1e-4, "m³", relative=True)
    yield Study("swinging in a round basin", SOLVER, bowl, (*errors, volume, mass()), SOURCE, OWN)
