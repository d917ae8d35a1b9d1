# SPDX-License-Identifier: EUPL-1.2
"""Indicators and duties of water services beside figures worked out by hand, to the cent.

The services are invented; the figures follow from the order of 2 May 2007, decree 2012-97 and the
code de l'environnement by hand, and L-TOWN's from its measured inflow and true leaks of 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from jumeau.validation.water.study import Figure, Study

if TYPE_CHECKING:
    from jumeau.worksites.water.sispea.formulas import Volumes

CENT = 0.005
SOURCE = "Hand computation after the order of 2 May 2007 (annex I) and decree 2012-97"
LICENCE = "project"
ANSWERS = {"no": 0.0, "yes": 1.0, "unknown": 0.5}
"""Verdicts as numbers."""
HOURS = 8760.0
_TOWN = {"produced": 250.825 * HOURS, "metered_domestic": (250.825 - 74.651) * HOURS}
_VOLUMES: dict[str, tuple[dict[str, float], float, float]] = {
    # volumes left out of the first two are 0; length [km]; drawn in restricted zones [m³]
    "L-TOWN 2019": (_TOWN, 43.163, 0.0),
    "a town that loses little": (
        {"produced": 900_000, "bought": 100_000, "sold": 50_000, "metered_domestic": 700_000,
         "metered_other": 90_000, "unmetered": 8_000, "service": 12_000}, 120.0, 0.0,
    ),
    "a village under the lower bar": (
        {"produced": 180_000, "metered_domestic": 112_000, "metered_other": 6_000,
         "unmetered": 3_000, "service": 2_000}, 61.5, 0.0,
    ),
    "a syndicate that sells": (
        {"produced": 1_400_000, "bought": 20_000, "sold": 300_000, "metered_domestic": 640_000,
         "metered_other": 40_000, "unmetered": 10_000, "service": 15_000}, 410.0, 0.0,
    ),
    "a service of restricted zones": (
        {"produced": 2_600_000, "metered_domestic": 1_500_000, "metered_other": 300_000,
         "unmetered": 10_000, "service": 15_000}, 700.0, 2_650_000.0,
    ),
}  # fmt: skip
_EXPECTED = {
    # R, ILVNC, ILP, ILC, yield asked for, conform
    "L-TOWN 2019": (70.24, 41.51, 41.51, 97.96, 84.59, "no"),
    "a town that loses little": (86.00, 3.65, 3.20, 19.63, 68.93, "yes"),
    "a village under the lower bar": (68.33, 2.76, 2.54, 5.48, 66.10, "yes"),
    "a syndicate that sells": (70.77, 2.94, 2.77, 6.72, 66.34, "yes"),
    "a service of restricted zones": (70.19, 3.13, 3.03, 7.14, 71.43, "no"),
}
_LADDERS = ((0.499, 0), (0.50, 10), (0.599, 10), (0.60, 11), (0.75, 12), (0.90, 14), (0.949, 14),
            (0.95, 15), (1.0, 15))  # fmt: skip


def _volumes(told: Mapping[str, float]) -> Volumes:
    from jumeau.worksites.water.sispea import formulas

    names = formulas.Volumes.__dataclass_fields__
    return formulas.Volumes(**dict.fromkeys(names, 0.0) | dict(told))


def _service(name: str) -> dict[str, float | None]:
    from jumeau.worksites.water.sispea import formulas as f
    from jumeau.worksites.water.sispea.decree import decree_2012_97

    told, length, drawn = _VOLUMES[name]
    volumes = _volumes(told)
    index = f.consumption_index(volumes, length)
    answer = decree_2012_97(f.network_yield(volumes), index, drawn)
    return {
        "yield": f.network_yield(volumes).value,
        "uncounted": f.uncounted_index(volumes, length).value,
        "losses": f.loss_index(volumes, length).value,
        "consumption": index.value,
        "yield asked for": answer.threshold.value,
        "conform (1 yes)": ANSWERS[answer.answer],
    }


def _knowledge() -> dict[str, float | None]:
    from jumeau.worksites.water.sispea import knowledge as k

    found: dict[str, float | None] = {
        f"points of {100 * share:g} % of the length": float(k.ladder(share))
        for share, _ in _LADDERS
    }
    every = dict.fromkeys((*k.PLAN, *k.INVENTORY, *k.MANAGEMENT), True)
    found["all of it"] = float(k.knowledge_index(1.0, 1.0, every).low)
    bare = every | {"plan_updated_yearly": False}
    found["without yearly update"] = float(k.knowledge_index(1.0, 1.0, bare).high)
    low = k.knowledge_index(0.72, 0.55, every)
    found["72 and 55 % known"] = float(low.low)
    part = k.knowledge_index(0.91, 0.83, every | {"renewal_programme": None})
    found["renewal programme not told, least"] = float(part.low)
    found["renewal programme not told, most"] = float(part.high)
    return found


def _others() -> dict[str, float | None]:
    from jumeau.worksites.water.sispea import formulas as f

    laid = f.renewal_rate(3.42, 187.5)
    open_ = f.renewal_rate(1.2, 80.0, possible_km=0.8)
    return {
        "renewal of 3.42 km out of 187.5": laid.value,
        "renewal, least": open_.low,
        "renewal, most": open_.high,
        "samples, 2 failed of 57": f.conformity_rate(57, 2).value,
        "protection of two resources": f.protection_index([(80, 120_000), (40, 30_000)]).value,
        "solidarity": f.solidarity_rate(
            1_234.50, _volumes({"metered_domestic": 112_000, "metered_other": 6_000})
        ).value,
    }


def _unknown() -> dict[str, float | None]:
    """Return what is said when a volume is not told: bounds, and verdicts only they allow."""
    from jumeau.worksites.water.sispea import formulas as f
    from jumeau.worksites.water.sispea.decree import decree_2012_97

    def answer(volumes: Volumes) -> float:
        got = decree_2012_97(f.network_yield(volumes), f.consumption_index(volumes, 50.0), 0.0)
        return ANSWERS[got.answer]

    told: dict[str, Any] = {"produced": 100_000.0, "bought": 0.0, "sold": 0.0,
                            "metered_domestic": 60_000.0, "metered_other": 4_000.0,
                            "service": 500.0}  # fmt: skip
    open_ = f.Volumes(**told)
    sure = f.Volumes(**told | {"metered_domestic": 83_000.0})
    rate = f.network_yield(open_)
    return {
        "least yield without the unmetered volume": rate.low,
        "value given (1 yes)": float(rate.value is not None),
        "verdict (0.5 unknown)": answer(open_),
        "verdict where bounds decide (1 yes)": answer(sure),
        "verdict without any volume (0.5 unknown)": answer(f.Volumes()),
    }


def _levy() -> dict[str, float | None]:
    from jumeau.worksites.water.sispea import levy

    town = levy.performance_term(levy.primary_yield(_volumes(_TOWN)).value or 0.0)
    known = levy.coefficient(0.33, 0.15)
    rates = {year: levy.rate("Loire-Bretagne", year) for year in (2028, 2029)}
    open_ = levy.coefficient(0.33, None)
    return {
        "term of L-TOWN": town,
        "term at 65 %": levy.performance_term(65.0),
        "term at 77 %": levy.performance_term(77.0),
        "term at 92 %": levy.performance_term(92.0),
        "coefficient": known.value,
        "coefficient, least": open_.low,
        "coefficient, most": open_.high,
        "levy of 412,350 m³": levy.fee(412_350.0, 0.10, known.value or 0.0),
        **{
            f"rate of Loire-Bretagne in {year}": None if it is None else it.eur_m3
            for year, it in rates.items()
        },
        "rate of Loire-Bretagne in 2028": getattr(
            levy.rate("Loire-Bretagne", 2028), "eur_m3", None
        ),
        "rate of Loire-Bretagne in 2029": getattr(
            levy.rate("Loire-Bretagne", 2029), "eur_m3", None
        ),
    }


def _study(
    name: str, solver: str, compute: Callable[[], dict[str, float | None]],
    figures: Mapping[str, tuple[float, str, float]],
) -> Study:  # fmt: skip
    made = tuple(Figure(it, value, tolerance, unit)
                 for it, (value, unit, tolerance) in figures.items())  # fmt: skip
    return Study(name, solver, compute, made, SOURCE, LICENCE)


def studies() -> Iterator[Study]:
    """Yield the studies of indicators and duties."""
    for name, (rate, uncounted, losses, index, asked, conform) in _EXPECTED.items():
        yield _study(f"indicators of {name}", "indicators", partial(_service, name), {
            "yield": (rate, "%", CENT),
            "uncounted": (uncounted, "m³/km/d", CENT),
            "losses": (losses, "m³/km/d", CENT),
            "consumption": (index, "m³/km/d", CENT),
            "yield asked for": (asked, "%", CENT),
            "conform (1 yes)": (ANSWERS[conform], "1", 0.0),
        })  # fmt: skip
    yield _study("knowledge of a network (P103.2B)", "indicators", _knowledge, {
        **{f"points of {100 * share:g} % of the length": (float(points), "1", 0.0)
           for share, points in _LADDERS},
        "all of it": (120.0, "1", 0.0),
        "without yearly update": (10.0, "1", 0.0),
        "72 and 55 % known": (37.0, "1", 0.0),
        "renewal programme not told, least": (107.0, "1", 0.0),
        "renewal programme not told, most": (117.0, "1", 0.0),
    })  # fmt: skip
    yield _study("other indicators of a service", "indicators", _others, {
        "renewal of 3.42 km out of 187.5": (0.3648, "%/yr", 1e-9),
        "renewal, least": (0.30, "%/yr", 1e-9),
        "renewal, most": (0.50, "%/yr", 1e-9),
        "samples, 2 failed of 57": (96.49, "%", CENT),
        "protection of two resources": (72.0, "%", 1e-9),
        "solidarity": (0.0105, "€/m³", 0.00005),
    })  # fmt: skip
    yield _study("a service that leaves facts out", "indicators", _unknown, {
        "least yield without the unmetered volume": (64.50, "%", CENT),
        "value given (1 yes)": (0.0, "1", 0.0),
        "verdict (0.5 unknown)": (0.5, "1", 0.0),
        "verdict where bounds decide (1 yes)": (1.0, "1", 0.0),
        "verdict without any volume (0.5 unknown)": (0.5, "1", 0.0),
    })  # fmt: skip
    yield _study("levy on the performance of networks", "indicators", _levy, {
        "term of L-TOWN": (0.144, "1", 0.0005),
        "term at 65 %": (0.0, "1", 1e-12),
        "term at 77 %": (0.33, "1", 1e-9),
        "term at 92 %": (0.55, "1", 1e-12),
        "coefficient": (0.52, "1", 1e-9),
        "coefficient, least": (0.42, "1", 1e-9),
        "coefficient, most": (0.67, "1", 1e-9),
        "levy of 412,350 m³": (21_442.20, "€", CENT),
        "rate of Loire-Bretagne in 2028": (0.10, "€/m³", 1e-12),
        "rate of Loire-Bretagne in 2029": (0.11, "€/m³", 1e-12),
    })  # fmt: skip
