# SPDX-License-Identifier: EUPL-1.2
"""Values that are missing, impossible or doubtful: supposed with a method, put right or told."""

from __future__ import annotations

import csv
import math
import unicodedata
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from jumeau.worksites.water.repairing.draft import Draft
from jumeau.worksites.water.report import Repair, both

METRES = (0.01, 1.0, 3.0)
"""Diameters in metres: from the first, up to the second, or the third if most are so [mm]."""
DOUBTFUL_MM = (16.0, 2500.0)
"""Diameters outside are told [mm]."""
AGREES = 1.25
"""Largest ratio of a length and its drawn length that is not told, either way."""
LEAST = 5.0
"""Differences of length below which nothing is told [m]."""
STEP = 10.0
"""An elevation of 0 that far from all its neighbours is none [m]."""
FEW = 0.05
"""Share of junctions at 0 up to which a 0 may be a gap."""
DOUBTFUL_ROUGHNESS = {"H-W": (20.0, 180.0), "D-W": (0.0, 50.0), "C-M": (0.005, 0.1)}
"""Roughness outside is told: C, mm, n."""
LAWS = {"H-W": "hazen_williams", "D-W": "darcy_mm", "C-M": "manning"}


def absurd(draft: Draft) -> None:
    """Put diameters in metres right, levels of tanks in their order; tell what is doubtful."""
    positive = [it["diameter_mm"] for it in draft.tables["pipes"].values() if it["diameter_mm"] > 0]
    all_so = bool(positive) and median(positive) < METRES[1]
    for table in ("pipes", "valves"):
        for name, row in draft.tables[table].items():
            diameter = row["diameter_mm"]
            if METRES[0] <= diameter < METRES[1] or (all_so and METRES[1] <= diameter < METRES[2]):
                draft.set(table, name, "diameter_mm", diameter * 1000.0)
                repair = Repair("unit", table, name, f"{diameter:g} mm", f"{diameter * 1000:g} mm")
                draft.mended("JUM-H065", repair, attribute=both("diameter_mm"),
                             why=both("metres_why"))  # fmt: skip
    for name, row in draft.tables["tanks"].items():
        low, first, high = (row[f"{it}_level_m"] for it in ("minimum", "initial", "maximum"))
        if low <= first <= high or not all(map(math.isfinite, (low, first, high))):
            continue
        lowest, highest = min(low, high), max(low, high)
        levels = (lowest, min(max(first, lowest), highest), highest)
        for it, value in zip(("minimum", "initial", "maximum"), levels, strict=True):
            if row[f"{it}_level_m"] != value:
                draft.set("tanks", name, f"{it}_level_m", value)
        before, after = (
            " ≤ ".join(f"{it:g}" for it in trio) for trio in ((low, first, high), levels)
        )
        draft.mended("JUM-H065", Repair("levels", "tanks", name, before, after),
                     attribute=both("level_range"), why=both("levels_why"))  # fmt: skip
    _doubtful(draft)


def _doubtful(draft: Draft) -> None:
    """Tell values that no network has, and those that are seldom meant."""
    loss = draft.net.units.headloss
    least, most = DOUBTFUL_ROUGHNESS[loss]
    checks: list[tuple[str, str, Any, str]] = [
        ("pipes", "diameter_mm", lambda it: it > 0 and not DOUBTFUL_MM[0] <= it <= DOUBTFUL_MM[1],
         "diameter_why"),
        ("pipes", "roughness", lambda it: it > 0 and not least <= it <= most, "roughness_why"),
        ("junctions", "demand_m3_h", lambda it: it < 0, "demand_why"),
        ("pipes", "minor_loss", lambda it: it < 0, "minor_loss_why"),
    ]  # fmt: skip
    for table, column, wrong, why in checks:
        rows = draft.tables[table]
        names = [name for name, row in rows.items() if wrong(row[column])]
        said = {name: f"{rows[name][column]:g}" for name in names}
        _doubt(draft, table, column, said, both(why))


def _doubt(
    draft: Draft, table: str, column: str, said: dict[str, str], why: dict[str, str]
) -> None:
    """Tell doubtful values by row."""
    told = {name: {"attribute": both(column), "value": it, "why": why} for name, it in said.items()}
    draft.tell("JUM-H066", table, list(said), told.__getitem__)


