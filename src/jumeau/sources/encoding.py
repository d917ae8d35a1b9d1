# SPDX-License-Identifier: EUPL-1.2
"""Character encodings: bytes of French files to text, cell by cell, nothing lost in silence.

French files are UTF-8 or Windows-1252, often without saying which, sometimes both in one file.
Valid UTF-8 is practically never Windows-1252 by accident, so each cell is read as UTF-8 when it
can be and as Windows-1252 otherwise; what was found is counted and reported. Text that was
decoded wrongly before it was written ("IndiffÃ©renciÃ©e") is recognised and put right.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

UTF8 = "UTF-8"
WINDOWS = "Windows-1252"
_CP1252 = [bytes([code]).decode("cp1252", "replace") for code in range(256)]
_MOJIBAKE = "[\u00c2\u00c3][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6"
_MOJIBAKE += "\u02dc\u2013-\u203a\u20ac\u2122]|\u00e2\u20ac|\u00c5[\u201c\u0093]"
_SUSPECT = re.compile(_MOJIBAKE)
_CUT = re.compile(rb"[\xc2-\xdf]$|[\xe0-\xef][\x80-\xbf]?$|[\xf0-\xf4][\x80-\xbf]{0,2}$")


def _windows_bytes(exc: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are not UTF-8 as Windows-1252 (codec error handler)."""
    if not isinstance(exc, UnicodeDecodeError):
        raise exc
    return "".join(_CP1252[byte] for byte in exc.object[exc.start : exc.end]), exc.end


codecs.register_error("jumeau-windows", _windows_bytes)


@dataclass
class Decoder:
    """Turns bytes into text and remembers what it met.

    Parameters
    ----------
    encoding : str or None
        Encoding given by the user or declared by the file; ``None`` to find out.
    """

    encoding: str | None = None
    counts: Counter[str] = field(default_factory=Counter)
    hits: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    odd_names: bool = False
    """Whether column names are not UTF-8."""

    def __post_init__(self) -> None:
        if self.encoding:
            self.encoding = check(self.encoding)

    # -- one value -----------------------------------------------------------------------------
    def text(self, raw: bytes, width: int = 0) -> tuple[str, bool]:
        """Return the text of a cell and whether it is not plain UTF-8.

        Parameters
        ----------
        raw : bytes
            Cell as written.
        width : int
            Widest cell of the column [bytes]: there a character may have been cut in two.
        """
        if self.encoding and self.encoding != UTF8:
            try:
                return raw.decode(self.encoding), False
            except UnicodeDecodeError:
                return raw.decode("utf-8", "jumeau-windows"), True
        try:
            return raw.decode("utf-8"), False
        except UnicodeDecodeError as exc:
            cut = width and len(raw) == width and exc.start > width - 4 and _CUT.search(raw)
            if cut and self._is_utf8(raw[: cut.start()]):
                return raw[: cut.start()].decode("utf-8"), False
            return raw.decode("utf-8", "jumeau-windows"), True

    @staticmethod
    def _is_utf8(raw: bytes) -> bool:
        try:
            return not raw.decode("utf-8").isascii()
        except UnicodeDecodeError:
            return False

    # -- a column ------------------------------------------------------------------------------
    def column(
        self, values: pa.Array | pa.ChunkedArray, *, as_latin: bool = False
    ) -> pa.ChunkedArray:
        """Return a column of bytes (or of text) as clean text.

        Parameters
        ----------
        values : (n,) pyarrow array of binary or string
            Cells; text is only checked for wrong decoding.
        as_latin : bool
            Whether the text was read as ISO-8859-1 for its bytes to be kept.

        Returns
        -------
        (n,) pyarrow.ChunkedArray of string
        """
        import pyarrow as pa

        array = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
        raw = array.cast(pa.binary())
        if not _beyond_ascii(raw):
            return raw.cast(pa.string())
        encoded = raw.combine_chunks().dictionary_encode()
        words: list[bytes] = encoded.dictionary.to_pylist()
        if as_latin:
            words = [word.decode("utf-8").encode("latin-1", "replace") for word in words]
        width = max(map(len, words), default=0)
        read = [self._word(word, width) for word in words]
        self._count(encoded.indices, read)
        dictionary = pa.array([text for text, _ in read], pa.string())
        return pa.chunked_array([dictionary.take(encoded.indices)])

    def _word(self, word: bytes, width: int) -> tuple[str, str]:
        if word.isascii():
            return word.decode("ascii"), ""
        text, odd = self.text(word, width)
        kind = ("strange" if self.encoding else "windows") if odd else "unicode"
        if _SUSPECT.search(text):
            fixed = unscramble(text)
            if fixed != text:
                return fixed, "mojibake"
        return text, kind

    def _count(self, indices: pa.Array, read: list[tuple[str, str]]) -> None:
        import numpy as np

        cells = indices.fill_null(-1).to_numpy(zero_copy_only=False)
        for kind in ("unicode", "windows", "strange", "mojibake"):
            which = [number for number, item in enumerate(read) if item[1] == kind]
            if not which:
                continue
            hit = np.flatnonzero(np.isin(cells, which))
            self.counts[kind] += hit.size
            if kind != "unicode":
                self.hits.setdefault(kind, []).append(hit)
                self.examples += [read[number][0] for number in which[:3]]

    # -- the file ------------------------------------------------------------------------------
    @property
    def mixed(self) -> bool:
        """Whether one file holds both UTF-8 and Windows-1252 cells."""
        return bool((self.counts["windows"] or self.odd_names) and self.counts["unicode"])

    @property
    def found(self) -> str:
        """Encoding of the file as read."""
        if self.encoding and self.encoding != UTF8:
            return self.encoding
        if self.mixed:
            return f"{UTF8} + {WINDOWS}"
        return WINDOWS if self.counts["windows"] or self.odd_names else UTF8

    def findings(self, table: str, *, declared: str | None = None) -> list[Finding]:
        """Return what the reader should know about the encoding."""
        found: list[Finding] = []
        examples = [text[:40] for text in self.examples[:3]]
        if self.mixed or self.counts["strange"]:
            count = self.counts["windows"] + self.counts["strange"] + self.odd_names
            found.append(finding("JUM-S101", table, count=count, examples=examples))
        elif self.found == WINDOWS and not self.encoding and declared != WINDOWS:
            found.append(finding("JUM-S100", table, encoding=WINDOWS, examples=examples))
        if self.counts["mojibake"]:
            count = self.counts["mojibake"]
            found.append(finding("JUM-S102", table, count=count, examples=examples))
        return found

    def repaired_rows(self) -> NDArray[np.int64]:
        """Return the rows whose text had to be put right (not those merely decoded)."""
        import numpy as np

        kinds = ("mojibake", "strange", "windows") if self.mixed else ("mojibake", "strange")
        parts = [part for kind in kinds for part in self.hits.get(kind, [])]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)


