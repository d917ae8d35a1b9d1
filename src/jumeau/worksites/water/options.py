# SPDX-License-Identifier: EUPL-1.2
"""Options on the network: none is proposed yet, and nothing is made up in their place.

What closing a pipe or turning a valve would do is a scenario of ``water.solve``.
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
