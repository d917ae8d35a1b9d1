# SPDX-License-Identifier: EUPL-1.2
"""A file is there whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from jumeau.base.errors import StorageError
from jumeau.twin import disk


def test_content_takes_its_name_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with disk.staged(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.parent == tmp_path and temporary.suffix == ".txt"
    assert path.read_text() == "new"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_failure_keeps_the_former_file_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a[1].gpkg"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), disk.staged(path) as temporary:
        temporary.write_text("half")
        Path(f"{temporary}-journal").write_text("journal")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["a[1].gpkg"]


def test_a_hard_link_keeps_its_content(tmp_path: Path) -> None:
    path, fork = tmp_path / "a", tmp_path / "fork"
    path.write_text("old")
    os.link(path, fork)
    disk.write_bytes(path, b"new")
    assert (path.read_bytes(), fork.read_text()) == (b"new", "old")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_coded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as caught:
        disk.write_bytes(tmp_path / "a", b"x")
    assert caught.value.code == "JUM-T101"
    assert list(tmp_path.iterdir()) == []


def test_a_real_limit_of_the_system_leaves_nothing(tmp_path: Path) -> None:
    """The system itself refuses the bytes half-way (file size limit)."""
    program = f"""
        import resource, signal
        from pathlib import Path
        from jumeau.base.errors import StorageError
        from jumeau.twin import disk
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            disk.write_bytes(Path({str(tmp_path)!r}) / "a", b"x" * 5000)
        except StorageError as exc:
            print(exc.code)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "JUM-T102"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("reported", "code"),
    [
        ("database or disk is full", "JUM-T101"),
        ("write failed: No space left on device", "JUM-T101"),
        ("Permission denied", "JUM-T102"),
    ],
)
def test_failures_that_libraries_report_in_words(reported: str, code: str) -> None:
    assert disk.failure(RuntimeError(reported), "x.gpkg").code == code


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        disk.make_folder(tmp_path / "file" / "sub")
    assert caught.value.code == "JUM-T102"
    disk.make_folder(tmp_path / "a" / "b")
    disk.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert disk.digest(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_000).hexdigest()
