# SPDX-License-Identifier: EUPL-1.2
"""What compares the batch with EPANET finds what is wrong, on networks of our own."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jumeau.validation.water import engines, files, networks, residuals, study
from jumeau.worksites import water

TOWN = """[JUNCTIONS]
 A 10 5
 B 12 8 day
 C 8 3
 D 9 0
[RESERVOIRS]
 R 60
[PIPES]
 p1 R A 400 150 {0} 0.5
 p2 A B 300 100 {0}
 p3 A C 500 100 {1}
 p4 B C 250 80 {2}
 p5 C D 100 60 {2} 0 Closed
[PATTERNS]
 day 0.5 1.5
[OPTIONS]
 Units CMH
 Headloss {law}
[TIMES]
 Duration 3:00
[END]
"""


LAWS = {"H-W": (110, 100, 90), "D-W": (0.2, 0.1, 0.4)}


def written(folder: Path, law: str = "H-W") -> Path:
    path = folder / "town.inp"
    path.write_text(TOWN.format(*LAWS[law], law=law), "utf-8")
    return path


@pytest.fixture(params=LAWS)
def answer(request, tmp_path):
    net = study.precise(water.read_inp(written(tmp_path, request.param)))
    return net, *study.answers(net)


def test_both_engines_agree_where_a_source_reaches(answer):
    net, ours, theirs = answer
    gap = study.difference(net, ours, theirs.head[0], theirs.flow[0])
    assert gap.head < 1e-6 and gap.flows == 0 and gap.cut == 1, "D is behind a closed pipe"
    reached = study.joined(net, ours.nodes, ours.links, ours.flow[0])
    assert [ours.nodes[k] for k in np.flatnonzero(~reached[0])] == ["D"]


def test_a_wrong_head_or_flow_is_found(answer):
    net, ours, theirs = answer
    head, flow = theirs.head[0].copy(), theirs.flow[0].copy()
    head[1, 0] += 2e-3
    flow[2, 0] *= 1.002
    gap = study.difference(net, ours, head, flow)
    assert gap.head == pytest.approx(2e-3, abs=1e-5) and gap.flows == 1
    assert study.difference(net, ours, head, flow, 5e-3).head == 0.0
    head[0, 0] = np.nan
    assert study.difference(net, ours, head, flow).head == np.inf


def test_residuals_are_small_and_see_a_leak(answer):
    net, ours, _ = answer
    assert residuals.mass(net, ours) < 1e-6 and residuals.energy(net, ours) < 1e-6
    flow = ours.flow.copy()
    flow[0, 1, 0] += 0.01
    leaking = replace(ours, flow=flow)
    assert residuals.mass(net, leaking) > 1e-4 and residuals.energy(net, leaking) > 1e-6


def test_friction_joins_at_its_ends():
    rough = np.full(3, 1e-3)
    low = residuals.friction(rough, np.array([1999.9, 2000.0, 2000.1]))
    assert np.ptp(low) < 1e-4 and low[1] == pytest.approx(64 / 2000)
    high = residuals.friction(rough, np.array([3999.9, 4000.0, 4000.1]))
    assert np.ptp(high) < 1e-4


def test_rounding_is_half_of_the_sixth_digit():
    got = engines.rounding(np.array([1004.3474, 99.5, 0.0123456]))
    np.testing.assert_allclose(got, [5e-3, 5e-5, 5e-8])


def test_sections_and_edits_of_a_file(tmp_path):
    path = written(tmp_path)
    assert files.sections(path)["PIPES"] == 5 and files.sections(path)["END"] == 0
    by_hand = files.edited_by_hand(path).splitlines()
    assert [line.split()[5] for line in by_hand if line.startswith("p")] == ["106.7", "87.3"]
    water.write_inp(files.edited(water.read_inp(path)), tmp_path / "out.inp")
    back = water.read_inp(tmp_path / "out.inp").pipes["roughness"]
    assert back.tolist() == pytest.approx([106.7, 110, 100, 87.3, 90])
    assert files.sections(tmp_path / "out.inp") == files.sections(path)


def test_networks_are_found_in_the_folder_that_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("JUMEAU_WATER_NETWORKS", str(tmp_path))
    monkeypatch.setattr(networks, "find_spec", lambda name: None)
    assert networks.located() == {} and networks.everything() == []
    path = tmp_path / networks.JUDGED["KL"]
    path.parent.mkdir(parents=True)
    path.write_text("", "utf-8")
    assert networks.located() == {"KL": path} and networks.everything() == [path]


def test_without_networks_every_figure_is_absent(tmp_path, monkeypatch):
    monkeypatch.setenv("JUMEAU_WATER_NETWORKS", str(tmp_path))
    monkeypatch.setattr(networks, "find_spec", lambda name: None)
    rows = [*engines.studies(None), *residuals.studies(), *files.studies()]
    assert {case.row()["verdict"] for row in rows for case in row.cases()} == {"absent"}


@pytest.mark.shared
def test_published_answers_are_met(shared: Path):
    """The quick ones; `jumeau validate water` computes all."""
    if len(networks.located()) < len(networks.JUDGED):
        pytest.skip(f"no networks in {os.environ.get('JUMEAU_WATER_NETWORKS') or 'the packages'}")
    quick = ("Net1", "Net2", "Net3", "Anytown", "Balerma", "KL", "ky4", "ky10")
    for name in quick:
        gap = engines._published(shared, name, networks.located()[name])
        assert gap.head <= study.MILLIMETRE and gap.flows == 0, name
