# SPDX-License-Identifier: EUPL-1.2
"""INP files read and written again: byte for byte, after edits, and without the file they had."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.validation.water import networks
from jumeau.validation.water.study import Figure, Study

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

EQUAL = 1e-6
"""Largest accepted difference of heads before and after [m]."""
SOURCE = "EPANET 2.3 on the file as it is, or edited word by word, beside the file written again"
FILES = "networks in the wheels of epyt (EUPL-1.2) and wntr (BSD-3), not shipped"
EVERY = 3
"""One pipe of so many is edited."""
ROUGHER = 0.97
"""By how much its roughness is multiplied."""


def _readable() -> list[Path]:
    from jumeau.base.errors import JumeauError
    from jumeau.worksites import water

    found = []
    for path in networks.everything():
        try:
            water.read_inp(path)
        except JumeauError:
            continue
        found.append(path)
    return found


def sections(path: Path) -> dict[str, int]:
    """Return the number of lines with data of each section of an INP file."""
    from jumeau.worksites.water import document

    found: dict[str, int] = {}
    for section in document.read(path).sections:
        if section.name:
            lines = sum(bool(line.text.split(";")[0].strip()) for line in section.lines)
            found[section.name] = found.get(section.name, 0) + lines
    return found


def edited(net: Network) -> Network:
    """Return a network with one pipe of three 3 % rougher."""
    net = net.copy()
    names = list(net.pipes.index[::EVERY])
    net.pipes.loc[names, "roughness"] = net.pipes.loc[names, "roughness"] * ROUGHER
    return net


def edited_by_hand(path: Path) -> str:
    """Return the text of an INP file with the same edit, made on its words."""
    lines, inside, count = [], False, 0
    for line in path.read_text("utf-8", "replace").splitlines():
        words = line.partition(";")[0].split()
        text = line
        if words and words[0].startswith("["):
            inside = words[0].upper().startswith("[PIPE")
        elif inside and words:
            if count % EVERY == 0:
                words[5] = f"{float(words[5]) * ROUGHER:.12g}"
                text = " ".join(words)
            count += 1
        lines.append(text)
    return "\n".join(lines) + "\n"


def _gap(one: Network, other: Network) -> float:
    """Return the largest difference of EPANET's heads [m]."""
    import numpy as np

    from jumeau.worksites import water

    first, second = (water.solve(it, 0, engine="epanet").head for it in (one, other))
    return float(np.nan_to_num(np.abs(first - second), nan=0.0).max(initial=0.0))


def _back() -> dict[str, float]:
    from jumeau.worksites import water

    same = lost = 0
    gap = gap_edited = 0.0
    paths = _readable()
    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        out, hand = Path(folder) / "out.inp", Path(folder) / "hand.inp"
        for path in paths:
            net = water.read_inp(path)
            water.write_inp(net, out)
            same += out.read_bytes() == path.read_bytes()
            gap = max(gap, _gap(net, water.read_inp(out)))
            water.write_inp(edited(net), out)
            hand.write_text(edited_by_hand(path), "utf-8")
            lost += sections(out) != sections(path)
            gap_edited = max(gap_edited, _gap(water.read_inp(hand), water.read_inp(out)))
    return {
        "files that come back byte for byte": float(same),
        "files that lose a section or a line after an edit": float(lost),
        "heads of the file that came back": gap,
        "heads after an edit of one pipe of three": gap_edited,
    }


def studies() -> Iterator[Study]:
    """Yield what files of the wheels become when they are written."""
    count = len(_readable()) if networks.located() else 0
    yield Study(
        "INP files of the wheels written and read again", "read_inp and write_inp",
        partial(_back) if count else None,
        (
            Figure("files that come back byte for byte", float(count), 0.0, ""),
            Figure("files that lose a section or a line after an edit", 0.0, 0.0, ""),
            Figure("heads of the file that came back", 0.0, EQUAL, "m"),
            Figure("heads after an edit of one pipe of three", 0.0, EQUAL, "m"),
        ), SOURCE, FILES,
    )  # fmt: skip
