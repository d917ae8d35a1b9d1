# SPDX-License-Identifier: EUPL-1.2
"""Telemetry made ready for a computation: one axis, usable readings, the table of its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.findings import Finding

QUANTITIES = ("pressures", "flows", "levels", "meters")
"""The frames, in the order in which find_leaks takes them."""
WORDS = {
    "pressures": {"en": "pressures", "fr": "pressions"},
    "flows": {"en": "flows", "fr": "débits"},
    "levels": {"en": "levels", "fr": "niveaux"},
    "meters": {"en": "meters", "fr": "compteurs"},
}
"""Frames, for people."""
UNITS = {"pressures": "m", "flows": "m³/h", "levels": "m", "meters": "l/h"}
"""Unit of each frame once prepared."""
COLUMNS = ("sensor", "quantity", "kind", "start", "end", "amount", "unit", "action", "count")
"""Columns of the table of faults."""
KINDS = ("unknown", "unit", "summer time", "duplicate", "gap", "silent", "stuck", "spike",
         "clock", "swap", "drift")  # fmt: skip
"""Kinds of faults, in the order in which they are looked for."""


@dataclass(frozen=True)
class Fault:
    """One fault of one sensor.

    Parameters
    ----------
    sensor, quantity : str
        Column, and the frame it is of: one of :data:`QUANTITIES`.
    kind : str
        One of :data:`KINDS`.
    start, end : Timestamp
        First and last reading concerned, in the clock of the prepared axis.
    amount : float
        How much: days of a gap, value of a stuck sensor, worst absurd value, seconds of a clock,
        metres a day of a drift, factor of a unit.
    unit : str
        Unit of the amount.
    action : str
        What was done: "left out", "shifted", "converted", "exchanged", "told".
    count : int
        Number of readings concerned, where they do not follow one another.
    """

    sensor: str
    quantity: str
    kind: str
    start: pd.Timestamp
    end: pd.Timestamp
    amount: float
    unit: str
    action: str
    count: int = 1


@dataclass(frozen=True)
class Prepared:
    """Readings on one regular axis, NaN where nothing is usable.

    Parameters
    ----------
    time : DatetimeIndex of n times
        Start of each step; naive as the frames were, or UTC when they were aware.
    hour : (n,) float64 array
        Hour of the day on the clock of the frames [h].
    step_s : float
        Step [s].
    pressures, flows, levels : DataFrame of float64
        By junction [m], link [m³/h], tank [m]; columns in the order given, unknown ones left out.
    meters : DataFrame of float32
        By junction [l/h].
    faults : DataFrame
        One row a fault, columns :data:`COLUMNS`.
    findings : list of Finding
        What people read of it (``JUM-H175`` to ``JUM-H187``).
    units : dict of str to str
        Unit in which each frame was found, "" for a frame without column.
    train : (start, end)
        Training period, in the clock of ``time``.
    matches : bool
        Whether the network and the readings tell the same story; a finding of severity "blocks"
        says why when they do not.
    suspect_train : float
        Flow by which the training period seems to leak anew within itself [m³/h]; 0 for none.
    drift : dict of str to float
        Score of drift of each pressure sensor: how many times better the sensor alone explains
        its slow change than any leak would; above 1, it drifts rather.
    """

    time: pd.DatetimeIndex
    hour: NDArray[np.float64]
    step_s: float
    pressures: pd.DataFrame
    flows: pd.DataFrame
    levels: pd.DataFrame
    meters: pd.DataFrame
    faults: pd.DataFrame
    findings: list[Finding]
    units: dict[str, str]
    train: tuple[pd.Timestamp, pd.Timestamp]
    matches: bool = True
    suspect_train: float = 0.0
    drift: dict[str, float] = field(default_factory=dict)

    def training(self) -> NDArray[np.bool_]:
        """Return which steps are of the training period."""
        start, end = self.train
        inside: Any = (self.time >= start) & (self.time <= end)
        return inside  # type: ignore[no-any-return]


def table(faults: list[Fault]) -> pd.DataFrame:
    """Return faults as a table, by sensor and time."""
    import pandas as pd

    made = pd.DataFrame([[getattr(it, name) for name in COLUMNS] for it in faults],
                        columns=list(COLUMNS))  # fmt: skip
    return made.sort_values(["quantity", "sensor", "start"], kind="stable", ignore_index=True)
