# SPDX-License-Identifier: EUPL-1.2
"""Telemetry of the contest as it was published: CSV files of a year, semicolons, decimal commas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES = {"pressures": "pressure", "flows": "flow", "levels": "level", "meters": "demand|amr"}
"""Frame of :func:`find_leaks` → word in the name of its files."""
NEEDED = ("pressures", "flows")


def files(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each quantity, by year.

    Parameters
    ----------
    folder : Path
        Folder of the files, with or without a folder by year.

    Returns
    -------
    dict of str to list of Path
        Pressures, flows, levels and consumptions; files of leaks are left aside.
    """
    found: dict[str, list[Path]] = {name: [] for name in QUANTITIES}
    for path in sorted(folder.rglob("*.csv")):
        for name, word in QUANTITIES.items():
            if re.search(word, path.stem, re.IGNORECASE) and "leak" not in path.stem.lower():
                found[name].append(path)
    return found


def complete(folder: Path) -> bool:
    """Tell whether a folder holds pressures and flows.

    Parameters
    ----------
    folder : Path
        Folder of the files.
    """
    return folder.is_dir() and all(files(folder)[name] for name in NEEDED)


def read(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the telemetry of a folder, years one after the other.

    Parameters
    ----------
    folder : Path
        Folder of the files.

    Returns
    -------
    dict of str to DataFrame
        ``pressures`` [m], ``flows`` [m³/h], ``levels`` [m], ``meters`` [l/h]; a frame without
        column for a quantity that no file has.
    """
    import pandas as pd

    out = {}
    for name, paths in files(folder).items():
        parts = [one(path) for path in paths]
        table = pd.concat(parts).sort_index() if parts else pd.DataFrame()
        out[name] = table[~table.index.duplicated()] if parts else table
    return out


def one(path: Path) -> pd.DataFrame:
    """Return one file: a time, then a column per sensor.

    Parameters
    ----------
    path : Path
        CSV with semicolons and decimal commas, or commas and points.
    """
    import pandas as pd

    with path.open(encoding="utf-8-sig") as stream:
        first = stream.readline()
    semicolons = ";" in first
    table = pd.read_csv(
        path, sep=";" if semicolons else ",", decimal="," if semicolons else ".",
        index_col=0, encoding="utf-8-sig",
    )  # fmt: skip
    table.index = pd.to_datetime(table.index, format="mixed")
    table.index.name = "timestamp"
    table.columns = [str(it).strip() for it in table.columns]
    return table.astype(float)
