# SPDX-License-Identifier: EUPL-1.2
"""Hydraulics of a network: which engine computes what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from jumeau.base.errors import error
from jumeau.worksites.water import cut_off, solution
from jumeau.worksites.water.finite import check_finite
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.solution import Scenario, Solution
from jumeau.worksites.water.times import times_of

if TYPE_CHECKING:
    from jumeau.base.contract import Progress
    from jumeau.worksites.water.times import Times

ENGINES = ("auto", "epanet", "batched")
FEW = 4
"""Scenarios up to which EPANET alone is quicker than preparing a batch."""
ABSURD = 1e12
"""Range of heads from which a network is beyond the precision of numbers [m].

What no source reaches has heads of 1e6 m or so and says nothing of the rest.
"""


def solve(
    net: Network,
    duration_s: float | None = None,
    step_s: float | None = None,
    *,
    scenarios: Sequence[Scenario] | None = None,
    engine: Literal["auto", "epanet", "batched"] = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Compute heads and flows of a network (EPANET 2.3, or many scenarios side by side).

    Parameters
    ----------
    net : Network
        The network.
    duration_s : float, optional
        Duration; that of the network by default, 0 for a single period [s].
    step_s : float, optional
        Step of the report; that of the network by default [s].
    scenarios : sequence of dict, optional
        Changes, one dict a scenario: ``{"demand": {node: m³/h added}, "emitter": {node: m³/h at
        1 m}, "status": {link: 0 or 1}, "setting": {link: speed, m, m³/h or coefficient},
        "roughness": {pipe: as in the table}}``. Statuses and settings are those at the start:
        controls may change them. A pump that is opened runs at its speed in the table, a setting
        opens no closed pump, and status 0 stands before any setting. One scenario without
        change by default.
    engine : {"auto", "epanet", "batched"}
        Who computes. "auto" gives EPANET's own engine a few scenarios, the batch more. What the
        batch does not do is left to EPANET, and ``engine`` of the answer says why; so are the
        scenarios that ``warnings`` names, of which it cannot be sure.
    threads : int, optional
        Threads of the batch; those of the machine by default.
    progress : callable, optional
        Receives ``"hydraulics"`` and the share done.

    Returns
    -------
    Solution
        Heads and pressures [m], flows [m³/h] by scenario, time and element. ``warnings`` names
        the scenarios in which closures leave nodes without a source: their heads mean nothing.

    Raises
    ------
    InvalidError
        ``JUM-H003`` and ``JUM-H004`` for times and controls, ``JUM-H010`` for a scenario,
        ``JUM-H014`` for a length, head, diameter, roughness… that is no number.
    UnknownNameError
        ``JUM-H011`` for an unknown element, ``JUM-H013`` for an unknown engine.
    NotComputableError
        ``JUM-H012`` with EPANET's code.

    References
    ----------
    EPANET 2.2 User Manual (U.S. EPA, EPA/600/R-20/133), chapter 12; Todini and Pilati (1988), A
    gradient algorithm for the analysis of pipe networks.
    """
    if engine not in ENGINES:
        raise error("JUM-H013", engine=engine, known=list(ENGINES))
    check_finite(net)
    times = times_of(net, duration_s, step_s)
    asked = solution.checked(net, scenarios)
    answer = _solved(net, times, asked, engine, threads, progress)
    lost = cut_off.told(net, answer, asked)
    return replace(answer, warnings=[*answer.warnings, *lost]) if lost else answer


def _solved(
    net: Network,
    times: Times,
    asked: list[dict[str, dict[str, float]]],
    engine: str,
    threads: int | None,
    progress: Progress | None,
) -> Solution:
    """Compute with the engine asked for, what the batch cannot do left to EPANET."""
    from jumeau.worksites.water import epanet
    from jumeau.worksites.water.batched import model

    if engine == "epanet" or (engine == "auto" and len(asked) <= FEW):
        return epanet.solve(net, times, asked, progress)
    why = model.unsupported(net)
    if why:
        answer = epanet.solve(net, times, asked, progress)
        return replace(answer, engine=f"epanet (batched does not compute {why})")
    from jumeau.worksites.water.batched import solving

    answer, failed = solving.solve(net, times, asked, threads, progress)
    highest, lowest = (getattr(answer.head, it)(axis=(1, 2)) for it in ("max", "min"))
    absurd = {k for k, (a, b) in enumerate(zip(highest, lowest, strict=True)) if a - b > ABSURD}
    failed = sorted({*failed, *absurd})
    if failed:
        names = failed if len(asked) > 1 else None
        rest = epanet.solve(net, times, [asked[number] for number in failed], numbers=names)
        for name in ("head", "pressure", "flow"):
            getattr(answer, name)[failed] = getattr(rest, name)
        told = [f"scenario {number}: left to EPANET" for number in failed]
        answer = replace(answer, warnings=[*answer.warnings, *told, *rest.warnings])
    return answer
