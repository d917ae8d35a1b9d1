# SPDX-License-Identifier: EUPL-1.2
"""Write the reference and the remedies from the code, its schema and its messages.

``make docs`` writes the pages; ``python tools/docs.py --check`` fails when one is not up to date.
Each page exists in English (``schema.md``) and in French (``schema.fr.md``).
"""

from __future__ import annotations

import csv
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import docs_buildings
import docs_http
import docs_settings
import docs_sources
from docs_words import LANGUAGES, TEXTS, cell, code, table, word

ROOT = Path(__file__).resolve().parent.parent
NOTICE = {
    "en": "<!-- Written by `make docs`; edit the code or the data it comes from. -->",
    "fr": "<!-- Écrit par `make docs` ; modifiez le code ou les données dont cette page vient. -->",
}
PUBLIC = (
    "jumeau", "jumeau.decision", "jumeau.worksites.lighting", "jumeau.worksites.buildings",
    "jumeau.validation",
)  # fmt: skip


def schema(lang: str) -> Iterator[str]:
    """Yield the parts of the page of tables and raster layers."""
    from jumeau.twin import schema as twin_schema

    for name, declared in sorted(twin_schema.tables().items()):
        yield f"## {name}"
        head = [word(key, lang) for key in ("attribute", "label", "type", "unit", "required")]
        head += [word(key, lang) for key in ("standard", "description")]
        yield table(
            head,
            (
                (
                    code(item.name),
                    item.label_fr if lang == "fr" else item.label_en,
                    item.type,
                    item.unit,
                    word("yes", lang) if item.required else "",
                    item.standard,
                    item.description
                    + (f". {word('codes', lang)} {', '.join(item.codes)}" if item.codes else ""),
                )
                for item in declared.attributes
            ),
        )
    yield f"## {word('layers', lang)}"
    with (ROOT / "src/jumeau/twin/schema/_rasters.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    yield table(
        [word(key, lang) for key in ("layer", "label", "unit", "standard", "description")],
        (
            (
                code(row["layer"]),
                row[f"label_{lang}"],
                row["unit"],
                row["standard"],
                row["description"],
            )
            for row in rows
        ),
    )


def messages(lang: str) -> Iterator[str]:
    """Yield the parts of the page of errors and findings, by package."""
    from jumeau.base import messages as catalogue

    rows = catalogue.catalogue()
    for letter, package in catalogue.PACKAGES.items():
        mine = [row for code_, row in sorted(rows.items()) if code_[4] == letter]
        if not mine:
            continue
        yield f"## {package}"
        for row in mine:
            yield f"### {row['code']}"
            yield f"{told(row, 'what', lang)} *({word(row['kind'], lang)})*"
            for part in ("why", "remedy"):
                if row[f"{part}_{lang}"]:
                    yield f"**{word(part, lang)}** {told(row, part, lang)}"


def told(row: dict[str, str], part: str, lang: str) -> str:
    """Return a sentence of a message, in the plural where it agrees with a number."""
    from jumeau.base import i18n

    return cell(i18n.agree(row[f"{part}_{lang}"], {}, lang))


def repair(lang: str) -> Iterator[str]:
    """Yield the parts of the page of remedies to a file's defects, worst first."""
    from jumeau.base import messages as catalogue
    from jumeau.base.errors import KINDS

    rows = [row for code_, row in sorted(catalogue.catalogue().items()) if code_[4] == "S"]
    for title, kinds in (
        ("refused", set(KINDS)),
        ("blocks", {"blocks"}),
        ("degrades", {"degrades"}),
        ("informs", {"informs"}),
    ):
        mine = [row for row in rows if row["kind"] in kinds]
        if mine:
            yield f"## {word(f'repair_{title}', lang)}"
            yield table(
                [word(key, lang) for key in ("code", "happened", "do")],
                (
                    (code(row["code"]), told(row, "what", lang), told(row, "remedy", lang))
                    for row in mine
                ),
            )


def indicators(lang: str) -> Iterator[str]:
    """Yield the parts of the page of fields and indicators, by worksite."""
    from jumeau.base import plugins

    for name, worksite in sorted(plugins.load_all("jumeau.worksites").items()):
        yield f"## {getattr(worksite, f'label_{lang}')} (`{name}`)"
        yield table(
            [word(key, lang) for key in ("field", "intent", "unit", "label", "meaning")],
            (
                (
                    code(item.name),
                    word(item.intent, lang),
                    item.unit,
                    getattr(item, f"label_{lang}"),
                    getattr(item, f"doc_{lang}"),
                )
                for item in worksite.fields
            ),
        )
        for item in worksite.indicators:
            yield f"### {item.name}"
            yield f"{getattr(item, f'label_{lang}')} [{item.unit}]"
            yield "\n".join(
                f"- **{word(key, lang)}** — {cell(text)}"
                for key, text in (
                    ("formula", item.formula),
                    ("method", getattr(item, f"method_{lang}")),
                    ("reference", item.reference),
                )
                if text
            )


