# SPDX-License-Identifier: EUPL-1.2
"""The built page holds to its promises: no other host, nothing inline, light, parity of words."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import pytest

from jumeau.web import static_folder

WEB = Path(__file__).parents[2] / "web"


@pytest.fixture(scope="module")
def static() -> Path:
    folder = static_folder()
    if folder is not None:
        return folder
    reason = "The page has not been built (make web)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def test_the_folder_is_there_only_when_it_holds_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import jumeau.web as web

    monkeypatch.setattr(web, "__file__", str(tmp_path / "__init__.py"))
    assert web.static_folder() is None
    (tmp_path / "static").mkdir()
    assert web.static_folder() is None
    (tmp_path / "static" / "index.html").write_text("<!doctype html>", encoding="utf-8")
    assert web.static_folder() == tmp_path / "static"


def test_the_page_is_french_and_has_nothing_inline(static: Path) -> None:
    html = (static / "index.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in html
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_addresses_are_relative_so_that_any_prefix_works(static: Path) -> None:
    html = (static / "index.html").read_text(encoding="utf-8")
    found = re.findall(r"(?:src|href)=\"([^\"]+)\"", html)
    assert found
    assert all(address.startswith("./") for address in found)


def test_styles_ask_no_other_host(static: Path) -> None:
    for sheet in static.glob("assets/*.css"):
        text = sheet.read_text(encoding="utf-8")
        addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", text)
        assert not [x for x in addresses if re.match(r"(?:https?:)?//", x)], sheet.name


def _before_map(static: Path) -> list[Path]:
    """The scripts that the page asks for by itself: its own, and those they import at once."""
    asked = re.findall(r'(?:src|href)="\./([^"]+\.js)"', (static / "index.html").read_text("utf-8"))
    found: list[Path] = []
    while asked:
        path = static / asked.pop()
        if path not in found:
            found.append(path)
            names = re.findall(r'(?:\bimport|\bfrom)\s*"\./([^"]+\.js)"', path.read_text("utf-8"))
            asked += [str((path.parent / name).relative_to(static)) for name in names]
    return found


def test_the_script_before_the_map_is_light(static: Path) -> None:
    scripts = _before_map(static)
    assert scripts
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) < 400_000
    assert not [path.name for path in scripts if "maplibregl-ctrl-" in path.read_text("utf-8")]
    assert [*static.glob("assets/map-*.js")], "the map is apart"


def test_each_text_is_packed_beside_itself(static: Path) -> None:
    texts = [path for path in static.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg"}]
    assert len(texts) >= 5
    for path in texts:
        packed = gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes())
        assert packed == path.read_bytes(), path.name
        tight = path.with_name(f"{path.name}.br").stat().st_size
        assert tight < 0.75 * path.stat().st_size, path.name


def test_the_typeface_is_ours(static: Path) -> None:
    fonts = [*static.glob("assets/*.woff2")]
    assert any("atkinson-hyperlegible-next" in font.name for font in fonts)


def test_the_notices_of_what_is_bundled_travel_with_it(static: Path) -> None:
    notices = (static / "licences.txt").read_text(encoding="utf-8")
    for package in ("lit", "maplibre-gl", "lucide-static"):
        assert package in notices, package
    assert (
        "SIL OPEN FONT LICENSE"
        in (static / "licence-typeface.txt").read_text(encoding="utf-8").upper()
    )


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    fr, en = (
        json.loads((WEB / "src" / "i18n" / f"{lang}.json").read_text(encoding="utf-8"))
        for lang in ("fr", "en")
    )
    assert list(fr) == list(en)
    for key, text in fr.items():
        assert text.strip() and en[key].strip(), key
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", en[key])), key


def test_the_lock_file_names_no_registry() -> None:
    lock = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "registry" not in (WEB / ".npmrc").read_text(encoding="utf-8").replace(
        "omit-lockfile-registry-resolved", ""
    )


def test_no_package_is_under_a_strong_copyleft() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    licences = {name: str(item.get("license", "")) for name, item in lock["packages"].items()}
    assert len(licences) > 30
    strong = {name: text for name, text in licences.items() if re.search(r"\bA?GPL", text)}
    assert not {name: text for name, text in strong.items() if "LGPL" not in text}
