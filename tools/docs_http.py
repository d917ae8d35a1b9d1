# SPDX-License-Identifier: EUPL-1.2
"""Write the pages of the HTTP API, of the standards and of the legends, from the code.

``docs_http.toml`` holds the French of the sentences of the OpenAPI document, and in both languages
what the code does not say: a parameter without description, what a standard covers here.
"""

from __future__ import annotations

import csv
import os
import tempfile
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from docs_words import cell, code, table, word

ROOT = Path(__file__).resolve().parent.parent
TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
VERBS = ("get", "post", "put", "delete", "patch", "head", "options")


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document of an empty territory."""
    import jumeau
    from jumeau.api.application import create_app

    kept = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("JUMEAU_")}
    try:
        with tempfile.TemporaryDirectory() as folder:
            jumeau.create(Path(folder) / "t", name="T", crs="EPSG:2154", insee=["14999"]).close()
            found: dict[str, Any] = create_app(Path(folder) / "t").openapi()
    finally:
        os.environ.update(kept)
    return found


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return (method, path, description) of every operation, sorted."""
    return [
        (method, path, item[method])
        for path, item in sorted(document()["paths"].items())
        for method in VERBS
        if method in item
    ]


def say(sentence: str | None, lang: str) -> str:
    """Return a sentence of the OpenAPI document in a language."""
    text = " ".join((sentence or "").split())
    return text if lang == "en" else str(TEXTS["french"].get(text, text))


def untranslated() -> list[str]:
    """Return the sentences that have no French, and the names that have no description."""
    sentences, names = set(), set()
    for _, path, item in operations():
        sentences |= {item.get("summary") or f"{path} has no summary", item.get("description", "")}
        sentences |= {said(answer) for answer in item["responses"].values()}
        for parameter in item.get("parameters", []):
            sentences.add(parameter.get("description", ""))
            if not parameter.get("description") and parameter["name"] not in TEXTS["names"]:
                names.add(f"parameter {parameter['name']}")
    known = {" ".join(key.split()) for key in TEXTS["french"]}
    lacking = {" ".join(text.split()) for text in sentences if text} - known
    from jumeau.api.application import CONFORMS_TO

    names |= {f"standard {uri}" for uri in CONFORMS_TO if standard_of(uri) not in TEXTS["covers"]}
    names |= {f"tag {tag}" for tag in tags() if tag not in TEXTS["tags"]}
    return sorted(lacking) + sorted(names)


def said(answer: dict[str, Any]) -> str:
    """Return what an answer is said to be, nothing for the usual words."""
    text = str(answer.get("description", ""))
    return "" if text in {"Successful Response", "Coded error"} else text


def tags() -> list[str]:
    """Return the groups of operations, in the order of the page."""
    found = {tag for _, _, item in operations() for tag in item.get("tags", ["other"])}
    return sorted(found, key=lambda tag: [*TEXTS["tags"], tag].index(tag))


def kind(schema: dict[str, Any], lang: str) -> str:
    """Return the type of a parameter and its limits."""
    parts = [item for item in schema.get("anyOf", [schema]) if item.get("type") != "null"]
    main = {**schema, **(parts[0] if parts else {})}
    if "enum" in main:
        text = ", ".join(f"`{value}`" for value in main["enum"])
    else:
        text = TEXTS["types"].get(main.get("type", ""), ["", ""])[lang == "fr"]
    limits = [
        f"{sign} {main[key]:,}".replace(",", "\u202f" if lang == "fr" else ",")
        for key, sign in (("minimum", "≥"), ("maximum", "≤"))
        if key in main
    ]
    if "maxLength" in main:
        count = f"{main['maxLength']:,}".replace(",", "\u202f" if lang == "fr" else ",")
        limits.append(f"≤ {count} {TEXTS['words']['characters'][lang == 'fr']}")
    if main.get("default") not in {None, ""}:
        limits.append(f"{TEXTS['words']['default'][lang == 'fr']} `{main['default']}`".lower())
    return ", ".join([text, *limits]).strip(", ")


def http(lang: str) -> Iterator[str]:
    """Yield the parts of the page of the HTTP API."""
    common: set[str] = set(TEXTS["common"])
    yield f"## {word('http_common', lang)}"
    seen: dict[str, dict[str, Any]] = {}
    for _, _, item in operations():
        seen |= {it["name"]: it for it in item.get("parameters", []) if it["name"] in common}
    yield _parameters([seen[name] for name in TEXTS["common"] if name in seen], lang)
    yield f"## {word('http_errors', lang)}"
    yield word("http_errors_lead", lang)
    yield table(
        [word(key, lang) for key in ("http_status", "code", "happened")],
        ((status, code(name), text) for status, name, text in _errors(lang)),
    )
    for tag in tags():
        yield f"## {TEXTS['tags'].get(tag, [tag, tag])[lang == 'fr']}"
        for method, path, item in operations():
            if item.get("tags", ["other"])[0] != tag:
                continue
            yield f"### {method.upper()} {path.replace('{', '⟨').replace('}', '⟩')}"
            yield f"`{method.upper()} {path}`"
            yield cell(say(item.get("summary"), lang)).rstrip(".") + "."
            if item.get("description"):
                yield cell(say(item["description"], lang))
            own = [it for it in item.get("parameters", []) if it["name"] not in common]
            if own:
                yield _parameters(own, lang)
            yield "\n".join(_answers(item, lang))


