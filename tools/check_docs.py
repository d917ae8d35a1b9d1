# SPDX-License-Identifier: EUPL-1.2
"""Check what no linter knows: that the documentation is complete, in both languages.

``make check`` runs it; ``python tools/check_docs.py`` prints one line per fault and fails.

- Files: licence line first, at most 600 lines, no ``utils.py``.
- Docstrings: sections that agree with the signature everywhere; on the public surface (what a
  package exports in ``__all__``, the methods of its exported classes, every function of
  ``jumeau.ground``) also complete: each parameter, with ``[unit]`` for real numbers and arrays,
  what is returned, what is raised. A summary that says « as :func:`other` » (or ``:meth:``)
  leaves them to the other.
- Messages: every code said in French and English with the same placeholders; raised somewhere;
  none raised that is not declared.
- Options: those that a remedy or a page tells to type exist.
- Schema, raster layers, fields and indicators: label, description, unit.
- Pages: each in French and English, with the same headings and the same commands; links, pictures,
  orphans and third parties (``check_pages.py``).
- Surface: every command, option, public function, address, parameter, attribute, message, setting
  and environment variable is told in both languages (``check_surface.py``).
"""

from __future__ import annotations

import ast
import csv
import json
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import check_pages as site
import check_surface

ROOT = Path(__file__).resolve().parent.parent
LICENCE_LINE = "# SPDX-License-Identifier: EUPL-1.2"
MAX_LINES = 600
CODE = re.compile(r"JUM-[A-Z]\d{3}")
SECTION = re.compile(r"^ *([A-Z][A-Za-z ]+)\n *-{3,} *$", re.MULTILINE)
UNIT = re.compile(
    r"\[[^\]]+\]|%|\b(share|ratio|rate|index|factor|number of)\b|\bas (in |for )?(:\w+:)?`",
    re.IGNORECASE,
)
SAME_AS = re.compile(r"\bas :(func|meth):`")
NUMERIC = re.compile(r"\b(float|ndarray|NDArray|ArrayLike)\b")
ALWAYS_PUBLIC = ("ground",)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path) -> list[Path]:
    """Return the Python files of the package."""
    return sorted((root / "src" / "jumeau").rglob("*.py"))


def check_file(path: Path) -> Iterator[str]:
    """Yield the faults of a file as a whole."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if not lines or lines[0] != LICENCE_LINE:
        yield f"the first line is not {LICENCE_LINE!r}"
    if len(lines) > MAX_LINES:
        yield f"{len(lines)} lines; at most {MAX_LINES}"
    if path.name == "utils.py":
        yield "no utils.py: name the file by what it holds"


def sections(doc: str) -> dict[str, str]:
    """Split a NumPy docstring into its sections; the text before them is under ``""``."""
    doc = "\n".join(line.rstrip() for line in doc.splitlines())
    parts = SECTION.split(doc)
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


def documented_parameters(body: str) -> dict[str, str]:
    """Return the parameters that a *Parameters* section describes → type and text."""
    indents = [len(line) - len(line.lstrip()) for line in body.splitlines() if line.strip()]
    if not indents:
        return {}
    found: dict[str, str] = {}
    names: list[str] = []
    for line in body.splitlines():
        if line.strip() and len(line) - len(line.lstrip()) == min(indents):
            head = line.strip().partition(" : ")[0]
            names = [name.strip().lstrip("*") for name in head.split(",")]
            found |= dict.fromkeys(names, line.strip() + "\n")
        else:
            for name in names:
                found[name] += line.strip() + "\n"
    return found


def arguments(function: Function) -> dict[str, str]:
    """Return the arguments of a function → annotation as text, without ``self`` and ``cls``."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    starred = [item for item in (given.vararg, given.kwarg) if item]
    return {
        item.arg: ast.unparse(item.annotation) if item.annotation else ""
        for item in named + starred
        if item.arg not in {"self", "cls"}
    }


