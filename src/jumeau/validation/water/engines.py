# SPDX-License-Identifier: EUPL-1.2
"""The batch against EPANET: the published reference, whole durations, every network of the wheels.

Nodes that no reservoir or tank reaches are left out: what EPANET writes there is what rounding
leaves of a matrix that has no solution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.validation.water import networks
from jumeau.validation.water.study import (
    MILLIMETRE,
    Figure,
    Gap,
    Study,
    answers,
    difference,
    precise,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.solution import Solution

REFERENCE = "validation/water/engine/epanet23_reference.parquet"
DIGITS = 6
"""Significant digits of the reference."""
FILES = "networks in the wheels of epyt (EUPL-1.2) and wntr (BSD-3), not shipped"
APART = "nodes that no source reaches, and those of a head beyond 100 km, are left out"
PUBLISHED = f"EPANET 2.3 (owa-epanet 2.3.5), accuracy 1e-5, six significant digits; {APART}"
BESIDE = (
    f"EPANET 2.3 in process, accuracy 1e-5, at every time of the report; {APART}. Both engines "
    "round the time of an event to the second. In Net6 some fall within 0.02 s of the half second, "
    "less than what the last bit of a head makes of them by links almost without loss: EPANET "
    "itself, given the junctions and pipes of that file in ten other orders, differs from its own "
    "answer by 0.12 to 0.47 mm and 75 to 150 of 377,524 flows in five of them"
)
EVERY = (
    "EPANET 2.3 in process, accuracy 1e-5. What the batch cannot balance, and what the rounding of "
    "sums would decide, it leaves to EPANET and says so. Beyond: Net6, as above, and Net6_plus, "
    "longer, for the same reason: EPANET, given that file in three other orders, differs from its "
    "own answer by 22 m and 1.2 % of the flows in each"
)


class Answer(NamedTuple):
    """A network computed by both engines."""

    net: Network
    batch: Solution
    epanet: Solution


@cache
def _answer(path: Path) -> Answer:
    from jumeau.worksites import water

    net = precise(water.read_inp(path))
    return Answer(net, *answers(net))


@cache
def _gap(path: Path) -> Gap:
    found = _answer(path)
    return difference(found.net, found.batch, found.epanet.head[0], found.epanet.flow[0])


def rounding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return half a unit of the last of six significant digits of each value."""
    import numpy as np

    size = np.maximum(np.abs(values), 1e-300)
    half: NDArray[np.float64] = 0.5 * 10.0 ** (np.floor(np.log10(size)) - (DIGITS - 1))
    return half


@cache
def _published(folder: Path, name: str, path: Path) -> Gap:
    """Compare the batch with the published answer of a network."""
    from dataclasses import replace

    import pandas as pd

    table = pd.read_parquet(folder / REFERENCE)
    table = table[table["network"] == name]
    net, batch, _ = _answer(path)
    times = sorted(set(table["time_s"]))
    rows = [batch.time_s.tolist().index(time) for time in times]
    ours = replace(batch, head=batch.head[:, rows], flow=batch.flow[:, rows])

    def wide(quantity: str, ids: list[str]) -> Any:
        rows = table[table["quantity"] == quantity]
        return rows.pivot(index="time_s", columns="id", values="value")[ids].to_numpy(float)

    head, flow = wide("node_head", batch.nodes), wide("link_flow", batch.links)
    up = net.units.length
    return difference(net, ours, head * up, flow * net.units.flow, rounding(head) * up)


def _heads(gaps: Mapping[str, partial[Gap]]) -> dict[str, float]:
    return {name: gap().head for name, gap in gaps.items()}


def _flows(gaps: Mapping[str, partial[Gap]]) -> dict[str, float]:
    return {name: float(gap().flows) for name, gap in gaps.items()}


def _epanet_reads(path: Path) -> bool:
    """Tell whether EPANET's own reader takes a file."""
    import tempfile
    import warnings

    from epanet import toolkit

    project = toolkit.createproject()
    try:
        with tempfile.TemporaryDirectory(prefix="jumeau-") as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            toolkit.open(project, str(path), str(Path(folder) / "report.txt"), "")
            toolkit.close(project)
    except Exception:  # the toolkit raises Exception itself
        return False
    finally:
        toolkit.deleteproject(project)
    return True


def _wheels() -> dict[str, float]:
    """Compute every network of the wheels with both engines."""
    from jumeau.base.errors import JumeauError
    from jumeau.worksites import water

    within = apart = 0
    for path in networks.everything():
        taken = True
        try:
            water.read_inp(path)
        except JumeauError:
            taken = False
        apart += taken != _epanet_reads(path)
        if taken:
            gap = _gap(path)
            within += gap.head <= MILLIMETRE and gap.flows == 0
    return {
        "networks within 1 mm and 0.1 %": float(within),
        "files that one of the two readers alone refuses": float(apart),
    }


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield what the batch gives beside EPANET.

    Parameters
    ----------
    shared : Path or None
        Folder of real files, with the reference.
    """
    here = networks.located()
    complete = len(here) == len(networks.JUDGED)
    published: dict[str, partial[Gap]] = {}
    if shared and complete and (shared / REFERENCE).is_file():
        published = {name: partial(_published, shared, name, path) for name, path in here.items()}
    whole = {name: partial(_gap, path) for name, path in here.items()} if complete else {}
    yield Study(
        "heads at the times of the reference", "batched",
        partial(_heads, published) if published else None,
        tuple(Figure(name, 0.0, MILLIMETRE, "m") for name in networks.JUDGED), PUBLISHED, FILES,
    )  # fmt: skip
    yield Study(
        "flows beyond 0.1 % at the times of the reference", "batched",
        partial(_flows, published) if published else None,
        tuple(Figure(name, 0.0, 0.0, "") for name in networks.JUDGED), PUBLISHED, FILES,
    )  # fmt: skip
    yield Study(
        "heads over the whole duration", "batched", partial(_heads, whole) if whole else None,
        tuple(Figure(name, 0.0, MILLIMETRE, "m") for name in networks.JUDGED), BESIDE, FILES,
    )  # fmt: skip
    yield Study(
        "flows beyond 0.1 % over the whole duration", "batched",
        partial(_flows, whole) if whole else None,
        tuple(Figure(name, 0.0, 0.0, "") for name in networks.JUDGED), BESIDE, FILES,
    )  # fmt: skip
    taken = sum(_epanet_reads(path) for path in networks.everything()) if complete else 0
    yield Study(
        "every network of the wheels over its whole duration", "batched",
        _wheels if complete else None,
        (
            Figure("networks within 1 mm and 0.1 %", float(taken), 0.0, ""),
            Figure("files that one of the two readers alone refuses", 0.0, 0.0, ""),
        ), EVERY, FILES,
    )  # fmt: skip
