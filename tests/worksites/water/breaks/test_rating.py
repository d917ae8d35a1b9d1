# SPDX-License-Identifier: EUPL-1.2
"""Rates of breaks: the truth of drawn towns, no future, few breaks, bad tables."""

from __future__ import annotations

import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from jumeau.base.errors import JumeauError
from jumeau.worksites import water

AS_OF = "2016-01-01"


def codes(rates):
    return {it.code: it.data for it in rates.attrs["findings"]}


@pytest.fixture(scope="module")
def rates(town):
    mains, breaks, _ = town
    return water.break_rates(mains, breaks, AS_OF)


def test_the_rates_are_those_of_the_town(town, rates):
    _, _, truth = town
    true = truth.reindex(rates.index)
    assert rates.rate.sum() == pytest.approx(true.sum(), rel=0.12)
    assert np.corrcoef(np.log(rates.rate), np.log(true + 1e-6))[0, 1] > 0.6
    for lot in pd.qcut(rates.rate.rank(method="first"), 5, labels=False).sort_values().unique():
        of = pd.qcut(rates.rate.rank(method="first"), 5, labels=False) == lot
        if true[of].sum() * 16 > 40:
            assert 0.75 < rates.rate[of].sum() / true[of].sum() < 1.3


def test_nine_intervals_in_ten_hold_the_true_rate(drawn):
    held = []
    for seed in (2, 3):
        mains, breaks, truth = drawn(seed)
        rates = water.break_rates(mains, breaks, AS_OF)
        true = truth.reindex(rates.index)
        held.append(((rates.low <= true) & (true <= rates.high)).mean())
    assert 0.86 < np.mean(held) < 0.96
    assert (rates.low <= rates.rate).all() and (rates.rate <= rates.high).all()


def test_nothing_of_the_future_is_used(town, rates):
    mains, breaks, _ = town
    told = breaks[breaks["INCIDENT_DATE"] < "2016"]
    there = mains[mains["INSTALLATION_DATE"] < "2016"]
    pd.testing.assert_frame_equal(water.break_rates(there, told, AS_OF), rates)
    later = mains.assign(CRITICALITY=np.arange(len(mains)), LINED="YES", LINED_DATE="2017-01-01")
    pd.testing.assert_frame_equal(water.break_rates(later, breaks, AS_OF), rates)


def test_the_order_of_rows_changes_nothing(town, rates):
    mains, breaks, _ = town
    again = water.break_rates(
        mains.sample(frac=1, random_state=0), breaks.sample(frac=1, random_state=1), AS_OF
    )
    np.testing.assert_allclose(again.rate.reindex(rates.index), rates.rate, rtol=1e-6)


def test_dates_of_any_kind_are_the_same(town, rates):
    mains, breaks, _ = town
    for when in (datetime.date(2016, 1, 1), pd.Timestamp(AS_OF), pd.Timestamp(AS_OF, tz="UTC")):
        pd.testing.assert_frame_equal(water.break_rates(mains, breaks, when), rates)


