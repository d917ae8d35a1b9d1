# SPDX-License-Identifier: EUPL-1.2
"""Proposal of a lighting class for a street (CEN/TR 13201-1:2014), its weights shown.

The class is 6 minus the sum of the weights of the options of its parameters. Classes are the
owner's choice, not the law's: what is proposed rests on usual answers where the street does not
say, and each may be overridden, as may the class itself. Weights rest in ``selection.csv`` with
their source.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from jumeau.base import i18n
from jumeau.base.errors import did_you_mean, error
from jumeau.worksites.lighting.en13201 import classes

SOURCE = "CEN/TR 13201-1:2014"
_NUMBERS = {"M": (1, 6), "C": (0, 5), "P": (1, 6)}
_SLOW = 40.0
"""Speed limit up to which a local street is for people first: classes P [km/h]."""


class Option(NamedTuple):
    """An option of a parameter and its weight; a row of ``selection.csv``."""

    family: str
    parameter: str
    option: str
    weight: int
    parameter_en: str
    parameter_fr: str
    option_en: str
    option_fr: str
    source: str


class Weight(NamedTuple):
    """An option taken for a street."""

    parameter: str
    option: str
    weight: int
    supposed: bool
    """Whether it is the usual answer and not the street's."""


class Proposal(NamedTuple):
    """Class proposed for a street, and why."""

    lighting_class: str
    family: str
    weights: tuple[Weight, ...]
    total: int
    source: str
    overridden: bool
    """Whether the class is the owner's and not the sum's."""

    @property
    def text(self) -> str:
        """The sum in words, in the language in force; what is supposed bears a question mark."""
        lang = i18n.language()
        terms = []
        for item in self.weights:
            name, answer = _words(options()[self.family][item.parameter][item.option], lang)
            mark = "?" if item.supposed else ""
            terms.append(_term(name, answer, mark, f"{item.weight:+d}".replace("-", "−"), lang))
        return f"6 − [{'; '.join(terms)}] → {self.lighting_class}"


_SUM = re.compile(r"6 − \[(?P<terms>[^\]]*)\] → (?P<class>[MCP]\d)")
_TERM = re.compile(r"(?P<name>.+?)\s*: (?P<answer>[^:]+?)(?P<mark>\??) (?P<weight>[+−]\d)")


def reworded(text: str, lang: str) -> str:
    """Return a text with the sums of :attr:`Proposal.text` in it put in a language.

    Parameters
    ----------
    text : str
        Text written in either language; what is not such a sum stays as it is.
    lang : {"en", "fr"}
        Language wanted.
    """

    def one(found: re.Match[str]) -> str:
        known = {
            _words(item, code): item
            for answers in options()[found["class"][0]].values()
            for item in answers.values()
            for code in ("en", "fr")
        }
        terms = []
        for part in found["terms"].split("; "):
            term = _TERM.fullmatch(part)
            item = known.get((term["name"], term["answer"])) if term else None
            if term is None or item is None:
                return found[0]
            terms.append(_term(*_words(item, lang), term["mark"], term["weight"], lang))
        return f"6 − [{'; '.join(terms)}] → {found['class']}"

    return _SUM.sub(one, text)


def _words(item: Option, lang: str) -> tuple[str, str]:
    """Return the parameter and the option of a row in a language, without examples."""
    french = lang == "fr"
    option = item.option_fr if french else item.option_en
    short = option.split(":")[0].strip().lower()
    return (item.parameter_fr if french else item.parameter_en), short


def _term(name: str, answer: str, mark: str, weight: str, lang: str) -> str:
    return f"{name}{chr(0xA0) if lang == 'fr' else ''}: {answer}{mark} {weight}"


