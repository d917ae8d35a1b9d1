# SPDX-License-Identifier: EUPL-1.2
"""The repository keeps its own rules: locks, licences, addresses, metadata, front door."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
LOCKS = [
    "requirements.lock",
    "requirements-dev.lock",
    "tools/locks/build.lock",
    "tools/locks/node.lock",
]
EUPL = "7718466afa7e13afafe2acc2edd2f73ac7fa41ee5a2982df3934dd1fc702940c"


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Files of the repository: committed, or new and not ignored."""
    command = [
        "git",
        "-C",
        str(ROOT),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout: the files of the repository cannot be listed")
    names = done.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked(name: str) -> dict[str, list[str]]:
    """Package → versions that a lock pins."""
    found: dict[str, list[str]] = {}
    text = (ROOT / name).read_text(encoding="utf-8")
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_names_versions_and_hashes_only(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    shape = re.compile(r"[A-Za-z0-9._-]+==[^\s;]+( ; [^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [line[:60] for line in lines if not shape.fullmatch(line)] == []
    assert "://" not in text


@pytest.mark.parametrize(("lock", "extras"), [(LOCKS[0], []), (LOCKS[1], ["dev", "docs"])])
def test_locks_satisfy_the_project(lock: str, extras: list[str], project: dict[str, Any]) -> None:
    pins = locked(lock)
    wanted = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    for line in wanted:
        requirement = Requirement(line)
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in {lock}: make lock"
        for version in versions:
            assert requirement.specifier.contains(version, prereleases=True), (line, version)


def test_both_locks_agree() -> None:
    product, development = locked(LOCKS[0]), locked(LOCKS[1])
    assert {name: development.get(name) for name in product} == product


def test_every_dependency_states_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.split("dependencies = [\n", 1)[1].split("]\n\n", 1)[0]
    lines = [line for line in block.splitlines() if line.strip().startswith('"')]
    assert len(lines) > 10
    assert [line for line in lines if not re.search(r'",\s+# \w', line)] == []


def test_no_dependency_of_the_product_is_under_the_gpl() -> None:
    suspects = {}
    for name in locked(LOCKS[0]):
        try:
            metadata = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:  # for another platform
            continue
        licence = metadata.get("License-Expression") or " ".join(
            item.rpartition(" :: ")[2]
            for item in metadata.get_all("Classifier") or []
            if item.startswith("License")
        )
        licence = licence or (metadata.get("License") or "").partition("\n")[0]
        if re.search(r"(?<!L)(?<!Lesser )A?GPL|GNU (Affero )?General Public", licence):
            suspects[name] = licence
    assert suspects == {}


def test_the_lock_of_the_page_has_integrity_and_no_address() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: it for name, it in lock["packages"].items() if name}
    assert packages
    assert [name for name, it in packages.items() if "resolved" in it] == []
    assert [name for name, it in packages.items() if not it.get("integrity")] == []


def test_the_lock_of_the_page_knows_every_optional_package() -> None:
    """`npm ci` refuses a lock that lacks a platform's optional package."""
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))[
        "packages"
    ]
    missing = {
        f"{name or 'jumeau-web'}: {wanted}"
        for name, it in packages.items()
        for wanted in it.get("optionalDependencies", {})
        if f"node_modules/{wanted}" not in packages
        and f"{name}/node_modules/{wanted}" not in packages
    }
    assert missing == set()


# Written in two halves, so that this file does not hold what it looks for.
HOSTS = ["pypi" + r"\.org", "python" + r"hosted\.", "npm" + r"js\.(org|com)", "deb" + r"ian\.org"]
PLACES = [r"(?<![\w.$}~/-])/" + "work/", r"(?<![\w.$}~-])/" + r"root(/|\b)", r"\." + "library/"]
WORDS = [
    "Clau" + "de",
    "Anthro" + "pic",
    r"\bsub" + "-?agents?",
    r"\bL" + r"LMs?\b",
    "Chat" + "GPT",
]


def test_no_file_names_an_index_a_machine_or_its_makers(tracked: list[Path]) -> None:
    pattern = re.compile("|".join(HOSTS + PLACES + WORDS))
    found = []
    for path in tracked:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            hit = pattern.search(line)
            if hit:
                found.append(f"{path.relative_to(ROOT)}:{number}: {hit.group()}")
    assert found == []


def test_every_python_file_begins_with_its_licence(tracked: list[Path]) -> None:
    wanted = "# SPDX-License-Identifier: EUPL-1.2"
    files = [path for path in tracked if path.suffix == ".py"]
    assert files
    late = [path for path in files if not path.read_text(encoding="utf-8").startswith(wanted)]
    assert [str(path.relative_to(ROOT)) for path in late] == []


def test_no_large_or_built_file_is_tracked(tracked: list[Path]) -> None:
    large = {str(path.relative_to(ROOT)) for path in tracked if path.stat().st_size > 1_500_000}
    assert large == set()
    built = re.compile(r"(^|/)(node_modules|__pycache__|_build|dist|\.stamps)/|web/static/")
    names = [path.relative_to(ROOT).as_posix() for path in tracked]
    assert [name for name in names if built.search(name)] == []


def test_the_licence_is_the_official_text() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith(
        "EUROPEAN UNION PUBLIC LICENCE v. 1.2\nEUPL © the European Union 2007, 2016\n"
    )
    words = " ".join(re.findall(r"\w+", text)).lower()
    assert hashlib.sha256(words.encode()).hexdigest() == EUPL


def test_publiccode_has_what_its_standard_requires() -> None:
    """Mandatory keys and bounds of publiccode.yml 0.4, with its two controlled lists in part."""
    data = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    for key in ("publiccodeYmlVersion", "name", "url", "platforms", "categories", "softwareType"):
        assert data[key], key
    assert data["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert data["softwareType"].partition("/")[0] in {"standalone", "addon", "library"}
    assert re.fullmatch(r"https://\S+", data["url"])
    assert data["legal"]["license"] == "EUPL-1.2"
    assert data["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert all(contact["name"] for contact in data["maintenance"]["contacts"])
    assert isinstance(data["localisation"]["localisationReady"], bool)
    assert (
        set(data["localisation"]["availableLanguages"]) == {"fr", "en"} == set(data["description"])
    )
    for text in data["description"].values():
        assert 0 < len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert all(0 < len(feature) <= 100 for feature in text["features"])


def test_versions_agree(project: dict[str, Any]) -> None:
    import jumeau

    data = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert "version" in project["dynamic"]
    assert data["softwareVersion"] == jumeau.__version__
    assert Version(jumeau.__version__).release >= (0, 1)


def test_make_alone_explains_every_target() -> None:
    done = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True)
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    for target in phony[1].split():
        assert re.search(rf"^  make {target} +\S", done.stdout, re.MULTILINE), target


@pytest.mark.parametrize("script", [".ci/run", "tools/setup", "tools/npm"])
def test_scripts_are_executable_and_strict(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_links_between_pages_lead_somewhere(tracked: list[Path]) -> None:
    broken = []
    for page in (path for path in tracked if path.suffix == ".md"):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        inside = [target for target in targets if not re.match(r"[a-z]+:", target)]
        lost = [target for target in inside if not (page.parent / target).exists()]
        broken += [f"{page.relative_to(ROOT)} → {target}" for target in lost]
    assert broken == []


def test_the_architecture_tells_the_import_law_that_is_enforced() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    law = settings["tool"]["importlinter"]["contracts"][0]
    assert law["type"] == "layers"
    assert f"`{' > '.join(law['layers'])}`" in (ROOT / "ARCHITECTURE.md").read_text(
        encoding="utf-8"
    )
