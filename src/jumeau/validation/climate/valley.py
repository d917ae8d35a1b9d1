# SPDX-License-Identifier: EUPL-1.2
"""A dam fails above a valley: test 5 of the UK Environment Agency on cells of 50 m, 30 hours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.climate.study import SOLVERS, Figure, Study, mass, mass_error

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

FOLDER = Path("validation") / "climate" / "ea_test5_valley"
SOURCE = "UK Environment Agency, SC120002, test 5; series of LISFLOOD-FP 8.1 ({peer}) at 50 m"
LICENCE = "results of a run; terrain of the UK Environment Agency"
PEER = {"inertial": "acc", "hllc": "fv1"}
END = 108_000.0
"""Thirty hours [s]."""
POINTS = 20.0
"""Inflow points among which the discharge is shared."""
PEAKS = {
    "inertial": (3.383, 3.377, 5.156, 5.663, 4.142, 1.450, 2.859),
    "hllc": (3.457, 3.602, 5.342, 5.780, 4.186, 1.479, 2.940),
}
"""Highest depth at each gauge in the reference [m]."""
FILLING = 4
"""Rank of the gauge that fills until the end: its peak has no time."""
ARRIVED = 0.01
"""Depth at which water is said to have arrived [m]."""


def case(folder: Path) -> dict[str, Any]:
    """Return the arguments of the computation, read from the files.

    Parameters
    ----------
    folder : Path
        Of the terrain, the inflows and the gauges.
    """
    import numpy as np
    import pandas as pd
    import rasterio
    from rasterio.transform import rowcol

    with rasterio.open(folder / "dem_50m.tif") as raster:
        dtm = raster.read(1, masked=True).astype(np.float64).filled(np.nan)
        place, cell = raster.transform, raster.transform.a
    hydrograph = pd.read_csv(folder / "inflow_hydrograph.csv")
    times = hydrograph["time_s"].to_list()
    share = hydrograph["total_discharge_m3s"] / hydrograph["total_discharge_m3s"].max()
    inflows = []
    for x, y, peak in pd.read_csv(folder / "inflow_cells_50m.csv").itertuples(index=False):
        row, col = rowcol(place, x, y)
        inflows.append((int(row), int(col), times, (share * peak).to_list()))
    gauges = {}
    for gauge in pd.read_csv(folder / "gauges.csv").itertuples(index=False):
        row, col = rowcol(place, gauge.x_m, gauge.y_m)
        gauges[f"h{gauge.gauge}_m"] = (int(row), int(col))
    return {
        "dtm": dtm,
        "cell_size": float(cell),
        "manning": 0.04,
        "inflows": inflows,
        "gauges": gauges,
    }


def minutes(frame: pd.DataFrame) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the peak of each gauge [m], its time and that of the arrival of water [min].

    Parameters
    ----------
    frame : pandas.DataFrame
        Depths by gauge, indexed by time [m, s].
    """
    import numpy as np

    time = frame.index.to_numpy(dtype=np.float64) / 60.0
    depth = frame.to_numpy(dtype=np.float64)
    first = np.array([time[np.argmax(column > ARRIVED)] for column in depth.T])
    return depth.max(axis=0), time[depth.argmax(axis=0)], first


def gap(folder: Path, solver: str) -> dict[str, float]:
    """Return the peaks at the gauges, and how far times are from the reference.

    Parameters
    ----------
    folder : Path
        As of :func:`case`.
    solver : str
        "inertial" or "hllc".
    """
    import numpy as np
    import pandas as pd

    from jumeau.worksites import climate

    reference = pd.read_csv(folder / f"reference_50m_{PEER[solver]}_depths.csv", index_col="time_s")
    result = climate.flood(**case(folder), duration=END, solver=solver)
    ours = result.gauges[list(reference.columns)]
    peaks, peak_times, arrivals = minutes(ours)
    _, their_times, their_arrivals = minutes(reference)
    timed = np.arange(len(peaks)) != FILLING
    found = {f"peak at gauge {rank + 1}": float(peak) for rank, peak in enumerate(peaks)}
    return found | {
        "largest gap of a peak's time": float(np.abs(peak_times - their_times)[timed].max()),
        "largest gap of an arrival": float(np.abs(arrivals - their_arrivals).max()),
        "mass error": mass_error(result),
    }


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the valley with both solvers, each against the same scheme of a peer."""
    folder = shared / FOLDER if shared and (shared / FOLDER).is_dir() else None
    for solver in SOLVERS:
        peaks = tuple(
            Figure(f"peak at gauge {rank + 1}", peak, 0.10, "m")
            for rank, peak in enumerate(PEAKS[solver])
        )
        yield Study(
            "dam failure above a valley (EA test 5)",
            solver,
            partial(gap, folder, solver) if folder else None,
            (
                *peaks,
                Figure("largest gap of a peak's time", 0.0, 3.0, "min"),
                Figure("largest gap of an arrival", 0.0, 3.0, "min"),
                mass(),
            ),
            SOURCE.format(peer=PEER[solver]),
            LICENCE,
        )
