# SPDX-License-Identifier: EUPL-1.2
"""An explanation as a tree for people: the figure at the root, the files as leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jumeau.base import i18n
from jumeau.cli.output import quantity
from jumeau.cli.words import say

HIDDEN = {"id", "source_id", "run_id"}


class Branch(NamedTuple):
    """A line and the lines under it."""

    text: str
    leaves: tuple[str, ...] = ()


def _text(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))


def _figure(item: Mapping[str, Any]) -> str:
    shown = quantity(item.get("value", item.get("mean")))
    if item.get("low") is not None and item.get("high") is not None:
        shown += f" ({quantity(item['low'])} – {quantity(item['high'])})"
    return _text(shown, i18n.unit(item.get("unit")))


def _line(key: str, text: Any) -> str:
    colon = "\u00a0: " if i18n.language() == "fr" else ": "
    return f"{say(f'explain.{key}')}{colon}{text}"


def _parameter(item: Mapping[str, Any]) -> str:
    return _text(
        item.get("label") or item["name"],
        "=",
        quantity(item.get("value")),
        i18n.unit(item.get("unit")),
        f"({say('explain.default')})" if item.get("default") else "",
        f"— {item['source']}" if item.get("source") else "",
    )


def _input(item: Mapping[str, Any]) -> str:
    estimated = ""
    if item.get("estimated"):
        estimated = f"({i18n.number(item['estimated'])} {say('explain.estimated')})"
    rows = f"{i18n.number(item['rows'])} {say('explain.rows')}"
    return _text(item["table"], "·", rows, estimated)


def _run(run: Mapping[str, Any]) -> str:
    return _text(
        run["worksite"], f"({run['scenario']})", "· Jumeau", run["code_version"], "· version",
        run["snapshot"], "·", run["started_at"], "·", run["id"],
    )  # fmt: skip


def _source(item: Mapping[str, Any]) -> str:
    facts = (item.get(name) for name in ("title", "publisher", "vintage", "licence"))
    return " · ".join([item["file"], *(str(f) for f in facts if f), f"sha256 {item['sha256']}"])


def branches(found: Mapping[str, Any]) -> list[Branch]:
    """Return the branches of an explanation, the empty ones left out."""
    limbs = [Branch(_figure(found["value"]))] if found["value"] else []
    limbs += [Branch(_line(key, found[key])) for key in ("method", "formula", "reference")
              if found[key]]  # fmt: skip
    if found["estimated_share"] is not None:
        limbs.append(Branch(_line("share", f"{i18n.number(100 * found['estimated_share'], 0)} %")))
    if not found["value"]:
        limbs += [
            Branch(_text(name, "=", quantity(value)))
            for name, value in found["row"].items()
            if value not in (None, "") and name not in HIDDEN
        ]
    estimates = (
        _text(item["attribute"], "≈", item.get("text") or _figure(item), "—", item["method"])
        for item in found["estimates"]
    )
    for key, lines in (
        ("quantities", (_text(item["label"], "=", _figure(item)) for item in found["quantities"])),
        ("parameters", map(_parameter, found["parameters"])),
        ("estimates", estimates),
        ("effects", (_text(item["quantity"], "=", _figure(item)) for item in found["effects"])),
        ("run", map(_run, [found["run"]] if found["run"] else [])),
        ("inputs", map(_input, found["inputs"])),
        ("findings", (f"{item['code']} · {item['what']}" for item in found["findings"])),
        ("sources", map(_source, found["sources"])),
    ):
        leaves = tuple(lines)
        if leaves:
            limbs.append(Branch(say(f"explain.{key}"), leaves))
    return limbs


def draw(found: Mapping[str, Any]) -> str:
    """Return an explanation as a tree drawn with lines."""
    name = f"{found['table']}/{found['id']}"
    lines = [found["title"] if found["id"] in found["title"] else f"{found['title']} · {name}"]
    limbs = branches(found)
    for rank, limb in enumerate(limbs):
        last = rank == len(limbs) - 1
        lines.append(("└── " if last else "├── ") + limb.text)
        for depth, leaf in enumerate(limb.leaves):
            bar = "    " if last else "│   "
            lines.append(bar + ("└── " if depth == len(limb.leaves) - 1 else "├── ") + leaf)
    return "\n".join(lines)