def lengths(draft: Draft) -> None:
    """Measure missing lengths on the plan; tell those that the plan contradicts."""
    rows = draft.tables["pipes"]
    missing = [name for name, row in rows.items() if not row["length_m"] > 0]
    if not draft.to_scale:
        _unknown(draft, "pipes", missing, "length_m")
        return
    drawn = {name: draft.drawn_length(name) for name in rows}
    known = [name for name in missing if drawn[name] > 0]
    _unknown(draft, "pipes", [name for name in missing if not drawn[name] > 0], "length_m")
    together = len(known) == len(rows)
    for name in known:
        before = rows[name]["length_m"]
        draft.set("pipes", name, "length_m", drawn[name])
        draft.report.guess("pipes", name, "length_m", drawn[name], drawn[name],
                           1.05 * drawn[name], "drawn")  # fmt: skip
        if not together:
            _supposed(draft, "pipes", name, "length_m", before, drawn[name], "drawn")
    if together and known:
        total = math.fsum(drawn[name] for name in known)
        _together(draft, "pipes", "length_m", len(known), "drawn", f"Σ {total:.0f} m")
    other = []
    for name in set(rows) - set(missing):
        length, plan = rows[name]["length_m"], drawn[name]
        ratio = max(length / plan, plan / length) if plan > 0 else 1.0
        if ratio > AGREES and abs(length - plan) > max(LEAST, draft.tolerance):
            other.append((abs(length - plan), name))
    said = {
        name: f"{rows[name]['length_m']:.1f} m ≠ {drawn[name]:.1f} m"
        for _, name in sorted(other, reverse=True)
    }
    _doubt(draft, "pipes", "length_m", said, both("length_why"))


def diameters(draft: Draft) -> None:
    """Suppose missing diameters from the pipes that go on from both ends.

    Where pipes go on at both ends, across valves and pumps too: the smaller of the two largest; at
    one end only, the largest there, but the smallest for a dead end. From pipe to pipe until none
    is left; those that nothing known touches get the median of the network. A valve takes the
    largest pipe at its ends.
    """
    rows = draft.tables["pipes"]
    known = {name: row["diameter_mm"] for name, row in rows.items() if row["diameter_mm"] > 0}
    left = [name for name in rows if name not in known]
    if left and not known:
        _unknown(draft, "pipes", left, "diameter_mm")
        return
    usual = median(known.values()) if known else 0.0
    waiting = dict.fromkeys(left)
    edge = {name: sides for name in left if (sides := _sides(draft, name, known))}
    while waiting:
        both_ends = {name: sides for name, sides in edge.items() if len(sides) == 2}
        found = both_ends or edge or {name: [] for name in waiting}
        for name, sides in found.items():
            _thick(draft, name, sides, known, usual)
            del waiting[name]
        near = [it for name in found for it in _beyond(draft, name) if it in waiting]
        edge = {name: sides for name, sides in edge.items() if name not in found}
        edge |= {name: _sides(draft, name, known) for name in near}
    for name, row in draft.tables["valves"].items():
        if not row["diameter_mm"] > 0:
            sides = _sides(draft, name, known)
            if sides:
                value = max(it for side in sides for it in side)
                before = row["diameter_mm"]
                draft.set("valves", name, "diameter_mm", value)
                draft.report.guess("valves", name, "diameter_mm", value, value, value, "neighbours")
                _supposed(draft, "valves", name, "diameter_mm", before, value, "neighbours")
            else:
                _unknown(draft, "valves", [name], "diameter_mm")


def _thick(
    draft: Draft, name: str, sides: list[list[float]], known: dict[str, float], usual: float
) -> None:
    """Give a pipe the diameter that its neighbours suppose."""
    span = [it for side in sides for it in side] or list(known.values())
    if len(sides) == 2:
        value = min(max(side) for side in sides)
    elif sides:
        ends = any(draft.degree(node) == 1 and node in draft.tables["junctions"]
                   for node in draft.ends(name))  # fmt: skip
        value = min(sides[0]) if ends else max(sides[0])
    else:
        value = usual
    known[name] = value
    method = ("network_median", "neighbour", "neighbours")[len(sides)]
    before = draft.link(name)["diameter_mm"]
    draft.set("pipes", name, "diameter_mm", value)
    draft.report.guess("pipes", name, "diameter_mm", value, min(span), max(span), method)
    _supposed(draft, "pipes", name, "diameter_mm", before, value, method)


