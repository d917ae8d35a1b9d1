# SPDX-License-Identifier: EUPL-1.2
"""Pipes that will break: forecasts of a city at eight dates beside what broke in four years.

The protocol is certified first: the baselines published with the data are computed again. Then the
share of breaks on the worst 5, 10 and 20 % of the length, predicted over observed, and what nobody
can beat: the capture of the true rates, were they those forecast (Poisson noise).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.validation.water.study import Figure, Study

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDER = "validation/water/breaks"
ORIGINS = tuple(range(2008, 2016))
HORIZON = 4
"""Years after an origin whose breaks are counted."""
SHARES = (0.05, 0.10, 0.20)
BARS = (0.34, 0.50, 0.72)
"""Shares of the length, and of the breaks that they should hold."""
MATERIALS = {"CI": "grey cast iron", "DI": "ductile iron", "PVC": "PVC"}
"""Materials with enough breaks to be judged."""
DRAWS = 20
SOURCE = "City of Kitchener open data, Water Mains and Water Main Breaks (1985–2018)"
LICENCE = "city open licence (to confirm)"
BASELINES = {"age": "age", "past breaks per length": "past breaks a length", "oracle": "oracle"}


@dataclass(frozen=True)
class Forecast:
    """A forecast and what came.

    Parameters
    ----------
    origin : int
        First of January it was made on.
    rates : DataFrame
        Answer of ``break_rates``, of the pipes in the ground with a date of laying.
    seen : (pipes,) array
        Breaks of the four years after.
    material : (pipes,) array
        Materials as the city writes them.
    """

    origin: int
    rates: pd.DataFrame
    seen: Floats
    material: NDArray[Any]

    @property
    def expected(self) -> Floats:
        """Breaks forecast over the four years."""
        return np.asarray(self.rates.rate.to_numpy(float) * HORIZON)

    @property
    def length(self) -> Floats:
        """Lengths [m]."""
        return np.asarray(self.rates.length_m.to_numpy(float))


def capture(score: Floats, length: Floats, seen: Floats, share: float) -> float:
    """Return the share of breaks on the pipes of highest score that make a share of the length.

    Parameters
    ----------
    score : (pipes,) array
        What pipes are ranked by, the highest first; ties stay in order.
    length, seen : (pipes,) array
        Lengths [m] and breaks.
    share : float
        Share of the length; the pipe that crosses it counts in part.
    """
    order = np.argsort(-score, kind="stable")
    along = np.concatenate([[0.0], np.cumsum(length[order])]) / length.sum()
    caught = np.concatenate([[0.0], np.cumsum(seen[order])]) / seen.sum()
    return float(np.interp(share, along, caught))


@cache
def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mains and the breaks of the city."""
    import pandas as pd

    names = ("mains.csv", "breaks_1985_2018.csv")
    mains, breaks = (pd.read_csv(folder / name, low_memory=False) for name in names)
    return mains, breaks


@cache
def forecasts(folder: Path) -> tuple[Forecast, ...]:
    """Return the forecasts of the origins; each is given the whole files and its date."""
    from jumeau.worksites import water

    mains, breaks = tables(folder)
    found = []
    for origin in ORIGINS:
        rates = water.break_rates(mains, breaks, f"{origin}-01-01")
        pipes, seen = outcome(folder, origin)
        rates = rates.loc[pipes.index]
        found.append(Forecast(origin, rates, seen, pipes["MATERIAL"].to_numpy()))
    return tuple(found)


def outcome(folder: Path, origin: int) -> tuple[pd.DataFrame, Floats]:
    """Return the pipes laid before an origin and the breaks of each in the years after."""
    import pandas as pd

    mains, breaks = tables(folder)
    start = pd.Timestamp(f"{origin}-01-01", tz="UTC")
    laid = pd.to_datetime(mains["INSTALLATION_DATE"], utc=True)
    pipes = mains[laid < start].set_index("WATMAINID")
    when = pd.to_datetime(breaks["INCIDENT_DATE"], utc=True)
    after = breaks[(when >= start) & (when < start + pd.DateOffset(years=HORIZON))]
    seen = after.groupby("ASSETID").size().reindex(pipes.index).fillna(0.0)
    return pipes, np.asarray(seen, dtype=np.float64)


def protocol(folder: Path) -> Mapping[str, float]:
    """Return what the published baselines of 2015 were computed on."""
    pipes, seen = outcome(folder, 2015)
    length = float(pipes["LENGTH_M"].sum()) / 1000.0
    return {"pipes": float(len(pipes)), "length": length, "breaks": float(seen.sum())}


def baseline(folder: Path, name: str) -> Mapping[str, float]:
    """Return the shares of a published baseline of 2015, computed again.

    Parameters
    ----------
    folder : Path
        The files.
    name : str
        A key of ``BASELINES``.
    """
    import pandas as pd

    pipes, seen = outcome(folder, 2015)
    length = pipes["LENGTH_M"].to_numpy(float)
    if name == "age":
        laid = pd.to_datetime(pipes["INSTALLATION_DATE"]).astype("int64")
        score = -np.asarray(laid, dtype=np.float64)
    elif name == "oracle":
        score = np.asarray(seen / length, dtype=np.float64)
    else:
        _, breaks = tables(folder)
        before = breaks[breaks["INCIDENT_DATE"] < "2015"]  # ISO texts
        past = before.groupby("ASSETID").size().reindex(pipes.index).fillna(0.0)
        score = np.asarray(past, dtype=np.float64) / length
    return {_worst(share): capture(score, length, seen, share) for share in SHARES}


