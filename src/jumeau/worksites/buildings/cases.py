# SPDX-License-Identifier: EUPL-1.2
"""Parameter sets of published 5R1C cases, column by column, as ``params`` of ``simulate``.

Such a set is written for the network of ISO 13790: areas by orientation, values by m² of floor,
set-points in words. The mapping is one to one: ``COLUMNS`` renames, ``BY_FLOOR`` multiplies by
the floor area, set-points and night ventilation in words become numbers and a schedule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    **{f"A_win_{side.upper()}": f"window_{side}_m2" for side in "nesw"},
    **{f"A_wall_opaque_{side.upper()}": f"wall_{side}_m2" for side in "nesw"},
    "A_roof": "roof_m2",
    "A_floor": "floor_area_m2",
    "volume_m3": "volume_m3",
    "U_win": "window_u",
    "U_wall": "wall_u",
    "U_roof": "roof_u",
    "U_floor": "ground_u",
    "ground_factor_b": "ground_factor",
    "ach_per_h": "infiltration_ach",
    "g_normal": "window_g",
    "g_angle_polynomial": "window_g_polynomial",
    "shading_factor": "window_shading",
    "frame_fraction": "frame_fraction",
    "h_int_W_m2K": "inner_h_w_m2k",
    "internal_gain_W": "gains_w",
}
"""Column of the set → column of ``params``."""
BY_FLOOR = {"heat_capacity_J_per_K_m2": "capacity_j_k", "mass_area_factor": "mass_area_m2"}
"""Column of the set, by m² of floor → column of ``params``."""
_NUMBER = r"(-?\d+(?:\.\d+)?)"


def from_case_parameters(cases: pd.DataFrame) -> pd.DataFrame:
    """Return published parameters of 5R1C cases as ``params`` (BESTEST's among them).

    Parameters
    ----------
    cases : DataFrame
        Columns of ``COLUMNS`` and ``BY_FLOOR`` (SI), ``T_heat`` and
        ``T_cool`` [°C] and ``night_vent`` in words, ``case`` its name.

    Returns
    -------
    DataFrame
        ``params``, index ``case``; the lowest floor has the area of the floor.

    Notes
    -----
    Words understood: ``none``; a number; ``10 until 07h, linear 10->20 from 07h to 08h, 20 until
    23h, then 10`` (schedule ``night_setback``); ``27 from 07h to 18h, none otherwise`` and
    ``+1409 m3/h of outdoor air 18h-07h, 0 otherwise`` (schedule ``night_ventilation``).
    """
    import pandas as pd

    out = cases[list(COLUMNS)].rename(columns=COLUMNS)
    out.index = pd.Index(cases["case"].astype(str), name="case")
    floor = cases["A_floor"].to_numpy(float)
    for name, column in BY_FLOOR.items():
        out[column] = cases[name].to_numpy(float) * floor
    out["ground_m2"] = floor
    rows = [_words(*row) for row in zip(cases["T_heat"], cases["T_cool"], cases["night_vent"],
                                        strict=True)]  # fmt: skip
    for name in rows[0] if rows else ():
        out[name] = [row[name] for row in rows]
    if rows:
        out["night_vent_ach"] = out["night_vent_ach"] / out["volume_m3"]
    return out


def _words(heat: Any, cool: Any, night: Any) -> dict[str, Any]:
    """Return set-points, set-backs, night flow [m³/h] and schedule of one case."""
    first = {"heat": _first(heat), "cool": _first(cool), "night": _first(night)}
    schedule = "constant"
    back = np.nan
    if "until" in str(heat):
        schedule = "night_setback"
        first["heat"], back = _first(re.sub(r".*->", "", str(heat))), first["heat"]
    elif "m3/h" in str(night) or "from" in str(cool):
        schedule = "night_ventilation"
    return {
        "heating_set_c": first["heat"],
        "heating_setback_c": back,
        "cooling_set_c": first["cool"],
        "cooling_setback_c": first["cool"] if schedule == "night_setback" else np.nan,
        "night_vent_ach": 0.0 if np.isnan(first["night"]) else first["night"],
        "schedule": schedule,
    }


def _first(text: Any) -> float:
    found = re.match(r"\+?" + _NUMBER, str(text).strip())
    return float(found.group(1)) if found else np.nan