def _across(draft: Draft, name: str, node: str) -> list[str]:
    """Return the pipes that go on from an end of a link; behind a valve or a pump, those there."""
    found = []
    for link in draft.touching[node]:
        if link == name:
            continue
        if draft.links[link] == "pipes":
            found.append(link)
        else:
            behind = draft.other(link, node)
            found += [it for it in draft.touching[behind] if draft.links[it] == "pipes"]
    return [it for it in found if it != name]


def _beyond(draft: Draft, name: str) -> list[str]:
    return [it for node in draft.ends(name) for it in _across(draft, name, node)]


def _sides(draft: Draft, name: str, known: dict[str, float]) -> list[list[float]]:
    """Return the known diameters of pipes at each end of a link that has some."""
    sides = []
    for node in draft.ends(name):
        there = [known[it] for it in _across(draft, name, node) if it in known]
        if there:
            sides.append(there)
    return sides


def roughnesses(draft: Draft) -> None:
    """Suppose missing roughness from the material, else as that of an unknown one."""
    loss = draft.net.units.headloss
    rows = draft.tables["pipes"]
    groups: dict[str, list[str]] = {}
    for name, row in rows.items():
        if not row["roughness"] > 0:
            groups.setdefault(material(str(row.get("material") or "")), []).append(name)
    for code, names in groups.items():
        typical = materials()[code]
        value, low, high = (typical[f"{LAWS[loss]}{end}"] for end in ("", "_low", "_high"))
        method = "material_method" if code else "any_material"
        for name in names:
            draft.set("pipes", name, "roughness", value)
            draft.report.guess("pipes", name, "roughness", value, low, high, method)
        _together(draft, "pipes", "roughness", len(names), method, f"{code or '?'}: {value:g}")


@cache
def materials() -> dict[str, dict[str, Any]]:
    """Return typical roughness by code of material, "" for an unknown one; and its words."""
    with (Path(__file__).parent / "materials.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["material"]: {
                name: text.split("|") if name == "words" else float(text)
                for name, text in row.items()
                if name != "material"
            }
            for row in csv.DictReader(file)
        }