def _parameters(items: list[dict[str, Any]], lang: str) -> str:

    head = [word(key, lang) for key in ("http_parameter", "http_place", "type", "meaning")]
    rows = []
    for item in items:
        place = TEXTS["places"].get(item["in"], [item["in"]] * 2)[lang == "fr"]
        if item.get("required"):
            place += f", {word('http_required', lang)}"
        meaning = say(item.get("description"), lang)
        if not meaning:
            meaning = TEXTS["names"].get(item["name"], ["", ""])[lang == "fr"]
        rows.append((code(item["name"]), place, kind(item.get("schema", {}), lang), meaning))
    return table(head, rows)


def _answers(item: dict[str, Any], lang: str) -> Iterator[str]:
    for status, answer in sorted(item["responses"].items()):
        if status in {"304", "4XX", "503"}:  # told once, above
            continue
        media = ", ".join(f"`{name}`" for name in sorted(answer.get("content") or {}))
        text = say(said(answer), lang) or media
        if text:
            extra = f" ({media})" if said(answer) and media else ""
            colon = " :" if lang == "fr" else ":"
            yield f"- {status}{colon} {text}{extra}"


def _errors(lang: str) -> Iterator[tuple[str, str, str]]:
    from jumeau.base import messages

    status = {"unknown": "404", "busy": "503", "storage": "503", "missing": "503"}
    status |= {"readonly": "409", "notcomputable": "422", "invalid": "400"}
    special = {name: code for code, names in TEXTS["status"].items() for name in names}
    rows = [row for row in messages.catalogue().values() if row["kind"] in status]
    for row in sorted(rows, key=lambda row: row["code"]):
        if row["code"][4] in "AI":
            number = special.get(row["code"], status[row["kind"]])
            yield number, row["code"], row[f"what_{lang}"]


def standard_of(uri: str) -> str:
    """Return the standard and part that a conformance class belongs to, as an address."""
    return uri.partition("/conf/")[0]


def standards(lang: str) -> Iterator[str]:
    """Yield the parts of the page of the standards and their conformance classes."""
    from jumeau.api.application import CONFORMS_TO

    groups: dict[str, list[str]] = {}
    for uri in dict.fromkeys(CONFORMS_TO):
        groups.setdefault(standard_of(uri), []).append(uri)
    for base, uris in groups.items():
        title, covers = TEXTS["covers"].get(base, {}).get(lang, [base, ""])
        yield f"## {title}"
        yield covers
        yield table(
            [word("http_class", lang), word("http_address", lang)],
            ((uri.partition("/conf/")[2] or title, f"<{uri}>") for uri in uris),
        ).replace("&lt;", "<")
    yield f"## {word('http_others', lang)}"
    yield table(
        [word("http_standard", lang), word("http_covers", lang)],
        ((cell(title), text) for title, text in TEXTS["others"][lang]),
    )


def legends(lang: str) -> Iterator[str]:
    """Yield the parts of the page of the legends of raster layers."""
    from jumeau.base.colours import scale
    from jumeau.base.plugins import load_all

    load_all("jumeau.worksites")
    path = ROOT / "src/jumeau/twin/schema/_rasters.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        colours = scale(row["layer"])
        yield f"## {row[f'label_{lang}']} (`{row['layer']}`)"
        if len(colours.classes) < 2:
            yield word("legend_spread", lang)
            continue
        if colours.hidden_below:
            text = f"{colours.classes[0]:g} {row['unit']}".strip()
            yield f"{word('legend_hidden', lang)} {number(text, lang)}."
        bounds = [*colours.classes, None]
        yield table(
            [f"{word('legend_from', lang)} [{row['unit']}]", word("legend_colour", lang)],
            (
                (number(f"≥ {low:g}" if high is None else f"{low:g} – {high:g}", lang),
                 f"`{colour}`")
                for low, high, colour in zip(bounds, bounds[1:], colours.colors, strict=False)
            ),
        )  # fmt: skip


def number(text: str, lang: str) -> str:
    """Return a number as people of the language write it."""
    return text.replace(".", ",") if lang == "fr" else text
