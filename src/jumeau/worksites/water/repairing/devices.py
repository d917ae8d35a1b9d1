# SPDX-License-Identifier: EUPL-1.2
"""Valves and pumps drawn as points made links; valves that look away from the sources."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water.repairing.draft import SOURCES, Draft
from jumeau.worksites.water.report import Repair, both

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ONE_WAY = ("PRV", "PSV", "FCV")
TRIED = 30
"""Valves tried at a time for which one to turn first."""
MARGIN = 1.0
"""Heads that differ by less are not told apart [m]."""
USUAL_LIFT = 50.0
"""Head of a pump whose curve does not tell it [m]; it serves to order the zones only."""


def upstream(draft: Draft) -> dict[str, str]:
    """Return by node the link by which water comes from the nearest source, by length."""
    import heapq

    waiting = [(0.0, k, name) for k, name in enumerate(draft.nodes) if draft.nodes[name] in SOURCES]
    best = {name: 0.0 for _, _, name in waiting}
    by: dict[str, str] = {}
    count = len(draft.nodes)
    while waiting:
        far, _, name = heapq.heappop(waiting)
        if far > best[name]:
            continue
        for link in draft.touching[name]:
            row = draft.link(link)
            if row["status"] == "closed":
                continue
            other = draft.other(link, name)
            length = row.get("length_m", 0.0)
            there = far + (length if length > 0 else 1.0)
            if there < best.get(other, math.inf):
                best[other], by[other] = there, link
                count += 1
                heapq.heappush(waiting, (there, count, other))
    return by


def points(draft: Draft) -> None:
    """Turn valves and pumps that stand on one node into links between two.

    Of the pipes at the node, the one by which water comes from the nearest source stays; the
    others leave from a new node at the same place, behind the valve or the pump. Without any
    source, the first pipe stays.
    """
    waiting = [
        name
        for table in ("valves", "pumps")
        for name, row in draft.tables[table].items()
        if row["from_node"] == row["to_node"]
    ]
    by = upstream(draft) if waiting else {}
    for name in waiting:
        node, table = draft.ends(name)[0], draft.links[name]
        loops = [it for it in draft.touching[node] if draft.ends(it) == (node, node)]
        around = [it for it in dict.fromkeys(draft.touching[node]) if it not in loops]
        if len(around) < 2:
            continue
        first = by.get(node, around[0])
        first = first if first in around else around[0]
        new = draft.free(node, draft.nodes)
        there = draft.node(node)
        height = there.get("elevation_m", there.get("head_m", math.nan))
        row = {"elevation_m": height, "demand_m3_h": 0.0, "pattern": "", "emitter_m3_h": 0.0}
        draft.add_node("junctions", new, {**row, "x": there["x"], "y": there["y"]})
        draft.set(table, name, "to_node", new)
        for link in around:
            if link == first:
                continue
            for end in ("from_node", "to_node"):
                if draft.link(link)[end] == node:
                    draft.set(draft.links[link], link, end, new)
        repair = Repair("made_link", table, name, node, f"{node} – {new}")
        draft.mended("JUM-H057", repair, upstream=first)


def directions(draft: Draft) -> None:
    """Turn pressure reducing valves that look towards the sources; tell the doubtful ones.

    The network is cut at its pumps and at the valves that let water through one way only. The
    static head of a zone is that of its highest source, or what the pumps and valves that lead to
    it let through: min(upstream, setting + elevation) behind a reducing valve. A valve is turned
    when nothing feeds the zone it comes from while the zone it leads to is fed; or when the zone
    it leads to has a source of its own higher than the other side and than the valve's setting,
    while the zone it comes from has none and is no smaller: it is the one that is served. Of
    several the one that feeds most nodes is turned first, and the others are looked at again.
    """
    names = [
        name
        for name, row in draft.tables["valves"].items()
        if row["type"] in ONE_WAY and row["status"] != "closed"
        and row["from_node"] != row["to_node"]
    ]  # fmt: skip
    if not names or not any(draft.tables[table] for table in SOURCES):
        return
    zones = _Zones(draft)
    fed = zones.fed()
    while True:
        sure, doubtful = _wrong(draft, zones, names)
        gains = {name: zones.fed(name) for name in sure[:TRIED]}
        best = max(gains, key=gains.__getitem__, default="")
        if not best or gains[best] < fed:
            break
        here, there = draft.ends(best)
        draft.set("valves", best, "from_node", there)
        draft.set("valves", best, "to_node", here)
        repair = Repair("turned", "valves", best, f"{here} → {there}", f"{there} → {here}")
        draft.mended("JUM-H058", repair)
        names.remove(best)
        fed = zones.fed()
    for name in [*sure, *doubtful]:
        row = draft.link(name)
        value = f"{row['from_node']} → {row['to_node']}"
        facts = {"attribute": both("direction"), "value": value, "why": both("direction_why")}
        draft.report.add("JUM-H066", "valves", name, where=name, count=1, **facts)


def _wrong(draft: Draft, zones: _Zones, names: list[str]) -> tuple[list[str], list[str]]:
    """Return the valves that look the wrong way for sure, and those that may."""
    heads, own = zones.heads(), zones.own
    sure: list[str] = []
    doubtful: list[str] = []
    for name in names:
        row = draft.link(name)
        first, last = zones.of[row["from_node"]], zones.of[row["to_node"]]
        if first == last or not heads[last] > heads[first] + MARGIN:
            continue
        setting = _cap(draft, name, row["from_node"]) if row["type"] == "PRV" else math.inf
        served = own[last] > own[first] == -math.inf and zones.sizes[first] >= zones.sizes[last]
        feeds = heads[first] == -math.inf or (served and own[last] > setting)
        (sure if feeds else doubtful).append(name)
    return sure, doubtful


class _Zones:
    """What open links that water passes both ways join, and the heads there."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.of = _zones(draft)
        self.sizes = Counter(self.of.values())
        self.own = _own(draft, self.of)
        self.between = [
            link
            for link in draft.links
            if draft.link(link)["status"] != "closed" and _one_way(draft, link)
        ]

    def heads(self) -> NDArray[np.float64]:
        """Return the static head of each zone, own sources and what comes from others [m]."""
        heads, edges = self.own.copy(), []
        for link in self.between:
            row = self.draft.link(link)
            first, last = self.of[row["from_node"]], self.of[row["to_node"]]
            if first != last:
                lift = _lift(self.draft, link) if self.draft.links[link] == "pumps" else 0.0
                reduces = row.get("type") == "PRV"
                cap = _cap(self.draft, link, row["to_node"]) if reduces else math.inf
                edges.append((first, last, lift, cap))
        for _ in range(min(len(edges), 100)):
            moved = False
            for first, last, lift, cap in edges:
                head = min(heads[first] + lift, cap)
                if heads[first] > -math.inf and head > heads[last] + 1e-9:
                    heads[last], moved = head, True
            if not moved:
                break
        return heads

    def fed(self, turned: str = "") -> int:
        """Return how many nodes have a head, a valve being turned."""
        row = self.draft.link(turned) if turned else {"from_node": "", "to_node": ""}
        row["from_node"], row["to_node"] = row["to_node"], row["from_node"]
        heads = self.heads()
        row["from_node"], row["to_node"] = row["to_node"], row["from_node"]
        return sum(size for zone, size in self.sizes.items() if heads[zone] > -math.inf)


