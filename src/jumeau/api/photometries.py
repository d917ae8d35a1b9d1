# SPDX-License-Identifier: EUPL-1.2
"""The intensity distribution of a lamp or of a maker's file: what a polar curve is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import JumeauError
from jumeau.interop import features
from jumeau.interop.served import View

if TYPE_CHECKING:
    from jumeau.worksites.lighting.photometry import Photometry

TABLES = ("luminaire", "photometry")
PLANES = (0.0, 180.0, 90.0, 270.0)
"""C planes given [°]: along the road, then across it."""
STEP = 2.5
"""Step of γ [°]."""
_GENERIC = "generic/"


def curve(view: View, table: str, identifier: str) -> dict[str, Any]:
    """Return the distribution of a lamp, or of a photometric file, in four half-planes.

    Parameters
    ----------
    view : View
        Territory at one version.
    table : str
        ``luminaire`` or ``photometry``.
    identifier : str
        Row.

    Returns
    -------
    dict
        ``gamma`` [°] and ``planes``, a row each of ``c`` [°] and ``values`` [cd/klm], for 1000 lm
        of the source; ``name``, ``file`` (its row) or ``generic`` with its ``spread``,
        ``lamp_type``, ``flux_lm``, ``lor``, ``ulr``, ``flux_codes`` (CIE, 5 numbers),
        ``luminous_size`` [m], ``format``, ``sha256``. Without a distribution ``planes`` is empty
        and ``reason`` says why: ``none`` (nothing known or computed), ``label`` (the inventory
        names a file or a lamp that the twin does not hold), ``unreadable`` (``detail`` tells it).

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table, ``JUM-I008`` for the row.
    """
    row = features.item(view, features.table(table), identifier).to_pylist()[0]
    if table == "photometry":
        return _of_file(row)
    if table != "luminaire":
        return _without("none")
    label = row.get("photometry")
    if label:
        named = _file(view, str(label))
        if named is not None:
            return _of_file(named)
    supposed = _estimates(view, identifier)
    form = str(supposed.get("photometry") or "")
    lamp_type = row.get("lamp_type") or supposed.get("lamp_type")
    if lamp_type and form.startswith(_GENERIC):
        return _of_generic(str(lamp_type), *form.removeprefix(_GENERIC).split("/", 1))
    return _without("label" if label else "none", str(label or ""))


def _estimates(view: View, identifier: str) -> dict[str, str]:
    rows = view.rows(
        "SELECT attribute, text FROM estimate WHERE \"table\" = 'luminaire' AND entity = ? "
        "AND attribute IN ('photometry', 'lamp_type')",
        [identifier],
    )
    return {row["attribute"]: row["text"] for row in rows}


def _file(view: View, label: str) -> dict[str, Any] | None:
    """Return the photometric file that a lamp names, whatever its case, folder and suffix."""
    from jumeau.worksites.lighting.photometries import fold

    def build() -> dict[str, str]:
        return {fold(row["id"]): row["id"] for row in view.rows("SELECT id FROM photometry")}

    found = view.remember("photometric files", build).get(fold(label))
    if found is None:
        return None
    return view.rows("SELECT * FROM photometry WHERE id = ?", [found])[0]


def _of_file(row: dict[str, Any]) -> dict[str, Any]:
    from jumeau.worksites.lighting.photometries import parse

    try:
        found = parse(str(row["id"]), str(row["content"]))
    except JumeauError as exc:
        return {**_without("unreadable", str(exc)), "file": row["id"], "sha256": row["sha256"]}
    told = {"file": row["id"], "format": row["format"], "sha256": row["sha256"]}
    return {**_drawn(found), **told}


def _of_generic(lamp_type: str, form: str, era: str = "") -> dict[str, Any]:
    from jumeau.worksites.lighting import generic_photometry

    try:
        return _drawn(generic_photometry(lamp_type, form, era))
    except JumeauError as exc:
        return _without("unreadable", str(exc))


def _drawn(found: Photometry) -> dict[str, Any]:
    gamma = np.arange(0.0, 180.0 + STEP / 2, STEP)
    per_klm = 1000.0 / found.flux_lm
    codes = getattr(found, "flux_codes", None)
    size = getattr(found, "luminous_size", None)
    return {
        **_without(None),
        "name": found.name,
        "generic": found.generic,
        "spread": found.spread if found.generic else None,
        "lamp_type": found.lamp_type or None,
        "flux_lm": float(found.flux_lm),
        "lor": float(found.lor),
        "ulr": float(found.ulr),
        "flux_codes": None if codes is None else [float(code) for code in codes],
        "luminous_size": None if size is None else [float(side) for side in size],
        "gamma": gamma.tolist(),
        "planes": [
            {"c": c, "values": np.round(found.intensity(c, gamma) * per_klm, 3).tolist()}
            for c in PLANES
        ],
    }


def _without(reason: str | None, detail: str = "") -> dict[str, Any]:
    nothing = ("name", "file", "spread", "lamp_type", "flux_lm", "lor", "ulr", "flux_codes")
    return {
        **dict.fromkeys((*nothing, "luminous_size", "format", "sha256")),
        "generic": False,
        "reason": reason,
        "detail": detail,
        "gamma": [],
        "planes": [],
    }


def flat(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the distribution for a flat file, one line an angle; and its columns."""
    columns = {f"c{plane['c']:g}_cd_klm": plane["values"] for plane in found["planes"]}
    rows = [
        {"gamma_deg": gamma, **{name: values[k] for name, values in columns.items()}}
        for k, gamma in enumerate(found["gamma"])
    ]
    return rows, ["gamma_deg", *columns]
