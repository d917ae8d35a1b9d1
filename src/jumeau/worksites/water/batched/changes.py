# SPDX-License-Identifier: EUPL-1.2
"""What scenarios change, as arrays in internal units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.water.batched.model import FCV, PBV, PER_CFS, PRV, PSV, Model
from jumeau.worksites.water.batched.model import law as law_of
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


class Changes(NamedTuple):
    """Changes of scenarios: those of scenario n are from ``…_start[n]`` to ``…_start[n + 1]``.

    Demands in cfs, emitters in ft = k·cfs^p (0 for none), settings in internal units, laws and
    roughness as in the state.
    """

    demand_start: Whole
    demand_at: Whole
    demand: Floats
    emitter_start: Whole
    emitter_at: Whole
    emitter: Floats
    status_start: Whole
    status_at: Whole
    status: Floats
    setting_start: Whole
    setting_at: Whole
    setting: Floats
    law_start: Whole
    law_at: Whole
    law: Floats
    rough: Floats


def changes(
    net: Network, model: Model, scenarios: Sequence[Mapping[str, Mapping[str, float]]]
) -> Changes:
    """Return the changes of scenarios as arrays.

    Parameters
    ----------
    net : Network
        For lengths of pipes and units.
    model : Model
        The network as arrays.
    scenarios : sequence of dict
        Changes, checked, in the units of the tables.
    """
    it = model.net
    per_cfs = PER_CFS[net.units.flow_unit] * net.units.flow
    nodes = {name: k for k, name in enumerate(model.nodes)}
    links = {name: k for k, name in enumerate(model.links)}

    def flat(kind: str, where: Mapping[str, int]) -> tuple[Whole, Whole, Floats]:
        return _flat((scenario.get(kind) for scenario in scenarios), where)

    demand_start, demand_at, demand = flat("demand", nodes)
    emitter_start, emitter_at, emitter = flat("emitter", nodes)
    coefficient = np.zeros(len(emitter))
    some = emitter > 0.0
    coefficient[some] = (per_cfs / emitter[some]) ** it.emitter_power / FOOT
    setting_start, setting_at, setting = flat("setting", links)
    kind = it.kind[setting_at]
    factor = np.where(np.isin(kind, (PRV, PSV, PBV)), FOOT, np.where(kind == FCV, per_cfs, 1.0))
    law_start, law_at, roughness = flat("roughness", links)
    length = np.zeros(len(model.links))
    length[[links[name] for name in net.pipes.index]] = net.pipes["length_m"].to_numpy() / FOOT
    law, rough = law_of(net.units.headloss, length[law_at], it.diameter[law_at], roughness)
    return Changes(
        demand_start, demand_at, demand / per_cfs, emitter_start, emitter_at, coefficient,
        *flat("status", links), setting_start, setting_at, setting / factor,
        law_start, law_at, law, rough,
    )  # fmt: skip


def _flat(
    values: Iterable[Mapping[str, float] | None], where: Mapping[str, int]
) -> tuple[Whole, Whole, Floats]:
    """Return where each scenario's changes begin, what they change and to what."""
    start: list[int] = [0]
    names: list[str] = []
    amounts: list[float] = []
    for mine in values:
        if mine:
            names.extend(mine)
            amounts.extend(mine.values())
        start.append(len(names))
    index = np.fromiter(map(where.__getitem__, names), np.int64, len(names))
    return np.array(start, np.int64), index, np.array(amounts, np.float64)