@cache
def material(text: str) -> str:
    """Return the code of a material from how files write it, "" when it is not known."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(it if it.isalnum() else " " for it in plain if not unicodedata.combining(it))
    words = f" {' '.join(plain.split())} "
    fits = [
        (len(word), code)
        for code, row in materials().items()
        for word in row["words"]
        if word and f" {word} " in words
    ]
    return max(fits)[1] if fits else ""


def elevations(draft: Draft) -> None:
    """Suppose missing elevations from the nodes that pipes join them to, nearer ones first.

    The mean of the known neighbours, weighted by 1 / length, from neighbour to neighbour. An
    elevation of 0 is missing when junctions at 0 are few, all neighbours are more than 10 m away
    from it in height, and only pipes touch it.
    """
    heights = {
        name: row["elevation_m"]
        for table in ("junctions", "tanks")
        for name, row in draft.tables[table].items()
        if math.isfinite(row["elevation_m"])
    }
    junctions = draft.tables["junctions"]
    zeros = [name for name in junctions if heights.get(name) == 0.0]
    gaps = [name for name in zeros if _odd(draft, name, heights)]
    if len(zeros) > FEW * len(junctions):
        _doubt(draft, "junctions", "elevation_m", dict.fromkeys(gaps, "0"), both("zero_why"))
        gaps = []
    for name in gaps:
        del heights[name]
    left = [name for name in junctions if name not in heights]
    if left and not any(name in heights for name in junctions):
        for name in left:
            draft.set("junctions", name, "elevation_m", 0.0)
            draft.report.guess("junctions", name, "elevation_m", 0.0, 0.0, 0.0, "none")
        _together(draft, "junctions", "elevation_m", len(left), "no_elevation", "0")
        return
    waiting = dict.fromkeys(left)
    edge = {name: near for name in left if (near := _near(draft, name, heights))}
    while waiting:
        if not edge:
            known = [(heights[name], 1.0) for name in junctions if name in heights]
            edge = dict.fromkeys(waiting, known)
        for name, near in edge.items():
            total = math.fsum(weight for _, weight in near)
            value = math.fsum(height * weight for height, weight in near) / total
            span = [height for height, _ in near]
            heights[name] = value
            before = junctions[name]["elevation_m"]
            draft.set("junctions", name, "elevation_m", value)
            draft.report.guess("junctions", name, "elevation_m", value, min(span), max(span),
                               "neighbours")  # fmt: skip
            _supposed(draft, "junctions", name, "elevation_m", before, value, "neighbours")
            del waiting[name]
        edge = {
            other: _near(draft, other, heights)
            for name in edge
            for other in (draft.other(link, name) for link in draft.touching[name])
            if other in waiting
        }


def _near(draft: Draft, name: str, heights: dict[str, float]) -> list[tuple[float, float]]:
    """Return known elevations of neighbours with their weights."""
    near = []
    for link in draft.touching[name]:
        other = draft.other(link, name)
        if other in heights and other != name:
            length = draft.link(link).get("length_m", 1.0)
            near.append((heights[other], 1.0 / max(length, 1.0) if length > 0 else 1.0))
    return near


def _odd(draft: Draft, name: str, heights: dict[str, float]) -> bool:
    links = draft.touching[name]
    if any(draft.links[link] != "pipes" for link in links):
        return False
    near = [height for height, _ in _near(draft, name, heights)]
    return bool(near) and len(near) == len(links) and min(abs(it) for it in near) > STEP


def untold(draft: Draft) -> None:
    """Tell which share of the length has no material or no date of laying."""
    pipes = draft.tables["pipes"]
    for column in ("material", "installed_from"):
        if column not in draft.net.pipes.columns:
            continue
        without = [name for name, row in pipes.items() if row.get(column) in ("", None)]
        if column == "installed_from":
            without = [name for name, row in pipes.items() if not _year(row.get(column))]
        if without:
            total = math.fsum(row["length_m"] for row in pipes.values() if row["length_m"] > 0)
            lost = math.fsum(pipes[it]["length_m"] for it in without if pipes[it]["length_m"] > 0)
            draft.report.add("JUM-H067", "pipes", "", attribute=both(column), count=len(without),
                             share=round(100.0 * lost / total, 1) if total else 100.0)  # fmt: skip


def _year(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def settings(draft: Draft) -> None:
    """Tell valves without a setting, pumps without a curve, tanks without a volume."""
    curves = draft.net.curves.index
    for name, row in draft.tables["valves"].items():
        if row["type"] == "GPV":
            if row["curve"] not in curves:
                _unknown(draft, "valves", [name], "curve")
        elif not math.isfinite(row["setting"]) and row["status"] == "active":
            _unknown(draft, "valves", [name], "setting")
    for name, row in draft.tables["pumps"].items():
        if row["head_curve"] not in curves and not row["power_kw"] > 0:
            _unknown(draft, "pumps", [name], "head_curve")
    for name, row in draft.tables["reservoirs"].items():
        if not math.isfinite(row["head_m"]):
            _unknown(draft, "reservoirs", [name], "head_m")
    for name, row in draft.tables["tanks"].items():
        if not row["diameter_m"] > 0 and row["volume_curve"] not in curves:
            _unknown(draft, "tanks", [name], "diameter_m")


def _supposed(
    draft: Draft, table: str, name: str, column: str, before: float, after: float, method: str
) -> None:
    repair = Repair("supposed", table, name, f"{before:g}", f"{after:g}")
    draft.mended("JUM-H064", repair, attribute=both(column), method=both(method), count=1)


def _together(
    draft: Draft, table: str, column: str, count: int, method: str, after: str = ""
) -> None:
    repair = Repair("supposed", table, "", "", after)
    draft.mended("JUM-H064", repair, attribute=both(column), method=both(method), count=count)


def _unknown(draft: Draft, table: str, names: list[str], column: str) -> None:
    """Tell what nothing tells and no computation can do without."""
    draft.tell("JUM-H112", table, names, lambda _: {"attribute": both(column)})
