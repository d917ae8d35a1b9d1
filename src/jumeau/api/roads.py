# SPDX-License-Identifier: EUPL-1.2
"""The lighting performance of streets beside what their class asks. View in, plain data out.

Figures are the indicators ``lighting_road_*`` of the lighting worksite; requirements are those of
EN 13201-2. A figure conforms, does not conform, or is not computable; what could not be computed
says why, with the findings of the run about that street.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jumeau.api import findings, results
from jumeau.base import i18n
from jumeau.base.errors import did_you_mean, error
from jumeau.interop import features, labels
from jumeau.interop.served import View
from jumeau.twin import schema
from jumeau.worksites.lighting.en13201 import ENERGY_PROCEDURE, PROCEDURE, classes
from jumeau.worksites.lighting.en13201.selection import reworded

PREFIX = "lighting_road_"
ALWAYS = ("lav", "uo", "ul", "fti", "rei", "eav", "emin", "uh", "dp", "de")
"""Quantities, in the order of a sheet."""
COLUMNS = (
    "id", "label", "lighting_class", "class_estimated", "verdict", "failing", "certain",
    "estimated_share",
)  # fmt: skip
VERDICTS = ("not_conform", "not_computable", "conform", "none")
"""What is said of a street, worst first; ``none`` when no class asks anything of it."""
_REASONS = "JUM-L"
_NAMES = {"e_av": "eav", "e_min": "emin", "u_h": "uh"}
_WET = "uow"
_FLAT = (
    "quantity", "label", "value", "low", "high", "unit", "estimated_share", "least", "most",
    "verdict", "certain", "procedure", "lighting_class",
)  # fmt: skip
_SUMMARY = f"""
WITH guess AS (
  SELECT entity, any_value(text) AS class FROM estimate
  WHERE "table" = 'street' AND attribute = 'lighting_class' GROUP BY entity
), figure AS (
  SELECT entity, indicator, any_value(value) AS value, any_value(low) AS low,
    any_value(high) AS high, any_value(estimated_share) AS share
  FROM indicator WHERE scope = 'street' AND starts_with(indicator, '{PREFIX}')
  GROUP BY entity, indicator
), class AS (
  SELECT id, name, coalesce(lighting_class, class) AS class, lighting_class IS NULL AS guessed
  FROM street LEFT JOIN guess ON guess.entity = id
  WHERE coalesce(lighting_class, class) IS NOT NULL OR id IN (SELECT entity FROM figure)
), told AS (
  SELECT id, name, class.class AS class, guessed, quantity, value, share,
    value < least OR value > most AS fails,
    coalesce(low, value) < least OR coalesce(low, value) > most AS fails_low,
    coalesce(high, value) < least OR coalesce(high, value) > most AS fails_high
  FROM class LEFT JOIN (VALUES {{asked}}) AS asked(class, quantity, least, most)
    ON asked.class = class.class
  LEFT JOIN figure ON figure.entity = id AND figure.indicator = '{PREFIX}' || quantity
)
SELECT id, any_value(name) AS name, any_value(class) AS class, any_value(guessed) AS guessed,
  max(share) AS share, count(value) AS known, count(quantity) AS asked,
  coalesce(bool_or(fails), false) AS fails,
  coalesce(bool_or(fails AND fails_low AND fails_high), false) AS surely,
  coalesce(bool_or(fails OR fails_low OR fails_high), false) AS perhaps,
  array_to_string(list_sort(list(DISTINCT quantity) FILTER (fails)), ' ') AS failing
