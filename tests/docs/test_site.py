# SPDX-License-Identifier: EUPL-1.2
"""The site builds without a warning, reads well in Chromium, and searches in both languages."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from journeys import browsing  # noqa: E402


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*command, str(ROOT / "docs"), str(folder / "site"), "-d", str(folder / "trees")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_every_page_is_built_in_its_language(site: Path) -> None:
    pages = [path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts]
    assert len(pages) > 70
    for path in pages:
        text = (site / path.relative_to(ROOT / "docs")).with_suffix(".html").read_text("utf-8")
        lang = "fr" if path.name.endswith(".fr.md") else "en"
        assert f'<html lang="{lang}"' in text, path
        assert text.count('aria-current="page"') == (0 if path.name.startswith("index") else 1)


def test_no_page_asks_another_host(site: Path) -> None:
    outside = [
        path.name
        for path in site.rglob("*.html")
        for mark in ('src="http', 'rel="stylesheet" href="http', "srcset=", "@import")
        if mark in path.read_text("utf-8")
    ]
    assert outside == []


@pytest.fixture(scope="module")
def seen(site: Path) -> Iterator[dict[str, Any]]:
    chromium, node = browsing()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        done = subprocess.run(
            [node, str(Path(__file__).with_name("site.mjs")), address, chromium],
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        server.shutdown()
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)


@pytest.mark.browser
def test_pages_are_accessible_narrow_and_alone(seen: dict[str, Any]) -> None:
    assert seen["axe"] == []
    assert seen["wide"] == []
    assert seen["errors"] == []
    assert seen["strangers"] == []
    assert seen["keyboard"] == "content"  # the first Tab is the skip link
    assert {
        name: lang for name, lang in seen["lang"].items() if (".fr." in name) != (lang == "fr")
    } == {}


@pytest.mark.browser
def test_search_answers_in_the_language_of_the_page(seen: dict[str, Any]) -> None:
    found = seen["search"]
    for words, french in (("interval", False), ("éclairement", True), ("régime armoire", True)):
        assert found[words]["links"], words
        assert all((".fr.html" in link) is french for link in found[words]["links"]), words
    assert found["eclairement"]["links"] == found["éclairement"]["links"]
    assert "found" in found["interval"]["status"]
    assert "trouvée" in found["éclairement"]["status"]
    assert found["éclairement"]["title"] == "Résultats"
