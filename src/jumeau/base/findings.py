# SPDX-License-Identifier: EUPL-1.2
"""Findings: what is wrong or missing in the data, how grave, and what to do about it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jumeau.base import messages

if TYPE_CHECKING:
    import pandas as pd

SEVERITIES = ("blocks", "degrades", "informs")
COLUMNS = (
    "id",
    "code",
    "severity",
    "table",
    "entity",
    "what",
    "why",
    "remedy",
    "run_id",
    "source_id",
    "data",
)


@dataclass(frozen=True)
class Finding:
    """One finding.

    Parameters
    ----------
    code : str
        Code of a row of ``messages.csv`` whose kind is a severity.
    table : str
        Table (or raster layer) concerned; empty when none is.
    entity : str
        Identifier of the row, column or file concerned; empty when it is about the whole table.
    data : dict
        Values of the sentence's placeholders.
    """

    code: str
    table: str = ""
    entity: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """``blocks``, ``degrades`` or ``informs``, as the catalogue says."""
        return messages.row(self.code)["kind"]

    def to_row(self, run_id: str | None = None, source_id: str | None = None) -> dict[str, Any]:
        """Return the finding as a row of the ``finding`` table, in the language in force."""
        text = messages.render(self.code, {"table": self.table, "entity": self.entity, **self.data})
        return {
            "id": uuid.uuid4().hex,
            "code": self.code,
            "severity": self.severity,
            "table": self.table,
            "entity": self.entity,
            "what": text.what,
            "why": text.why,
            "remedy": text.remedy,
            "run_id": run_id,
            "source_id": source_id,
            "data": json.dumps(self.data, ensure_ascii=False, default=str),
        }


def finding(code: str, table: str = "", entity: str = "", **data: Any) -> Finding:
    """Make a finding; the keywords fill the placeholders of its sentences."""
    return Finding(code, table, entity, data)


def frame(
    found: Iterable[Finding], run_id: str | None = None, source_id: str | None = None
) -> pd.DataFrame:
    """Return findings as a DataFrame with the columns of the ``finding`` table, worst first."""
    import pandas as pd

    rows = sorted(
        (item.to_row(run_id, source_id) for item in found),
        key=lambda row: SEVERITIES.index(row["severity"]),
    )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def rewrite(row: dict[str, Any], lang: str) -> dict[str, Any]:
    """Return a stored finding with its sentences written anew in a language."""
    data = json.loads(row.get("data") or "{}")
    values = {"table": row.get("table") or "", "entity": row.get("entity") or "", **data}
    try:
        text = messages.render(str(row["code"]), values, lang)
    except KeyError:  # written by a plug-in that is no longer installed
        return row
    return {**row, **text._asdict()}
