# SPDX-License-Identifier: EUPL-1.2
"""What the worksite does between runs: watch the readings, grade an exercise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.contract import Progress
    from jumeau.twin.scenario import Scenario
    from jumeau.twin.territory import Territory


class Following:
    """Watching and grading (see :mod:`jumeau.base.contract`)."""

    def watch(
        self,
        territory: Territory,
        since: Any = None,
        scenario: Scenario | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Return the alerts of the readings made since a time: leaks, nights, sensors, demand."""
        from jumeau.worksites.water import watching

        return watching.watch(territory, since, scenario, progress)

    def grade(self, territory: Territory) -> dict[str, Any]:
        """Return the grade of the leaks found beside the key of a demonstrator."""
        from jumeau.worksites.water import grading

        return grading.grade(territory)
