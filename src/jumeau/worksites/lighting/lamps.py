# SPDX-License-Identifier: EUPL-1.2
"""Lamps: families, nominal lamps by wattage, and the labels inventories give them.

The figures rest in ``lamp_types.csv`` (one row per family of the schema's ``lamp_type`` codes) and
``lamps.csv`` (nominal lamps: power of the lamp, of lamp and gear, and flux), each with its source.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_FOLDER = Path(__file__).parent
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_WHOLE = r"(\d{1,3}(?:[ .,]\d{3})+|\d+)"  # 4200, and 4 200, 4,200, 4.200
_KELVIN, _MOST_W, _MOST_LM = (1000.0, 20000.0), 5000.0, 1e6


@dataclass(frozen=True)
class LampType:
    """A family of light sources, with 5–95 % intervals.

    Parameters
    ----------
    lamp_type : str
        Code of the schema: LED, HPS, LPS, MH, CMH, HPM, FL, CFL, INC, HAL, IND or OTHER.
    label_en, label_fr : str
        Names for people.
    typical_w : float
        Lamp taken when a label gives no wattage [W].
    power_ratio : float
        Power usual in a place over that of sodium in the same place (user parameter, to confirm).
    efficacy_lm_w, efficacy_low, efficacy_high : float
        Flux of the source per watt of the lamp; of the luminaire for LED [lm/W].
    gear, gear_low, gear_high : float
        Power of lamp and gear over power of the lamp.
    lor, lor_low, lor_high : float
        Light output ratio of the luminaire.
    ulr, ulr_high : float
        Share of the luminaire's flux that goes upwards, usual and high.
    cct_k, cct_low, cct_high : float
        Correlated colour temperature [K].
    life_h : float
        Usual life of the lamp [h].
    confidence, source : str
        How sure the figures are, and where they come from.
    """

    lamp_type: str
    label_en: str
    label_fr: str
    typical_w: float
    power_ratio: float
    efficacy_lm_w: float
    efficacy_low: float
    efficacy_high: float
    gear: float
    gear_low: float
    gear_high: float
    lor: float
    lor_low: float
    lor_high: float
    ulr: float
    ulr_high: float
    cct_k: float
    cct_low: float
    cct_high: float
    life_h: float
    confidence: str
    source: str


class LampLabel(NamedTuple):
    """What a lamp label says; ``None`` where it is silent."""

    lamp_type: str | None
    lamp_w: float | None
    cct_k: float | None
    flux_lm: float | None


@cache
def types() -> dict[str, LampType]:
    """Return the families of light sources by code."""
    text = {"lamp_type", "label_en", "label_fr", "confidence", "source"}
    return {
        row["lamp_type"]: LampType(
            **{key: value if key in text else float(value) for key, value in row.items()}  # type: ignore[arg-type]
        )
        for row in _rows("lamp_types.csv")
    }


@cache
def _nominal() -> dict[str, NDArray[np.float64]]:
    """Return for each family its nominal lamps: rows of lamp W, total W, lm, by rising wattage."""
    table: dict[str, list[tuple[float, ...]]] = {}
    for row in _rows("lamps.csv"):
        lamp = tuple(float(row[name]) for name in ("lamp_w", "total_w", "flux_lm"))
        table.setdefault(row["lamp_type"], []).append(lamp)
    return {code: np.array(sorted(lamps)).T for code, lamps in table.items()}


@cache
def _words() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (row["lamp_type"], re.compile(rf"(?<![A-Z0-9])({row['pattern']})(?![A-Z])"))
        for row in _rows("lamp_words.csv")
    ]


def flux(lamp_type: str, lamp_w: ArrayLike) -> NDArray[np.float64]:
    """Return the initial flux of the sources of a family from the power of the lamp.

    Parameters
    ----------
    lamp_type : str
        Code of the family.
    lamp_w : array_like
        Power of the lamp, gear excluded (of the luminaire for LED) [W].

    Returns
    -------
    array
        Luminous flux [lm]: log-linear between nominal lamps, their efficacy beyond.
    """
    return _between(lamp_type, lamp_w, 0, 2, types()[lamp_type].efficacy_lm_w)


def total_power(lamp_type: str, lamp_w: ArrayLike) -> NDArray[np.float64]:
    """Return the power of lamp and gear from the power of the lamp [W]."""
    return _between(lamp_type, lamp_w, 0, 1, types()[lamp_type].gear)


def lamp_power(lamp_type: str, total_w: ArrayLike) -> NDArray[np.float64]:
    """Return the power of the lamp from the power of lamp and gear [W]."""
    return _between(lamp_type, total_w, 1, 0, 1.0 / types()[lamp_type].gear)


def power_for(lamp_type: str, flux_lm: ArrayLike) -> NDArray[np.float64]:
    """Return the power of lamp and gear of a family that gives a flux of the source [W]."""
    family = types()[lamp_type]
    return _between(lamp_type, flux_lm, 2, 1, family.gear / family.efficacy_lm_w)


def is_nominal(lamp_type: str, power_w: ArrayLike) -> NDArray[np.bool_]:
    """Tell which powers are exactly those of nominal discharge lamps, gear excluded."""
    nominal = _nominal().get(lamp_type)
    power = np.asarray(power_w, dtype=np.float64)
    return np.zeros(power.shape, bool) if nominal is None else np.isin(power, nominal[0])


def is_excessive(lamp_type: str, power_w: ArrayLike) -> NDArray[np.bool_]:
    """Tell which powers, lamp and gear, exceed the largest lamp of a family by a quarter."""
    nominal = _nominal().get(lamp_type)
    power = np.asarray(power_w, dtype=np.float64)
    return np.zeros(power.shape, bool) if nominal is None else power > 1.25 * nominal[1].max()


def parse(label: str) -> LampLabel:
    """Read a lamp label such as « SHP 150 », « LED 36W 3000K » or « SOHP-150W ».

    Parameters
    ----------
    label : str
        French or English label; wattage, kelvins, lumens and colour codes (728: Ra 70–79, 2800 K)
        are recognised, numbers of LEDs and driving currents are not mistaken for them, and what
        no lamp has is left aside.

    Returns
    -------
    LampLabel
        Code of the family, power of the lamp [W], colour temperature [K], flux [lm].
    """
    text = re.sub(r"(?<![\d.,])\d+ ?(?=LEDS(?![A-Z]))", " ", _fold(label))
    text = re.sub(rf"(?<![\d.,]){_NUMBER} ?MA(?![A-Z])", " ", text)
    found, rest = None, text
    for code, pattern in _words():
        word = pattern.search(text)
        if word:
            found, rest = code, text[: word.start()] + " " + text[word.end() :]
            break
    kelvin, rest = _take(rest, rf"{_WHOLE} ?K(?:ELVINS?)?(?![A-Z])", whole=True)
    lumens, rest = _take(rest, rf"{_WHOLE} ?(?:LM|LUMENS?)(?![A-Z])", whole=True)
    # « 29C5W » is a code of a maker: a wattage follows no letter between figures
    watts, rest = _take(rest, rf"(?<!\d[A-Z]){_NUMBER} ?W(?:ATTS?)?(?![A-Z])")
    several = re.search(rf"(?<![\d.,])(\d) ?[X*] ?{_NUMBER}", text)
    if several and watts in (None, float(several[2].replace(",", "."))):
        watts = float(several[1]) * float(several[2].replace(",", "."))
        rest = rest.replace(several[0], " ")
    for word in re.findall(r"(?<![A-Z0-9.,])\d{2,4}(?![A-Z0-9.,])", rest):
        number = float(word)
        if kelvin is None and 1700 <= number <= 8000 and number % 100 == 0:
            kelvin = number
        elif kelvin is None and _is_colour_code(number) and (watts or len(word) == 3):
            alone = watts is None and not re.search(r"\d", rest.replace(word, "", 1))
            if alone and found not in ("LED", None):
                watts = number  # « SHP 700 »: a discharge lamp's wattage
            else:
                kelvin = colour_temperature(number)
        elif watts is None and 5 <= number <= 3000:
            watts = number
    return LampLabel(
        found,
        watts if watts is not None and 0 < watts <= _MOST_W else None,
        kelvin if kelvin is not None and _KELVIN[0] <= kelvin <= _KELVIN[1] else None,
        lumens if lumens is not None and 0 < lumens <= _MOST_LM else None,
    )


def identify(label: str) -> LampLabel:
    """Read a lamp label as :func:`parse`, and refuse one whose family is not recognised.

    Raises
    ------
    UnknownNameError
        ``JUM-L001``, with the nearest family.
    """
    found = parse(label)
    if found.lamp_type is None:
        known = [*types(), "SHP", "IM", "BF", "CPO"]
        head = re.split(r"[^A-Z]+", _fold(label).strip(), maxsplit=1)[0]
        raise error("JUM-L001", label=label, known=known, suggestion=did_you_mean(head, known))
    return found


def colour_temperature(value: float) -> float:
    """Return kelvins from kelvins or from a three-digit lamp colour code (728 → 2800 K) [K]."""
    return value % 100 * 100.0 if _is_colour_code(value) else float(value)


def _is_colour_code(value: float) -> bool:
    return 500 <= value <= 999 and 17 <= value % 100 <= 65


def _take(text: str, pattern: str, *, whole: bool = False) -> tuple[float | None, str]:
    """Return the number of a pattern and the text without it; separators group whole numbers."""
    match = re.search(rf"(?<![\d.,]){pattern}", text)
    if match is None:
        return None, text
    digits = re.sub(r"[ .,]", "", match[1]) if whole else match[1].replace(",", ".")
    return float(digits), text[: match.start()] + " " + text[match.end() :]


def _fold(label: str) -> str:
    plain = unicodedata.normalize("NFKD", str(label)).encode("ascii", "ignore").decode()
    spaced = re.sub(r"[-_/;:()\s]+|(?<=[A-Z]{2})\.(?=\d)", " ", plain.upper())
    spaced = re.sub(r"(?<![A-Z0-9.,])1 ?X? ?(?=[A-Z]{2})", "", spaced)  # 1SONT100, 1xSON-T
    initials = r"(?<![A-Z0-9])(?:[A-Z]\.){2,}[A-Z]?(?![A-Z])"  # S.H.P.
    return re.sub(initials, lambda word: word[0].replace(".", ""), spaced)


def _between(
    lamp_type: str, value: ArrayLike, known: int, wanted: int, factor: float
) -> NDArray[np.float64]:
    values = np.asarray(value, dtype=np.float64)
    nominal = _nominal().get(lamp_type)
    if nominal is None:
        return np.asarray(values * factor)
    x, y = nominal[known], nominal[wanted]
    with np.errstate(divide="ignore"):
        inside = np.exp(np.interp(np.log(values), np.log(x), np.log(y)))
    beyond = np.where(values < x[0], values * (y[0] / x[0]), values * (y[-1] / x[-1]))
    return np.asarray(np.where((values < x[0]) | (values > x[-1]), beyond, inside))


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