def _one_way(draft: Draft, link: str) -> bool:
    table, row = draft.links[link], draft.link(link)
    if table == "valves":
        return row["type"] in ONE_WAY and row["status"] == "active"
    return table == "pumps" or row["status"] == "cv"


def _zones(draft: Draft) -> dict[str, int]:
    """Return the zone of each node: what open links that water passes both ways join."""
    zone: dict[str, int] = {}
    count = 0
    for start in draft.nodes:
        if start in zone:
            continue
        zone[start], front = count, [start]
        while front:
            name = front.pop()
            for link in draft.touching[name]:
                if draft.link(link)["status"] == "closed" or _one_way(draft, link):
                    continue
                other = draft.other(link, name)
                if other not in zone:
                    zone[other] = count
                    front.append(other)
        count += 1
    return zone


def _own(draft: Draft, zone: dict[str, int]) -> NDArray[np.float64]:
    """Return the head of the highest source of each zone, minus infinity for none [m]."""
    import numpy as np

    heads = np.full(max(zone.values(), default=-1) + 1, -math.inf)
    for name, row in draft.tables["reservoirs"].items():
        heads[zone[name]] = max(heads[zone[name]], row["head_m"])
    for name, row in draft.tables["tanks"].items():
        top = row["elevation_m"] + row["maximum_level_m"]
        heads[zone[name]] = max(heads[zone[name]], top)
    return heads


def _lift(draft: Draft, name: str) -> float:
    """Return the head that a pump adds without flow [m]."""
    row = draft.link(name)
    curves = draft.net.curves
    if row["head_curve"] in curves.index:
        heads: Any = curves.at[row["head_curve"], "y"]
        if len(heads):
            return float(max(heads) * (4.0 / 3.0 if len(heads) == 1 else 1.0) * row["speed"] ** 2)
    return USUAL_LIFT


def _cap(draft: Draft, name: str, node: str) -> float:
    """Return the highest head that a reducing valve lets stand at a node behind it [m]."""
    height = float(draft.node(node).get("elevation_m", math.nan))
    cap = draft.link(name)["setting"] + height
    return cap if math.isfinite(cap) else math.inf