def _beyond_ascii(raw: pa.ChunkedArray) -> bool:
    import numpy as np

    for chunk in raw.chunks:
        _, offsets, data = chunk.buffers()
        if data is None or not len(chunk):
            continue
        limits = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        if (np.frombuffer(data, np.uint8)[limits[0] : limits[-1]] >= 0x80).any():
            return True
    return False


def check(name: str) -> str:
    """Return the usual name of an encoding.

    Raises
    ------
    UnknownNameError
        ``JUM-S023`` if Python knows no such encoding.
    """
    aliases = {"ansi": "cp1252", "latin1": "cp1252", "iso-8859-1": "cp1252", "latin-1": "cp1252"}
    # A file said to be ISO-8859-1 that holds € or œ was written by Windows.
    wanted = name.strip().lower()
    try:
        codec = codecs.lookup(aliases.get(wanted, wanted)).name
    except LookupError:
        raise error("JUM-S023", encoding=name) from None
    return {"utf-8": UTF8, "utf-8-sig": UTF8, "ascii": UTF8, "cp1252": WINDOWS}.get(codec, codec)


def unscramble(text: str) -> str:
    """Return text that had been decoded as Windows-1252 while it was UTF-8, as it was meant.

    Examples
    --------
    >>> unscramble("IndiffÃ©renciÃ©e")
    'Indifférenciée'
    """
    raw = bytearray()
    for char in text:
        try:
            raw += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 0xFF:
                return text
            raw.append(ord(char))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text


def names(raw: Iterable[str]) -> list[str]:
    """Return column names put right: wrongly decoded text, marks, spaces."""
    found = []
    for name in raw:
        text = name.lstrip("\ufeff").strip().strip('"').strip()
        found.append(unscramble(text) if _SUSPECT.search(text) else text)
    return found


def to_utf8(raw: bytes) -> tuple[str, int]:
    """Return a whole document as text, and how many bytes were not UTF-8.

    Byte-order marks of UTF-16 and UTF-8 are obeyed.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            return raw.decode(name, "replace"), 0
    try:
        return raw.decode("utf-8"), 0
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "jumeau-windows")
        lost = len(raw) - len(raw.decode("utf-8", "ignore").encode("utf-8"))
        return text, lost
