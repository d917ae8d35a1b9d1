# SPDX-License-Identifier: EUPL-1.2
"""Rows of the twin laid out as a document."""

from __future__ import annotations

import csv
import json
import math
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n, time
from jumeau.base.findings import SEVERITIES, rewrite
from jumeau.reporting import picture

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

OPTION_COLUMNS = ("capex_eur", "saving_eur_year", "payback_years", "npv_eur", "tco2e_year")
SHOWN = 12
"""Most rows of a group or of a severity."""
ASKED_FIRST = ("1", "kWh/yr", "€/yr", "tCO2e/yr")
"""Units of the figures that come first in the summary."""
GROUPED = ("lamp_type", "district")


@cache
def _words() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}


def say(key: str, **data: Any) -> str:
    """Return words of the report in the language in force."""
    return _words()[key][i18n.language()].format(**data)


def write(territory: Territory, path: Path, lang: str | None = None) -> Path:
    """Write the report of a territory: one HTML file, nothing outside it.

    Parameters
    ----------
    territory : Territory
        Territory, live or past.
    path : Path
        File to write.
    lang : str, optional
        ``"fr"`` or ``"en"``; the language in force by default.

    Returns
    -------
    Path
        The file.
    """
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("jumeau.reporting", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    with i18n.using(lang or i18n.language()):
        text = environment.get_template("report.html").render(say=say, **content(territory))
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return path


def content(territory: Territory) -> dict[str, Any]:
    """Return what the template shows, in the language in force."""
    methods, runs = _runs(territory)
    indicators = territory.table("indicator").to_pylist()
    options = _options(territory, methods)
    sources = territory.table("source").to_pylist()
    order = {name: rank for rank, (_, name) in enumerate(methods)}
    whole = sorted(
        (row for row in indicators if row["scope"] == "territory"),
        key=lambda row: order.get(row["indicator"], len(order)),
    )
    names = {
        scope: {
            row["id"]: row["name"]
            for row in territory.table(scope, columns=["id", "name"]).to_pylist()
        }
        for scope in ("district",)
    }
    today = time.to_local(time.now(), territory.time_zone).date()
    return {
        "lang": i18n.language(),
        "name": territory.name,
        "folder": territory.path.name,
        "version": territory.version,
        "date": today.strftime("%d/%m/%Y" if i18n.language() == "fr" else "%Y-%m-%d"),
        "summary": _summary(whole, options, methods),
        "picture": picture.draw(territory),
        "attribution": " · ".join(
            dict.fromkeys(row["publisher"] for row in sources if row["publisher"])
        ),
        "figures": [_figure(territory, row, methods) for row in whole],
        "groups": _groups(indicators, methods, names),
        "options": options,
        "option_columns": OPTION_COLUMNS,
        "price_year": say("and").join(
            sorted({str(row["price_year"]) for row in options if row["price_year"]})
        ),
        "findings": _findings(territory),
        "parameters": _parameters(territory),
        "sources": [
            {
                name: row[name] if row[name] not in (None, "") else say("unknown")
                for name in ("file", "publisher", "vintage", "licence", "sha256")
            }
            | {"title": row["title"] or "", "read": i18n.number(row["read"] or 0)}
            for row in sources
        ],
        "runs": runs,
    }


def _runs(territory: Territory) -> tuple[dict[tuple[str, str], dict[str, Any]], list[str]]:
    """Return (run, indicator) → method, and a line for each run still in force."""
    methods: dict[tuple[str, str], dict[str, Any]] = {}
    lines = []
    for row in territory.sql("SELECT * FROM run ORDER BY started_at").to_pylist():
        for name, spec in json.loads(row["methods"] or "{}").items():
            methods[row["id"], name] = spec
        lines.append(
            say(
                "run_line",
                worksite=row["worksite"],
                id=row["id"],
                code=row["code_version"],
                snapshot=row["snapshot"],
                seconds=i18n.number(row["duration_s"], 1),
            )
        )
    return methods, lines[-SHOWN:]


def _amount(value: float | None, digits: int = 0) -> str:
    if value is None or not math.isfinite(value):
        return "—"
    return i18n.number(float(value), digits)


def _rounded(value: float, digits: int = 0) -> str:
    """Return a number with three significant digits: an estimate said aloud has no more."""
    if not value:
        return _amount(value, digits)
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    return _amount(round(value / step) * step, digits if step < 1 else 0)


def _between(low: float | None, high: float | None, digits: int = 0) -> str:
    if low is None or high is None or low == high:
        return ""
    return f"{_amount(low, digits)} – {_amount(high, digits)}"


def _spec(row: dict[str, Any], methods: dict[tuple[str, str], dict[str, Any]], key: str) -> Any:
    return methods.get((row["run_id"], row[key]), {})


def _figure(territory: Territory, row: dict[str, Any], methods: Any) -> dict[str, Any]:
    spec = _spec(row, methods, "indicator")
    digits = int(spec.get("digits") or 0)
    share = row["estimated_share"]
    return {
        "label": i18n.pick(spec, "label") or row["indicator"],
        "value": f"{_amount(row['value'], digits)} {i18n.unit(row['unit'])}",
        "interval": _between(row["low"], row["high"], digits),
        "share": f"{_amount(100 * share)} %" if share is not None else "",
        "estimated": bool(share),
        "method": i18n.pick(spec, "method"),
        "formula": spec.get("formula", ""),
        "command": f"jumeau explain {territory.path.name} indicator {row['id']}",
    }


def _groups(indicators: list[dict[str, Any]], methods: Any, names: Any) -> list[dict[str, Any]]:
    """Return, for the first additive indicator of each scope, its greatest rows with bars."""
    blocks = []
    for scope in GROUPED:
        rows = [row for row in indicators if row["scope"] == scope and row["value"]]
        wanted = [row["indicator"] for row in rows if (row["unit"] or "").startswith(("kWh", "€"))]
        for name in dict.fromkeys(wanted):
            chosen = sorted(
                (row for row in rows if row["indicator"] == name), key=lambda row: -row["value"]
            )[:SHOWN]
            top = chosen[0]["value"]
            spec = _spec(chosen[0], methods, "indicator")
            digits = int(spec.get("digits") or 0)
            label = i18n.pick(spec, "label") or name
            blocks.append(
                {
                    "title": say("by", indicator=label, scope=say(scope)),
                    "rows": [
                        {
                            "label": names.get(scope, {}).get(row["entity"]) or row["entity"],
                            "value": f"{_amount(row['value'], digits)} {i18n.unit(row['unit'])}",
                            "interval": _between(row["low"], row["high"], digits),
                            "width": round(100 * row["value"] / top, 1),
                        }
                        for row in chosen
                    ],
                }
            )
    return blocks


def _options(territory: Territory, methods: Any) -> list[dict[str, Any]]:
    effects: dict[str, dict[str, dict[str, Any]]] = {}
    for row in territory.table("effect").to_pylist():
        effects.setdefault(row["option_id"], {})[row["quantity"]] = row
    found = []
    for row in territory.table("option").to_pylist():
        spec = _spec(row, methods, "kind")
        own = effects.get(row["id"], {})
        cells = [{"value": _amount(row["capex_eur"]), "interval": ""}]
        for quantity in OPTION_COLUMNS[1:]:
            effect = own.get(quantity, {})
            digits = 1 if quantity in {"payback_years", "tco2e_year"} else 0
            missing = quantity == "payback_years" and effect and effect["mean"] is None
            cells.append(
                {
                    "value": say("never") if missing else _amount(effect.get("mean"), digits),
                    "interval": _between(effect.get("low"), effect.get("high"), digits),
                }
            )
        found.append(
            {
                "label": i18n.pick(spec, "label") or row["kind"],
                "description": i18n.pick(spec, "method"),
                "cells": cells,
                "capex": row["capex_eur"],
                "npv": (own.get("npv_eur") or {}).get("mean"),
                "price_year": row["price_year"],
            }
        )
    return sorted(found, key=lambda item: -(item["npv"] if item["npv"] is not None else -math.inf))


def _summary(whole: list[dict[str, Any]], options: list[dict[str, Any]], methods: Any) -> list[str]:
    lines = []
    # What a reader asks first: how many, how much energy, how much money, how much carbon.
    rank = {unit: place for place, unit in enumerate(ASKED_FIRST)}
    for row in sorted(whole, key=lambda row: rank.get(row["unit"] or "1", len(rank))):
        spec = _spec(row, methods, "indicator")
        digits = int(spec.get("digits") or 0)
        facts = {
            "label": i18n.pick(spec, "label") or row["indicator"],
            "unit": i18n.unit(row["unit"]),
        }
        if row["low"] is not None and row["low"] != row["high"]:
            lines.append(
                say(
                    "sentence_between",
                    low=_rounded(row["low"], digits),
                    high=_rounded(row["high"], digits),
                    share=_amount(100 * (row["estimated_share"] or 0)),
                    **facts,
                )
            )
        else:
            value = f"{_amount(row['value'], digits)} {facts['unit']}".strip()
            lines.append(say("sentence_value", value=value, label=facts["label"]))
    lines = lines[:6]
    best = next((item for item in options if item["npv"] and item["npv"] > 0), None)
    if best:
        lines.append(
            say(
                "sentence_option",
                label=best["label"],
                npv=_rounded(best["npv"]),
                capex=_rounded(best["capex"]),
            )
        )
    return lines


def _findings(territory: Territory) -> list[dict[str, Any]]:
    lang = i18n.language()
    found: Any = territory.check().to_dict("records")
    rows = [rewrite(row, lang) for row in found]
    blocks = []
    for severity in SEVERITIES:
        own = [row for row in rows if row["severity"] == severity]
        if own:
            blocks.append(
                {
                    "severity": severity,
                    "count": len(own),
                    "rows": own[:SHOWN],
                    "more": max(0, len(own) - SHOWN),
                }
            )
    return blocks


def _parameters(territory: Territory) -> list[dict[str, Any]]:
    """Return the parameters of the runs in force: the latest of each worksite."""
    rows = territory.sql(
        "SELECT parameters FROM run QUALIFY row_number() "
        "OVER (PARTITION BY worksite, about ORDER BY started_at DESC) = 1"
    ).to_pylist()
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:
        merged |= json.loads(row["parameters"] or "{}")
    return [
        {
            "name": name,
            "label": i18n.pick(item, "label") or name,
            "value": f"{i18n.number(float(item['value']))} {i18n.unit(item['unit'])}",
            "source": i18n.pick(item, "source"),
            "default": item.get("default"),
        }
        for name, item in sorted(merged.items())
    ]
