# SPDX-License-Identifier: EUPL-1.2
"""Plug-ins: ours are found by the same door as third parties'."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from jumeau.base import plugins
from jumeau.base.contract import Source, SyntheticPart, Worksite
from jumeau.base.errors import UnknownNameError


def test_ours_answer_to_their_contracts() -> None:
    for source in plugins.load_all("jumeau.sources").values():
        assert isinstance(source, Source)
    for worksite in plugins.load_all("jumeau.worksites").values():
        assert isinstance(worksite, Worksite)
    for part in plugins.load_all("jumeau.synthetic").values():
        assert isinstance(part, SyntheticPart)
    assert plugins.names("jumeau.worksites") == ["buildings", "climate", "lighting", "water"]


def test_a_wrong_name_is_put_right() -> None:
    with pytest.raises(UnknownNameError, match="lighting"):
        plugins.load("jumeau.worksites", "lightning")


def test_origins_say_who_provides_what() -> None:
    found = {(item["group"], item["name"]): item["distribution"] for item in plugins.origins()}
    assert found[("jumeau.sources", "files")] == "jumeau"


def test_a_third_party_adds_a_source_without_touching_a_file_of_ours(tmp_path: Path) -> None:
    package = tmp_path / "orchard"
    package.mkdir()
    (package / "__init__.py").write_text(
        textwrap.dedent(
            """
            import pyarrow as pa, shapely
            from jumeau.base.contract import Intake
            from jumeau.base.findings import finding

            class Orchard:
                name = "orchard"
                def claims(self, uri): return 100 if uri.endswith(".orchard") else 0
                def read(self, request):
                    rows = pa.table({"id": ["t1"], "species": ["Malus"],
                                     "geometry": [shapely.to_wkb(shapely.Point(400000, 6900000))]})
                    found = [finding("JUM-Z001", "tree")]
                    return Intake(1, 1, 0, 0, rows, None, found, {}, {"driver": "orchard"})
            SOURCE = Orchard()
            """
        )
    )
    (package / "messages.csv").write_text(
        "code,kind,what_en,what_fr,why_en,why_fr,remedy_en,remedy_fr\n"
        "JUM-Z001,informs,Apples,Pommes,,,,\n"
    )
    info = tmp_path / "orchard-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: orchard\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jumeau.sources]\norchard = orchard:SOURCE\n")
    (tmp_path / "x.orchard").write_text("apples")
    code = textwrap.dedent(
        f"""
        import sys; sys.path.insert(0, {str(tmp_path)!r})
        import jumeau
        t = jumeau.create({str(tmp_path / "t")!r}, name="Verger")
        report = t.add({str(tmp_path / "x.orchard")!r}, "tree")
        print(report.added, report.findings["what"][0], t.table("source")["driver"][0])
        """
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "Apples", "orchard"]
