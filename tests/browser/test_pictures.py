# SPDX-License-Identifier: EUPL-1.2
"""The pictures of the documentation come from the page itself: ``JUMEAU_PICTURES=1`` takes them.

``JUMEAU_PICTURES=1 .venv/bin/pytest -q tests/browser/test_pictures.py`` builds the demonstrator,
opens each view in both languages and writes ``docs/images``; an ordinary run changes nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import palette
import pytest
import rasterio
from journeys import HERE, browsing, play, serving
from rasterio.errors import NotGeoreferencedWarning

ROOT = HERE.parents[1]
IMAGES = ROOT / "docs" / "images"
TAKEN = re.findall(
    r'^  "?([\w-]+)"?: \{ search',
    (HERE / "pictures.mjs").read_text(encoding="utf-8"),
    re.MULTILINE,
)
LARGEST = 250_000
OTHERS = {"montpellier", "export-qgis"}
"""A real place, and QGIS: no picture of the page on the demonstrator."""


def cited() -> set[str]:
    """Pictures that the READMEs and the documentation show."""
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(
        page.read_text(encoding="utf-8") for page in pages if "_build" not in str(page)
    )
    return set(re.findall(r"images/([\w.-]+\.png)", text))


def test_each_picture_cited_exists_and_is_taken_here() -> None:
    for name in sorted(cited()):
        assert (IMAGES / name).is_file(), f"{name} is shown and does not exist"
        stem = name.removesuffix(".png").removesuffix(".en")
        assert stem in TAKEN or stem in OTHERS, f"{name} is shown and nothing takes it"


def test_each_picture_is_light_and_none_is_left_over() -> None:
    for path in IMAGES.glob("*.png"):
        stem = path.stem.removesuffix(".en")
        assert stem in TAKEN or stem in OTHERS, f"nothing takes {path.name}"
        if stem in TAKEN:
            assert path.stat().st_size < LARGEST, path.name


def test_few_colours_stay_as_they_are(tmp_path: Path) -> None:
    shapes = np.zeros((4, 6, 3), dtype=np.uint8)
    shapes[1:3, 2:4] = (18, 52, 86)
    index, colours = palette.indexed(shapes)
    assert colours == ["#000000", "#123456"]
    assert index[1, 2] == 2
    assert index[0, 0] == 1


def test_many_colours_become_near_ones(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 400)[:, None, None] * np.array([1.0, 0.6, 0.3])
    pixels = np.clip(ramp + rng.normal(0, 4, (400, 50, 3)), 0, 255).astype(np.uint8)
    index, colours = palette.indexed(pixels)
    assert len(colours) <= 255
    assert index.min() >= 1
    table = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours])
    away = np.abs(table[index.astype(int) - 1] - pixels.astype(int))
    assert away.mean() < 4


def test_a_screenshot_is_written_anew_lighter(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pixels = (rng.normal(128, 3, (3, 200, 300))).astype(np.uint8)
    path = tmp_path / "shot.png"
    profile = {"driver": "PNG", "width": 300, "height": 200, "count": 3, "dtype": "uint8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile) as target:
            target.write(pixels)
    before = path.stat().st_size
    assert palette.shrink(path) == path.stat().st_size < before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as source:
            assert (source.width, source.height, source.count) == (300, 200, 1)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not os.environ.get("JUMEAU_PICTURES"), reason="JUMEAU_PICTURES=1 takes them")
def test_pictures_are_taken(tmp_path: Path) -> None:
    chromium, node = browsing()
    folder = Path(os.environ.get("JUMEAU_DEMO") or tmp_path / "demo.jumeau")
    command = [sys.executable, "-m", "jumeau", "demo", "--no-serve", "--folder", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    with serving(folder) as demo:
        world = {"chromium": chromium, "modules": ["pictures"], "base": demo, "demo": demo}
        played = play(node, {**world, "pictures": str(tmp_path)})
    assert played["pictures_are_taken"]["error"] is None, played["pictures_are_taken"]["error"]
    for name in TAKEN:
        for suffix in ("", ".en"):
            path = tmp_path / f"{name}{suffix}.png"
            assert palette.shrink(path) < LARGEST, path.name
            (IMAGES / path.name).write_bytes(path.read_bytes())
