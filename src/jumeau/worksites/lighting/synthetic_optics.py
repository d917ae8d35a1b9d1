# SPDX-License-Identifier: EUPL-1.2
"""Photometric files of the demonstrator: luminaires that nobody makes, as makers give them.

A distribution is a sum of lobes, I = Σ Iᵢ·exp(kᵢ·(cos αᵢ − 1)) with αᵢ the angle from the axis of
the lobe, cut smoothly near the horizontal, scaled to the flux of the luminaire. The files have the
small faults of real ones: decimal commas, Windows accents, feet, an upper-case suffix. All are
read.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.lighting.eulumdat import write_ldt
from jumeau.worksites.lighting.ies import write_ies
from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARCHIVE = "photometries.zip"
MAKER = "Lumières du Val (société fictive)"
_STAMP = (2024, 1, 1, 0, 0, 0)
"""Date of every file of the archive: the same seed writes the same bytes."""


class Lobe(NamedTuple):
    """A lobe: direction C and γ [°], intensity relative to the others, sharpness."""

    c: float
    gamma: float
    strength: float
    sharp: float


class Luminaire(NamedTuple):
    """A luminaire of the invented maker.

    Parameters
    ----------
    file : str
        Name of its photometric file.
    label : str
        Lamp.
    power_w, flux_lm : float
        Power [W] and flux of the source [lm].
    lor : float
        Light output ratio; 1 makes an absolute photometry.
    cut : float
        γ at which the light is halved [°].
    lobes : tuple of Lobe
        Where the light goes; each is repeated on the other side of the C90–C270 plane.
    size : (length, width, height)
        Luminous area [m].
    lamp_type : str
        Code of the family.
    """

    file: str
    label: str
    power_w: float
    flux_lm: float
    lor: float
    cut: float
    lobes: tuple[Lobe, ...]
    size: tuple[float, float, float]
    lamp_type: str = "LED"


_STREET = (Lobe(14, 64, 1.0, 26), Lobe(40, 52, 0.7, 12), Lobe(90, 30, 0.45, 5), Lobe(0, 0, 0.4, 3))
_AVENUE = (Lobe(12, 67, 1.0, 32), Lobe(35, 60, 0.9, 16), Lobe(90, 42, 0.5, 6), Lobe(0, 0, 0.35, 3))
_SQUARE = (*(Lobe(c, 58, 0.5, 8) for c in (0, 45, 90, 270, 315)), Lobe(0, 0, 0.3, 3))
_BOLLARD = (*(Lobe(c, 68, 0.5, 10) for c in (0, 30, 60, 90, 270, 300, 330)), Lobe(0, 0, 0.05, 3))
_LANTERN = (Lobe(18, 60, 1.0, 14), Lobe(60, 48, 0.6, 7), Lobe(270, 40, 0.3, 5), Lobe(0, 0, 0.6, 2))

RANGE = (
    Luminaire("VAL-RUE-36.ldt", "LED 36W 3000K", 36, 4300, 1.0, 84, _STREET, (0.4, 0.2, 0.0)),
    Luminaire("VAL-AVENUE-72.LDT", "LED 72W 3000K", 72, 9000, 1.0, 85, _AVENUE, (0.6, 0.3, 0.0)),
    Luminaire("VAL-PLACE-24.ies", "LED 24W 2700K", 24, 2500, 1.0, 86, _SQUARE, (0.3, 0.3, 0.0)),
    Luminaire("VAL-BORNE-12.ies", "LED 12W 2700K", 12, 1000, 1.0, 86, _BOLLARD, (0.1, 0.1, 0.1)),
    Luminaire(
        "VAL-LANTERNE-SHP100.ldt", "SHP 100", 114, 10500, 0.72, 92, _LANTERN, (0.4, 0.3, 0.2), "HPS"
    ),
)  # fmt: skip
"""The invented range; ``stock.csv`` says which lamp uses which."""


def distribution(item: Luminaire) -> Photometry:
    """Return the distribution of a luminaire of the range (lobes, own analytic model).

    Parameters
    ----------
    item : Luminaire
        Luminaire.

    Returns
    -------
    Photometry
        ∫ I dΩ = LOR · flux; symmetric about the C90–C270 plane.
    """
    c, gamma = np.arange(0.0, 361.0, 10.0), np.arange(0.0, 181.0, 5.0)
    a, g = np.radians(c)[:, None], np.radians(gamma)[None, :]
    ray = np.stack([np.sin(g) * np.cos(a), np.sin(g) * np.sin(a), np.cos(g) + 0.0 * a])
    light = np.zeros((c.size, gamma.size))
    for lobe in item.lobes:
        for side in {lobe.c % 360.0, (180.0 - lobe.c) % 360.0}:
            light += lobe.strength * _lobe(ray, side, lobe)
    light /= 1.0 + np.exp((gamma - item.cut) / 2.5)
    light[:, gamma > 150.0] = 0.0
    light[:, 0] = light[:, 0].mean()
    light[-1] = light[0]
    shape = Photometry(item.file, c, gamma, light, 1.0)
    candela = np.round(light * (item.lor * item.flux_lm / shape.flux()), 1)
    return Photometry(
        name=item.file.rpartition(".")[0],
        c_angles=c,
        gamma_angles=gamma,
        candela=candela,
        flux_lm=item.flux_lm,
        lamp_type=item.lamp_type,
        power_w=item.power_w,
        luminous_size=item.size,
        absolute=item.lor == 1.0,
        manufacturer=MAKER,
        lamp=item.label,
    )


def _lobe(ray: NDArray[np.float64], c: float, lobe: Lobe) -> NDArray[np.float64]:
    side, down = np.radians(c), np.radians(lobe.gamma)
    aim = np.array([np.sin(down) * np.cos(side), np.sin(down) * np.sin(side), np.cos(down)])
    bell: NDArray[np.float64] = np.exp(lobe.sharp * (np.tensordot(aim, ray, 1) - 1.0))
    return bell


def archive() -> bytes:
    """Return the photometric files of the range in a zip, the same bytes every time."""
    packed = io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix="jumeau-optics-") as folder,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for rank, item in enumerate(RANGE):
            path = Path(folder) / item.file
            write = write_ies if path.suffix == ".ies" else write_ldt
            write(distribution(item), path)
            entry = zipfile.ZipInfo(item.file, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, worn(path.read_bytes(), rank))
    return packed.getvalue()


def worn(content: bytes, rank: int) -> bytes:
    """Return a photometric file with the small fault of its rank, which readers must bear.

    Parameters
    ----------
    content : bytes
        The file as written.
    rank : int
        0 nothing; 1 decimal commas; 2 old Mac line ends; 3 sizes in feet; 4 an accent of Windows.
    """
    text = content.decode("latin-1")
    if rank == 1:
        head, tail = text.splitlines()[:12], text.splitlines()[12:]
        text = "\r\n".join([*head, *(line.replace(".", ",") for line in tail), ""])
    elif rank == 2:
        text = text.replace("\r\n", "\n").replace("\n", "\r")
    elif rank == 3:
        text = _in_feet(text)
    elif rank == 4:
        lines = text.splitlines()
        lines[8] = "Lanterne « Bourg » à vasque"
        text = "\r\n".join([*lines, ""])
    return text.encode("cp1252")


def _in_feet(text: str) -> str:
    """Return an IES file with its luminous size in feet instead of metres."""
    lines = text.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("TILT=")) + 1
    words = " ".join(lines[first : first + 2]).split()
    sizes = [f"{float(word) / 0.3048:.4f}" for word in words[7:10]]
    lines[first : first + 2] = [" ".join([*words[:6], "1", *sizes]), " ".join(words[10:])]
    return "\n".join([*lines, ""])
