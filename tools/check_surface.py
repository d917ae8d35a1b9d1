# SPDX-License-Identifier: EUPL-1.2
"""Check that everything public is told, in both languages. ``tools/check_docs.py`` calls it.

A *promise* is a page, the heading under which a thing is told (none for anywhere) and the words
that must stand there. Promises come from the code; the pages are read as they are on disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import docs_http
import docs_settings


class Promise(NamedTuple):
    """Words that must stand in a page, under a heading; ``kind`` names what they tell."""

    kind: str
    page: str
    heading: str
    words: str


def commands() -> Iterator[Promise]:
    """Yield every command and option of the command line."""
    import typer.main

    from jumeau.cli.application import app

    program = typer.main.get_command(app)
    for name, command in program.commands.items():  # type: ignore[attr-defined]
        heading = f"## jumeau {name}"
        yield Promise("command", "reference/commands", heading, f"jumeau {name}")
        for item in command.params:
            for option in [*item.opts, *item.secondary_opts]:
                if option.startswith("--") and not getattr(item, "hidden", False):
                    yield Promise("option", "reference/commands", heading, option)


def functions(modules: Iterable[str]) -> Iterator[Promise]:
    """Yield every name that the public modules export, with the methods of classes."""
    import inspect
    from importlib import import_module

    for module in modules:
        found = import_module(module)
        for name in found.__all__:
            value = getattr(found, name)
            if inspect.ismodule(value) or not (inspect.isclass(value) or callable(value)):
                continue
            heading = f"### {module}.{name}"
            yield Promise("function", "reference/python", heading, name)
            if not inspect.isclass(value) or issubclass(value, BaseException):
                continue
            for key, member in vars(value).items():
                told = inspect.isfunction(getattr(member, "__func__", member))
                if not key.startswith("_") and (told or isinstance(member, property)):
                    yield Promise("method", "reference/python", f"#### {name}.{key}", "")


def addresses() -> Iterator[Promise]:
    """Yield every operation of the HTTP API and its parameters, and every conformance class."""
    from jumeau.api.application import CONFORMS_TO

    for method, path, item in docs_http.operations():
        shown = path.replace("{", "⟨").replace("}", "⟩")
        heading = f"### {method.upper()} {shown}"
        yield Promise("path", "reference/http", heading, f"`{method.upper()} {path}`")
        for parameter in item.get("parameters", []):
            common = parameter["name"] in docs_http.TEXTS["common"]
            where = "" if common else heading
            yield Promise("parameter", "reference/http", where, f"| `{parameter['name']}` |")
    for uri in CONFORMS_TO:
        yield Promise("conformance class", "reference/standards", "", f"<{uri}>")


def data() -> Iterator[Promise]:
    """Yield attributes, layers, messages, fields and indicators."""
    from jumeau.base import messages, plugins
    from jumeau.twin import schema

    for name, table in schema.tables().items():
        for item in table.attributes:
            yield Promise("attribute", "reference/schema", f"## {name}", f"| `{item.name}` |")
    for code in messages.catalogue():
        yield Promise("message", "reference/messages", f"### {code}", "")
    for worksite in plugins.load_all("jumeau.worksites").values():
        for field in worksite.fields:
            yield Promise("field", "reference/indicators", "", f"| `{field.name}` |")
        for indicator in worksite.indicators:
            yield Promise("indicator", "reference/indicators", f"### {indicator.name}", "")


def settings() -> Iterator[Promise]:
    """Yield keys of ``territory.toml``, environment variables, parameters of the page."""
    for name in docs_settings.territory_keys():
        yield Promise("setting", "reference/settings", "", f"| `{name}` |")
    for name in docs_settings.variables():
        yield Promise("variable", "reference/settings", "", f"| `{name}")
    for name in docs_settings.state():
        yield Promise("state", "reference/page-address", "", f"| `{name}` |")


def promises() -> list[Promise]:
    """Return all that is public, as what the pages must tell."""
    from docs import PUBLIC

    return [*commands(), *functions(PUBLIC), *addresses(), *data(), *settings()]


def read(root: Path) -> dict[str, str]:
    """Return the text of every page on disk, by name: ``reference/schema.fr``."""
    folder = root / "docs"
    return {
        path.relative_to(folder).as_posix().removesuffix(".md"): path.read_text("utf-8")
        for path in folder.rglob("*.md")
        if "_build" not in path.parts
    }


def parts(text: str) -> dict[str, str]:
    """Return the text under each heading of a page, up to the next heading of that level."""
    found: dict[str, str] = {"": text}
    heads = list(re.finditer(r"^(#+) [^\n]*$", text, re.MULTILINE))
    for number, head in enumerate(heads):
        rest = (it.start() for it in heads[number + 1 :] if len(it[1]) <= len(head[1]))
        found[head[0]] = text[head.start() : next(rest, len(text))]
    return found


def lacking(pages: Mapping[str, str], told: Iterable[Promise]) -> Iterator[str]:
    """Yield the promises that a page does not keep, in one language or the other."""
    known: dict[str, dict[str, str]] = {}
    for promise in told:
        for name in (promise.page, f"{promise.page}.fr"):
            if name not in known:
                known[name] = parts(pages.get(name, ""))
            under = known[name].get(promise.heading)
            if under is None or promise.words not in under:
                where = promise.heading.lstrip("# ") or "page"
                yield f"docs/{name}.md: {where}: the {promise.kind} {promise.words} is not told"


def faults(root: Path) -> list[str]:
    """Return what is public and not told, and what has no text in a language."""
    texts = [
        f"tools/docs_settings.toml: {name} has no text" for name in docs_settings.undocumented()
    ]
    texts += [f"tools/docs_http.toml: no French for {name!r}" for name in docs_http.untranslated()]
    return [*texts, *lacking(read(root), promises())]
