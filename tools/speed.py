# SPDX-License-Identifier: EUPL-1.2
"""Write docs/reference/speed: what the benchmarks of the kernels measured.

``make figures`` writes it after ``make bench`` of the sections of ``tools/speed.toml``. What was
measured rests in ``tools/speed.json``, which the pages follow to the last digit; a benchmark that
was not run again keeps its former figures. No figure is typed by hand; the words are in
``tools/speed.toml``, and a name that a benchmark prints without its French is an error.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import docs
from docs_words import LANGUAGES, table
from figures import figure

ROOT = docs.ROOT
WORDS = tomllib.loads(Path(__file__).with_name("speed.toml").read_text(encoding="utf-8"))
KEPT = ROOT / "tools" / "speed.json"
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
    *("septembre", "octobre", "novembre", "décembre"),
)
OPENS, CLOSES = "<!-- rates: make figures -->", "<!-- /rates -->"
BLOCK = re.compile(f"{OPENS}.*?{CLOSES}", re.DOTALL)
SOLVERS = ("Inertial", "Hllc")
NUMBER = re.compile(r"\d[\d,]*²|(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.,]*²)")


def say(key: str, lang: str, **data: object) -> str:
    """Return a sentence of ``tools/speed.toml`` in a language."""
    return str(WORDS["words"][key][LANGUAGES.index(lang)]).format(**data)


def day(text: str, lang: str) -> str:
    """Return the day of a moment in ISO 8601, as people of a language write it."""
    when = date.fromisoformat(text[:10])
    if lang == "fr":
        return f"{'1er' if when.day == 1 else when.day} {MONTHS[when.month - 1]} {when.year}"
    return f"{when.day} {when:%B %Y}"


def named(name: str, lang: str) -> str:
    """Return what a benchmark calls a row, in a language.

    Parameters
    ----------
    name : str
        Name of the row: parts between commas and colons.
    lang : str
        Language.

    Raises
    ------
    KeyError
        For a part without its French.
    """
    if lang == "en":
        return _upper(name)
    parts = [_french(part) for part in re.split(r", |: ", name)]
    marks = [mark.replace(":", " :") for mark in re.findall(r", |: ", name)]
    text = "".join(part + mark for part, mark in zip(parts, [*marks, ""], strict=True))
    return _upper(text)


def _upper(text: str) -> str:
    """Return a text that begins with a capital, unless it begins with a name of the code."""
    first = re.split(r"[ ,:]", text)[0]
    return text if "_" in first or "(" in first else text[0].upper() + text[1:]


def _french(part: str) -> str:
    """Return a part of a name in French; its numbers stand for ``{side}`` and ``{n}``."""
    if part in WORDS["parts"]:
        return str(WORDS["parts"][part])
    numbers = NUMBER.findall(part)
    kinds = ["side" if number.endswith("²") else "n" for number in numbers]
    pattern = part
    for number, kind in zip(numbers, kinds, strict=True):
        pattern = pattern.replace(number, f"{{{kind}}}", 1)
    written = {
        kind: number.replace(",", "\u202f").replace(".", ",")
        for number, kind in zip(numbers, kinds, strict=True)
    }
    return str(WORDS["parts"][pattern]).format(**written)


def amount(value: float | None, unit: str, lang: str) -> str:
    """Return a measured figure with its unit in a language."""
    if unit == "µs" and value is not None:  # told as seconds are: µs, ms or s
        value, unit = value * 1e-6, "s"
    text = figure(value, WORDS["units"].get(unit, unit) if lang == "fr" else unit, lang)
    return re.sub(r"^1[.,]0 × (?=10)", "", text)


def bar(text: str, unit: str, lang: str) -> str:
    """Return the bar of a row in a language, from ``≥ 12×`` or ``≤ 36 B/cell``."""
    sign, _, rest = text.partition(" ")
    found = re.fullmatch(r"([\d.e+-]+)\s*(.*)", rest)
    if found is None:
        return "–"
    value = float(found[1])
    return f"{sign} {amount(value, '×' if found[2] == '×' else unit, lang)}"


def lines(rows: list[dict[str, Any]], lang: str) -> list[tuple[str, ...]]:
    """Return the cells of rows with a peer or a bar: what, ours, peer, ratio, bar, verdict."""
    found = []
    for row in rows:
        peer, ratio = "–", "–"
        if row["peer"] is not None:
            who = row["peer_name"]
            peer = amount(row["peer"], row["unit"], lang)
            peer += f" ({WORDS['peers'][who] if lang == 'fr' else who})"
            ratio = figure(row["ratio"], "×", lang)
        found.append(
            (
                named(row["name"], lang),
                amount(row["ours"], row["unit"], lang),
                peer,
                ratio,
                bar(row["bar"], row["unit"], lang),
                "–" if row["verdict"] == "shown" else say(row["verdict"], lang),
            )
        )
    return found


def section(name: str, data: dict[str, Any], lang: str) -> list[str]:
    """Return the parts of the page that tell one benchmark."""
    machine, at = data["machine"], LANGUAGES.index(lang)
    facts = {key: machine[key] for key in ("processor", "cores", "python")}
    facts |= {"date": day(data["time"], lang), "load": figure(machine["load"], "", lang)}
    rows = data["rows"]
    judged = [row for row in rows if row["verdict"] != "shown" or row["peer"] is not None]
    shown = [row for row in rows if row not in judged]
    head = [say(key, lang) for key in ("what", "ours", "peer", "ratio", "bar", "verdict")]
    text = [
        f"## {WORDS['sections'][name][at]}",
        WORDS["leads"][name][at],
        f"```\nmake bench ARGS={name}\n```",
        say("measured", lang, **facts),
    ]
    opens = f"### {WORDS['sections'][name][at]}{' : ' if lang == 'fr' else ': '}"
    if judged:
        text += [opens + _lower(say("judged", lang)), table(head, lines(judged, lang))]
    if shown:
        cells = [
            (named(row["name"], lang), amount(row["ours"], row["unit"], lang)) for row in shown
        ]
        text += [opens + _lower(say("shown", lang)), table(head[:2], cells)]
    return text


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def page(kept: dict[str, Any], lang: str) -> str:
    """Return the page of the speeds in a language.

    Parameters
    ----------
    kept : dict
        {benchmark: what it measured}, as ``tools/speed.json`` has it.
    lang : str
        Language.
    """
    title, lead = (docs.TEXTS[part]["speed"][LANGUAGES.index(lang)] for part in ("titles", "leads"))
    notice = docs.NOTICE[lang].replace("make docs", "make figures")
    text = [f"# {title}", notice, lead]
    for name in WORDS["sections"]:
        if name in kept:
            text += section(name, kept[name], lang)
    return "\n\n".join(text) + "\n"


def rates(kept: dict[str, Any], lang: str) -> str:
    """Return the block of the explanation: millions of cell updates a second of both solvers."""
    data = kept["climate_speed"]
    found = {row["name"]: row["ours"] for row in data["rows"] if row["unit"] == "ns"}
    body = []
    for case in ("WET", "RAIN"):
        cells = [say(f"rates_{case.lower()}", lang)]
        for solver in SOLVERS:
            [spent] = [
                ours
                for name, ours in found.items()
                if re.fullmatch(rf"{solver}, {case} \d+²: a cell update", name)
            ]
            cells.append(figure(1e3 / spent, "", lang))
        body.append(cells)
    head = [say("rates_case", lang), *(f"`{name.lower()}`" for name in SOLVERS)]
    lead = say("rates_lead", lang, date=day(data["time"], lang))
    return f"{OPENS}\n\n{lead}\n\n{table(head, body)}\n\n{CLOSES}"


def target(lang: str, folder: str = "reference", name: str = "speed") -> Path:
    """Return where a page of a language is."""
    return ROOT / "docs" / folder / (f"{name}.md" if lang == "en" else f"{name}.{lang}.md")


def gathered(results: Path, kept: dict[str, Any]) -> dict[str, Any]:
    """Return what was measured last of each benchmark of the page: now, else formerly."""
    found = {}
    for name in WORDS["sections"]:
        path = results / f"{name}.json"
        if path.is_file():
            found[name] = json.loads(path.read_text(encoding="utf-8"))
        elif name in kept:
            found[name] = kept[name]
    return found


def main() -> int:
    """Keep what was measured, write both pages and the rates of the explanation."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    kept = gathered(ROOT / "benchmarks" / "results", kept)
    pages = {target(lang): page(kept, lang) for lang in LANGUAGES}
    for lang in LANGUAGES:
        path = target(lang, "explanation", "flood")
        text = path.read_text(encoding="utf-8")
        if len(BLOCK.findall(text)) != 1:
            raise SystemExit(f"{path.name}: the place of the rates is not marked")
        block = rates(kept, lang)
        pages[path] = BLOCK.sub(lambda _, block=block: block, text)
    KEPT.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    rows = [row for data in kept.values() for row in data["rows"]]
    missed = sum(row["verdict"] == "short" for row in rows)
    print(f"speed: {len(rows)} figures, {missed} short of their bar")
    return 0


if __name__ == "__main__":
    sys.exit(main())
