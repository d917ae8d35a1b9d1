# SPDX-License-Identifier: EUPL-1.2
"""Indexed PNG writer: small pictures of a few colours, written in a millisecond.

References
----------
W3C Portable Network Graphics (PNG) Specification, second edition (ISO/IEC 15948:2004).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def encode(index: NDArray[np.uint8], colors: Sequence[str], alpha: Sequence[int] = ()) -> bytes:
    """Return a PNG whose pixels are entries of a palette; entry 0 is transparent.

    Parameters
    ----------
    index : ndarray (rows, columns) of uint8
        0 for transparent, i for ``colors[i − 1]``; row 0 on top.
    colors : sequence of str
        ``#rrggbb``, at most 255.
    alpha : sequence of int
        Opacity of each colour, 0 to 255; opaque where it is not given.
    """
    rows, columns = index.shape
    palette = b"\x00\x00\x00" + b"".join(bytes.fromhex(color[1:]) for color in colors)
    pixels = np.asarray(index, dtype=np.uint8)
    depth = 8
    if len(colors) < 16:  # two pixels in a byte
        depth = 4
        even = np.pad(index, ((0, 0), (0, columns % 2)))
        pixels = (even[:, 0::2] * np.uint8(16)) | even[:, 1::2]
    # Each row begins with its filter: 0, none.
    lines = np.zeros((rows, pixels.shape[1] + 1), dtype=np.uint8)
    lines[:, 1:] = pixels
    head = struct.pack(">IIBBBBB", columns, rows, depth, 3, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"PLTE", palette),
            _chunk(b"tRNS", bytes((0, *alpha))),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 6)),
            _chunk(b"IEND", b""),
        )
    )
