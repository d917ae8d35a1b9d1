# SPDX-License-Identifier: EUPL-1.2
"""Small networks, as text."""

from __future__ import annotations

import pytest

TOWN = """[TITLE]
Réseau d'essai ; pas un commentaire

[JUNCTIONS]
;ID  Elev  Demand  Pattern
 A   10    5       day
 B   12    8   ; école
 C   8     3       day
 D   9     0
 E   7     6
 F   11    2
 G   9     0

[RESERVOIRS]
 R   20

[TANKS]
;ID Elev Init Min Max Diam MinVol
 T   55   2    0.5 4   9    0

[PIPES]
 p1  A  B  400  150  110  0    Open
 p2  B  C  300  100  110  2
 p3  A  C  500  100  100  0    Open ;maille
 p4  C  E  250  40   90   0    CV
 p5  A  T  350  200  120
 p6  E  F  200  60   90   0    Open
 p8  D  G  50   100  110  0
 p7  B  F  600  60   90   0    Closed

[PUMPS]
 U   R  A  HEAD c1

[VALVES]
 V   B  D  100  PRV  40  0
 W   G  E  80   FCV  4   1

[DEMANDS]
;junction demand pattern
 E  4  day  ;ménages
 E  2       ;usine

[STATUS]

[PATTERNS]
 1    1.0 1.0
 day  0.6 0.8 1.4
 day  1.2 0.9 0.7

[CURVES]
 c1  30  50

[CONTROLS]
LINK U CLOSED IF NODE T ABOVE 2.6
LINK U OPEN IF NODE T BELOW 2.3
LINK p7 OPEN AT TIME 5
LINK p7 CLOSED AT CLOCKTIME 8 AM

[EMITTERS]
 F  0.4

[ENERGY]
 Global Efficiency 75

[OPTIONS]
 Units     CMH
 Headloss  H-W
 Accuracy  0.00001
 Trials    200
 Quality   None mg/L

[TIMES]
 Duration  24:00
 Hydraulic Timestep 1:00
 Pattern Timestep 2:00
 Report Timestep 0:30

[COORDINATES]
 A 0 0
 B 400 0
 C 200 -200

[VERTICES]
 p3 50 -120

[END]
"""


@pytest.fixture
def town(tmp_path):
    """Write the town to a file and return its path."""
    path = tmp_path / "town.inp"
    path.write_bytes(TOWN.encode())
    return path
