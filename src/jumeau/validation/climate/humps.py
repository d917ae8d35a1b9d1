# SPDX-License-Identifier: EUPL-1.2
"""Three humps in a closed basin: a thin layer of ours, and three cases of LISFLOOD-FP's tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.climate.study import OWN, SOLVERS, Figure, Study, mass, mass_error, storage

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

FOLDER = Path("validation") / "climate" / "three_humps"
FILES = "nnuxdw/LISFLOOD-FP-8.1 8dfac1e, testing/UoS/{test}; series of LISFLOOD-FP 8.1 ({peer})"
LICENCE = "results of a run"
PEER = {"inertial": "acceleration", "hllc": "fv1"}
VOLUMES = {"t02": 43.365, "t03": 871.875}
KEPT = 1e-6
"""Largest accepted change of the volume in a closed basin, as a share."""
ROWS = 30
THIN = 0.0015
"""Depth of the thin layer [m]."""


def grid(path: Path) -> NDArray[Any]:
    """Return an ESRI ASCII grid, row 0 north [m]."""
    import numpy as np

    return np.loadtxt(path, skiprows=6)


def series(path: Path) -> pd.DataFrame:
    """Return the depths of a reference by gauge, indexed by time [m, s]."""
    import pandas as pd

    return pd.read_csv(path, index_col="time_s")


def gauges(names: list[str]) -> dict[str, tuple[int, int]]:
    """Return the cell of gauges named ``h_x10.5_y15.5_m``.

    Parameters
    ----------
    names : list of str
        Columns of a reference.
    """
    places = {}
    for name in names:
        _, x, y, _ = name.split("_")
        places[name] = (ROWS - 1 - int(float(y[1:])), int(float(x[1:])))
    return places


def at(frame: pd.DataFrame, times: NDArray[Any]) -> NDArray[Any]:
    """Return the depths of gauges at given times, between those recorded (nt, gauges) [m].

    Parameters
    ----------
    frame : pandas.DataFrame
        Depths by gauge, indexed by time [m, s].
    times : ndarray
        Wanted times [s].
    """
    import numpy as np

    known = frame.index.to_numpy(dtype=np.float64)
    columns = [np.interp(times, known, frame[name].to_numpy()) for name in frame.columns]
    return np.stack(columns, axis=1)


def thin(solver: str) -> dict[str, float]:
    """Return what became of 1.5 mm of water spread over the humps, after ten minutes.

    Parameters
    ----------
    solver : str
        "inertial" or "hllc".
    """
    import numpy as np

    from jumeau.validation.climate.lakes import humps
    from jumeau.worksites import climate

    bed = humps()
    depth = np.full(bed.shape, THIN)
    result = climate.flood(
        bed, cell_size=1.0, duration=600.0, manning=0.04, initial_depth=depth, solver=solver
    )
    return {
        "volume": float(storage(result.depth, 1.0)),
        "lowest depth": min(float(result.depth.min()), 0.0),
        "mass error": mass_error(result),
    }


def lake(folder: Path, solver: str) -> dict[str, float]:
    """Return what moved in the lake of the published test, of which the files give the cells."""
    from jumeau.validation.climate.lakes import at_rest

    return at_rest(grid(folder / "humps_dem.asc"), 0.875, solver, duration=600.0)


def layer(folder: Path, solver: str) -> dict[str, float]:
    """Return the figures of the published thin layer; arguments as of :func:`lake`."""
    import numpy as np

    from jumeau.worksites import climate

    reference = series(folder / f"t02_reference_{PEER[solver]}_depths.csv")
    result = climate.flood(
        grid(folder / "humps_dem.asc"),
        cell_size=1.0,
        duration=600.0,
        manning=0.04,
        initial_depth=grid(folder / "t02_thin_layer_initial_depth.asc"),
        gauges=gauges(list(reference.columns)),
        every=10.0,
        solver=solver,
    )
    late = reference[reference.index >= 300.0]
    times = late.index.to_numpy(dtype=np.float64)
    gap = np.abs(at(result.gauges[list(reference.columns)], times) - late.to_numpy())
    return {
        "largest gap at the gauges after 300 s": float(gap.max()),
        "volume": float(storage(result.depth, 1.0)),
        "mass error": mass_error(result),
    }


def dam(folder: Path) -> dict[str, float]:
    """Return the figures of the dam break over dry humps."""
    import numpy as np

    from jumeau.worksites import climate

    bed = grid(folder / "humps_dem.asc")
    reference = series(folder / "t03_reference_fv1_depths.csv")
    result = climate.flood(
        bed,
        cell_size=1.0,
        duration=300.0,
        manning=0.018,
        initial_depth=grid(folder / "t03_dam_break_initial_depth.asc"),
        gauges=gauges(list(reference.columns)),
        every=1.0,
        solver="hllc",
    )
    early = reference[(reference.index > 0.0) & (reference.index <= 60.0)]
    times = early.index.to_numpy(dtype=np.float64)
    gap = at(result.gauges[list(reference.columns)], times) - early.to_numpy()
    small = (bed > 0.0) & (np.arange(bed.shape[1]) < 39)[None, :]
    big = (bed > 0.0) & ~small
    wet = result.snapshots > 1e-3
    foot = _around(big)
    return {
        "largest error at a gauge over 60 s (RMSE)": float(np.sqrt((gap**2).mean(axis=0)).max()),
        "small humps wet after 2 s": float(wet[1][small].mean()),
        "small humps wet after 6 s": float(wet[5][small].mean()),
        "foot of the big hump wet after 12 s": float(wet[11][foot].mean()),
        "volume": float(storage(result.depth, 1.0)),
        "mass error": mass_error(result),
    }


def _around(place: NDArray[Any]) -> NDArray[Any]:
    """Return the cells that touch a place and do not belong to it."""
    import numpy as np

    wide = np.pad(place, 1)
    sides = (wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:])
    near: NDArray[Any] = np.logical_or.reduce(sides) & ~place
    return near


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the thin layer of ours, then the published cases, whose files are shared."""
    folder = shared / FOLDER if shared and (shared / FOLDER).is_dir() else None
    spread = THIN * 75 * ROWS
    for solver in SOLVERS:
        figures = (
            Figure("volume", spread, KEPT, "m³", relative=True),
            Figure("lowest depth", 0.0, 0.0, "m"),
            mass(),
        )
        source = "conservation of the water of a closed basin"
        yield Study(
            "thin layer over three humps", solver, partial(thin, solver), figures, source, OWN
        )
    for solver in SOLVERS:
        yield Study(
            "published lake over three humps",
            solver,
            partial(lake, folder, solver) if folder else None,
            (
                Figure("highest speed", 0.0, 1e-6, "m/s"),
                Figure("displacement", 0.0, 1e-6, "m"),
                mass(),
            ),
            FILES.format(test="T01", peer=PEER[solver]),
            LICENCE,
        )
        yield Study(
            "published thin layer over three humps",
            solver,
            partial(layer, folder, solver) if folder else None,
            (
                Figure("largest gap at the gauges after 300 s", 0.0, 0.002, "m"),
                Figure("volume", VOLUMES["t02"], KEPT, "m³", relative=True),
                mass(),
            ),
            FILES.format(test="T02", peer=PEER[solver]),
            LICENCE,
        )
    yield Study(
        "published dam break over three humps",
        "hllc",
        partial(dam, folder) if folder else None,
        (
            Figure("largest error at a gauge over 60 s (RMSE)", 0.0, 0.03, "m"),
            Figure("small humps wet after 2 s", 0.235, 0.1, ""),
            Figure("small humps wet after 6 s", 1.0, 0.0, ""),
            Figure("foot of the big hump wet after 12 s", 0.887, 0.1, ""),
            Figure("volume", VOLUMES["t03"], KEPT, "m³", relative=True),
            mass(),
        ),
        FILES.format(test="T03", peer="fv1"),
        LICENCE,
    )
