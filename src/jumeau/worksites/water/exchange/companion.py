# SPDX-License-Identifier: EUPL-1.2
"""What the standards have no place for, carried beside them: the whole network, as text.

The companion holds every table with its figures as they are (JSON writes floats in full), and the
text of the EPANET file, so that a network comes back as it left. The standard's own tables are
believed over the companion wherever they were changed after it was written: both are drawn the
same way, and what differs is taken from the tables (:func:`merged`).
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water import document as documents
from jumeau.worksites.water.inp_writing import text_of
from jumeau.worksites.water.network import COLUMNS, LINKS, NODES, Network, empty
from jumeau.worksites.water.units import Units

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.report import Report

FORMAT = "jumeau water network 1"
"""First word of a companion: what it is, and which version."""
TOLD: dict[str, tuple[str, ...]] = {
    "junctions": ("elevation_m", "x", "y"),
    "reservoirs": ("x", "y"),
    "tanks": ("elevation_m", "maximum_level_m", "diameter_m", "x", "y"),
    "pipes": (
        "from_node", "to_node", "length_m", "diameter_mm", "status", "material",
        "installed_from", "installed_to", "dma_id",
    ),
    "pumps": ("from_node", "to_node"),
    "valves": ("from_node", "to_node", "diameter_mm", "type", "setting"),
}  # fmt: skip
"""Columns that the standards' tables tell; the others of a known row are the companion's."""
SINGLE = 1e-6
"""Relative difference below which figures are the same: single precision."""
EXACT = 1e-6
"""Absolute difference below which they are the same."""
HEIGHT_M = 1e-3
"""The same for heights, which the standards keep in single precision [m]."""
_RULE = "RULE"


def pack(net: Network) -> dict[str, str]:
    """Return a network as texts by name: its format, its tables, the text of its EPANET file."""
    state = {
        "tables": {name: _packed(getattr(net, name)) for name in COLUMNS},
        "assets": {name: _packed(table) for name, table in net.assets.items()},
        "controls": net.controls,
        "rules": net.rules,
        "options": net.options,
        "times": net.times,
        "units": asdict(net.units),
        "crs": net.crs,
        "drawn": net.drawn,
        "placement": net.placement,
        "placement_error_m": _plain(net.placement_error_m),
    }
    texts = {"format": FORMAT, "network": json.dumps(state, ensure_ascii=False, allow_nan=False)}
    if net.document is not None:
        document = text_of(net)
        texts["inp"] = document.text()
        texts["inp_coding"], texts["inp_newline"] = document.coding, document.newline
    return texts


def unpack(texts: dict[str, str]) -> Network:
    """Return the network of a companion.

    Raises
    ------
    ValueError
        When the texts are not a companion of this format.
    """
    if texts.get("format") != FORMAT:
        raise ValueError(f"{texts.get('format', '')!r} is not {FORMAT!r}")
    try:
        state = json.loads(texts["network"])
        tables: dict[str, Any] = {
            name: _unpacked(state["tables"][name], COLUMNS[name]) for name in COLUMNS
        }
        net = Network(
            **tables,
            controls=list(state["controls"]),
            rules=list(state["rules"]),
            options=dict(state["options"]),
            times=dict(state["times"]),
            units=Units(**state["units"]),
            assets={name: _unpacked(table, {}) for name, table in state["assets"].items()},
            crs=str(state["crs"]),
            drawn=bool(state["drawn"]),
            placement=str(state["placement"]),
            placement_error_m=_float(state["placement_error_m"]),
        )
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(str(fault)) from fault
    if "inp" in texts:
        net.document = documents.parse(texts["inp"], texts.get("inp_coding", "utf-8"))
        net.document.newline = texts.get("inp_newline", net.document.newline)
        net.origin = net.copy()
    return net


def _packed(table: pd.DataFrame) -> dict[str, Any]:
    columns = {str(name): [_plain(value) for value in table[name].tolist()] for name in table}
    kinds = {str(name): str(table[name].dtype) for name in table}
    return {"index": table.index.tolist(), "kinds": kinds, "columns": columns}


def _plain(value: Any) -> Any:
    """Return a value that JSON knows; numbers that are none become null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _unpacked(data: dict[str, Any], usual: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {}
    for name, values in data["columns"].items():
        kind = data["kinds"][name]
        if kind == "float64":
            columns[name] = [_float(it) for it in values]
        elif isinstance(usual.get(name), tuple):
            columns[name] = [tuple(value) for value in values]
        else:
            columns[name] = values
    ranked = all(isinstance(it, int) for it in data["index"]) and bool(data["index"])
    index = pd.Index(data["index"], dtype="int64" if ranked else "object")
    table = pd.DataFrame(columns, index=index, columns=list(data["columns"]))
    if not ranked:
        table.index.name = "id"
    return table.astype(data["kinds"])


def _float(value: Any) -> float:
    return float("nan") if value is None else float(value)


def merged(own: Network, before: Network, now: Network, report: Report) -> Network:
    """Return the network of a companion with what the standard's tables say since.

    Parameters
    ----------
    own : Network
        The companion's.
    before, now : Network
        Drawn from the tables as they were written with the companion, and as they are.
    report : Report
        Receives ``JUM-H046`` with what was changed.

    Returns
    -------
    Network
        ``own`` itself when nothing differs.
    """
    made = own.copy()
    added: list[str] = []
    removed: list[str] = []
    changed: list[str] = []
    for name, told in TOLD.items():
        table, new, gone, moved = _rows(
            getattr(own, name), getattr(before, name), getattr(now, name), told
        )
        setattr(made, name, table)
        added, removed, changed = added + new, removed + gone, changed + moved
    changed += [link for link in _bent(made, before, now) if link not in {*added, *changed}]
    for name in {*before.assets, *now.assets}:
        if not _alike(before.assets.get(name), now.assets.get(name)):
            made.assets[name] = now.assets.get(name, empty(name)).copy()
            changed.append(name)
    if not (added or removed or changed):
        return own
    _without(made, set(removed), report)
    report.add(
        "JUM-H046",
        added=len(added),
        removed=len(removed),
        changed=len(changed),
        examples=[*added, *removed, *changed][:5],
    )
    return made


def _rows(
    own: pd.DataFrame, before: pd.DataFrame, now: pd.DataFrame, told: tuple[str, ...]
) -> tuple[pd.DataFrame, list[str], list[str], list[str]]:
    """Return a table with the rows and cells that changed, and the ids concerned."""
    import pandas as pd

    removed = [name for name in before.index if name not in now.index and name in own.index]
    added = [name for name in now.index if name not in before.index and name not in own.index]
    table = own.drop(index=removed)
    changed: dict[str, None] = {}
    both = [name for name in table.index if name in before.index and name in now.index]
    for column in told:
        if column not in now or column not in before:
            continue
        then, since = before.loc[both, column], now.loc[both, column]
        different = [
            name
            for name, one, other in zip(both, then.tolist(), since.tolist(), strict=True)
            if not _same(one, other, column)
        ]
        if not different:
            continue
        if column not in table:
            table[column] = now[column].reindex(table.index)
        table.loc[different, column] = now.loc[different, column]
        changed |= dict.fromkeys(different)
    if added:
        fresh = now.loc[added]
        kept = [name for name in fresh if name in own or (name in told and _says(fresh[name]))]
        table = pd.concat([table, fresh[kept]])
        table.index.name = "id"
    return table, added, removed, list(changed)


def _says(column: pd.Series[Any]) -> bool:
    """Tell whether a column holds anything."""
    return any(value not in ("", None) and value == value for value in column.tolist())  # noqa: PLR0124 - NaN


def _same(one: Any, other: Any, column: str) -> bool:
    """Tell whether two cells are the same, as far as the standards' types can tell."""
    if not isinstance(one, float) or not isinstance(other, float):
        return bool(one == other)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    share = 0.0 if column in ("x", "y") else SINGLE
    margin = HEIGHT_M if column in ("elevation_m", "maximum_level_m") else EXACT
    return math.isclose(one, other, rel_tol=share, abs_tol=margin)


def _bent(made: Network, before: Network, now: Network) -> list[str]:
    """Take the bends of the links whose bends changed; return those links."""
    import pandas as pd

    then, since = (_bends(net) for net in (before, now))
    links = {name for table in LINKS for name in getattr(made, table).index}
    different = [
        name for name in {**then, **since} if name in links and then.get(name) != since.get(name)
    ]
    if different:
        kept = made.vertices[~made.vertices["link"].isin(different)]
        new = now.vertices[now.vertices["link"].isin(different)]
        made.vertices = pd.concat([kept, new], ignore_index=True)
    return different


def _bends(net: Network) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    columns = (net.vertices[name].tolist() for name in ("link", "x", "y"))
    for link, x, y in zip(*columns, strict=True):
        found.setdefault(link, []).append((x, y))
    return found


def _alike(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return one.equals(other)


def _without(net: Network, gone: set[str], report: Report) -> None:
    """Take out demands, bends, controls and rules of what is no longer there."""
    nodes = {name for table in NODES for name in getattr(net, table).index}
    links = {name for table in LINKS for name in getattr(net, table).index}
    net.demands = net.demands[net.demands["junction"].isin(nodes)].reset_index(drop=True)
    net.vertices = net.vertices[net.vertices["link"].isin(links)].reset_index(drop=True)
    gone = {name for name in gone if name not in nodes | links}
    kept = [text for text in net.controls if not gone & set(text.split())]
    blocks: list[list[str]] = []
    for text in net.rules:
        if not blocks or (text.split()[:1] and text.split()[0].upper() == _RULE):
            blocks.append([])
        blocks[-1].append(text)
    sound = [it for it in blocks if not any(gone & set(text.split()) for text in it)]
    for name, count in (
        ("controls", len(net.controls) - len(kept)),
        ("rules", len(net.rules) - sum(map(len, sound))),
    ):
        if count:
            report.dropped[name] = report.dropped.get(name, 0) + count
    net.controls, net.rules = kept, [text for block in sound for text in block]