FROM told GROUP BY id ORDER BY name NULLS LAST, id
"""


def road(view: View, identifier: str, lang: str) -> dict[str, Any]:
    """Return the lighting performance of a street, quantity by quantity.

    Parameters
    ----------
    view : View
        Territory at one version.
    identifier : str
        Street.
    lang : str
        Language of the labels and sentences.

    Returns
    -------
    dict
        ``procedure``, ``classes`` and ``energy``: the standards with their version;
        ``lighting_class`` (``value, estimated, method``) or ``None``; ``rows``, a quantity each
        (``layout`` for those that the others rest on: spacing, height…) with its interval, the
        share estimated, the ``requirement`` of the class (``least``, ``most``, ``source``,
        ``confirmed``) and the ``verdict``: ``conform``, ``not_conform``, ``not_computable``,
        ``none`` without requirement; ``certain``: whether the whole interval says the same;
        ``verdict`` of all; ``reasons``: why something is not computable; ``supposed``: how many of
        its lamps have a value estimated, attribute by attribute.

    Raises
    ------
    UnknownNameError
        ``JUM-I008`` for the street.
    """
    row = features.item(view, features.table("street"), identifier).to_pylist()[0]
    given = _class(view, row, lang)
    figures = _figures(view, identifier, lang)
    asked = requirements(given["value"]) if given else {}
    specs = _specs(lang)
    names = dict.fromkeys([*ALWAYS, *specs, *sorted(figures)])
    rows = [_row(name, figures.get(name), asked.get(name), specs) for name in names]
    told = [item for item in rows if item["value"] is not None or item["requirement"]]
    lacking = not figures or any(item["verdict"] == "not_computable" for item in told)
    found = findings.findings(view, lang, {"table": "street", "entity": identifier})["rows"]
    return {
        "street": identifier,
        "label": row.get("name") or f"{labels.label('one', 'street', lang)} {identifier}",
        "procedure": PROCEDURE,
        "classes": classes.SOURCE,
        "energy": ENERGY_PROCEDURE,
        "lighting_class": given,
        "verdict": _overall(told, bool(asked), bool(figures)),
        "rows": told,
        "reasons": [
            {name: item[name] for name in ("code", "what", "why", "remedy")}
            for item in found
            if lacking and item["code"].startswith(_REASONS)
        ],
        "supposed": _supposed(view, identifier, lang),
        "run_id": next((item["run_id"] for item in figures.values()), None),
    }


def roads(
    view: View, lang: str, asked: str | None = None, limit: int | None = None, skip: int = 0
) -> dict[str, Any]:
    """Return the streets that have a class or a figure, worst first.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the labels.
    asked : str, optional
        Only those of this verdict, one of :data:`VERDICTS`.
    limit : int, optional
        Most rows; all of them by default.
    skip : int
        Rows left out before.

    Returns
    -------
    dict
        ``rows`` (:data:`COLUMNS`), ``total`` of those asked, ``counts`` of all by verdict, and
        the ``procedure``.

    Raises
    ------
    InvalidError
        ``JUM-A006`` for another verdict.
    """
    if asked is not None and asked not in VERDICTS:
        raise error(
            "JUM-A006",
            value=asked,
            known=", ".join(VERDICTS),
            suggestion=did_you_mean(asked, VERDICTS) or VERDICTS[0],
        )
    every = view.remember("roads", lambda: _summary(view))
    found = [row for row in every if asked in (None, row["verdict"])]
    one = labels.label("one", "street", lang)
    chosen = found[skip:] if limit is None else found[skip : skip + limit]
    return {
        "rows": [{**row, "label": row["label"] or f"{one} {row['id']}"} for row in chosen],
        "total": len(found),
        "counts": {name: sum(row["verdict"] == name for row in every) for name in VERDICTS},
        "procedure": PROCEDURE,
    }


def _summary(view: View) -> list[dict[str, Any]]:
    asked = ", ".join(
        f"('{code}', '{name}', {_sql(item['least'])}, {_sql(item['most'])})"
        for code in classes.names()
        for name, item in requirements(code).items()
    )
    rows = []
    for row in view.rows(_SUMMARY.format(asked=asked)):
        said = (
            "none"
            if not row["asked"]
            else "not_conform"
            if row["fails"]
            else "not_computable"
            if row["known"] < row["asked"]
            else "conform"
        )
        sure = {"not_conform": row["surely"], "conform": not row["perhaps"]}
        rows.append(
            {
                "id": row["id"],
                "label": row["name"],
                "lighting_class": row["class"],
                "class_estimated": bool(row["guessed"] and row["class"]),
                "verdict": said,
                "failing": row["failing"] or "",
                "certain": bool(sure.get(said, False)),
                "estimated_share": row["share"],
            }
        )
    return sorted(rows, key=lambda row: VERDICTS.index(str(row["verdict"])))


def _sql(value: float | None) -> str:
    return "NULL::DOUBLE" if value is None else f"{float(value)!r}::DOUBLE"


def flat(found: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the performance of a street for a flat file, one line a quantity; and its columns."""
    given = found["lighting_class"]
    more = {
        "procedure": found["procedure"],
        "lighting_class": given["value"] if given else None,
    }
    ends = {"least": None, "most": None}
    rows = [{**row, **(row["requirement"] or ends), **more} for row in found["rows"]]
    return [{name: row[name] for name in _FLAT} for row in rows], list(_FLAT)


