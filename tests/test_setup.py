# SPDX-License-Identifier: EUPL-1.2
"""The installer on machines that lack things: it says what is missing and what to type."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("bash", "env", "dirname", "find", "sort", "tail", "cat", "touch", "mkdir", "rm", "sed")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Checkout with the installer alone, and a folder of programs that is all there is."""
    (tmp_path / "tools").mkdir()
    for name in ("setup", "npm"):
        shutil.copy2(ROOT / "tools" / name, tmp_path / "tools" / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (programs / name).symlink_to(found)
    return tmp_path


def program(place: Path, name: str, text: str) -> None:
    path = place / "bin" / name
    path.write_text(f"#!{shutil.which('bash')}\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def setup(place: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(place / "tools" / "setup"), *words],
        env={"PATH": str(place / "bin"), "HOME": str(place), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_the_right_to_install_it_says_what_to_type_and_goes_on(place: Path) -> None:
    program(place, "id", "echo 1000")
    program(place, "apt-get", "echo called >&2; exit 1")
    done = setup(place, "system", "test")
    assert done.returncode == 0
    assert "sudo apt-get install chromium fonts-dejavu-core gdal-bin" in done.stderr
    assert "called" not in done.stderr
    assert "skipped" in done.stdout


def test_root_installs_what_is_missing_even_when_a_list_is_out_of_reach(place: Path) -> None:
    program(place, "id", "echo 0")
    program(place, "apt-get", f'echo "$@" >> {place}/log; [[ "$*" != *update* ]]')
    for present in ("chromium", "initdb"):
        program(place, present, "true")
    assert setup(place, "system", "test").returncode == 0
    update, install = (place / "log").read_text(encoding="utf-8").splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends gdal-bin")


def test_sudo_is_used_when_it_asks_no_password(place: Path) -> None:
    program(place, "id", "echo 1000")
    program(place, "apt-get", "exit 1")
    program(place, "sudo", f"printf '%s\\n' \"$*\" >> {place}/log")
    for present in ("chromium", "initdb"):
        program(place, present, "true")
    assert setup(place, "system", "test").returncode == 0
    assert "-n apt-get" in (place / "log").read_text(encoding="utf-8")


def test_nothing_missing_installs_nothing(place: Path) -> None:
    program(place, "id", "echo 0")
    program(place, "apt-get", "exit 9")
    for present in ("chromium", "initdb", "ogr2ogr"):
        program(place, present, "true")
    done = setup(place, "system", "test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_old_python_is_refused_with_the_command_to_type(place: Path) -> None:
    program(place, "id", "echo 1000")
    program(place, "python3", "exit 1")  # what sys.exit(version < 3.11) answers
    done = setup(place, "venv")
    assert done.returncode == 1
    assert "Python 3.11 or later" in done.stderr
    assert "sudo apt-get install python3 python3-venv" in done.stderr
    assert not (place / ".venv").exists()


def test_a_python_without_venv_is_told_apart(place: Path) -> None:
    program(place, "id", "echo 1000")
    program(place, "python3", '[[ "$2" == *ensurepip* ]] && exit 1 || exit 0')
    done = setup(place, "venv")
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr


def test_pip_follows_when_uv_fails(place: Path) -> None:
    (place / ".venv" / "bin").mkdir(parents=True)
    program(place, "fake", f'echo "$*" >> {place}/log; [[ "$2" == uv ]] && exit 2 || exit 0')
    (place / ".venv" / "bin" / "python").symlink_to(place / "bin" / "fake")
    done = setup(place, "packages", "some.lock")
    assert done.returncode == 0, done.stderr
    log = (place / "log").read_text(encoding="utf-8").splitlines()
    assert [line.split()[1] for line in log] == ["pip", "uv", "pip", "pip"]
    assert "--require-hashes -r some.lock" in log[2]
    assert log[3].endswith("--no-deps --no-build-isolation --editable .")
    assert "trying with pip" in done.stdout


def test_a_lock_that_cannot_be_installed_fails(place: Path) -> None:
    (place / ".venv" / "bin").mkdir(parents=True)
    program(place, "fake", '[[ "$*" == *some.lock* ]] && exit 2 || exit 0')
    (place / ".venv" / "bin" / "python").symlink_to(place / "bin" / "fake")
    assert setup(place, "packages", "some.lock").returncode == 2


def test_misuse_is_told(place: Path) -> None:
    done = setup(place)
    assert done.returncode == 2
    assert "usage" in done.stderr


@pytest.mark.parametrize(("answer", "wheel"), [("exit 0", False), ("exit 1", True)])
def test_npm_is_the_machines_when_its_node_is_recent(place: Path, answer: str, wheel: bool) -> None:
    (place / "web").mkdir()
    (place / ".venv" / "bin").mkdir(parents=True)
    package = place / "wheel"
    (package / "bin").mkdir(parents=True)
    program(place, "npm", 'echo "machine $*"')
    program(place, "node", answer)
    program(place, "fake", f'[[ "$*" == *__file__* ]] && echo {package} || exit 0')
    (place / ".venv" / "bin" / "python").symlink_to(place / "bin" / "fake")
    node = package / "bin" / "node"
    node.write_text(f'#!{shutil.which("bash")}\necho "wheel ${{*##*/}}"\n', encoding="utf-8")
    node.chmod(0o755)
    done = subprocess.run(
        [str(place / "tools" / "npm"), "run", "build"],
        env={"PATH": str(place / "bin"), "LANG": os.environ.get("LANG", "C")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = "wheel npm-cli.js run build" if wheel else "machine run build"
    assert done.stdout.strip() == expected
