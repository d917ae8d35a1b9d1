# SPDX-License-Identifier: EUPL-1.2
"""Rules of a network as arrays, ready for kernels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.water.rules import SETTING, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


class Rules(NamedTuple):
    """Rules as arrays: premises and actions cut by ``start``, then and else of rule r at 2r, 2r+1.

    Values of premises are in the units of the file, settings of actions in internal units.
    """

    premise_start: Whole
    either: Whole
    kind: Whole
    place: Whole
    variable: Whole
    relation: Whole
    status: Whole
    value: Floats
    factor: Floats
    action_start: Whole
    target: Whole
    action_status: Whole
    action_setting: Floats
    priority: Floats
    commanded: Whole


def arrays(
    rules: list[Rule],
    nodes: Mapping[str, int],
    links: Mapping[str, int],
    statuses: Mapping[str, int],
    unit: Callable[[int, str], float],
) -> Rules:
    """Return rules as arrays.

    Parameters
    ----------
    rules : list of Rule
        As read; those that are disabled are left out.
    nodes, links : dict of str to int
        Places.
    statuses : dict of str to int
        Statuses in the kernels, "" for none.
    unit : callable
        Receives a variable (``DEMAND``, ``HEAD``…) and the node or link; returns what an internal
        value is to be multiplied by to be in the units of the file.
    """
    used = [rule for rule in rules if rule.enabled]
    premises = [it for rule in used for it in rule.premises]
    groups = [group for rule in used for group in (rule.then, rule.otherwise)]
    actions = [it for group in groups for it in group]
    commanded = list(dict.fromkeys(links[it.link] for it in actions))
    rank = {k: number for number, k in enumerate(commanded)}

    def whole(values: list[int]) -> Whole:
        return np.array(values, np.int64)

    def real(values: list[float]) -> Floats:
        return np.array(values, np.float64)

    where = ({**nodes, "": -1}, {**links, "": -1}, {"": -1})
    factors = [unit(SETTING, it.link) for it in actions]
    return Rules(
        premise_start=whole(np.cumsum([0, *(len(rule.premises) for rule in used)]).tolist()),
        either=whole([int(it.either) for it in premises]),
        kind=whole([it.kind for it in premises]),
        place=whole([where[it.kind][it.name] for it in premises]),
        variable=whole([it.variable for it in premises]),
        relation=whole([it.relation for it in premises]),
        status=whole([statuses[it.status] for it in premises]),
        value=real([it.value for it in premises]),
        factor=real([unit(it.variable, it.name) for it in premises]),
        action_start=whole(np.cumsum([0, *(len(group) for group in groups)]).tolist()),
        target=whole([rank[links[it.link]] for it in actions]),
        action_status=whole([statuses[it.status] for it in actions]),
        action_setting=real(
            [math.nan if it.status else it.setting / factor
             for it, factor in zip(actions, factors, strict=True)]
        ),
        priority=real([rule.priority for rule in used]),
        commanded=whole(commanded),
    )  # fmt: skip
