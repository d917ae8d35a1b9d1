# SPDX-License-Identifier: EUPL-1.2
"""Complete an inventory: family, power, height, flux and colour of lamps where they are unknown.

Each value supposed bears a method and a 90 % interval of its own, and the part of the error that
all values from the same supposition share (``common``): sums of estimates never become sure by
being many. The suppositions rest in ``priors.csv``, ``supports.csv`` and ``lamp_types.csv``.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import i18n
from jumeau.worksites.lighting import lamps
from jumeau.worksites.lighting.energy import Items
from jumeau.worksites.lighting.inventory import Inventory

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.lighting.photometry import Photometry

_FOLDER = Path(__file__).parent
_SAME_LAMP = 0.15
"""Relative difference of flux up to which a lamp is that of its photometric file."""
ERAS = ((2015, "before_2015"), (2021, "2015_2020"), (9999, "from_2021"))


@dataclass(frozen=True)
class Completed:
    """A quantity known for every lamp, as a fact or as an estimate; arrays of n.

    Parameters
    ----------
    value, low, high : (n,) arrays
        Central value and 5–95 % interval; closed on a fact.
    common : (n,) array
        Relative half-width, at 90 %, of the error that lamps estimated alike share.
    method : (n,) object array
        Method of ``methods.csv``; empty for a fact.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    common: NDArray[np.float64]
    method: NDArray[np.object_]

    @property
    def estimated(self) -> NDArray[np.bool_]:
        """Which values are estimates."""
        return np.asarray(self.method != "", dtype=bool)

    @property
    def items(self) -> Items:
        """The quantity as items to be summed."""
        return Items(self.value, self.low, self.high, self.common, self.estimated)


@dataclass(frozen=True)
class Completion:
    """An inventory completed.

    Parameters
    ----------
    support, form : (n,) arrays of str
        Kind of support (empty when unknown) and shape of the generic distribution.
    file : (n,) array of int
        Maker's photometric file of each lamp among ``files``, −1 where the distribution is generic.
    files : tuple of Photometry
        Makers' distributions.
    lamp_type : (n,) object array
        Family of lamps; ``type_estimated`` says where it is supposed.
    height_m, power_w, flux_lm, cct_k : Completed
        Quantities [m], [W], [lm], [K].
    """

    support: NDArray[np.str_]
    form: NDArray[np.str_]
    file: NDArray[np.int64]
    files: tuple[Photometry, ...]
    lamp_type: NDArray[np.object_]
    type_estimated: NDArray[np.bool_]
    height_m: Completed
    power_w: Completed
    flux_lm: Completed
    cct_k: Completed


@dataclass(frozen=True)
class Prior:
    """A supposition: mean, 5–95 % interval of one lamp, relative error shared by all."""

    value: float
    low: float
    high: float
    common: float
    text: str
    source: str


def complete(
    park: Inventory,
    street: NDArray[np.str_],
    file: NDArray[np.int64] | None = None,
    files: Sequence[Photometry] = (),
) -> Completion:
    """Complete an inventory.

    Parameters
    ----------
    park : Inventory
        Facts.
    street : (n,) array of str
        Kind of street of each lamp: ``main``, ``local``, ``path``, or empty.
    file : (n,) array of int, optional
        Maker's photometric file of each lamp, −1 for none.
    files : sequence of Photometry
        These files.

    Returns
    -------
    Completion
        Facts unchanged, unknown values estimated.

    Notes
    -----
    Height: prior of the support and street. Power: from the flux when it is known, else that of
    the maker's file, else the prior of the support and street (sodium) times the family's ratio,
    or times the era's factor when the family is unknown. Flux: that of the maker's file, else of
    the lamp of that family and power. Powers include the gear.
    """
    kept = tuple(files)
    which = np.full(len(park), -1, np.int64) if file is None else file
    support = supports(park.support)
    untyped = np.array([code not in lamps.types() for code in park.lamp_type], dtype=bool)
    lamp_type = park.lamp_type.copy()
    lamp_type[untyped] = prior("lamp_type").text
    era = np.full(len(park), "unknown", dtype="<U11")
    for limit, name in reversed(ERAS):
        era[park.year < limit] = name
    height = _height(park, support, street)
    measured = _of_files(which, kept)
    with np.errstate(invalid="ignore"):  # a file of another lamp than the one installed
        other = np.abs(park.flux_lm / measured[0] - 1.0) > _SAME_LAMP
    watts = np.where(other, np.nan, measured[1])
    power = _power(park, support, street, lamp_type, untyped, era, watts)
    return Completion(
        support=support,
        form=np.array([_forms().get(str(kind), "road") for kind in support], dtype="<U10"),
        file=which,
        files=kept,
        lamp_type=lamp_type,
        type_estimated=untyped,
        height_m=height,
        power_w=power,
        flux_lm=_flux(park, lamp_type, untyped, power, measured[0]),
        cct_k=_cct(park, lamp_type),
    )


