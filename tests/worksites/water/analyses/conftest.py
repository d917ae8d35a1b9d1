# SPDX-License-Identifier: EUPL-1.2
"""A town that a bridge, a loop, a valve and a tower feed; with little pressure at its end."""

from __future__ import annotations

import pytest

from jumeau.worksites import water

GRID = """[JUNCTIONS]
 A 10 12
 B 12 9
 C 8 11
 D 9 7
 E 7 6
 F 20 5
 G 5 0
[RESERVOIRS]
 R 48
[TANKS]
 T 40 3 0.5 4 6 0
[PIPES]
 p0 R A 300 200 110
 p1 A B 400 150 110
 p2 B C 300 100 110
 p3 A C 500 100 100
 p4 C D 250 80 90
 p5 D E 200 80 90
 p6 C F 300 60 100
 p7 B T 900 80 100
 p8 E G 100 80 90
 p9 A E 900 60 90 0 Closed
[PATTERNS]
 1 0.6 1.3 0.8
[OPTIONS]
 Units CMH
 Headloss H-W
 Accuracy 0.00001
[TIMES]
 Duration 24:00
 Pattern Timestep 8:00
 Report Timestep 1:00
[END]
"""


@pytest.fixture
def grid(tmp_path):
    """Return the network of the small town."""
    path = tmp_path / "grid.inp"
    path.write_text(GRID)
    return water.read_inp(path)
