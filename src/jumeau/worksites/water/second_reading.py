# SPDX-License-Identifier: EUPL-1.2
"""EPANET's own reader on a file in which ours found no fault: what it refuses is refused."""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.worksites.water import faults as told
from jumeau.worksites.water.document import Line

if TYPE_CHECKING:
    from jumeau.worksites.water.document import Document
    from jumeau.worksites.water.faults import Faults

_FAULT = re.compile(r"Error (\d{3})\b")
_ALL = 200  # "one or more errors in input file", which the others explain


def read_by_epanet(document: Document, faults: Faults) -> None:
    """Note what EPANET 2.3 (owa-epanet) refuses in a file, with its codes and lines.

    Parameters
    ----------
    document : Document
        The text.
    faults : Faults
        Receives the faults.
    """
    from epanet import toolkit

    with tempfile.TemporaryDirectory(prefix="jumeau-water-") as folder:
        path, report = Path(folder) / "network.inp", Path(folder) / "report.txt"
        path.write_bytes(document.text().encode(document.coding, "replace"))
        project = toolkit.createproject()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                toolkit.open(project, str(path), str(report), "")
        except Exception as fault:  # the toolkit raises Exception itself
            said = str(fault)
        else:
            said = ""
        finally:
            toolkit.close(project)
            toolkit.deleteproject(project)
        if said:
            text = report.read_text("utf-8", "replace") if report.is_file() else ""
            _note(document, f"{text}\n{said}", faults)


def _note(document: Document, report: str, faults: Faults) -> None:
    """Read the faults of a report; the line that is wrong follows what is said of it."""
    known = {line.text.strip(): line for section in document.sections for line in section.lines}
    squeezed = {" ".join(text.split()): line for text, line in known.items()}
    lines = report.splitlines()
    for place, line in enumerate(lines):
        code = int(found[1]) if (found := _FAULT.search(line)) else _ALL
        if code == _ALL:
            continue
        after = (" ".join(it.split()) for it in lines[place + 1 : place + 4])
        where = next((squeezed[it] for it in after if it and it in squeezed), Line(""))
        faults.add(code if code in told.texts() else _ALL, where)
    if not faults.found:
        faults.add(_ALL, Line(""))