def supports(text: NDArray[np.object_]) -> NDArray[np.str_]:
    """Return the kind of support that inventories' words name; empty when they name none."""
    known = {word: _support(word) for word in set(text.tolist())}
    return np.array([known[word] for word in text.tolist()], dtype="<U10")


@cache
def prior(attribute: str, support: str = "", street: str = "", era: str = "") -> Prior:
    """Return the supposition that fits best: the most specific row that does not disagree."""
    wanted = {"support": support, "street": street, "era": era}
    best: tuple[int, dict[str, str]] | None = None
    for row in _rows("priors.csv"):
        if row["attribute"] != attribute:
            continue
        given = {key: row[key] for key in wanted if row[key]}
        if all(wanted[key] == value for key, value in given.items()):
            rank = 4 * ("support" in given) + 2 * ("street" in given) + ("era" in given)
            if best is None or rank > best[0]:
                best = (rank, row)
    if best is None:
        raise KeyError(attribute)
    row = best[1]
    value = float(row["value"])
    low, high = float(row["low"] or value), float(row["high"] or value)
    return Prior(value, low, high, float(row["common"] or 0), row["text"], row["source"])


def methods() -> dict[str, str]:
    """Return the texts of the methods by code, in the language in force."""
    return {row["method"]: i18n.pick(dict(row), "text") for row in _rows("methods.csv")}


def frame(park: Inventory, done: Completion) -> pd.DataFrame:
    """Return the estimates as rows of the twin's ``estimate`` table, in the language in force."""
    import pandas as pd

    text = methods()
    frames = []
    for name in ("height_m", "power_w", "flux_lm", "cct_k"):
        item: Completed = getattr(done, name)
        these = item.estimated
        frames.append(
            pd.DataFrame(
                {
                    "entity": park.id[these],
                    "attribute": name,
                    "value": item.value[these],
                    "low": item.low[these],
                    "high": item.high[these],
                    "method": [text[code] for code in item.method[these]],
                }
            )
        )
    unknown = done.file < 0
    generic = [f"generic/{form}" for form in done.form[unknown]]
    for attribute, these, values, code in (
        ("lamp_type", done.type_estimated, done.lamp_type[done.type_estimated], "type_prior"),
        ("photometry", unknown, generic, "photometry_generic"),
    ):
        frames.append(
            pd.DataFrame(
                {
                    "entity": park.id[these],
                    "attribute": attribute,
                    "text": values,
                    "method": text[code],
                }
            )
        )
    filled = [item for item in frames if len(item)]
    columns = ["entity", "attribute", "value", "low", "high", "text", "method"]
    if not filled:
        return pd.DataFrame(columns=["table", *columns])
    rows = pd.concat(filled, ignore_index=True).reindex(columns=columns)
    rows.insert(0, "table", "luminaire")
    return rows


def attachments(
    park: Inventory,
    street: NDArray[np.int64],
    distance: NDArray[np.float64],
    streets: NDArray[np.object_],
) -> pd.DataFrame:
    """Return the street supposed for each lamp that declares none, as rows of ``estimate``.

    Parameters
    ----------
    park : Inventory
        Lamps (n).
    street : (n,) array of int
        Index of the street of each lamp, −1 for none.
    distance : (n,) array
        Distance to it [m].
    streets : (k,) object array
        Ids of the streets.
    """
    import pandas as pd

    text = methods()
    these = (street >= 0) & np.array([name is None for name in park.street_id], dtype=bool)
    said = [
        text["street_nearest"].format(distance=i18n.number(float(item), 1))
        for item in distance[these]
    ]
    return pd.DataFrame(
        {
            "table": "luminaire",
            "entity": park.id[these],
            "attribute": "street_id",
            "text": [str(item) for item in streets[street[these]]],
            "method": said,
        }
    )


def _height(park: Inventory, support: NDArray[np.str_], street: NDArray[np.str_]) -> Completed:
    done = _facts(park.height_m)
    for these, (kind, where) in _groups(done.estimated, support, street):
        _fill(done, these, prior("height_m", kind, where), "height_prior")
    return done