def check_function(function: Function, public: bool) -> Iterator[str]:
    """Yield the faults of a function's docstring."""
    doc = ast.get_docstring(function)
    if doc is None:
        if public:
            yield "has no docstring"
        return
    parts = sections(doc)
    wanted = arguments(function)
    described = documented_parameters(parts.get("Parameters", ""))
    described |= documented_parameters(parts.get("Other Parameters", ""))
    for name in described.keys() - wanted.keys():
        yield f"describes {name!r}, which is not a parameter"
    same = bool(SAME_AS.search(parts[""]))  # « as :func:`other` »: its parameters are told there
    if described or (public and not same):
        for name in wanted.keys() - described.keys():
            yield f"does not describe the parameter {name!r}"
    if not public:
        return
    for name in wanted.keys() & described.keys():
        if NUMERIC.search(wanted[name]) and not UNIT.search(described[name]):
            yield f"gives no [unit] for {name!r} ([-] when it has none)"
    told = parts.keys() & {"Returns", "Yields"} or parts[""].startswith(("Return ", "Yield "))
    if _returns_a_value(function) and not told and not same:
        yield "does not say what it returns"
    if _raises(function) and "Raises" not in parts and not same:
        yield "does not say what it raises"


def _returns_a_value(function: Function) -> bool:
    given = ast.unparse(function.returns) if function.returns else ""
    return given not in {"", "None", "Never", "NoReturn"} and not _is_property(function)


def _is_property(function: Function) -> bool:
    return any("property" in ast.unparse(item) for item in function.decorator_list)


def _raises(function: Function) -> bool:
    inner = [
        node for node in ast.walk(function) if isinstance(node, Function) and node is not function
    ]
    hidden = {id(node) for item in inner for node in ast.walk(item)}
    return any(
        isinstance(node, ast.Raise) and node.exc is not None and id(node) not in hidden
        for node in ast.walk(function)
    )


def exported(package: Path) -> set[str]:
    """Return the names that a package's ``__init__.py`` lists in ``__all__``."""
    init = package / "__init__.py"
    if not init.exists():
        return set()
    for node in ast.parse(init.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(item, ast.Name) and item.id == "__all__" for item in targets):
            return set(ast.literal_eval(node.value))
    return set()


def surface(root: Path) -> dict[str, set[str]]:
    """Return module → the names of it that some package exports."""
    found: dict[str, set[str]] = {}
    for init in (root / "src" / "jumeau").rglob("__init__.py"):
        names = exported(init.parent)
        found.setdefault(".".join(init.parent.relative_to(root / "src").parts), set()).update(names)
        for node in ast.walk(ast.parse(init.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                given = {item.name for item in node.names} & names
                found.setdefault(node.module, set()).update(given)
    return found


def contracted(root: Path) -> set[str]:
    """Return the methods of the protocols, whose parameters ``base/contract.py`` tells."""
    path = root / "src" / "jumeau" / "base" / "contract.py"
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return {
        item.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases)
        for item in node.body
        if isinstance(item, Function)
    }


def check_docstrings(root: Path) -> Iterator[str]:
    """Yield the faults of the docstrings of the package."""
    shown = surface(root)
    promised = contracted(root)
    for path in sources(root):
        parts = path.relative_to(root / "src").with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        always = len(parts) > 1 and parts[1] in ALWAYS_PUBLIC
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, function, public in _functions(tree, shown.get(".".join(parts), set()), always):
            told = "." in name and name.rpartition(".")[2] in promised
            for fault in check_function(function, public and not told):
                yield f"{path.relative_to(root)}:{function.lineno}: {name} {fault}"


def _functions(
    tree: ast.Module, shown: set[str], always: bool
) -> Iterator[tuple[str, Function, bool]]:
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node.name, node, always or node.name in shown
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for item in node.body:
                if isinstance(item, Function) and not item.name.startswith("_"):
                    yield f"{node.name}.{item.name}", item, always or node.name in shown


def check_messages(root: Path) -> Iterator[str]:
    """Yield the faults of the catalogues of errors and findings."""
    from jumeau.base.errors import KINDS
    from jumeau.base.findings import SEVERITIES
    from jumeau.base.messages import PACKAGES

    declared: dict[str, str] = {}
    for path in sorted((root / "src" / "jumeau").rglob("messages.csv")):
        place = str(path.relative_to(root))
        package = ".".join(path.parent.relative_to(root / "src").parts)
        for row in _rows(path):
            code = row["code"]
            if not CODE.fullmatch(code):
                yield f"{place}: {code!r} is not a code"
                continue
            if PACKAGES.get(code[4]) != package:
                yield f"{place}: {code} has the letter of another package"
            if code in declared:
                yield f"{place}: {code} is already declared in {declared[code]}"
            if row["kind"] not in {*KINDS, *SEVERITIES}:
                yield f"{place}: {code} has the unknown kind {row['kind']!r}"
            declared[code] = place
            yield from (f"{place}: {code} {fault}" for fault in check_sentences(row))
    used: dict[str, str] = {}
    for path in sources(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value)):
                used[str(node.value)] = f"{path.relative_to(root)}:{node.lineno}"
    for code in sorted(used.keys() - declared.keys()):
        yield f"{used[code]}: {code} is declared in no messages.csv"
    for code in sorted(declared.keys() - used.keys()):
        yield f"{declared[code]}: {code} is never raised nor found"