@cache
def options() -> dict[str, dict[str, dict[str, Option]]]:
    """Return the options by family, parameter and option."""
    table: dict[str, dict[str, dict[str, Option]]] = {}
    with (Path(__file__).parent / "selection.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            item = Option(**{**row, "weight": int(row["weight"])})  # type: ignore[arg-type]
            table.setdefault(item.family, {}).setdefault(item.parameter, {})[item.option] = item
    return table


def propose(
    *,
    kind: str = "",
    speed_limit_kmh: float | None = None,
    lanes: float | None = None,
    separated: bool | None = None,
    options: Mapping[str, str] | None = None,
    family: Literal["M", "C", "P"] | None = None,
    override: str | None = None,
) -> Proposal:
    """Propose the lighting class of a street (CEN/TR 13201-1:2014).

    Parameters
    ----------
    kind : str
        ``main``, ``local`` or ``path``; local when empty.
    speed_limit_kmh : float, optional
        Speed limit; 50 is supposed where a street does not say it [km/h].
    lanes : float, optional
        Traffic lanes; from four on, traffic is supposed high on a main street.
    separated : bool, optional
        Whether carriageways are separated; supposed not.
    options : mapping, optional
        Options by parameter, in place of the usual ones: ``{"ambient": "high"}``.
    family : {"M", "C", "P"}, optional
        By default P for paths and for local streets up to 40 km/h, M for the others.
    override : str, optional
        Class chosen by the owner; the weights are shown all the same.

    Returns
    -------
    Proposal
        Class = 6 − Σ weights, kept within those of the family.

    Raises
    ------
    UnknownNameError
        ``JUM-L075`` for an unknown class or family, ``JUM-L076`` for an unknown parameter or
        option.
    """
    speed = _number(speed_limit_kmh)
    if override is not None:
        family = classes.family(override)  # type: ignore[assignment]
    if family is None:
        slow = kind != "main" and speed is not None and speed <= _SLOW
        family = "P" if kind == "path" or slow else "M"
    if family not in _NUMBERS:
        raise error("JUM-L075", lighting_class=str(family)[:20], known=list(_NUMBERS),
                    suggestion=did_you_mean(str(family), _NUMBERS))  # fmt: skip
    answers = (
        _people(kind, speed) if family == "P" else _traffic(kind, speed, _number(lanes), separated)
    )
    known = _family(family)
    taken = {name: answer for name, answer in answers.items() if name in known}
    for name, option in (options or {}).items():
        if name not in known:
            raise error("JUM-L076", parameter=name, family=family, option=str(option),
                        known=list(known), suggestion=did_you_mean(name, known))  # fmt: skip
        if option not in known[name]:
            raise error("JUM-L076", parameter=name, family=family, option=str(option),
                        known=list(known[name]),
                        suggestion=did_you_mean(str(option), known[name]))  # fmt: skip
        taken[name] = (option, False)
    weights = tuple(
        Weight(name, option, known[name][option].weight, supposed)
        for name, (option, supposed) in taken.items()
    )
    total = sum(item.weight for item in weights)
    least, most = _NUMBERS[family]
    found = f"{family}{min(max(6 - total, least), most)}"
    if override is not None:
        found = override.strip().upper()
    return Proposal(found, family, weights, total, SOURCE, override is not None)


def _family(name: str) -> dict[str, dict[str, Option]]:
    return options()[name]


def _traffic(
    kind: str, speed: float | None, lanes: float | None, separated: bool | None
) -> dict[str, tuple[str, bool]]:
    """Answer for classes M and C: option, and whether it is supposed."""
    limit = 50.0 if speed is None else speed
    main = kind == "main"
    band = next(
        name
        for most, name in ((40.0, "low"), (70.0, "moderate"), (99.9, "high"), (1e9, "very_high"))
        if limit <= most
    )
    wide = lanes is not None and lanes >= 4
    volume = ("high" if wide else "moderate") if main else "low"
    return {
        "speed": (band, speed is None),
        "volume": (volume, True),
        "composition": ("mixed", True),
        "separation": ("yes" if separated else "no", separated is None),
        "junctions": ("moderate", True),
        "parked": ("not_present" if main else "present", True),
        "ambient": ("moderate", True),
        "navigation": ("easy", True),
    }


def _people(kind: str, speed: float | None) -> dict[str, tuple[str, bool]]:
    """Answer for classes P: option, and whether it is supposed."""
    path = kind == "path"
    walking = path or (speed is not None and speed <= 10)
    return {
        "travel_speed": ("very_low" if walking else "low", speed is None),
        "use": ("normal" if path else "quiet", True),
        "composition": (
            "pedestrians_cyclists" if path else "pedestrians_cyclists_motorised", True,
        ),
        "parked": ("not_present" if path else "present", True),
        "ambient": ("moderate", True),
    }  # fmt: skip


def _number(value: float | None) -> float | None:
    return None if value is None or value != value or value <= 0 else float(value)  # noqa: PLR0124
