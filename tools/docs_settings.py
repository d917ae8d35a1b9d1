# SPDX-License-Identifier: EUPL-1.2
"""Write the pages of the settings: ``territory.toml``, environment, parameters, page's address.

Names come from the code; what each is for comes from ``docs_settings.toml``, in both languages. A
name without a text is a fault of :func:`undocumented`, which ``tools/check_docs.py`` prints.
"""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from docs_words import code, table, word

ROOT = Path(__file__).resolve().parent.parent
TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
VARIABLE = re.compile(r"(?:JUMEAU|AWS)_[A-Z_]+")
STATE = re.compile(r"export interface State \{\n(.*?)\n\}", re.DOTALL)


def territory_keys(root: Path = ROOT) -> list[str]:
    """Return the keys of ``territory.toml``: what the code asks of the file it has read."""
    tree = ast.parse((root / "src/jumeau/twin/config.py").read_text(encoding="utf-8"))
    found: list[str] = []
    for node in ast.walk(tree):
        name, holder = None, ""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            name, holder = node.slice.value, ast.unparse(node.value)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            name, holder = node.args[0].value, ast.unparse(node.func.value)
        if isinstance(name, str) and holder in {"raw", "serve"}:
            found.append(name if holder == "raw" else f"{holder}.{name}")
    return sorted(set(found) - {"serve"} if "serve.hosts" in found else set(found))


def variables(root: Path = ROOT) -> list[str]:
    """Return the environment variables that the program names."""
    found = set()
    for path in sorted((root / "src" / "jumeau").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and VARIABLE.fullmatch(str(node.value)):
                found.add(str(node.value))
    return sorted(found)


def state(root: Path = ROOT) -> list[str]:
    """Return the parameters of the page's address: the fields of its state."""
    body = STATE.search((root / "web/src/state.ts").read_text(encoding="utf-8"))
    return re.findall(r"^  (\w+)\??:", body[1], re.MULTILINE) if body else []


def undocumented() -> list[str]:
    """Return the names that have no text in both languages."""
    names = {"territory": territory_keys(), "environment": variables(), "state": state()}
    return [
        f"{section}: {name}"
        for section, found in names.items()
        for name in found
        if len([text for text in TEXTS[section].get(name, []) if text.strip()]) != 2
    ] + [
        f"{section}: {name} is told and is not in the code"
        for section, found in names.items()
        for name in TEXTS[section]
        if name not in found
    ]


def settings(lang: str) -> Iterator[str]:
    """Yield the parts of the page of the settings."""
    for section, found in (("territory", territory_keys()), ("environment", variables())):
        yield f"## {word(f'settings_{section}', lang)}"
        yield word(f"settings_{section}_lead", lang)
        yield table(
            [word(f"settings_{section}_head", lang), word("meaning", lang)],
            (
                (code(name + ("<PUBLISHER>" if name.endswith("_") else "")),
                 TEXTS[section].get(name, ["", ""])[lang == "fr"])
                for name in found
            ),
        )  # fmt: skip
    yield f"## {word('settings_parameters', lang)}"
    yield word("settings_parameters_lead", lang)
    for path in sorted((ROOT / "src" / "jumeau").rglob("parameters.csv")):
        yield f"### {word(f'settings_{path.parent.name}', lang)}"
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if not row["territory"]]
        yield table(
            [word(key, lang) for key in ("parameter", "label", "settings_value", "unit", "source")],
            (
                (code(row["name"]), row[f"label_{lang}"], _value(row, lang), row["unit"],
                 (row.get("source_fr") if lang == "fr" else "") or row["source"])
                for row in rows
            ),
        )  # fmt: skip


def _value(row: dict[str, str], lang: str) -> str:
    text = row["value"]
    if row["low"] and row["high"]:
        text += f" ({row['low']} – {row['high']})"
    return text.replace(".", ",") if lang == "fr" else text


def address(lang: str) -> Iterator[str]:
    """Yield the parts of the page that tells the parameters of the page's address."""
    yield table(
        [word("http_parameter", lang), word("meaning", lang)],
        ((code(name), TEXTS["state"].get(name, ["", ""])[lang == "fr"]) for name in state()),
    )
    yield word("address_example", lang)
