# SPDX-License-Identifier: EUPL-1.2
"""Steady state against the conductance of the network, and the heat balance of a year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.validation.buildings.bestest import Study, present, simulated
from jumeau.validation.study import Figure

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MODELS = ("5r1c", "two_mass")
CLOSED = 1e-6
"""Largest accepted relative error."""
BUILDINGS = 200
"""Buildings drawn."""
OUTSIDE, INSIDE, LATE = -5.0, 20.0, 3
"""Temperatures [°C] and months of the steady state after which nothing changes any more."""
AIR = 1005.0 * 1.2 / 3600.0
"""Heat of a flow of air of 1 m³/h [W/K]."""


def drawn(count: int = BUILDINGS, seed: int = 20) -> pd.DataFrame:
    """Return buildings drawn at random, as ``params`` of ``simulate``.

    Parameters
    ----------
    count : int
        Buildings.
    seed : int
        Of the draw.
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    floor = rng.uniform(40.0, 4000.0, count)
    levels = rng.integers(1, 6, count)
    plan = floor / levels
    facade = np.sqrt(plan)[:, None] * rng.uniform(0.5, 1.5, (count, 4)) * (2.8 * levels)[:, None]
    glazed = facade * rng.uniform(0.05, 0.4, (count, 1))
    columns = {
        "floor_area_m2": floor,
        "volume_m3": 2.5 * floor,
        "roof_m2": plan,
        "ground_m2": plan,
        "window_u": rng.uniform(0.8, 5.0, count),
        "window_g": rng.uniform(0.3, 0.8, count),
        "wall_u": rng.uniform(0.15, 2.5, count),
        "roof_u": rng.uniform(0.1, 2.5, count),
        "ground_u": rng.uniform(0.1, 1.5, count),
        "ground_factor": rng.uniform(0.3, 1.0, count),
        "opaque_ua_w_k": rng.uniform(0.0, 0.1, count) * floor,
        "capacity_j_k": floor * rng.uniform(60e3, 400e3, count),
        "mass_area_m2": floor * rng.uniform(2.0, 3.5, count),
        "infiltration_ach": rng.uniform(0.1, 1.5, count),
        "gains_w": floor * rng.uniform(0.0, 10.0, count),
    }
    for k, side in enumerate("nesw"):
        columns[f"window_{side}_m2"] = glazed[:, k]
        columns[f"wall_{side}_m2"] = facade[:, k] - glazed[:, k]
    return pd.DataFrame(columns)


def losses(params: pd.DataFrame) -> NDArray[np.float64]:
    """Return H_ve + 1/(1/H_is + 1/(H_w + H_op)) of buildings, (n,) [W/K] (ISO 13790, 7.2).

    Parameters
    ----------
    params : DataFrame
        As :func:`drawn` gives; inner surfaces are the envelope and both faces of the floors
        between, of 3.45 W/(m²·K).
    """
    windows = sum(params[f"window_{side}_m2"] for side in "nesw")
    walls = sum(params[f"wall_{side}_m2"] for side in "nesw")
    through = (
        params["window_u"] * windows
        + params["wall_u"] * walls
        + params["roof_u"] * params["roof_m2"]
        + params["ground_factor"] * params["ground_u"] * params["ground_m2"]
        + params["opaque_ua_w_k"]
    )
    between = 2.0 * (params["floor_area_m2"] - params["ground_m2"])
    surfaces = 3.45 * (windows + walls + params["roof_m2"] + params["ground_m2"] + between)
    air = AIR * params["infiltration_ach"] * params["volume_m3"]
    found: NDArray[np.float64] = (air + 1.0 / (1.0 / surfaces + 1.0 / through)).to_numpy(float)
    return found


def steady(model: str) -> Mapping[str, float]:
    """Return how far a heated winter without end is from U·A·ΔT, at most.

    Parameters
    ----------
    model : str
        Of ``simulate``.
    """
    import numpy as np

    from jumeau.worksites import buildings

    nothing = np.zeros(8760)
    dark = buildings.Weather(nothing + OUTSIDE, nothing, nothing, 46.0, 2.0, 1.0)
    params = drawn().assign(gains_w=0.0, heating_set_c=INSIDE, emissivity=0.0)
    result = buildings.simulate(params, dark, model=model)
    ours = result.heating_month_kwh[12].to_numpy(float)
    exact = losses(params) * (INSIDE - OUTSIDE) * 31 * 24 / 1000.0
    return {"U·A·ΔT": float(np.abs(ours / exact - 1.0).max())}


def closure(model: str, shared: Path) -> Mapping[str, float]:
    """Return what is missing in the heat balance of the BESTEST cases, at most, as a share."""
    import numpy as np

    terms = simulated(shared, model).balance_kwh.to_numpy(float)
    return {"heat balance": float((np.abs(terms.sum(axis=1)) / np.abs(terms).max(axis=1)).max())}


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield both models.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    here = present(shared)
    for model in MODELS:
        yield Study(
            f"{BUILDINGS} drawn buildings in an unchanging winter",
            model,
            partial(steady, model),
            (Figure("U·A·ΔT", 0.0, CLOSED, ""),),
            "H_ve + 1/(1/H_is + 1/(H_w + H_op)): steady state of the network of EN ISO 13790:2008",
            "formula",
        )
        yield Study(
            "year of the BESTEST cases",
            model,
            partial(closure, model, here) if here else None,
            (Figure("heat balance", 0.0, CLOSED, ""),),
            "conservation of heat: gains, losses and what is stored add up to 0",
            "formula",
        )
