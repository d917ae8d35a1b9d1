# SPDX-License-Identifier: EUPL-1.2
"""Write the table of measured figures of both READMEs from the last results of ``make bench``.

``tools/figures.csv`` says which rows are shown and under which words; a row that was not measured
is left out, and told. Figures are never typed by hand.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HEADS = {
    "README.md": ("en", "| what | ours | peer | ratio | bar | command |"),
    "README.fr.md": ("fr", "| quoi | nous | pair | rapport | seuil | commande |"),
}
OPENS, CLOSES = "<!-- figures: make bench -->", "<!-- /figures -->"
BLOCK = re.compile(f"{OPENS}.*?{CLOSES}", re.DOTALL)


def measured(results: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Return (benchmark, row) → row of the JSON files of a folder."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(results.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        found |= {(data["benchmark"], row["name"]): row for row in data["rows"]}
    return found


def figure(value: float | None, unit: str, lang: str) -> str:
    """Return a figure with three significant digits, as people of a language write it."""
    if value is None:
        return "–"
    scale = {"s": [(1e-3, "µs", 1e6), (1.0, "ms", 1e3)]}.get(unit, [])
    for below, small, factor in scale:
        if abs(value) < below:
            value, unit = value * factor, small
            break
    if 0 < abs(value) < 1e-3:
        mantissa, exponent = f"{value:.1e}".split("e")
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return (
            f"{mantissa.replace('.', ',') if lang == 'fr' else mantissa} × 10{power} {unit}".strip()
        )
    digits = max(0, 2 - len(f"{abs(value):.0f}") + 1)
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if lang == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
    return f"{text} {unit}".strip() if unit != "×" else f"{text} ×"


def table(lang: str, head: str, rows: list[dict[str, str]], found: dict[Any, Any]) -> str:
    """Return the table of the rows that were measured, in a language."""
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    for wanted in rows:
        row = found.get((wanted["benchmark"], wanted["row"]))
        if row is None:
            continue
        peer = figure(row["peer"], row["unit"], lang)
        if row["peer"] is not None:
            peer += f" ({row['peer_name']})"
        ratio = figure(row["ratio"], "×", lang) if row["peer"] is not None else "–"
        bar = row["bar"].strip() or "–"
        if lang == "fr":
            bar = re.sub(r"(?<=\d)\.(?=\d)", ",", bar)
        cells = [wanted[f"what_{lang}"], figure(row["ours"], row["unit"], lang), peer, ratio, bar]
        lines.append("| " + " | ".join(cells) + f" | `make bench ARGS={wanted['benchmark']}` |")
    return "\n".join(lines)


def main(root: Path = ROOT) -> int:
    """Rewrite the tables; return 1 when a row to show was not measured."""
    found = measured(root / "benchmarks" / "results")
    with (root / "tools" / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, (lang, head) in HEADS.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        if len(BLOCK.findall(text)) != 1:
            raise SystemExit(f"{name}: the place of the figures is not marked")
        before, after = BLOCK.split(text)[0], BLOCK.split(text)[-1]
        shown = table(lang, head, rows, found)
        path.write_text(f"{before}{OPENS}\n\n{shown}\n\n{CLOSES}{after}", encoding="utf-8")
    missing = [row["row"] for row in rows if (row["benchmark"], row["row"]) not in found]
    for row in missing:
        print(f"not measured: {row}")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