def check_sentences(row: dict[str, str]) -> Iterator[str]:
    """Yield what lacks in one message: a language, a sentence, a placeholder."""
    for part in ("what", "why", "remedy"):
        texts = {lang: (row.get(f"{part}_{lang}") or "").strip() for lang in ("en", "fr")}
        for lang, text in texts.items():
            if not text and (part != "why" or any(texts.values())):
                yield f"has no {part}_{lang}"
        holes = {lang: _placeholders(text) for lang, text in texts.items() if text}
        if len(holes) == 2 and holes["en"] != holes["fr"]:
            differing = ", ".join(sorted(holes["en"] ^ holes["fr"]))
            yield f"{part}: the two languages differ by the placeholders {differing}"


def check_options(root: Path) -> Iterator[str]:
    """Yield the options that remedies and pages tell to type and that no command has."""
    import typer.main

    from jumeau.cli.application import app

    program = typer.main.get_command(app)
    commands = [program, *program.commands.values()]  # type: ignore[attr-defined]
    known = {"--help", *(name for item in commands for it in item.params for name in it.opts)}
    known |= {name for item in commands for it in item.params for name in it.secondary_opts}
    texts = {
        f"{path.relative_to(root)}: {row['code']}": f"{row['remedy_en']} {row['remedy_fr']}"
        for path in sorted((root / "src" / "jumeau").rglob("messages.csv"))
        for row in _rows(path)
    }
    texts |= {
        str(path.relative_to(root)): " ".join(
            re.findall(r"^\$ jumeau .*$|`--[^`]+`", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
        for path in [*root.glob("README*.md"), *(root / "docs").rglob("*.md")]
        if "_build" not in path.parts
    }
    for place, text in texts.items():
        for option in sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - known):
            yield f"{place} tells to type {option}, which no command has"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_schema(root: Path) -> Iterator[str]:
    """Yield the attributes and raster layers that are not documented."""
    for path in sorted((root / "src" / "jumeau" / "twin" / "schema").glob("*.csv")):
        key = "layer" if path.stem == "_rasters" else "attribute"
        if path.stem.startswith("_") and key == "attribute":
            continue
        for row in _rows(path):
            for column in ("label_en", "label_fr", "description"):
                if not (row.get(column) or "").strip():
                    yield f"{path.relative_to(root)}: {row[key]} has no {column}"


def check_specs(worksites: dict[str, Any] | None = None) -> Iterator[str]:
    """Yield the fields and indicators of worksites (those installed) that are not documented."""
    from jumeau.base import plugins

    if worksites is None:
        worksites = {}
        for name in plugins.names("jumeau.worksites"):
            try:
                worksites[name] = plugins.load("jumeau.worksites", name)
            except (ImportError, AttributeError) as problem:
                yield f"worksite {name}: cannot be loaded ({problem})"
    for name, worksite in worksites.items():
        for field in worksite.fields:
            for column in ("label_en", "label_fr", "doc_en", "doc_fr"):
                if not getattr(field, column):
                    yield f"worksite {name}: the field {field.name} has no {column}"
        for indicator in worksite.indicators:
            for column in ("label_en", "label_fr", "formula", "method_en", "method_fr"):
                if not getattr(indicator, column):
                    yield f"worksite {name}: the indicator {indicator.name} has no {column}"


def check_pages(root: Path) -> Iterator[str]:
    """Yield the pages that lack in a language, or differ from it in headings or commands."""
    pages = [root / "README.md"]
    pages += [
        path
        for path in sorted((root / "docs").rglob("*.md"))
        if not path.name.endswith(".fr.md") and "_build" not in path.parts
    ]
    french = set((root / "docs").rglob("*.fr.md")) - set((root / "docs" / "_build").rglob("*"))
    for path in pages:
        twin = path.with_name(f"{path.stem}.fr.md")
        french.discard(twin)
        if not twin.exists():
            yield f"{path.relative_to(root)}: {twin.name} is not there"
            continue
        for what, pattern in (("headings", r"^(#+) "), ("commands", r"^(?:\$ |make )(.*)$")):
            ours, theirs = (
                re.findall(pattern, text.replace(f"lang={lang}", "lang="), re.MULTILINE)
                for text, lang in (
                    (path.read_text(encoding="utf-8"), "en"),
                    (twin.read_text(encoding="utf-8"), "fr"),
                )
            )
            if ours != theirs:
                yield f"{path.relative_to(root)}: its {what} differ from those of {twin.name}"
    yield from (f"{path.relative_to(root)}: has no English page" for path in sorted(french))


def check_page_texts(root: Path) -> Iterator[str]:
    """Yield the texts of the page that exist in one language only."""
    folder = root / "web" / "src" / "i18n"
    if not folder.is_dir():
        return
    keys = {lang: _keys(json.loads((folder / f"{lang}.json").read_text())) for lang in ("en", "fr")}
    for key in sorted(keys["en"] ^ keys["fr"]):
        lacking = "French" if key in keys["en"] else "English"
        yield f"{folder.relative_to(root)}: {key} has no {lacking} text"


def _keys(tree: dict[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found |= _keys(value, f"{name}.") if isinstance(value, dict) else {name}
    return found


def main(root: Path = ROOT) -> int:
    """Print every fault and return the exit status."""
    faults = [
        f"{path.relative_to(root)}: {it}" for path in sources(root) for it in check_file(path)
    ]
    faults += [*check_docstrings(root), *check_messages(root), *check_schema(root), *check_specs()]
    faults += [*check_pages(root), *check_page_texts(root), *check_options(root)]
    faults += site.faults(root)
    if root == ROOT:  # what the installed code offers, against its own pages
        faults += check_surface.faults(root)
    for fault in faults:
        print(fault)
    print(f"documentation: {len(faults)} faults in {len(sources(root))} files")
    print(lengths(root))
    return int(bool(faults))


def lengths(root: Path) -> str:
    """Return what the house rules say of lengths: code, its median file, tests beside it."""
    code, tests = (
        sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.rglob("*.py"))
        for folder in (root / "src" / "jumeau", root / "tests")
    )
    files = [count for count in code if count > 2]  # empty packages apart
    median = files[len(files) // 2] if files else 0
    return f"lengths: code {sum(code)} lines, median file {median}; tests {sum(tests)} lines"


if __name__ == "__main__":
    sys.exit(main())
