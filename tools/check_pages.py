# SPDX-License-Identifier: EUPL-1.2
"""Check the pages as a site: twins, links, pictures, orphans, no third party. See check_docs.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|:::).*?^\1 *$", re.MULTILINE | re.DOTALL)
THIRD = re.compile(
    r"""(?:src|srcset)\s*=\s*["']?https?:|<link[^>]+href=["']?https?:|url\(["']?https?:"""
    r"""|@import|from ["']https?:|fetch\(["']https?:"""
)
SHAPES = (
    ("headings", re.compile(r"^(#+) ", re.MULTILINE)),
    ("blocks", re.compile(r"^```(\w+|\{\w+\})$", re.MULTILINE)),
    ("rows of tables", re.compile(r"^(\|)", re.MULTILINE)),
    ("files", re.compile(r"^<!-- (file: .*|output|skip.*) -->$", re.MULTILINE)),
)


def pages(root: Path) -> list[Path]:
    """Return the pages of the site, and the READMEs."""
    found = [path for path in (root / "docs").rglob("*.md") if "_build" not in path.parts]
    return sorted([*root.glob("README*.md"), *found])


def is_french(path: Path) -> bool:
    """Return whether a page is in French."""
    return path.name.endswith(".fr.md")


def prose(text: str) -> str:
    """Return a page without its fenced blocks and its code between backquotes."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def check_twins(root: Path) -> Iterator[str]:
    """Yield the pages whose structure differs from that of their twin."""
    for path in pages(root):
        twin = path.with_name(f"{path.stem}.fr.md")
        if is_french(path) or not twin.exists():
            continue  # check_docs.check_pages tells the missing ones
        ours, theirs = path.read_text("utf-8"), twin.read_text("utf-8")
        for what, pattern in SHAPES:
            if pattern.findall(ours) != pattern.findall(theirs):
                yield f"{path.relative_to(root)}: its {what} differ from those of {twin.name}"
        mine, other = (
            [name.replace(".en.", ".") for _, name in IMAGE.findall(text)]
            for text in (ours, theirs)
        )
        if mine != other:
            yield f"{path.relative_to(root)}: its pictures differ from those of {twin.name}"
        words = zip(IMAGE.findall(ours), IMAGE.findall(theirs), strict=False)
        for (alt, name), (french, _) in words:
            if alt.strip() and alt == french:
                yield f"{twin.relative_to(root)}: the text of {name} is not in French"


def check_links(root: Path) -> Iterator[str]:
    """Yield the links and pictures that lead nowhere, or to the page of the other language."""
    for path in pages(root):
        text = prose(path.read_text("utf-8"))
        place = path.relative_to(root)
        for alt, name in IMAGE.findall(text):
            if not alt.strip():
                yield f"{place}: the picture {name} has no text"
            if name.startswith("http"):
                yield f"{place}: the picture {name} is on another host"
            elif not (path.parent / name).is_file():
                yield f"{place}: the picture {name} is not there"
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            found = (path.parent / unquote(name)).resolve() if name else path
            if not found.exists():
                yield f"{place}: the link {target} leads nowhere"
                continue
            if anchor and found.suffix == ".md" and anchor not in anchors(found):
                yield f"{place}: the link {target} leads to no heading"
            other = found.with_name(f"{found.stem}.fr.md")
            switch = f"{path.stem}.fr.md" if not is_french(path) else None
            if is_french(path) and found.suffix == ".md" and other.exists():
                if found.name != path.name.replace(".fr.md", ".md"):
                    yield f"{place}: the link {target} leads to the English page"
            elif not is_french(path) and is_french(found) and found.name != switch:
                yield f"{place}: the link {target} leads to the French page"


def anchors(path: Path) -> set[str]:
    """Return the anchors of the headings of a page, as MyST and GitHub make them."""
    heads = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def check_orphans(root: Path) -> Iterator[str]:
    """Yield the pages that the index of their language does not list."""
    folder = root / "docs"
    for index, french in (("index.md", False), ("index.fr.md", True)):
        path = folder / index
        text = path.read_text("utf-8") if path.exists() else ""
        tree = re.search(r"```\{toctree\}\n(.*?)```", text, re.DOTALL)
        listed = set(tree[1].split() if tree else ())
        linked = set(LINK.findall(prose(text)))
        for page in pages(root):
            name = page.relative_to(folder).as_posix() if page.is_relative_to(folder) else ""
            if not name or name.startswith("index") or is_french(page) is not french:
                continue
            if name.removesuffix(".md") not in listed:
                yield f"docs/{name}: is not in the list of {index}"
            if name not in linked:
                yield f"docs/{name}: no link of {index} leads to it"


def check_third_parties(root: Path) -> Iterator[str]:
    """Yield what a page of the site would ask of another host."""
    for folder in ("_static", "_templates"):
        for path in sorted((root / "docs" / folder).rglob("*")):
            if path.suffix in {".html", ".css", ".js"}:
                for found in THIRD.findall(path.read_text("utf-8")):
                    yield f"{path.relative_to(root)}: asks another host ({found})"


def check_glossary(root: Path) -> Iterator[str]:
    """Yield the faults of the glossaries: four full columns, sorted, the same words in both."""
    rows: dict[str, list[list[str]]] = {}
    for name in ("glossary.md", "glossary.fr.md"):
        path = root / "docs" / name
        if not path.exists():
            return
        lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("| ")]
        rows[name] = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
        for row in rows[name]:
            if len(row) != 4 or not all(row):
                yield f"docs/{name}: the row of {row[0]!r} has not four full columns"
    mine = {(row[0], row[1]) for row in rows["glossary.md"] if len(row) == 4}
    theirs = {(row[1], row[0]) for row in rows["glossary.fr.md"] if len(row) == 4}
    for code, french in sorted(mine ^ theirs):
        yield f"docs/glossary: {code} / {french} is not in both languages"


CHECKS = (
    check_twins,
    check_links,
    check_orphans,
    check_third_parties,
    check_glossary,
)


def faults(root: Path) -> list[str]:
    """Return every fault of the pages."""
    return [fault for check in CHECKS for fault in check(root)]
