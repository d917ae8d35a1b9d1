# SPDX-License-Identifier: EUPL-1.2
"""Plan of actions against losses, pre-filled from the twin: one HTML file that prints well."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n, time
from jumeau.worksites.water.sispea import decree, evidence
from jumeau.worksites.water.sispea import facts as known
from jumeau.worksites.water.sispea.assess import indicators
from jumeau.worksites.water.sispea.words import figure
from jumeau.worksites.water.sispea.words import say as answer

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.sispea.facts import Service

OLD = 1970
"""Year before which pipes are called old: grey iron, asbestos cement, first plastics."""
_DIGITS = {"P103.2B": 0, "P109.0": 4, "D101.0": 0, "detailed_description": 0,
           "levy_coefficient": 3}  # fmt: skip
_CONFIRM = ("ilc", "zre", "fee", "levy")


@cache
def _words() -> dict[str, dict[str, str]]:
    path = Path(__file__).parent / "plan_words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def say(key: str, **data: Any) -> str:
    """Return words of the plan in the language in force.

    Parameters
    ----------
    key : str
        Row of ``plan_words.csv``.
    **data : value
        What fills the places.
    """
    text = _words()[key][i18n.language()]
    return i18n.agree(text, data).format(**data) if data else text


def write(
    territory: Territory, path: Path, year: int, network: str | None = None,
    lang: str | None = None, *, today: dt.date | None = None,
) -> Path:  # fmt: skip
    """Write the plan of actions of a service, pre-filled with what the twin holds.

    Parameters
    ----------
    territory : Territory
        Territory, live or past.
    path : Path
        File to write.
    year : int
        Year judged.
    network : str, optional
        Id or name of the network; the first service by default.
    lang : str, optional
        ``"fr"`` or ``"en"``; the language in force by default.
    today : date, optional
        Present day.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InvalidError
        ``JUM-H216`` for a year that is none.
    UnknownNameError
        ``JUM-H217`` for a network that is not there.
    """
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    with i18n.using(lang or i18n.language()):
        shown = content(territory, year, network, today=today)
        text = environment.get_template("plan.html").render(say=say, **shown)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return path


def content(
    territory: Territory, year: int, network: str | None = None, *, today: dt.date | None = None
) -> dict[str, Any]:
    """Return what the template shows, in the language in force.

    Parameters
    ----------
    territory : Territory
        Territory.
    year : int
        Year judged.
    network : str, optional
        Id or name of the network; the first service by default.
    today : date, optional
        Present day.
    """
    now = today or time.to_local(time.now(), territory.time_zone).date()
    service = known.services(territory, network)[0]
    table = indicators(territory, year, service.network, today=now)
    rows: dict[str, Any] = {str(row["indicator"]): row for row in table.to_dict("records")}
    judged = rows["decree_2012_97"]
    written = "%d/%m/%Y" if i18n.language() == "fr" else "%Y-%m-%d"
    nights = evidence.night_flows(territory, service.network, year)
    leaks = evidence.leaks(territory, service.network)
    frail = evidence.frail(territory, service.network)
    state = _state(service, year)
    return {
        "lang": i18n.language(),
        "name": rows["P104.3"]["name"],
        "under": say(
            "under", name=f"{territory.name} · {rows['P104.3']['name']}", year=str(year),
            date=now.strftime(written), version=str(territory.version),
        ),
        "verdict": say(
            f"answer.{judged['verdict']}", deadline=decree.deadline(year).strftime(written)
        ),
        "proof": judged["proof"],
        "gain": _gain(rows, service, year),
        "figures": [_figure(row) for row in rows.values()],
        "network": list(_network(state)),
        "materials": state["materials"],
        "nights": [
            {"name": it.name} | {name: figure(getattr(it, name), 2) for name in
                                 ("usual", "last", "low")}
            for it in nights
        ],
        "leaks": [_leak(row, written) for row in leaks],
        "actions": [{"action": do, "why": why}
                    for do, why in _actions(rows, state, nights, leaks, frail)],
        "missing": [row for row in rows.values() if row["missing"]],
        "confirm": [say(f"confirm.{name}") for name in _CONFIRM],
    }  # fmt: skip


def _known(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _figure(row: Mapping[str, Any]) -> dict[str, str]:
    digits = _DIGITS.get(str(row["indicator"]), 2)
    unit = i18n.unit(str(row["unit"]))
    value, low, high = (_known(row[name]) for name in ("value", "low", "high"))
    shown = "—" if value is None else f"{figure(value, digits)} {unit}".strip()
    if value is None and (low is not None or high is not None):
        shown = f"{figure(low, digits)} – {figure(high, digits)} {unit}".strip()
    return {
        "code": str(row["indicator"]), "label": str(row["label"]), "value": shown,
        "published": figure(_known(row["published"]), digits),
        "verdict": answer(f"answer.{row['verdict']}"), "question": str(row["question"]),
        "proof": str(row["proof"]),
    }  # fmt: skip


def _gain(rows: Mapping[str, Mapping[str, Any]], service: Service, year: int) -> str:
    """Return by how much losses must fall for the yield that is asked for."""
    if rows["decree_2012_97"]["verdict"] != "no":
        return ""
    rate, asked = (_known(rows[code]["value"]) for code in ("P104.3", "decree_2012_97"))
    volumes = service.yearly(year)
    if rate is None or asked is None or volumes.produced is None or volumes.bought is None:
        return ""
    put = volumes.produced + volumes.bought
    less = put - put * rate / asked
    return say("gain", threshold=figure(asked, 2), volume=figure(less, 0),
               flow=figure(less / 8760.0, 2))  # fmt: skip


def _state(service: Service, year: int) -> dict[str, Any]:
    """Return what is known of the pipes, lengths in km."""
    pipes = service.standing(year)
    length = pipes["length_m"] / 1000.0
    total = float(length.sum())
    words = pipes["material"].map(known.material)
    laid = pipes["installed_to"].fillna(pipes["installed_from"])
    told = (words != "") & (pipes["diameter_mm"] > 0)

    def part(km: float) -> str:
        return f"{figure(100 * km / total, 1)} %" if total else ""

    materials = []
    for word, own in length.groupby(words):
        oldest = laid[own.index].min()
        materials.append({
            "material": word or say("none_told"), "km": figure(float(own.sum()), 2),
            "share": part(float(own.sum())), "size": float(own.sum()),
            "oldest": say("none_told") if math.isnan(oldest) else str(int(oldest)),
        })  # fmt: skip
    materials.sort(key=lambda it: -float(str(it["size"])))
    return {
        "total": total, "part": part, "materials": materials[:12],
        "unknown": float(length[~told].sum()), "undated": float(length[laid.isna()].sum()),
        "old": float(length[laid < OLD].sum()),
    }  # fmt: skip


def _network(state: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    labels = {
        "total": say("length"), "unknown": say("unknown_material"),
        "undated": say("unknown_date"), "old": say("old", year=str(OLD)),
    }  # fmt: skip
    for key, label in labels.items():
        yield {"label": label, "km": figure(state[key], 2), "share": state["part"](state[key])}


def _leak(row: Mapping[str, Any], written: str) -> dict[str, str]:
    since = row["started_at"]
    share = row["probability"]
    return {
        "pipe": str(row["pipe_id"]), "since": since.strftime(written) if since else "—",
        "flow": figure(row["flow_m3_h"], 2), "cost": figure(row["eur_day"], 0),
        "probability": "—" if share is None else f"{figure(100 * share, 0)} %",
    }  # fmt: skip


def _actions(
    rows: Mapping[str, Mapping[str, Any]], state: Mapping[str, Any],
    nights: Sequence[evidence.Night], leaks: Sequence[Mapping[str, Any]],
    frail: Sequence[tuple[str, float]],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Yield the actions that what the twin holds calls for, the most certain first."""
    if leaks:
        flow = sum(float(row["flow_m3_h"] or 0.0) for row in leaks)
        yield say("do.repair"), say("why.repair", count=len(leaks), flow=figure(flow, 2))
    rising = sorted(nights, key=lambda it: it.low - it.last)
    for night in rising[:3]:
        if night.last > 1.2 * night.low:
            why = say("why.night", last=figure(night.last, 2), low=figure(night.low, 2))
            yield say("do.night", name=night.name), why
    if not nights:
        yield say("do.meters"), say("why.meters")
    total = float(state["total"])
    for name, key in (("inventory", "unknown"), ("dates", "undated")):
        if total and state[key] > 0.05 * total:
            share = figure(100 * state[key] / total, 1)
            yield say(f"do.{name}"), say(f"why.{name}", km=figure(state[key], 2), share=share)
    rate = _known(rows["P107.2"]["value"])
    old = figure(state["old"], 2)
    if rate:
        years = figure(100.0 / rate, 0)
        yield say("do.renewal"), say("why.renewal", rate=figure(rate, 2), years=years, old=old,
                                     year=str(OLD))  # fmt: skip
    else:
        yield say("do.renewal"), say("why.renewal_open", old=old, year=str(OLD))
    if frail:
        worst = ", ".join(f"{pipe} ({figure(breaks, 3)})" for pipe, breaks in frail)
        yield say("do.frail"), say("why.frail", pipes=worst)
    uncounted, losses = (_known(rows[code]["value"]) for code in ("P105.3", "P106.3"))
    if uncounted is not None and losses is not None and uncounted > 1.05 * losses:
        yield say("do.count"), say("why.count", index=figure(uncounted, 2))
    open_ = sum(row["verdict"] == "unknown" for row in rows.values())
    if open_:
        yield say("do.facts"), say("why.facts", count=open_)
