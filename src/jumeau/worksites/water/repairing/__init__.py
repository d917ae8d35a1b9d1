# SPDX-License-Identifier: EUPL-1.2
"""Repair of a network's topology and values, each change told and reversible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.base.errors import error
from jumeau.worksites.water import undoing
from jumeau.worksites.water.network import COLUMNS, LINKS, NODES, Network
from jumeau.worksites.water.repairing import devices, joining, parts, texts, values
from jumeau.worksites.water.repairing.draft import Draft
from jumeau.worksites.water.repairing.parts import isolated
from jumeau.worksites.water.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["isolated", "repair"]

PASSES = 8
"""Passes over the topology at most: what one joins, the next one may find twice."""


def repair(
    net: Network,
    *,
    tolerance_m: float = 0.5,
    drop_isolated: bool = False,
    suppose: bool = True,
) -> tuple[Network, Report]:
    """Repair the topology and the values of a network, and say what was done.

    In this order: ids that are there twice; links to nodes that are not there; units of diameters
    and levels of tanks; ends that miss one another; pipes split at nodes on their middle; valves
    and pumps drawn as points; links that lead nowhere, pipes without length, pipes drawn twice;
    nodes without links; missing lengths, diameters, roughness and elevations; direction of valves;
    parts without a source. What is doubtful but may be meant is told, not changed: pipes that
    cross without a node, lengths that the plan contradicts, ends that stop short.

    Parameters
    ----------
    net : Network
        The network; it is not changed. With ``net.drawn`` (:func:`read_gis`) everything that
        touches is joined, else only loose ends: a file with a topology of its own keeps it.
    tolerance_m : float
        Distance within which two things are at one place [m]; 0 leaves places alone. Two loose
        ends of a drawing may both be moved by up to as much to meet. On a plan in other units it
        is converted by the known lengths; on a sketch nothing is joined.
    drop_isolated : bool
        Whether parts that no path joins to a source are left out; told in any case.
    suppose : bool
        Whether missing values are supposed: each is an estimate with its method and range.

    Returns
    -------
    net : Network
        The repaired network. Rows that are as they were keep their place.
    report : Report
        Each repair with its finding; ``report.undo(net, ids)`` takes repairs back.

    Raises
    ------
    InvalidError
        ``JUM-H110`` for a negative tolerance.
    """
    if not tolerance_m >= 0:
        raise error("JUM-H110", name="tolerance_m", value=str(tolerance_m))
    before = net.report
    report = Report(
        read=dict(before.read) if before else _counts(net),
        dropped=dict(before.dropped) if before else {},
        findings=list(before.findings) if before else [],
        measures=dict(before.measures) if before else {},
    )
    net = parts.renamed(net, report)
    report.order = undoing.orders(net)
    draft = Draft(net, report, tolerance_m)
    parts.dangling(draft)
    values.absurd(draft)
    verdict = joining.scale(draft)
    for _ in range(PASSES):  # pipes that go may change what the others tell of the scale
        _topology(draft)
        former, verdict = verdict, joining.scale(draft)
        if verdict[:2] == former[:2]:
            break
    joining.tell_scale(draft, verdict[2])
    parts.orphans(draft)
    values.lengths(draft) if suppose else None
    if suppose:
        values.diameters(draft)
        values.roughnesses(draft)
        values.elevations(draft)
    devices.directions(draft)
    parts.apart(draft, drop_isolated)
    joining.crossings(draft)
    values.settings(draft)
    values.untold(draft)
    texts.commands(draft)
    out = draft.network()
    out.report = None
    return out, report


def _topology(draft: Draft) -> None:
    """Join, split and drop until nothing changes any more."""
    steps: list[Callable[[Draft], None]] = [
        joining.meet, joining.tees, devices.points, parts.loops, parts.duplicates,
    ]  # fmt: skip
    missed: list[joining.Miss] = []
    for _ in range(PASSES):
        done = len(draft.all)
        missed = joining.snap(draft)
        for step in steps:
            step(draft)
        if len(draft.all) == done:
            break
    joining.misses(draft, missed)


def _counts(net: Network) -> dict[str, int]:
    return {name: len(getattr(net, name)) for name in (*NODES, *LINKS, *COLUMNS)
            if name not in ("vertices", "demands")}  # fmt: skip
