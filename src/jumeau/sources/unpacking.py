# SPDX-License-Identifier: EUPL-1.2
"""Archives that cannot be read in place: 7z, also in volumes, and tar, unpacked apart.

Only what is needed is unpacked, into a temporary folder that disappears with the last object that
uses it. Archives that would write elsewhere, or swell beyond reason, are refused before that.
"""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from jumeau.base.errors import JumeauError, error

if TYPE_CHECKING:
    import py7zr

SEVEN = (".7z", ".7z.001")
TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz")
SMALL = 1 << 30
"""Unpacked size below which no ratio is suspect [bytes]."""
RATIO = 200
"""Unpacked over packed size from which an archive is refused; deflate reaches 1,032."""
ROOM = 256 << 20
"""Bytes left free on the disk of temporary files."""


class Member(NamedTuple):
    """A file of an archive: its name, and its size once unpacked [bytes]."""

    name: str
    size: int


class Unpacked:
    """Files of an archive in a temporary folder, removed with this object.

    Parameters
    ----------
    folder : TemporaryDirectory
        Where they are.
    """

    def __init__(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._folder = folder
        self.path = Path(folder.name)


def kind(path: Path) -> str:
    """Return ``"7z"``, ``"tar"``, or ``""`` for what is read in place."""
    name = path.name.lower()
    if name.endswith(SEVEN) or re.search(r"\.7z\.\d{3}$", name):
        return "7z"
    return "tar" if name.endswith(TAR) else ""


def volumes(path: Path) -> list[Path]:
    """Return the volumes of a split archive in order, or the file alone.

    Raises
    ------
    JumeauError
        ``JUM-S253`` when one of them is missing.
    """
    found = re.fullmatch(r"(.*\.7z)\.(\d{3})", path.name, re.IGNORECASE)
    if not found:
        return [path]
    stem = found[1]
    there = {
        int(item.name[-3:]): item
        for item in path.parent.iterdir()
        if re.fullmatch(re.escape(stem) + r"\.\d{3}", item.name, re.IGNORECASE)
    }
    for number in range(1, max(there) + 1):
        if number not in there:
            raise error("JUM-S253", file=path.name, missing=f"{stem}.{number:03d}")
    return [there[number] for number in sorted(there)]


def check(file: str, names: Sequence[str], packed: int, unpacked: int) -> None:
    """Refuse archives that are hostile or broken by their table of contents.

    Parameters
    ----------
    file : str
        Name of the archive, for the messages.
    names : sequence of str
        Names of its members.
    packed, unpacked : int
        Sizes [bytes].

    Raises
    ------
    JumeauError
        ``JUM-S250`` a member would leave the folder, ``JUM-S251`` out of proportion.
    """
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or ".." in parts or PureWindowsPath(name).drive:
            raise error("JUM-S250", file=file, member=name)
    if unpacked > SMALL and unpacked > RATIO * max(packed, 1):
        raise error("JUM-S251", file=file, size=_size(unpacked), packed=_size(packed))


def _size(count: int) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count = count // 1000 if unit != "MB" else round(count / 1000)
    return f"{count} TB"


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """Turn what the libraries refuse into coded errors."""
    import lzma

    import py7zr.exceptions as seven

    try:
        yield
    except JumeauError:
        raise
    except seven.PasswordRequired as exc:
        raise error("JUM-S019", file=path.name) from exc
    except seven.AbsolutePathError as exc:
        raise error("JUM-S250", file=path.name, member=str(exc)) from exc
    except tarfile.FilterError as exc:
        raise error("JUM-S250", file=path.name, member=str(exc.tarinfo.name)) from exc
    except (
        seven.ArchiveError,
        tarfile.TarError,
        lzma.LZMAError,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        IndexError,
        TypeError,
        AssertionError,
    ) as exc:
        detail = " ".join(str(exc).split())[:200] or type(exc).__name__
        raise error("JUM-S004", file=path.name, detail=detail) from exc


@contextmanager
def _seven(path: Path) -> Iterator[py7zr.SevenZipFile]:
    import multivolumefile
    import py7zr

    parts = volumes(path)
    with ExitStack() as stack:
        source: IO[bytes] | Path = path
        if parts != [path]:
            base = path.with_name(path.name[:-4])
            source = cast("IO[bytes]", stack.enter_context(multivolumefile.open(base, "rb")))
        archive = stack.enter_context(py7zr.SevenZipFile(source, "r"))
        if archive.needs_password():
            raise error("JUM-S019", file=path.name)
        yield archive


def members(path: Path) -> list[Member]:
    """Return the files of an archive.

    Raises
    ------
    JumeauError
        ``JUM-S002`` empty, ``S004`` damaged, ``S019`` locked by a password, ``S250``, ``S251``,
        ``S253``.
    """
    with _refused(path):
        if kind(path) == "7z":
            with _seven(path) as archive:
                found = [
                    Member(item.filename, int(item.uncompressed or 0))
                    for item in archive.list()
                    if item.is_file
                ]
        else:
            with tarfile.open(path) as tar:
                found = [Member(item.name, item.size) for item in tar if item.isfile()]
    if not found:
        raise error("JUM-S002", file=path.name)
    packed = sum(part.stat().st_size for part in volumes(path))
    check(path.name, [item.name for item in found], packed, sum(item.size for item in found))
    return found


def unpack(path: Path, wanted: Sequence[Member]) -> Unpacked:
    """Unpack some members into a temporary folder.

    Raises
    ------
    JumeauError
        ``JUM-S004`` damaged, ``JUM-S252`` no room on the disk of temporary files.
    """
    folder = tempfile.TemporaryDirectory(prefix="jumeau-")
    size = sum(item.size for item in wanted)
    if size + ROOM > shutil.disk_usage(folder.name).free:
        folder.cleanup()
        raise error("JUM-S252", file=path.name, size=_size(size), folder=tempfile.gettempdir())
    names = {item.name for item in wanted}
    try:
        with _refused(path):
            if kind(path) == "7z":
                with _seven(path) as archive:
                    archive.extract(folder.name, targets=sorted(names))
            else:
                with tarfile.open(path) as tar:
                    for entry in tar:
                        if entry.name in names:
                            tar.extract(entry, folder.name, filter="data")
            for item in wanted:
                there = Path(folder.name, item.name)
                if not there.is_file() or there.stat().st_size != item.size:
                    raise error("JUM-S004", file=path.name, detail=item.name)
    except BaseException:
        folder.cleanup()
        raise
    return Unpacked(folder)
