# SPDX-License-Identifier: EUPL-1.2
"""Write docs/reference/places: what became of each file of the real places of ``examples/``.

``make places`` imports every recipe into a fresh territory and tells, file by file, the records
received, added, updated, linked, repaired and dropped, and why. It needs the real files, in the
folder that ``JUMEAU_SHARED`` names.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import docs

if TYPE_CHECKING:
    from jumeau.twin.adding import AddReport
    from jumeau.twin.territory import Territory

COUNTS = ("read", "added", "updated", "linked", "repaired", "dropped")
QUIET = frozenset({"JUM-S117", "JUM-S118", "JUM-S260", "JUM-T042"})
"""Findings that say how columns were understood: true, and of no weight for the counts."""


@dataclass
class Place:
    """A recipe and what came of it.

    Parameters
    ----------
    key, name : str
        Folder of ``examples/``; name for people.
    reports : list of AddReport
        One for each file, in order.
    failures : list of dict
        Findings of the files that could not be imported.
    territory : Territory
        The twin.
    """

    key: str
    name: str
    reports: list[AddReport]
    failures: list[dict[str, Any]]
    territory: Territory

    @property
    def territory_layers(self) -> set[str]:
        """Names that stand for rasters among the targets of files."""
        from jumeau.twin import adding, schema

        return {adding.ALL, *schema.layers()}


def keys() -> list[str]:
    """Return the places that have a recipe."""
    return sorted(path.parent.name for path in (docs.ROOT / "examples").glob("*/recipe.yaml"))


def build(key: str, folder: Path) -> Place:
    """Make the territory of a recipe in a folder.

    Parameters
    ----------
    key : str
        Folder of ``examples/``.
    folder : Path
        Where the territory goes.
    """
    import jumeau
    from jumeau import workflow
    from jumeau.sources import recipe

    path = docs.ROOT / "examples" / key / "recipe.yaml"
    read = recipe.load(path)
    territory = jumeau.create(folder / f"{key}.jumeau", **read.territory)
    reports = workflow.refresh(territory, path)
    lost = territory.table("finding", where={"code": "JUM-W002"}).to_pylist()
    return Place(key, read.name, reports, lost, territory)


def reasons(report: AddReport, lang: str) -> str:
    """Return why records were changed, left out or doubted, in a language."""
    from jumeau.base import findings

    rows = [findings.rewrite(row, lang) for row in report.findings.to_dict("records")]
    texts = [row["what"] for row in rows if row["code"] not in QUIET]
    return " ".join(dict.fromkeys(texts))


def page(places: list[Place], lang: str) -> str:
    """Return the page of the places in a language."""
    title, lead = (
        docs.TEXTS[part]["places"][docs.LANGUAGES.index(lang)] for part in ("titles", "leads")
    )
    parts = [f"# {title}", docs.NOTICE[lang].replace("make docs", "make places"), lead]
    head = [docs.word(name, lang) for name in ("file", "target", *COUNTS, "reasons")]
    for place in places:
        parts += [f"## {place.name}", f"`examples/{place.key}/recipe.yaml`"]
        rows = [
            (
                report.file,
                docs.code(report.table),
                *(f"{getattr(report, name):,}".replace(",", "\u202f") for name in COUNTS),
                reasons(report, lang),
            )
            for report in place.reports
        ]
        parts.append(docs.table(head, rows))
    return "\n\n".join(parts) + "\n"


def target(lang: str) -> Path:
    """Return where the page of a language is."""
    return docs.ROOT / "docs" / "reference" / ("places.md" if lang == "en" else f"places.{lang}.md")


def main() -> int:
    """Import every place and write both pages."""
    with tempfile.TemporaryDirectory(prefix="jumeau-places-") as folder:
        places = []
        for key in keys():
            print(key, flush=True)
            places.append(build(key, Path(folder)))
            for row in places[-1].failures:
                print(f"  {row['entity']}: {row['what']}")
        for lang in docs.LANGUAGES:
            target(lang).write_text(page(places, lang), encoding="utf-8")
        return 1 if any(place.failures for place in places) else 0


if __name__ == "__main__":
    sys.exit(main())
