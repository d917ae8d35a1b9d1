# SPDX-License-Identifier: EUPL-1.2
"""Estimates: facts unchanged, methods told, intervals that hold on a real inventory."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jumeau.base import i18n
from jumeau.worksites.lighting import (
    attach,
    energy,
    estimates,
    generic_photometry,
    hours,
    inventory,
    lamps,
)
from jumeau.worksites.lighting.estimates import complete, prior, supports

FOLDER = Path(lamps.__file__).parent


def local(count: int) -> np.ndarray:
    return np.full(count, "local")


def test_facts_stay_facts(park):
    stock = park(2, height_m=[7.5, None], power_w=[114.0, None], lamp_type=["HPS", None],
                 flux_lm=[10500.0, None], cct_k=[2000.0, None])  # fmt: skip
    done = complete(stock, local(2))
    for item, fact in (
        (done.height_m, 7.5), (done.power_w, 114.0), (done.flux_lm, 10500.0), (done.cct_k, 2000.0),
    ):  # fmt: skip
        assert item.value[0] == item.low[0] == item.high[0] == fact
        assert item.estimated.tolist() == [False, True]
        assert item.low[1] < item.value[1] < item.high[1]
        assert np.isfinite(item.value).all()
    assert done.type_estimated.tolist() == [False, True]
    assert np.isnan(stock.height_m[1])  # the inventory itself is not completed


@pytest.mark.parametrize(
    ("text", "support", "form"),
    [
        ("LANTERNE", "road", "road"),
        ("Luminaire en applique", "wall", "wall"),
        ("LUMINAIRE AMBIANCE", "ambience", "ambience"),
        ("PROJECTEUR", "flood", "flood"),
        ("BORNE COLONNE", "bollard", "bollard"),
        ("ENCASTRE", "recessed", "recessed"),
        ("Candélabre Luminaire espace piétons", "ambience", "ambience"),
        ("Boule opale", "globe", "globe"),
        ("Crosse sur façade", "wall", "wall"),
        ("xyz", "", "road"),
        (None, "", "road"),
    ],
)
def test_supports_are_read(park, text, support, form):
    assert supports(np.array([text], object)).tolist() == [support]
    assert complete(park(1, support=[text]), local(1)).form.tolist() == [form]


def test_support_and_street_decide_height_and_power(park):
    stock = park(4, support=["LANTERNE", "LANTERNE", "BORNE", "ENCASTRE"])
    done = complete(stock, np.array(["main", "local", "local", "local"]))
    assert done.height_m.value[0] > done.height_m.value[1] > done.height_m.value[2]
    assert done.height_m.value[3] == 0
    assert done.power_w.value[0] > done.power_w.value[1] > done.power_w.value[2]


def test_known_family_and_flux_narrow_the_power(park):
    blind = complete(park(1, 2013), local(1)).power_w
    typed = complete(park(1, 2013, lamp_type=["LED"]), local(1)).power_w
    measured = complete(park(1, lamp_type=["HPS"], flux_lm=[16500.0]), local(1)).power_w
    assert typed.value[0] < 0.6 * blind.value[0]
    assert measured.value[0] == pytest.approx(166)
    assert measured.method[0] == "power_from_flux"
    assert measured.high[0] - measured.low[0] < blind.high[0] - blind.low[0]


def test_age_of_the_inventory_lowers_the_power_of_unknown_lamps(park):
    powers = [complete(park(1, year), local(1)).power_w for year in (2013, 2018, 2024, np.nan)]
    values = [item.value[0] for item in powers]
    assert values[0] > values[1] > values[2]
    assert powers[3].common[0] > powers[0].common[0]


def test_labels_in_photometry_complete_the_lamp(rows):
    frame = rows([0, 1, 2], [0, 0, 0], photometry=["SHP 150", "LED 36W 3000K", "optique A"])
    stock = inventory.from_frame(frame)
    assert stock.lamp_type.tolist() == ["HPS", "LED", None]
    done = complete(stock, local(3))
    assert done.power_w.value[:2] == pytest.approx([166, 36])
    assert stock.cct_k[1] == 3000


def test_implausible_values_count_as_unknown(rows):
    frame = rows([0, 1, 2], [0, 0, 0], power_w=[0.0, -5.0, 9e9], height_m=[0.0, 500.0, 6.0],
                     cct_k=[728.0, 0.0, 3000.0])  # fmt: skip
    stock = inventory.from_frame(frame)
    assert np.isnan(stock.power_w).all()
    assert stock.height_m[0] == 0 and np.isnan(stock.height_m[1])
    assert stock.implausible == {"power_w": 3, "height_m": 1}
    assert stock.cct_k[0] == 2800 and np.isnan(stock.cct_k[1])
    codes = [item.code for item in inventory.findings(stock)]
    assert codes == ["JUM-L020", "JUM-L020"]


def test_inventory_findings(rows):
    frame = rows([0, 0, 5], [0, 0, 0], lamp_type=["HPS"] * 3, power_w=[150.0, 166.0, 100.0])
    codes = {item.code: item.data for item in inventory.findings(inventory.from_frame(frame))}
    assert codes == {"JUM-L021": {"count": 2}, "JUM-L022": {"count": 2}}


def test_frame_of_estimates_speaks_both_languages(park):
    stock = park(3, power_w=[114.0, None, None], photometry=["SHP 100", None, None])
    done = complete(stock, local(3))
    with i18n.using("fr"):
        french = estimates.frame(stock, done)
    with i18n.using("en"):
        english = estimates.frame(stock, done)
    assert len(french) == len(english)
    assert (french["method"] != english["method"]).all()
    counts = english["attribute"].value_counts().to_dict()
    assert counts == {"height_m": 3, "cct_k": 3, "power_w": 2, "flux_lm": 2, "lamp_type": 2,
                      "photometry": 3}  # fmt: skip
    assert set(english["table"]) == {"luminaire"}
    assert (
        english.loc[english["attribute"] == "photometry", "text"].tolist() == ["generic/road"] * 3
    )
    assert english.loc[english["attribute"] == "power_w", "low"].notna().all()


def test_nothing_to_estimate_gives_an_empty_frame(park):
    stock = park(1, height_m=[7.0], power_w=[114.0], lamp_type=["HPS"], flux_lm=[10500.0],
                 cct_k=[2000.0], photometry=["p.ldt"])  # fmt: skip
    maker = generic_photometry("SHP 100")
    frame = estimates.frame(stock, complete(stock, local(1), np.array([0]), [maker]))
    assert len(frame) == 0
    assert "method" in frame.columns


def test_a_maker_s_file_gives_flux_and_power_where_the_inventory_is_silent(park):
    maker = generic_photometry("SHP 100")
    stock = park(3, lamp_type=["HPS"] * 3, flux_lm=[None, 10000.0, 3000.0])
    done = complete(stock, local(3), np.array([0, 0, 0]), [maker])
    assert done.flux_lm.method.tolist() == ["flux_photometry", "", ""]
    assert done.flux_lm.value.tolist() == [maker.flux_lm, 10000.0, 3000.0]
    # the third lamp is not that of the file: its power follows from its own flux
    assert done.power_w.method.tolist() == ["power_photometry"] * 2 + ["power_from_flux"]
    assert done.power_w.value[:2].tolist() == [maker.power_w] * 2
    assert complete(stock, local(3)).flux_lm.method.tolist() == ["flux_from_power", "", ""]


def test_priors_are_ordered_sourced_and_found():
    with (FOLDER / "priors.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            item = prior(row["attribute"], row["support"], row["street"], row["era"])
            assert item.low <= item.value <= item.high
            assert row["source"]
    assert prior("power_w", "road", "main").value > prior("power_w", "road", "elsewhere").value
    with pytest.raises(KeyError):
        prior("colour")


def test_methods_have_both_languages():
    with (FOLDER / "methods.csv").open(encoding="utf-8") as file:
        texts = list(csv.DictReader(file))
    assert all(row["text_en"] and row["text_fr"] for row in texts)


def paris(shared: Path) -> tuple[pd.DataFrame, np.ndarray]:
    pyogrio = pytest.importorskip("pyogrio")
    folder = shared / "validation" / "lighting" / "paris05"
    table = pd.read_csv(folder / "luminaires.csv")
    roads = pyogrio.read_dataframe(folder / "roads_bdtopo2019.geojson")
    where = attach.to_streets(table["x_l93"], table["y_l93"], roads.geometry.to_numpy())
    unknown = np.full(len(roads), np.nan)
    kinds = attach.street_class(
        [None] * len(roads), roads["IMPORTANCE"].astype(str).tolist(),
        roads["LARGEUR"].astype(float), unknown, unknown,
    )  # fmt: skip
    return table, np.where(where.street >= 0, kinds[where.street], "")


@pytest.mark.shared
@pytest.mark.parametrize("typed", [True, False])
def test_intervals_hold_on_the_inventory_of_paris_5e(shared: Path, rows, typed: bool):
    """Fluxes of 3,788 lamps are hidden, estimated, then compared; the priors never saw them."""
    table, kinds = paris(shared)
    codes = [lamps.parse(text).lamp_type for text in table["lib_lampef"]]
    frame = rows(
        table["x_l93"], table["y_l93"], lamp_type=codes if typed else None,
        support=table["lib_ouvrag"].str.cat(table["lib_lumi_1"], sep=" ").tolist(),
    )  # fmt: skip
    frame["source_id"] = "s"
    done = complete(inventory.from_frame(frame, {"s": 2019.0}), kinds)
    truth = table["flux_lampe"].to_numpy(float)
    known = truth > 0
    inside = (truth >= done.flux_lm.low) & (truth <= done.flux_lm.high)
    assert known.sum() == 3788
    assert 0.85 < inside[known].mean() < 0.98  # nominal 0.90
    total = energy.totals(np.zeros(len(truth), int), 1, done.flux_lm.items)
    assert total.low[0] < truth.sum() < total.high[0]


@pytest.mark.shared
def test_montpellier_is_credible(shared: Path, rows):
    """Position and support alone give the national order of magnitude: 5.6 TWh, 10.75 M points."""
    pyogrio = pytest.importorskip("pyogrio")
    folder = shared / "data" / "montpellier_34172"
    layer = pyogrio.read_dataframe(
        f"/vsizip/{folder / 'EclairagePublic/VilleMTP_MTP_EclairagePublic.shp.zip'}"
    )
    text = layer["type_lante"].astype(object).where(layer["type_lante"].notna(), None).tolist()
    frame = rows(layer.geometry.x, layer.geometry.y, support=text)
    frame["source_id"] = "s"
    stock = inventory.from_frame(frame, {"s": 2013.0})
    assert stock.shared_positions > 0
    done = complete(stock, local(len(stock)))
    full = hours.burning_hours(hours.FULL_NIGHT, 2013, 43.61, 3.87, "Europe/Paris")[1]
    kwh = energy.annual_energy(done.power_w.items, full)
    total = energy.totals(np.zeros(len(stock), int), 1, kwh)
    assert 400 < total.value[0] / len(stock) < 650
    assert total.low[0] < 521 * len(stock) < total.high[0]
    assert 0.2 < (total.high[0] - total.value[0]) / total.value[0] < 0.4
