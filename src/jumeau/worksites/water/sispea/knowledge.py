# SPDX-License-Identifier: EUPL-1.2
"""P103.2B, the index of knowledge and management of a network: its ladders and its gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from jumeau.base.errors import error

PLAN = {"network_plan": 10, "plan_updated_yearly": 5}
"""Part A: points of the plan of the network."""
INVENTORY = ("network_inventory", "inventory_updated_yearly")
"""What opens the points of part B: both for materials and diameters, the first for dates."""
MANAGEMENT = {
    "ancillary_works_located": 10, "equipment_inventory": 10, "connections_located": 10,
    "meters_described": 10, "leak_searches_recorded": 10, "works_recorded": 10,
    "renewal_programme": 10, "network_model": 5,
}  # fmt: skip
"""Part C: points of what else is known and managed."""
GATE_PLAN, GATE_INVENTORY, MOST = 15, 40, 120
"""Points of A that open B; points of A and B that open C and make a detailed description."""
_STEPS = (0.60, 0.70, 0.80, 0.90, 0.95)
_NEAR = 1e-9


class Points(NamedTuple):
    """Points of the index, by part, least and most that the missing facts allow.

    Parameters
    ----------
    low, high : int
        Bounds of the index; equal when nothing that counts is missing.
    parts : dict of str to (int, int)
        Bounds of each item.
    missing : tuple of str
        Facts that would settle the index.
    described : str
        Whether the service has the detailed description that the law asks for: yes, no, unknown.
    """

    low: int
    high: int
    parts: dict[str, tuple[int, int]]
    missing: tuple[str, ...]
    described: str


def ladder(share: float) -> int:
    """Return the points of a share of the length that is known.

    10 from half of the length, then 1 at 60, 70, 80, 90 and 95 % (arrêté du 2 mai 2007, annexe I).

    Parameters
    ----------
    share : float
        Share of the length, 0 to 1.

    Raises
    ------
    InvalidError
        ``JUM-H213`` outside 0 to 1.
    """
    if not -_NEAR <= share <= 1 + _NEAR:
        raise error("JUM-H213", share=share)
    if share < 0.5 - _NEAR:
        return 0
    return 10 + sum(share >= step - _NEAR for step in _STEPS)


def knowledge_index(
    material_diameter: float | None,
    laying_date: float | None,
    items: Mapping[str, bool | None],
) -> Points:
    """Return P103.2B, from 0 to 120 points.

    A, the plan (15), opens B, the inventory (30); A and B together at 40 open C (75): arrêté du
    2 mai 2007, annexe I, as changed on 2 December 2013.

    Parameters
    ----------
    material_diameter : float or None
        Share of the length whose material and diameter are known, 0 to 1.
    laying_date : float or None
        Share of the length whose date or period of laying is known, 0 to 1.
    items : mapping of str to bool or None
        What is declared, by name (see ``PLAN``, ``INVENTORY``, ``MANAGEMENT``); absent is unknown.

    Returns
    -------
    Points
        Bounds of the index, by item, and what is missing.
    """
    parts: dict[str, tuple[int, int]] = {}
    missing: list[str] = []

    def declared(name: str, points: int) -> tuple[int, int]:
        said = items.get(name)
        if said is None:
            missing.append(f"water_knowledge.{name}")
            return 0, points
        return (points, points) if said else (0, 0)

    for name, points in PLAN.items():
        parts[name] = declared(name, points)
    low, high = _total(parts)
    first, opens = low >= GATE_PLAN, high >= GATE_PLAN
    if opens:
        told = [declared(name, 1) for name in INVENTORY]
        shares = {
            "material_diameter": (material_diameter, told),
            "laying_date": (laying_date, told[:1]),
        }
        for name, (share, gates) in shares.items():
            sure, may = all(least for least, _ in gates), all(most for _, most in gates)
            if share is None:
                missing.append("pipe.material" if name[0] == "m" else "pipe.installed_to")
            points = ladder(share) if share is not None else 0
            most = points if share is not None else 15
            parts[name] = (points if first and sure else 0, most if may else 0)
    low, high = _total(parts)
    if high >= GATE_INVENTORY:
        for name, points in MANAGEMENT.items():
            least, most = declared(name, points)
            parts[name] = (least if low >= GATE_INVENTORY else 0, most)
    described = "yes" if low >= GATE_INVENTORY else "no" if high < GATE_INVENTORY else "unknown"
    low, high = _total(parts)
    return Points(low, high, parts, tuple(missing) if low < high else (), described)


def _total(parts: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(low for low, _ in parts.values()), sum(high for _, high in parts.values())