def caught(folder: Path, origin: int | None = None) -> Mapping[str, float]:
    """Return the share of breaks caught at an origin, or its mean over all.

    Parameters
    ----------
    folder : Path
        The files.
    origin : int, optional
        One of ``ORIGINS``.
    """
    done = [it for it in forecasts(folder) if origin in (None, it.origin)]
    return {
        _worst(share): float(np.mean([
            capture(it.rates.rate_km.to_numpy(float), it.length, it.seen, share) for it in done
        ]))
        for share in SHARES
    }  # fmt: skip


def ceiling(folder: Path) -> Mapping[str, float]:
    """Return what the forecast would catch if its rates were the true ones: only chance is left."""
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {_worst(share): [] for share in SHARES}
    for it in forecasts(folder):
        score = it.rates.rate_km.to_numpy(float)
        for _ in range(DRAWS):
            drawn = rng.poisson(it.expected).astype(float)
            for share in SHARES:
                found[_worst(share)].append(capture(score, it.length, drawn, share))
    return {name: float(np.mean(each)) for name, each in found.items()}


def balance(folder: Path) -> Mapping[str, float]:
    """Return predicted over observed: of all, and by origin, material and class of rate."""
    done = forecasts(folder)
    each = {f"from {it.origin}": it.expected.sum() / it.seen.sum() for it in done}
    found: dict[str, float] = {"all pipes": float(np.mean(list(each.values()))), **each}
    expected, seen, material, rank = (
        np.concatenate([np.asarray(part(it)) for it in done]) for part in
        (lambda it: it.expected, lambda it: it.seen, lambda it: it.material, _tenth)
    )  # fmt: skip
    for code, name in MATERIALS.items():
        of = material == code
        found[name] = float(expected[of].sum() / seen[of].sum())
    for tenth in range(10):
        of = rank == tenth
        found[_class(tenth)] = float(expected[of].sum() / max(seen[of].sum(), 0.5))
    return found


def _tenth(it: Forecast) -> NDArray[np.int64]:
    """Return the tenth of pipes, by rate per length, that each is in: 9 for the worst."""
    order = np.argsort(np.argsort(it.rates.rate_km.to_numpy(float), kind="stable"))
    return np.asarray(order * 10 // len(order))


def _worst(share: float) -> str:
    return f"worst {share:.0%} of the length".replace("%", " %")


def _class(tenth: int) -> str:
    return f"tenth {tenth + 1} of pipes"


def _published(folder: Path | None, name: str) -> dict[str, float]:
    """Return the published shares of a baseline; empty without the files."""
    if folder is None:
        return {}
    columns = {0.05: "top_5pct", 0.10: "top_10pct", 0.20: "top_20pct"}
    with (folder / "day_one_capture_2015_2018.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    return {_worst(share): float(rows[name][column]) for share, column in columns.items()}


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the studies of breaks.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    from jumeau.validation.water.leaks import Higher

    folder = shared / FOLDER if shared is not None and (shared / FOLDER).is_dir() else None

    def on(function: Any, *more: Any) -> Any:
        return None if folder is None else partial(function, folder, *more)

    files = (
        Figure("pipes", 12_664.0, 0.0, ""), Figure("length", 791.6, 0.2, "km"),
        Figure("breaks", 305.0, 0.0, ""),
    )  # fmt: skip
    yield Study("protocol of pipe breaks", "files", on(protocol), files, SOURCE, LICENCE)
    for name, solver in BASELINES.items():
        # Many pipes tie at no past break: their order decides of the share at 20 %.
        sure = name != "past breaks per length"
        yield Study(
            "protocol of pipe breaks", solver, on(baseline, name),
            tuple(Figure(at, value, 0.01, "", alone=sure)
                  for at, value in _published(folder, name).items()),
            SOURCE, LICENCE,
        )  # fmt: skip
    bars = dict(zip(SHARES, BARS, strict=True))
    # The first is out of reach of what may be used: see docs/explanation/water-breaks.
    yield Higher(
        "pipe breaks caught on average of eight dates", "break_rates", on(caught),
        tuple(Figure(_worst(it), bar, 0.0, "", alone=it > SHARES[0]) for it, bar in bars.items()),
        SOURCE, LICENCE,
    )  # fmt: skip
    shown = tuple(Figure(_worst(it), bar, 0.0, "", alone=False) for it, bar in bars.items())
    for origin in ORIGINS:
        yield Higher(
            f"pipe breaks caught from {origin} to {origin + HORIZON - 1}", "break_rates",
            on(caught, origin), shown, SOURCE, LICENCE,
        )  # fmt: skip
    yield Higher(
        "pipe breaks caught if the forecast were the truth", "break_rates", on(ceiling), shown,
        "breaks drawn from the forecast rates: what chance leaves to catch", LICENCE,
    )  # fmt: skip
    yield Study(
        "pipe breaks predicted over observed", "break_rates", on(balance),
        (
            Figure("all pipes", 1.0, 0.1, ""),
            *(Figure(f"from {it}", 1.0, 0.25, "", alone=False) for it in ORIGINS),
            *(Figure(it, 1.0, 0.25, "") for it in MATERIALS.values()),
            *(Figure(_class(it), 1.0, 0.25, "", alone=it >= 6) for it in range(10)),
        ),
        SOURCE, LICENCE,
    )  # fmt: skip
