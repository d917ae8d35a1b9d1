# SPDX-License-Identifier: EUPL-1.2
"""What is wrong or missing: row by row, a page at a time, and by kind. View in, plain data out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jumeau.base.errors import did_you_mean, error
from jumeau.base.findings import SEVERITIES, rewrite
from jumeau.interop.served import View
from jumeau.twin.schema import quoted

COLUMNS = (
    "id", "code", "severity", "table", "entity", "what", "why", "remedy", "run_id", "source_id",
)  # fmt: skip
_RANK = " ".join(f"WHEN '{name}' THEN {i}" for i, name in enumerate(SEVERITIES))
_WORKSITE = (
    "coalesce((SELECT worksite FROM run WHERE run.id = finding.run_id), "
    "CASE WHEN source_id IS NULL THEN 'check' ELSE 'import' END)"
)
"""What raised a finding: a worksite, the import of a file, or a check."""


def findings(
    view: View,
    lang: str,
    where: Mapping[str, str | None],
    limit: int | None = None,
    skip: int = 0,
) -> dict[str, Any]:
    """Return findings, worst first and in a language, their kinds and their numbers.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the sentences.
    where : mapping
        {``severity, table, entity, code, worksite``: value}; ``None`` for any.
    limit : int, optional
        Most rows; all by default.
    skip : int
        Rows left out before the first one returned.

    Returns
    -------
    dict
        ``rows``; ``total``, how many match; ``counts``, how many of the territory by severity;
        ``kinds``, one row a code among those that match: code, severity, count, worksite, tables
        and an example; ``facets``: the tables and worksites found in the whole territory.

    Raises
    ------
    InvalidError
        ``JUM-A005`` for a severity that does not exist.
    """
    severity = where.get("severity")
    if severity is not None and severity not in SEVERITIES:
        raise error(
            "JUM-A005",
            value=severity,
            known=", ".join(SEVERITIES),
            suggestion=did_you_mean(severity, SEVERITIES) or SEVERITIES[0],
        )
    given = {name: value for name, value in where.items() if value is not None}
    clause = (
        " AND ".join(
            f"{_WORKSITE if name == 'worksite' else quoted(name)} = ?" for name in sorted(given)
        )
        or "true"
    )
    values = [given[name] for name in sorted(given)]
    most = "" if limit is None else f" LIMIT {min(limit, 2**62)}"
    found = view.rows(
        f'SELECT * FROM finding WHERE {clause} ORDER BY CASE severity {_RANK} END, code, "table", '
        f"entity, id{most} OFFSET {int(skip)}",
        values,
    )
    kinds = _kinds(view, lang, clause, values)
    return {
        "rows": [_said(row, lang) for row in found],
        "total": sum(item["count"] for item in kinds),
        "counts": counts(view),
        "kinds": kinds,
        "facets": view.remember("facets of findings", lambda: _facets(view)),
    }


def counts(view: View) -> dict[str, int]:
    """Return the number of findings of each severity."""

    def build() -> dict[str, int]:
        rows = view.rows("SELECT severity, count(*) AS n FROM finding GROUP BY 1")
        found = {row["severity"]: int(row["n"]) for row in rows}
        return {name: found.get(name, 0) for name in SEVERITIES}

    return view.remember("counts of findings", build)


def _said(row: dict[str, Any], lang: str) -> dict[str, Any]:
    words = rewrite(row, lang)
    return {name: words[name] for name in COLUMNS}


def _kinds(view: View, lang: str, clause: str, values: list[str]) -> list[dict[str, Any]]:
    """Return one row a code and severity: worst first, then raised by a run, then the most."""
    groups = view.rows(
        f"SELECT code, severity, {_WORKSITE} AS worksite, count(*) AS n, "
        "count(DISTINCT entity) AS entities, min(id) AS example, max(run_id) IS NOT NULL AS ran, "
        'list_sort(list(DISTINCT "table") FILTER ("table" IS NOT NULL)) AS tables '
        f"FROM finding WHERE {clause} GROUP BY 1, 2, 3 "
        f"ORDER BY CASE severity {_RANK} END, ran DESC, n DESC, code",
        values,
    )
    marks = ", ".join("?" for _ in groups)
    examples = (
        view.rows(
            f"SELECT * FROM finding WHERE id IN ({marks})", [row["example"] for row in groups]
        )
        if groups
        else []
    )
    by_id = {row["id"]: row for row in examples}
    return [
        {
            "code": row["code"],
            "severity": row["severity"],
            "worksite": row["worksite"],
            "count": int(row["n"]),
            "tables": row["tables"] or [],
            "example": _said(by_id[row["example"]], lang),
        }
        for row in groups
    ]


def _facets(view: View) -> dict[str, list[str]]:
    rows = view.rows(f'SELECT DISTINCT "table" AS tab, {_WORKSITE} AS worksite FROM finding')
    return {
        "tables": sorted({row["tab"] for row in rows if row["tab"]}),
        "worksites": sorted({row["worksite"] for row in rows}),
    }
