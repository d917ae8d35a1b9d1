# SPDX-License-Identifier: EUPL-1.2
"""An explanation as a tree for people: the figure at the root, the files as leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jumeau.base import i18n
from jumeau.cli.output import quantity
from jumeau.cli.words import say
from jumeau.interop import labels

HIDDEN = {"id", "source_id", "run_id"}


class Branch(NamedTuple):
    """A line and the lines under it."""

    text: str
    leaves: tuple[str, ...] = ()


def _text(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))


def _figure(item: Mapping[str, Any]) -> str:
    shown = quantity(item.get("value", item.get("mean")))
    if item.get("low") is not None and item.get("high") is not None and item["low"] != item["high"]:
        shown += f" ({quantity(item['low'])} – {quantity(item['high'])})"
    return _text(shown, i18n.unit(item.get("unit")))


def _fact(table: str, name: str, value: Any) -> str:
    """Return an attribute of the row: its name for people, the one to type, and its value."""
    label = labels.attribute_label(table, name, i18n.language())
    # Years and identifiers are not grouped; codes of the schema are shown in words.
    shown = labels.label(name, value, i18n.language()) if isinstance(value, str) else value
    if isinstance(value, int):
        shown = str(value)
    return _text(_named(label, name), "=", quantity(shown))


def _named(label: str, name: str) -> str:
    return label if label == name else f"{label} ({name})"


def _effect(item: Mapping[str, Any]) -> str:
    formula = f"— {item['formula']}" if item.get("formula") else ""
    return _text(_named(item.get("label") or item["quantity"], item["quantity"]), "=",
                 _figure(item), formula)  # fmt: skip


def _estimate(table: str, item: Mapping[str, Any]) -> str:
    lang = i18n.language()
    label = labels.attribute_label(table, item["attribute"], lang)
    text = item.get("text")
    shown = labels.label(item["attribute"], text, lang) if text else _figure(item)
    return _text(_named(label, item["attribute"]), "≈", shown, "—", item["method"])


def _line(key: str, text: Any) -> str:
    colon = "\u00a0: " if i18n.language() == "fr" else ": "
    return f"{say(f'explain.{key}')}{colon}{text}"


def _parameter(item: Mapping[str, Any]) -> str:
    return _text(
        item.get("label") or item["name"],
        "=",
        _figure(item),
        f"({say('explain.default')})" if item.get("default") else "",
        f"— {item['source']}" if item.get("source") else "",
    )


def _input(item: Mapping[str, Any]) -> str:
    estimated = ""
    if item.get("estimated"):
        estimated = f"({i18n.number(item['estimated'])} {say('explain.estimated')})"
    rows = f"{i18n.number(item['rows'])} {say('explain.rows')}"
    table = _named(labels.table_label(item["table"], i18n.language()), item["table"])
    return _text(table, "·", rows, estimated)


def _run(run: Mapping[str, Any]) -> str:
    return _text(
        run["worksite"], f"({run['scenario']})", "· Jumeau", run["code_version"], "· version",
        run["snapshot"], "·", str(run["started_at"])[:19].replace("T", " "), "UTC ·", run["id"],
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
            Branch(_fact(found["table"], name, value))
            for name, value in found["row"].items()
            if value not in (None, "") and name not in HIDDEN
        ]
    estimates = (_estimate(found["table"], item) for item in found["estimates"])
    for key, lines in (
        ("quantities", (_text(item["label"], "=", _figure(item)) for item in found["quantities"])),
        ("parameters", map(_parameter, found["parameters"])),
        ("estimates", estimates),
        ("effects", (_effect(item) for item in found["effects"] if item["mean"] is not None)),
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
