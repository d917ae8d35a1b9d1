# SPDX-License-Identifier: EUPL-1.2
"""Write docs/reference/accuracy…: what ``jumeau validate SUBJECT`` measured, study by study.

``make accuracy`` computes the cases and writes the pages of each subject. The tool reads what
``jumeau validate SUBJECT --json`` printed, from a file or from its standard input::

    jumeau validate climate --json > cases.json; python tools/accuracy.py cases.json

No figure is typed by hand; the words are in ``tools/accuracy.toml``. References that may not be
reproduced (their licence begins with ©) are left out: ours and the verdict remain.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import docs
from docs_words import LANGUAGES, cell, table, word

WORDS = tomllib.loads(Path(__file__).with_name("accuracy.toml").read_text(encoding="utf-8"))
PAGES = {
    "climate": "accuracy",
    "buildings": "accuracy-buildings",
    "lighting": "accuracy-lighting",
    "water": "accuracy-water",
}
"""Subject of ``jumeau validate`` → page of the reference."""
CODE = re.compile(
    r"\d+(FF)?( [\d-]+)?|[\w-]+\.(ldt|ies)|(Sit|R|C)\d|IES LM-63|EULUMDAT"
    r"|Net\d|ky\d+|Anytown|KL|Balerma|L-TOWN"
)
"""Name of a figure that is the same in every language: that of a case, a file, a format, a town."""
HEAD = ("figure", "solver", "reference_value", "ours", "tolerance", "verdict")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def parts(case: str) -> tuple[str, str, str]:
    """Return study, solver and figure of the name of a case.

    Parameters
    ----------
    case : str
        ``subject/study, solver: figure``.
    """
    head, _, figure = case.partition("/")[2].partition(": ")
    study, _, solver = head.rpartition(", ")
    return study, solver, figure


def told(kind: str, name: str, lang: str) -> str:
    """Return a study, a figure or a solver in a language.

    Parameters
    ----------
    kind : str
        Section of ``tools/accuracy.toml``.
    name : str
        English name, as the case has it.
    lang : str
        Language.
    """
    return name if lang == "en" or CODE.fullmatch(name) else str(WORDS[kind][name])


def number(value: float | None, lang: str, digits: int = 4) -> str:
    """Return a value with a few significant digits, as people of a language write it.

    Parameters
    ----------
    value : float or None
        What to write [-].
    lang : str
        Language.
    digits : int
        Significant digits.
    """
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        mantissa, exponent = f"{value:.{min(digits, 3) - 1}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
        text = power if mantissa == "1" else f"{mantissa} × {power}"
    else:
        whole = len(f"{abs(value):.0f}") if abs(value) >= 1 else 0
        small = 0 if whole else _zeros(abs(value))
        text = f"{value:,.{max(0, digits - whole + small)}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    return text.replace(",", "\u202f").replace(".", ",") if lang == "fr" else text


def _zeros(value: float) -> int:
    """Return how many zeros follow the point of a value under 1."""
    decimals = f"{value:.12f}".partition(".")[2]
    return len(decimals) - len(decimals.lstrip("0"))


def quantity(value: float | None, row: dict[str, Any], lang: str) -> str:
    """Return a value of a case with its unit.

    Parameters
    ----------
    value : float or None
        Reference, ours or tolerance, in the unit of the case [-].
    row : dict
        The case.
    lang : str
        Language.
    """
    digits = 4 if row["reference"] else 2
    text = number(value, lang, digits)
    return f"{text} {row['unit']}".strip() if value is not None else text


def subject(rows: list[dict[str, Any]]) -> str:
    """Return the subject of cases."""
    return str(rows[0]["case"].partition("/")[0])


def verdict(row: dict[str, Any], lang: str) -> str:
    """Return the verdict on a case; a miss that is only counted is outside, not failed."""
    counted = row["verdict"] == "fail" and not row["alone"]
    return word("outside" if counted else row["verdict"], lang)


def page(rows: list[dict[str, Any]], lang: str) -> str:
    """Return the page of the cases in a language.

    Parameters
    ----------
    rows : list of dict
        What ``jumeau validate SUBJECT --json`` printed.
    lang : str
        Language.
    """
    name = PAGES[subject(rows)]
    title, lead = (docs.TEXTS[part][name][LANGUAGES.index(lang)] for part in ("titles", "leads"))
    notice = docs.NOTICE[lang].replace("make docs", "make accuracy")
    text = [f"# {title}", notice, lead, f"```\njumeau validate {subject(rows)}\n```"]
    studies: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        studies.setdefault(parts(row["case"])[0], []).append(row)
    for study, mine in studies.items():
        name = told("studies", study, lang)
        text.append(f"## {name[0].upper()}{name[1:]}")
        lines = []
        for row in mine:
            _, solver, figure = parts(row["case"])
            kept = row["licence"].startswith("©")
            values = (
                "–" if kept and key != "ours" else quantity(row[key], row, lang)
                for key in ("reference", "ours", "tolerance")
            )
            lines.append(
                (
                    told("figures", figure, lang),
                    told("solvers", solver, lang),
                    *values,
                    verdict(row, lang),
                )
            )
        text.append(table([word(key, lang) for key in HEAD], lines))
        colon = " : " if lang == "fr" else ": "
        sources = dict.fromkeys(cell(row["source"]) for row in mine)
        text.extend(f"{word('source', lang)}{colon}{source}." for source in sources)
    return "\n\n".join(text) + "\n"


def target(subject: str, lang: str) -> Path:
    """Return where the page of a subject in a language is."""
    name = PAGES[subject]
    return (
        docs.ROOT / "docs" / "reference" / (f"{name}.md" if lang == "en" else f"{name}.{lang}.md")
    )


def main(argv: list[str]) -> int:
    """Read the cases of a subject and write its pages; without the shared files, refuse."""
    text = Path(argv[0]).read_text(encoding="utf-8") if argv else sys.stdin.read()
    rows = json.loads(text)
    absent = sum(row["verdict"] == "absent" for row in rows)
    if absent or not rows:
        print(f"{absent} cases are absent: JUMEAU_SHARED or JUMEAU_WATER_NETWORKS names no files")
        return 1
    for lang in LANGUAGES:
        target(subject(rows), lang).write_text(page(rows, lang), encoding="utf-8")
    failed = sum(row["verdict"] != "pass" for row in rows)
    print(f"{PAGES[subject(rows)]}: {len(rows)} figures, {failed} out of tolerance")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