def test_the_names_of_the_twin_of_france_and_of_the_city_mean_the_same(town, rates):
    mains, breaks, _ = town
    year = mains["INSTALLATION_DATE"].str[:4].astype(int)
    twin = pd.DataFrame(
        {
            "material": mains["MATERIAL"].map(
                {"CI": "Fonte grise", "DI": "fonte ductile", "PVC": "PVC U lisse"}
            ),
            "diameter_mm": mains["PIPE_SIZE"].astype(float),
            "length_m": mains["LENGTH_M"],
            "installed_from": year,
            "installed_to": year,
            "street_id": "rue " + mains["ROADSEGMENTID"].astype(str),
        },
    ).set_index(mains["WATMAINID"].astype(str).rename("id"))
    own = pd.DataFrame(
        {
            "pipe_id": breaks["ASSETID"].astype(str),
            "broken_on": pd.to_datetime(breaks["INCIDENT_DATE"]).dt.date,
        }
    )
    found = water.break_rates(twin, own, AS_OF)
    np.testing.assert_allclose(found.rate.to_numpy(), rates.rate.to_numpy(), rtol=0.15)
    raepa = twin.reset_index(names="IDCANA").rename(
        columns={
            "material": "MATERIAU", "diameter_mm": "DIAMETRE", "length_m": "LONGCANA",
            "installed_from": "ANDEBPOSE", "installed_to": "ANFINPOSE", "street_id": "id_voie",
        }
    )  # fmt: skip
    raepa["MATERIAU"] = mains["MATERIAL"].map({"CI": "12", "DI": "11", "PVC": "27"})
    raepa["ANDEBPOSE"] = raepa["ANFINPOSE"] = year.astype(str).to_numpy()
    french = pd.DataFrame(
        {
            "id_canalisation": own["pipe_id"],
            "date_casse": pd.to_datetime(breaks["INCIDENT_DATE"]).dt.strftime("%d/%m/%Y"),
        }
    )
    np.testing.assert_allclose(
        water.break_rates(raepa, french, AS_OF).rate.to_numpy(), found.rate.to_numpy(), rtol=1e-6
    )


def test_without_records_it_is_the_published_rate_and_wide(town):
    mains, breaks, _ = town
    for none in (None, breaks.iloc[:0]):
        rates = water.break_rates(mains, none, AS_OF)
        grey = mains.set_index("WATMAINID").MATERIAL.reindex(rates.index) == "CI"
        mean = rates.rate[grey].sum() / rates.length_m[grey].sum() * 1000
        assert 0.1 < mean < 0.5
        assert (rates.high / rates.rate).median() > 2.5
        assert codes(rates)["JUM-H209"] == {"count": 0}
        assert rates.attrs["since"] is None


def test_ten_breaks_move_the_published_rate_a_little(drawn):
    mains, breaks, _ = drawn(5, pipes=400)
    mains = mains[mains["INSTALLATION_DATE"] < "2010"]
    few = breaks.sample(10, random_state=0)
    without = water.break_rates(mains, None, AS_OF)
    rates = water.break_rates(mains, few, AS_OF)
    assert np.isfinite(rates[["rate", "low", "high"]].to_numpy()).all()
    broken = rates.breaks > 0
    assert 1 <= broken.sum() <= 10
    seen = rates.breaks.sum() / (2016 - rates.attrs["since"])
    assert min(seen, without.rate.sum()) * 0.7 < rates.rate.sum()
    assert rates.rate.sum() < max(seen, without.rate.sum()) * 1.4
    assert rates.rate_km[broken].median() > 1.5 * rates.rate_km[~broken].median()
    assert (rates.high / rates.low).median() > 20
    assert "JUM-H209" in codes(rates)


def test_bad_rows_are_told_and_left_out(town):
    mains, breaks, _ = town
    past = breaks[breaks["INCIDENT_DATE"] < "2016"]
    clean = water.break_rates(mains, past, AS_OF)
    pvc = mains.loc[
        (mains["MATERIAL"] == "PVC") & (mains["INSTALLATION_DATE"] > "2005"), "WATMAINID"
    ]
    odd = pd.DataFrame(
        {
            "WATBREAKINCIDENTID": [90001, 90002, 90003, 90004],
            "INCIDENT_DATE": ["2001-05-05", "2010-01-01", "2010-01-01", "soon"],
            "ASSETID": [pvc.iloc[0], 7, 8, 1000],
        }
    )
    spoilt = pd.concat([past, past.iloc[:20], odd], ignore_index=True)
    rates = water.break_rates(pd.concat([mains, mains.iloc[:3]]), spoilt, AS_OF)
    pd.testing.assert_frame_equal(
        rates.drop(columns="why"), clean.drop(columns="why"), check_exact=False, rtol=1e-9
    )
    told = codes(rates)
    assert told["JUM-H201"]["count"] == 1 and told["JUM-H202"]["count"] == 2
    assert told["JUM-H205"]["count"] == 1
    twice = [it.data["count"] for it in rates.attrs["findings"] if it.code == "JUM-H204"]
    assert twice == [3, 20]


