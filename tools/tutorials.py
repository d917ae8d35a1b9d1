# SPDX-License-Identifier: EUPL-1.2
"""Type what a page tells to type, and compare what comes with what the page shows.

``python tools/tutorials.py`` runs every tutorial and prints what differs; with ``--write`` it puts
what came in the page. In a page, a comment before a fenced block says what the block is for:

- ``<!-- file: lamps.csv -->`` saves the block under that name;
- ``<!-- output -->`` is what the Python block before it prints;
- ``<!-- skip: why -->`` is not run.

An ``ID`` that ends a command is the identifier of the figure last printed.

``console`` blocks hold ``$ command`` lines, each followed by what it prints; ``python`` blocks run
one after the other in one session. ``…`` stands for anything on a line, or alone for any lines.
"""

from __future__ import annotations

import atexit
import difflib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

sys.path.insert(0, str(Path(__file__).resolve().parent))

from program import Program

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(
    r"^(?:<!-- (?P<mark>file|output|skip)(?:: (?P<said>[^\n]*?))? -->\n)?"
    r"```(?P<kind>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
HOME = "/home/you"
FIGURE = re.compile(r"[0-9a-f]{12}-ind-[0-9-]+")
PORT = "8321"
DEMONSTRATOR = "jumeau demo --no-serve --folder "
CHANGING = (
    (r"\b[0-9a-f]{64}\b", "…"),
    (r"\b[0-9a-f]{32}\b", "…"),
    (r"\b[0-9a-f]{12}-ind-[0-9-]+", "…"),
    (r"\b20\d\d-\d\d-\d\d(T[\d:.]+(Z|\+\d\d:\d\d)?| [\d:.]+(\+\d\d:\d\d)?)?", "…"),
)
SHELL = re.compile(r"[|<>;&$*?`]")
PROGRAMS: dict[str, Program] = {}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its kind, the mark before it, where it stands."""

    kind: str
    mark: str
    said: str
    body: str
    start: int
    end: int


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    return [
        Block(
            it["kind"], it["mark"] or "", it["said"] or "", it["body"], it.start("body"),
            it.end("body"),
        )
        for it in FENCE.finditer(text)
    ]  # fmt: skip


def commands(body: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with what it prints."""
    found: list[tuple[str, str]] = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command = re.match(r"(?:[^\n]*\\\n)*[^\n]*\n", part)
        if command:
            found.append((command[0].rstrip("\n"), part[command.end() :]))
    return found


def agrees(shown: str, came: str) -> bool:
    """Return whether what came is what a page shows, ``…`` standing for anything."""
    pattern = ""
    for line in shown.strip("\n").splitlines():
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            parts = map(re.escape, line.rstrip().split("…"))
            pattern += r"[^\n]*".join(parts) + r"\n"
    text = "".join(line.rstrip() + "\n" for line in came.strip("\n").splitlines())
    return re.fullmatch(pattern, text) is not None


def steady(text: str) -> str:
    """Return what came with what changes from day to day replaced by ``…``."""
    for pattern, instead in CHANGING:
        text = re.sub(pattern, instead, text)
    return "".join(line.rstrip() + "\n" for line in text.strip("\n").splitlines())


def free_port() -> str:
    """Return a port of the loopback that nobody listens to."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return str(door.getsockname()[1])


class Typist:
    """Someone who follows a page in an empty folder, in a language.

    ``ready`` keeps the demonstrator between pages, since it takes twenty seconds to build.
    """

    def __init__(self, folder: Path, lang: str, ready: Path | None = None) -> None:
        self.folder, self.ready, self.port = folder, ready, free_port()
        locale = "fr_FR.UTF-8" if lang == "fr" else "en_GB.UTF-8"
        kept = {
            key: text for key, text in os.environ.items() if not key.startswith(("JUMEAU_", "LC_"))
        }
        self.env = kept | {
            "LANG": locale, "LANGUAGE": "", "COLUMNS": "92", "NO_COLOR": "1",
            "TERM": "dumb", "TZ": "Europe/Paris", "JUMEAU_CACHE": str(folder / ".cache"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        self.figure, self.count = "ID", 0
        self.program = kept_ready(lang, self.env)
        self.running: list[int] = []
        self.pipes: list[IO[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        for pipe in self.pipes:
            pipe.close()
        for number in self.running:
            self.program.stop(number)

    def _here(self, text: str) -> str:
        return text.replace(PORT, self.port).replace(HOME, str(self.folder))

    def _there(self, text: str) -> str:
        return text.replace(str(self.folder), HOME).replace(self.port, PORT)

    def _paper(self) -> Path:
        self.count += 1
        return self.folder / f".paper-{self.count}"

    def type(self, command: str) -> str:
        """Return what a command prints; one that serves goes on in the background."""
        if command.startswith(DEMONSTRATOR) and self.ready:
            return self._demonstrator(command, self.ready)
        text = re.sub(r" ID$", f" {self.figure}", self._here(command)).replace("\\\n", " ")
        paper, own = self._paper(), {"JUMEAU_CACHE": self.env["JUMEAU_CACHE"]}
        if not text.startswith("jumeau ") or SHELL.search(text):
            done = subprocess.run(
                ["bash", "-c", text], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                check=False,
            )  # fmt: skip
            return self._came(done.stdout)
        words = shlex.split(text)[1:]
        if words[0] == "serve" or (words[0] == "demo" and "--no-serve" not in words):
            self.running.append(self.program.start(words, self.folder, own, paper))
            return self._there(first_line(paper))
        self.program.run(words, self.folder, own, paper)
        return self._came(paper.read_text("utf-8"))

    def _came(self, printed: str) -> str:
        self.figure = (FIGURE.findall(printed) or [self.figure])[-1]
        return self._there(printed)

    def _demonstrator(self, command: str, ready: Path) -> str:
        target = self.folder / command.removeprefix(DEMONSTRATOR)
        said = ready.with_suffix(".txt")
        if not ready.exists():
            kept = Typist(ready.parent, "fr" if self.env["LANG"].startswith("fr") else "en")
            said.write_text(kept.type(DEMONSTRATOR + ready.name), encoding="utf-8")
        shutil.copytree(ready, target)
        return said.read_text("utf-8").replace(ready.name, target.name)

    def python(self, code: str) -> str:
        """Return what a piece of Python prints, after those before it."""
        if not self.pipes:
            typed, printed = self._paper(), self._paper()
            os.mkfifo(typed)
            os.mkfifo(printed)
            own = {"JUMEAU_CACHE": self.env["JUMEAU_CACHE"]}
            self.running.append(self.program.start(None, self.folder, own, printed, typed))
            self.pipes += [typed.open("w", encoding="utf-8"), printed.open(encoding="utf-8")]
        self.pipes[0].write(json.dumps(self._here(code)) + "\n")
        self.pipes[0].flush()
        return self._there("".join(iter(self.pipes[1].readline, "\x00\n")))


def kept_ready(lang: str, env: dict[str, str]) -> Program:
    """Return the command kept ready in a language, for every page."""
    if lang not in PROGRAMS:
        PROGRAMS[lang] = Program(env)
        atexit.register(PROGRAMS[lang].close)
    return PROGRAMS[lang]


def first_line(paper: Path, wait: float = 120.0) -> str:
    """Return the first line that a program writes in a file."""
    limit = time.monotonic() + wait
    while time.monotonic() < limit:
        if paper.exists() and "\n" in (text := paper.read_text("utf-8")):
            return text[: text.index("\n") + 1]
        time.sleep(0.05)
    raise TimeoutError(f"nothing was printed in {wait:.0f} s")


def follow(page: Path, folder: Path, ready: Path | None = None) -> Iterator[tuple[Block, str, str]]:
    """Yield the blocks of a page that show something: the block, what it shows, what came."""
    with Typist(folder, language(page), ready) as typist:
        printed = ""
        for block in blocks(page.read_text("utf-8")):
            if block.mark == "skip":
                continue
            if block.mark == "file":
                (folder / block.said).parent.mkdir(parents=True, exist_ok=True)
                (folder / block.said).write_text(block.body, encoding="utf-8")
            elif block.kind == "console":
                came = [(command, typist.type(command)) for command, _ in commands(block.body)]
                yield block, block.body, "".join(f"$ {typed}\n{text}" for typed, text in came)
            elif block.kind == "python":
                printed = typist.python(block.body)
                if "Traceback (most recent call last)" in printed:
                    yield block, block.body, printed
            elif block.mark == "output":
                yield block, block.body, printed


def language(page: Path) -> str:
    """Return the language of a page."""
    return "fr" if page.name.endswith(".fr.md") else "en"


def named(page: Path) -> str:
    """Return the name of a page within the documentation."""
    return page.relative_to(ROOT / "docs").as_posix()


def on_demonstrator(page: Path) -> bool:
    """Return whether a page begins with the demonstrator."""
    return f"$ {DEMONSTRATOR}" in page.read_text("utf-8")


def followed(lang: str = "") -> list[Path]:
    """Return the pages that are followed: tutorials, and how-tos that give a file to save."""
    guides = (
        page
        for page in (ROOT / "docs" / "how-to").glob("*.md")
        if re.search(r"^<!-- file: .*\n```text$", page.read_text("utf-8"), re.MULTILINE)
    )
    every = sorted([*(ROOT / "docs" / "tutorials").glob("*.md"), *guides])
    return [page for page in every if lang in {"", language(page)}]


def difference(shown: str, came: str) -> str:
    """Return what differs, line by line."""
    lines = difflib.unified_diff(shown.splitlines(), came.splitlines(), "page", "came", lineterm="")
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Follow the tutorials (or the pages named) and tell what differs; ``--write`` corrects."""
    pages = [Path(name) for name in argv if not name.startswith("-")] or followed()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="jumeau-docs-") as store:
        for number, page in enumerate(pages):
            text, shift = page.read_text("utf-8"), 0
            folder = Path(store) / str(number)
            folder.mkdir()
            ready = Path(store) / f"ready-{language(page)}.jumeau"
            for block, shown, came in follow(page, folder, ready):
                if agrees(shown, came):
                    continue
                wrong += 1
                print(f"{page}\n{difference(shown, came)}")
                if "--write" in argv and block.kind != "python":
                    text = text[: block.start + shift] + steady(came) + text[block.end + shift :]
                    shift += len(steady(came)) - len(block.body)
            if "--write" in argv:
                page.write_text(text, encoding="utf-8")
    print(f"tutorials: {wrong} blocks differ in {len(pages)} pages")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
