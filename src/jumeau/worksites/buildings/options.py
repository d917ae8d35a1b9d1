# SPDX-License-Identifier: EUPL-1.2
"""Options of renovation: none is proposed yet, and nothing is made up in their place.

A degree less is a scenario: ``--set buildings_set_change_k=-1`` computes it whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.twin import schema

if TYPE_CHECKING:
    import pandas as pd


def none() -> pd.DataFrame:
    """Return the table of options without any row, with its columns."""
    import pandas as pd

    columns = [name for name in schema.table("option").names if name != "run_id"]
    return pd.DataFrame(columns=columns)
