# SPDX-License-Identifier: EUPL-1.2
"""Generated years kept in a folder: Parquet and CSV, found again by what was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jumeau.validation.water.generated_years import Year
    from jumeau.worksites.water.network import Network

FRAMES = ("pressures", "flows", "levels", "meters", "leakflow")
TABLES = ("truth", "every")
DONE = "train.json"
"""Written last: a folder without it was left half done."""


def write(folder: Path, year: Year) -> None:
    """Write a year.

    Parameters
    ----------
    folder : Path
        Where.
    year : Year
        What.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        table = getattr(year, name)
        table.astype("float32").to_parquet(folder / f"{name}.parquet", compression="zstd")
    for name in TABLES:
        getattr(year, name).to_csv(folder / f"{name}.csv", index=False)
    (folder / DONE).write_text(json.dumps([str(it) for it in year.train]), encoding="utf-8")


def read(folder: Path, net: Network) -> Year | None:
    """Return the year that a folder keeps, or nothing.

    Parameters
    ----------
    folder : Path
        Where.
    net : Network
        The model of the year.
    """
    import pandas as pd

    from jumeau.validation.water.generated_years import Year

    if not (folder / DONE).is_file():
        return None
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in FRAMES}
    dates = ["start", "end", "peak"]
    tables = {name: pd.read_csv(folder / f"{name}.csv", parse_dates=dates) for name in TABLES}
    first, last = json.loads((folder / DONE).read_text("utf-8"))
    return Year(net, train=(pd.Timestamp(first), pd.Timestamp(last)), **frames, **tables)