def commands(lang: str) -> Iterator[str]:
    """Yield the parts of the page of commands, from the help of each in a fresh process."""
    top = _help(lang)
    yield "```text\n" + top + "\n```"
    for name in _command_names():
        yield f"## jumeau {name}"
        yield "```text\n" + _help(lang, name) + "\n```"


def _command_names() -> list[str]:
    import typer.main

    program = typer.main.get_command(import_module("jumeau.cli.application").app)
    return list(program.commands)  # type: ignore[attr-defined]


def _help(lang: str, *command: str) -> str:
    locale = "fr_FR.UTF-8" if lang == "fr" else "en_GB.UTF-8"
    settings = {"LANG": locale, "LC_ALL": locale, "LANGUAGE": lang}
    settings |= {"COLUMNS": "96", "TERMINAL_WIDTH": "96", "NO_COLOR": "1", "TERM": "dumb"}
    settings |= {"TYPER_USE_RICH": "0"}
    done = subprocess.run(
        [Path(sys.executable).with_name("jumeau"), *command, "--help"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def python(lang: str) -> Iterator[str]:
    """Yield the parts of the page of the Python surface: signatures and docstrings."""
    for name in PUBLIC:
        module = import_module(name)
        yield f"## {name}"
        yield _fenced(inspect.getdoc(module) or "")
        for item in sorted(module.__all__):
            yield from _described(f"{name}.{item}", getattr(module, item))


def _described(name: str, value: Any) -> Iterator[str]:
    if inspect.ismodule(value) or not (inspect.isclass(value) or callable(value)):
        return
    yield f"### {name}"
    yield _fenced(_signature(name, value) + "\n\n" + (inspect.getdoc(value) or ""))
    if not inspect.isclass(value) or issubclass(value, BaseException):
        return
    for key, member in sorted(vars(value).items()):
        if key.startswith("_"):
            continue
        function = getattr(member, "__func__", member)  # of a class or static method
        if inspect.isfunction(function):
            text = _signature(key, function) + "\n\n" + (inspect.getdoc(function) or "")
            yield f"#### {name.rpartition('.')[2]}.{key}"
            yield _fenced(text)
        elif isinstance(member, property):
            yield f"#### {name.rpartition('.')[2]}.{key}"
            yield _fenced(inspect.getdoc(member) or "")


def _signature(name: str, value: Any) -> str:
    try:
        return f"{name}{inspect.signature(value)}".replace("'", "")
    except ValueError:
        return name


def _fenced(text: str) -> str:
    return "```text\n" + "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n```"


PAGES = {
    "reference/schema": schema,
    "reference/messages": messages,
    "reference/indicators": indicators,
    "reference/buildings": docs_buildings.buildings,
    "reference/commands": commands,
    "reference/python": python,
    "reference/sources": docs_sources.page,
    "reference/http": docs_http.http,
    "reference/standards": docs_http.standards,
    "reference/legends": docs_http.legends,
    "reference/settings": docs_settings.settings,
    "reference/page-address": docs_settings.address,
    "how-to/repair-a-file": repair,
}


def pages() -> dict[Path, str]:
    """Return every page written from the code, path → text."""
    found = {}
    for place, write in PAGES.items():
        name = place.rpartition("/")[2]
        for number, lang in enumerate(LANGUAGES):
            suffix = ".md" if lang == "en" else f".{lang}.md"
            head = [
                f"# {TEXTS['titles'][name][number]}",
                NOTICE[lang],
                TEXTS["leads"][name][number],
            ]
            parts = [*head, *(part for part in write(lang) if part)]
            found[ROOT / "docs" / f"{place}{suffix}"] = "\n\n".join(parts) + "\n"
    return found


def main(argv: list[str]) -> int:
    """Write the pages, or with ``--check`` say which are not up to date."""
    stale = []
    for path, text in pages().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if "--check" in argv and stale:
        print("not up to date, run `make docs`: " + ", ".join(stale))
        return 1
    print(f"reference: {len(stale)} pages written" if stale else "reference: up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