def _power(
    park: Inventory,
    support: NDArray[np.str_],
    street: NDArray[np.str_],
    lamp_type: NDArray[np.object_],
    untyped: NDArray[np.bool_],
    era: NDArray[np.str_],
    measured: NDArray[np.float64],
) -> Completed:
    done = _facts(park.power_w)
    known = done.estimated & np.isfinite(measured)
    _take(done, known, measured, "power_photometry")
    from_flux = done.estimated & ~known & np.isfinite(park.flux_lm)
    for these, (code,) in _groups(from_flux, lamp_type):
        family, flux = lamps.types()[code], park.flux_lm[these]
        done.value[these] = lamps.power_for(code, flux)
        done.low[these] = done.value[these] * (family.efficacy_lm_w / family.efficacy_high)
        done.high[these] = done.value[these] * (family.efficacy_lm_w / family.efficacy_low)
        done.common[these] = 0.1
        done.method[these] = "power_from_flux"
    rest = done.estimated & ~from_flux & ~known
    for these, (kind, where, code) in _groups(rest & ~untyped, support, street, lamp_type):
        ratio = lamps.types()[code].power_ratio
        _fill(done, these, prior("power_w", kind, where), "power_family", ratio)
    for these, (kind, where, when) in _groups(rest & untyped, support, street, era):
        item, factor = prior("power_w", kind, where), prior("era_factor", era=when)
        _fill(done, these, item, "power_prior", factor.value)
        done.low[these] *= factor.low / factor.value
        spread = (factor.high - factor.low) / (2 * factor.value)
        done.common[these] = np.hypot(item.common, spread)
    return done


def _flux(
    park: Inventory,
    lamp_type: NDArray[np.object_],
    untyped: NDArray[np.bool_],
    power: Completed,
    measured: NDArray[np.float64],
) -> Completed:
    done = _facts(park.flux_lm)
    known = done.estimated & np.isfinite(measured)
    _take(done, known, measured, "flux_photometry")
    rest = done.estimated & ~known
    for these, (code, guessed) in _groups(rest, lamp_type, untyped.astype("<U5")):
        family = lamps.types()[code]
        other = lamps.types()["OTHER"] if guessed == "True" else family
        flux = {
            part: lamps.flux(code, lamps.lamp_power(code, getattr(power, part)[these]))
            for part in ("value", "low", "high")
        }
        done.value[these] = flux["value"]
        done.low[these] = flux["low"] * other.efficacy_low / other.efficacy_lm_w
        done.high[these] = flux["high"] * other.efficacy_high / other.efficacy_lm_w
        done.common[these] = np.hypot(power.common[these], 0.1 if other is family else 0.25)
        done.method[these] = "flux_from_power"
    return done


def _cct(park: Inventory, lamp_type: NDArray[np.object_]) -> Completed:
    done = _facts(park.cct_k)
    for these, (code,) in _groups(done.estimated, lamp_type):
        family = lamps.types()[code]
        item = Prior(family.cct_k, family.cct_low, family.cct_high, 0.0, "", family.source)
        _fill(done, these, item, "cct_family")
    return done


def _of_files(
    which: NDArray[np.int64], files: tuple[Photometry, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the flux and the power that makers' files tell of each lamp, NaN for none."""
    flux = np.array([item.flux_lm for item in files] + [np.nan], np.float64)
    power = np.array([item.power_w or np.nan for item in files] + [np.nan], np.float64)
    return flux[which], power[which]  # −1 is the last one


def _take(
    done: Completed, these: NDArray[np.bool_], values: NDArray[np.float64], method: str
) -> None:
    """Take values of makers' files, that the lamp installed may leave by a tenth."""
    done.value[these] = values[these]
    done.low[these], done.high[these] = 0.9 * values[these], 1.1 * values[these]
    done.common[these] = 0.05
    done.method[these] = method


def _facts(values: NDArray[np.float64]) -> Completed:
    """Return a quantity whose unknown values are marked to be estimated."""
    method = np.where(np.isnan(values), "?", "").astype(object)
    return Completed(values.copy(), values.copy(), values.copy(), np.zeros(values.size), method)


def _fill(
    done: Completed, these: NDArray[np.intp], item: Prior, method: str, factor: float = 1.0
) -> None:
    done.value[these] = item.value * factor
    done.low[these], done.high[these] = item.low * factor, item.high * factor
    done.common[these] = item.common
    done.method[these] = method


def _groups(
    among: NDArray[np.bool_], *keys: NDArray[Any]
) -> Iterator[tuple[NDArray[np.intp], tuple[str, ...]]]:
    """Yield the rows of a selection that share the same keys, with these keys."""
    rows = np.flatnonzero(among)
    if not rows.size:
        return
    codes = np.zeros(rows.size, np.int64)
    for key in keys:
        values, inverse = np.unique(key[rows].astype(str), return_inverse=True)
        codes = codes * len(values) + inverse
    found, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    for number in range(len(found)):
        row = rows[first[number]]
        yield rows[inverse == number], tuple(str(key[row]) for key in keys)


def _support(text: Any) -> str:
    if not text:
        return ""
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().upper()
    return next((row["support"] for row in _rows("supports.csv") if _find(row)(plain)), "")


def _find(row: dict[str, str]) -> Callable[[str], Any]:
    return re.compile(row["pattern"]).search


@cache
def _forms() -> dict[str, str]:
    return {row["support"]: row["form"] for row in _rows("supports.csv")}


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
