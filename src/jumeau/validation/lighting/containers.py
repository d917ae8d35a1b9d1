# SPDX-License-Identifier: EUPL-1.2
"""IES and EULUMDAT files read word by word, for judging the reader: well-formed files only.

Nothing is repaired and nothing is guessed: these forty lines follow the tables of the two formats,
and share no code with the reader of the worksite.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]


class Header(NamedTuple):
    """What a file declares, and its intensities plane by plane.

    Parameters
    ----------
    flux_lm : float
        Of the lamps together [lm].
    lor : float or None
        Light output ratio declared; an IES file declares none.
    down : float or None
        Share of the luminaire's flux that goes down, declared.
    c, gamma : arrays
        Stored planes and angles [°].
    candela : array
        Stored intensities, planes × angles [cd].
    """

    flux_lm: float
    lor: float | None
    down: float | None
    c: Floats
    gamma: Floats
    candela: Floats


def eulumdat(path: Path) -> Header:
    """Read a well-formed EULUMDAT file.

    Parameters
    ----------
    path : Path
        The file.

    Notes
    -----
    Stored planes by symmetry: 0 all, 1 one, 2 from C0 to C180, 3 from C270 through C0 to C90, 4
    from C0 to C90 (Stockmar 1990).
    """
    import numpy as np

    lines = [line.strip() for line in path.read_text("latin-1").splitlines()]
    symmetry, planes, angles = int(lines[2]), int(lines[3]), int(lines[5])
    sets = int(lines[25])
    fluxes = [float(lines[26 + 6 * k + 2]) for k in range(sets)]
    # Only the first set is fitted: the others are alternatives.
    numbers = [float(word) for word in lines[26 + 6 * sets + 10 :] if word]
    c, gamma = np.array(numbers[:planes]), np.array(numbers[planes : planes + angles])
    first, count = {
        0: (0, planes),
        1: (0, 1),
        2: (0, planes // 2 + 1),
        3: (3 * planes // 4, planes // 2 + 1),
        4: (0, planes // 4 + 1),
    }[symmetry]
    body = np.array(numbers[planes + angles :][: count * angles]).reshape(count, angles)
    stored = c[(first + np.arange(count)) % planes]
    candela = body * float(lines[23]) * fluxes[0] / 1000.0
    return Header(
        fluxes[0], float(lines[22]) / 100.0, float(lines[21]) / 100.0, stored, gamma, candela
    )


def ies(path: Path) -> Header:
    """Read a well-formed IES LM-63 file of type C without tilt.

    Parameters
    ----------
    path : Path
        The file.

    Notes
    -----
    Plane 0 of the file points towards the road: C = C of the file + 90°.
    """
    import numpy as np

    text = path.read_text("latin-1")
    words = text.partition("TILT=NONE")[2].split()
    numbers = [float(word) for word in words]
    lamps, lumens, times, angles, planes, kind = numbers[:6]
    if kind != 1:
        raise ValueError(path.name)
    m, n = int(angles), int(planes)
    gamma, c = np.array(numbers[13 : 13 + m]), np.array(numbers[13 + m : 13 + m + n])
    body = np.array(numbers[13 + m + n :][: m * n]).reshape(n, m)
    candela = body * times * numbers[10] * numbers[11]
    return Header(lamps * lumens, None, None, (c + 90.0) % 360.0, gamma, candela)


def spread(header: Header, c: Floats, gamma: Floats) -> Floats:
    """Return the stored intensities that a reader must give at stored directions [cd].

    Parameters
    ----------
    header : Header
        A file.
    c, gamma : arrays
        Planes and angles; those that are not stored give NaN [°].
    """
    import numpy as np

    out = np.full((len(c), len(gamma)), np.nan)
    for i, plane in enumerate(c):
        found = np.flatnonzero(np.isclose(header.c % 360.0, plane % 360.0))
        if found.size:
            out[i] = np.interp(gamma, header.gamma, header.candela[found[0]], right=np.nan)
    return out
