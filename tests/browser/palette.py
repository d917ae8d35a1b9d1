# SPDX-License-Identifier: EUPL-1.2
"""Screenshots become indexed pictures of 255 colours at most: a third of the weight."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

from jumeau.base import png

BITS = 5
"""Bits of each channel by which near colours are counted together."""
MOST = (255, 128, 64, 32)
"""Numbers of colours tried, until the picture is light enough."""


def _boxes(
    cells: NDArray[np.int64], counts: NDArray[np.int64], most: int
) -> list[NDArray[np.int64]]:
    """Cut the colours in two along their widest channel, the most peopled box first."""
    boxes = [np.arange(len(cells))]
    while len(boxes) < most:
        spread = [np.ptp(cells[box], axis=0).max() * counts[box].sum() ** 0.5 for box in boxes]
        widest = int(np.argmax(spread))
        if not spread[widest]:
            break
        box = boxes.pop(widest)
        channel = int(np.argmax(np.ptp(cells[box], axis=0)))
        box = box[np.argsort(cells[box, channel], kind="stable")]
        total = np.cumsum(counts[box])
        middle = int(np.clip(np.searchsorted(total, total[-1] / 2), 1, len(box) - 1))
        boxes += [box[:middle], box[middle:]]
    return boxes


def indexed(pixels: NDArray[np.uint8], most: int = MOST[0]) -> tuple[NDArray[np.uint8], list[str]]:
    """Return the picture of so many colours nearest to one of (rows, columns, 3): median cut.

    Colours that are few enough stay as they are.
    """
    flat = pixels.reshape(-1, 3).astype(np.int64)
    own = flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2]
    exact, place = np.unique(own, return_inverse=True)
    if len(exact) <= most:
        index = place.reshape(pixels.shape[:2]) + 1
        return index.astype(np.uint8), [f"#{colour:06x}" for colour in exact]
    parts = flat >> (8 - BITS)
    key = parts[:, 0] << (2 * BITS) | parts[:, 1] << BITS | parts[:, 2]
    keys, place, counts = np.unique(key, return_inverse=True, return_counts=True)
    means = np.stack(
        [np.bincount(place, flat[:, channel]) / counts for channel in range(3)], axis=1
    )
    which = np.zeros(len(keys), dtype=np.int64)
    colours = []
    for number, box in enumerate(_boxes(means.round().astype(np.int64), counts, most)):
        which[box] = number
        mean = np.average(means[box], axis=0, weights=counts[box]).round().astype(int)
        colours.append("#" + "".join(f"{part:02x}" for part in mean))
    index = which[place].reshape(pixels.shape[:2]) + 1
    return index.astype(np.uint8), colours


def shrink(path: Path, largest: int = 250_000) -> int:
    """Write a picture anew with its colours indexed, as many as its size [B] allows; return it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as source:
            pixels = np.moveaxis(source.read([1, 2, 3]), 0, 2)
    for most in MOST:
        packed = png.encode(*indexed(pixels, most))
        if len(packed) < largest:
            break
    path.write_bytes(packed)
    return len(packed)
