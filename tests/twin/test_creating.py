# SPDX-License-Identifier: EUPL-1.2
"""A creation stopped at any moment leaves a folder that can be created again, or opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import jumeau
from jumeau.base.errors import JumeauError

KILLED = """
import os, sys
import jumeau
from jumeau.twin import config, creating, store
def die(*args, **kwargs): os._exit(9)
what = sys.argv[2]
if what == "catalogue": creating.prepare_sqlite = die
if what == "tables": store.Store.create_tables = die
if what == "name": config.write = die
if what == "mark":
    written = config.write
    config.write = lambda *args: (written(*args), die())
jumeau.create(sys.argv[1], name="Le Bourg", insee=["50001"])
"""


@pytest.mark.parametrize("moment", ["catalogue", "tables", "name", "mark"])
def test_a_creation_that_was_killed_can_be_begun_again(tmp_path: Path, moment: str) -> None:
    folder = tmp_path / "bourg"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), moment], env=os.environ, check=False
    )
    assert done.returncode == 9
    if moment == "mark":  # the name is written: it is a territory
        made = jumeau.open(folder)
        with pytest.raises(JumeauError, match="JUM-T034"):
            jumeau.create(folder, name="Le Bourg")
    else:
        with pytest.raises(JumeauError, match="JUM-T020"):
            jumeau.open(folder)
        made = jumeau.create(folder, name="Le Bourg", insee=["50001"])
        assert not (folder / ".creating").exists()
    assert made.version == 1 and made.count("building") == 0
    made.close()
    assert jumeau.open(folder).insee == ("50001",)


def test_a_folder_with_anything_else_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(JumeauError, match="JUM-T034"):
        jumeau.create(tmp_path, name="Le Bourg")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