def requirements(code: str) -> dict[str, dict[str, Any]]:
    """Return what a class asks: {quantity: least, most, source, confirmed}.

    Parameters
    ----------
    code : str
        Class of EN 13201-2: ``M1`` to ``M6``, ``C0`` to ``C5``, ``P1`` to ``P7``; nothing is known
        of another one.

    Notes
    -----
    The uniformity of a wet road is left out: it is asked where wet roads count, and no public
    table of wet surfaces lets it be computed.
    """
    if code.strip().upper() not in classes.names():
        return {}
    return {
        _NAMES.get(name, name): {
            "least": item.least,
            "most": item.most,
            "source": item.source,
            "confirmed": item.confirmed,
        }
        for name, item in classes.requirements(code).items()
        if name != _WET
    }


def verdict(value: float | None, requirement: Mapping[str, Any] | None) -> str:
    """Return whether a value meets a requirement: conform, not_conform, not_computable, none."""
    if requirement is None:
        return "none"
    if value is None:
        return "not_computable"
    least, most = requirement["least"], requirement["most"]
    enough = least is None or value >= least
    return "conform" if enough and (most is None or value <= most) else "not_conform"


def _specs(lang: str) -> dict[str, dict[str, Any]]:
    """Return label, unit and digits of the quantities, as the worksite declares them."""
    from jumeau.worksites.lighting import indicators

    return {
        spec.name.removeprefix(PREFIX): {
            "label": i18n.pick(spec.__dict__, "label", lang),
            "unit": spec.unit,
            "digits": spec.digits,
        }
        for spec in indicators.INDICATORS
        if spec.name.startswith(PREFIX)
    }


def _row(
    name: str,
    figure: dict[str, Any] | None,
    requirement: dict[str, Any] | None,
    specs: Mapping[str, dict[str, Any]],
) -> dict[str, Any]:
    blank = dict.fromkeys(("id", "value", "low", "high", "estimated_share"))
    spec = specs.get(name, {"label": name, "unit": "", "digits": 0})
    told = figure or {**blank, **spec}
    said = verdict(told["value"], requirement)
    ends = [verdict(told[end], requirement) for end in ("low", "high") if told[end] is not None]
    kept = ("id", "label", "value", "low", "high", "unit", "digits", "estimated_share")
    return {
        "quantity": name,
        "indicator": PREFIX + name,
        "layout": name not in ALWAYS,
        **{key: told[key] for key in kept},
        "requirement": requirement,
        "verdict": said,
        "certain": said in ("conform", "not_conform") and all(end == said for end in ends),
    }


def _overall(rows: list[dict[str, Any]], asked: bool, computed: bool) -> str:
    said = {item["verdict"] for item in rows}
    if not computed:
        return "not_computable"
    if not asked:
        return "none"
    return next(
        (name for name in ("not_conform", "not_computable") if name in said),
        "conform",
    )


def _class(view: View, row: Mapping[str, Any], lang: str) -> dict[str, Any] | None:
    """Return the class of a street: the authority's own, else the one that the run proposes."""
    if row.get("lighting_class"):
        return {"value": str(row["lighting_class"]), "estimated": False, "method": None}
    found = view.rows(
        "SELECT text, method FROM estimate WHERE \"table\" = 'street' AND entity = ? "
        "AND attribute = 'lighting_class' AND text IS NOT NULL",
        [row["id"]],
    )
    if not found:
        return None
    from jumeau.api import wordings

    method = reworded(wordings.method(found[0]["method"], lang) or "", lang)
    return {"value": str(found[0]["text"]), "estimated": True, "method": method}


def _figures(view: View, identifier: str, lang: str) -> dict[str, dict[str, Any]]:
    rows = results.indicators(view, lang, {"scope": "street", "entity": identifier})
    return {
        item["indicator"].removeprefix(PREFIX): item
        for item in rows
        if item["indicator"].startswith(PREFIX)
    }


def _supposed(view: View, identifier: str, lang: str) -> list[dict[str, Any]]:
    """Return how many lamps of a street rest on an estimate, attribute by attribute."""
    rows = view.rows(
        "WITH mine AS (SELECT id FROM luminaire WHERE street_id = ? UNION SELECT entity FROM "
        "estimate WHERE \"table\" = 'luminaire' AND attribute = 'street_id' AND text = ?) "
        "SELECT attribute, count(DISTINCT entity) AS n, (SELECT count(*) FROM mine) AS lamps "
        "FROM estimate WHERE \"table\" = 'luminaire' AND entity IN (SELECT id FROM mine) "
        "GROUP BY attribute",
        [identifier, identifier],
    )
    counts = {row["attribute"]: row for row in rows}
    return [
        {
            "attribute": item.name,
            "label": i18n.pick(item.__dict__, "label", lang),
            "count": int(counts[item.name]["n"]),
            "lamps": int(counts[item.name]["lamps"]),
        }
        for item in schema.table("luminaire").attributes
        if item.name in counts
    ]