def test_what_lacks_is_supposed_and_said(town):
    mains, breaks, _ = town
    holes = mains.copy()
    holes.loc[holes.index[::7], "MATERIAL"] = None
    holes.loc[holes.index[::5], "INSTALLATION_DATE"] = None
    holes.loc[holes.index[::3], "PIPE_SIZE"] = 0
    rates = water.break_rates(holes, breaks, AS_OF)
    assert np.isfinite(rates.rate).all() and rates.estimated.mean() > 0.4
    lacks = {it.data["what"] for it in rates.attrs["findings"] if it.code == "JUM-H203"}
    assert lacks == {"material", "installed_from", "diameter_mm"}


def test_sparse_first_years_are_not_taken_for_good_years(town):
    mains, breaks, truth = town
    early = breaks["INCIDENT_DATE"] < "2008"
    kept = breaks[~early | (breaks.index % 20 == 0)]
    rates = water.break_rates(mains, kept, AS_OF)
    assert rates.attrs["since"] == 2008
    assert codes(rates)["JUM-H206"]["year"] == 2008
    assert rates.rate.sum() == pytest.approx(truth.reindex(rates.index).sum(), rel=0.15)


def test_breaks_with_a_place_only_go_to_the_nearest_pipe():
    lines = [shapely.LineString([(0, 40 * k), (100, 40 * k)]) for k in range(6)]
    pipes = gpd.GeoDataFrame(
        {"id": list("abcdef"), "material": "Fonte grise", "installed_to": 1950},
        geometry=lines, crs="EPSG:2154",
    )  # fmt: skip
    breaks = pd.DataFrame(
        {"broken_on": ["2012-03-04", "2013-05-06", "2014-01-01"],
         "x": [50.0, 20.0, 50.0], "y": [43.0, 41.0, 900.0]}
    )  # fmt: skip
    rates = water.break_rates(pipes, breaks, AS_OF)
    assert rates.breaks.to_dict() == dict.fromkeys("acdef", 0) | {"b": 2}
    assert rates.rate.idxmax() == "b" and "past_breaks" in rates.why["b"]
    told = codes(rates)
    assert told["JUM-H208"] == {"count": 2, "median": 2.0, "most": 3.0}
    assert told["JUM-H202"] == {"count": 1, "breaks": 3}
    degrees = pipes.to_crs("EPSG:4326")
    spots = gpd.GeoSeries(gpd.points_from_xy(breaks.x, breaks.y), crs=2154).to_crs(4326)
    there = breaks.assign(x=spots.x, y=spots.y)
    assert water.break_rates(degrees, there, AS_OF).breaks["b"] == 2
    assert water.break_rates(pipes, there, AS_OF).breaks["b"] == 2


@pytest.mark.parametrize("wrong", ["as_of", "horizon", "length"])
def test_what_cannot_be_forecast_is_refused(town, wrong):
    mains, breaks, _ = town
    given = {"as_of": AS_OF, "horizon": 5.0}
    if wrong == "as_of":
        given["as_of"] = "one day"
    elif wrong == "horizon":
        given["horizon"] = 0.0
    else:
        mains = mains.drop(columns="LENGTH_M")
    with pytest.raises(JumeauError) as trouble:
        water.break_rates(mains, breaks, given["as_of"], horizon=given["horizon"])
    assert trouble.value.code == "JUM-H200" and isinstance(trouble.value, ValueError)


def test_no_pipe_gives_no_rate(town):
    mains, breaks, _ = town
    assert water.break_rates(mains.iloc[:0], breaks, AS_OF).empty
    assert water.break_rates(mains, breaks, "1900-01-01").empty


def test_a_longer_horizon_expects_more(town, rates):
    mains, breaks, _ = town
    longer = water.break_rates(mains, breaks, AS_OF, horizon=10.0)
    assert longer.expected.sum() > 1.8 * rates.expected.sum()
    np.testing.assert_allclose(rates.expected, 5.0 * rates.rate)
