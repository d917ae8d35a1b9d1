# SPDX-License-Identifier: EUPL-1.2
"""The text of an EPANET input file (INP): sections, lines, comments, all as they were written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

SECTIONS = (
    "TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "TAGS", "DEMANDS",
    "STATUS", "PATTERNS", "CURVES", "CONTROLS", "RULES", "ENERGY", "EMITTERS", "LEAKAGE",
    "QUALITY", "SOURCES", "REACTIONS", "MIXING", "TIMES", "REPORT", "OPTIONS", "COORDINATES",
    "VERTICES", "LABELS", "BACKDROP", "ROUGHNESS", "END",
)  # fmt: skip
"""Sections of EPANET 2.3, in the order of its own files."""
PREFIX = 4
"""Letters by which EPANET knows a section."""
_TOKEN = re.compile(r'"([^"]*)"?|(\S+)')
_CODINGS = ("utf-8-sig", "cp1252", "latin-1")


@dataclass
class Line:
    """A line of an INP file.

    Parameters
    ----------
    text : str
        As written, without its end.
    number : int
        In the file, from 1; 0 for a line that was not read.
    tokens : list of str
        Its words before the comment; none for a blank line or a whole comment.
    comment : str
        What follows the semicolon.
    end : str
        End of the line, "" for that of the document.
    """

    text: str
    number: int = 0
    tokens: list[str] = field(default_factory=list)
    comment: str = ""
    end: str = ""

    @classmethod
    def parse(cls, text: str, number: int = 0) -> Line:
        """Return a line cut into words and comment."""
        data, _, comment = text.partition(";")
        words = [quoted or plain for quoted, plain in _TOKEN.findall(data)]
        return cls(text, number, words, comment.strip())


@dataclass
class Section:
    """A section: its name in full and in capitals ("" before the first), header and lines."""

    name: str
    header: Line
    lines: list[Line] = field(default_factory=list)


@dataclass
class Document:
    """An INP file.

    Parameters
    ----------
    sections : list of Section
        In their order; a name may come back.
    newline, coding : str
        Ends of lines and character coding.
    """

    sections: list[Section] = field(default_factory=list)
    newline: str = "\n"
    coding: str = "utf-8"

    def named(self, name: str) -> list[Section]:
        """Return the sections of a name."""
        return [section for section in self.sections if section.name == name]

    def lines(self, name: str) -> list[Line]:
        """Return the lines with data of all sections of a name."""
        return [line for section in self.named(name) for line in section.lines if line.tokens]

    def text(self) -> str:
        """Return the text of the file."""
        lines: list[Line] = []
        for section in self.sections:
            if section.name:
                lines.append(section.header)
            lines += section.lines
        ends = [line.end or self.newline for line in lines]
        if lines:
            ends[-1] = lines[-1].end
        return "".join(line.text + end for line, end in zip(lines, ends, strict=True))


def full_name(header: str) -> str:
    """Return the full name of a section's header as EPANET reads it, "" for an unknown one."""
    word = header.strip().lstrip("[").split("]")[0].strip().upper()
    for name in SECTIONS:
        if word and word[:PREFIX] == name[:PREFIX]:
            return name
    return ""


def read(path: str | Path) -> Document:
    """Read the text of an INP file, UTF-8 or else Windows-1252.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Document
        With every character kept. Unknown sections bear the name of their header.

    Raises
    ------
    OSError
        When there is no such file.
    """
    data = Path(path).read_bytes()
    for coding in _CODINGS:
        try:
            text = data.decode(coding)
            break
        except UnicodeDecodeError:
            continue
    return parse(text, "utf-8" if coding == "utf-8-sig" else coding)


def parse(text: str, coding: str = "utf-8") -> Document:
    """Return the text of an INP file cut into sections and lines, with every character kept.

    Parameters
    ----------
    text : str
        The text.
    coding : str
        Character coding in which it is to be written.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    document = Document(newline=newline, coding=coding)
    document.sections.append(Section("", Line("")))
    pieces = [*re.split(r"(\r\n|\n|\r)", text), ""]
    for number, (raw, end) in enumerate(zip(pieces[::2], pieces[1::2], strict=True), 1):
        if raw.lstrip().startswith("["):
            name = full_name(raw) or raw.strip()
            document.sections.append(Section(name, Line(raw, number, end=end)))
            continue
        title = document.sections[-1].name == "TITLE"
        line = Line(raw, number) if title else Line.parse(raw, number)
        line.end = end
        document.sections[-1].lines.append(line)
    return document
