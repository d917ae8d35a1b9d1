# SPDX-License-Identifier: EUPL-1.2
"""Fixtures of the point clouds: write small ones, read them as the twin would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pytest

from jumeau.base.contract import ImportRequest, Intake
from jumeau.sources.lidar import SOURCE

WEST, NORTH = 770_000.0, 6_280_000.0


class Layers:
    """An intake consumed: its layers by tile, its findings by code."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.windows = list(intake.windows or ())
        self.codes = {item.code: item for item in intake.findings}

    def __getitem__(self, layer: str) -> np.ndarray:
        found = [item.values for item in self.windows if item.layer == layer]
        assert len(found) == 1, [item.bounds for item in self.windows if item.layer == layer]
        return found[0]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        return self.windows[0].bounds


@pytest.fixture
def cloud(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a cloud."""

    def write(
        xyz: np.ndarray,
        code: Any = 2,
        *,
        name: str = "cloud.laz",
        point_format: int = 6,
        version: str = "1.4",
        scale: float = 0.001,
        crs: str | None = "EPSG:2154",
        **fields: Any,
    ) -> Path:
        import pyproj

        header = laspy.LasHeader(point_format=point_format, version=version)
        header.scales = np.array([scale] * 3)
        header.offsets = np.floor(xyz.min(axis=0)) if len(xyz) else np.zeros(3)
        if crs:
            header.add_crs(pyproj.CRS(crs))
        extra = fields.pop("extra", {})
        for key, values in extra.items():
            header.add_extra_dim(laspy.ExtraBytesParams(key, np.asarray(values).dtype))
        data = laspy.LasData(header)
        data.x, data.y, data.z = xyz.T
        data.classification = np.broadcast_to(np.asarray(code, np.uint8), len(xyz))
        for key, values in {**fields, **extra}.items():
            setattr(data, key, values)
        path = tmp_path / name
        data.write(str(path))
        return path

    return write


@pytest.fixture
def read() -> Callable[..., Layers]:
    """Return a function that reads clouds into raster layers."""

    def reading(
        files: Path | Sequence[Path],
        layer: str = "all",
        crs: str = "EPSG:2154",
        territory: Any = None,
        **options: Any,
    ) -> Layers:
        paths = [files] if isinstance(files, Path) else list(files)
        uris = tuple(str(path) for path in paths)
        request = ImportRequest(uris[0], None, layer, crs, None, options, None, uris, territory)
        return Layers(SOURCE.read(request))

    return reading


def scattered(count: int, side: float = 100.0, seed: int = 0) -> np.ndarray:
    """Return positions spread over a square whose north-west corner is (WEST, NORTH)."""
    rng = np.random.default_rng(seed)
    return np.column_stack(
        (WEST + rng.uniform(0, side, count), NORTH - rng.uniform(0, side, count))
    )


def plane(xy: np.ndarray) -> np.ndarray:
    """Return z = 60 + 0.1 x − 0.05 y from the corner [m]."""
    return 60.0 + 0.1 * (xy[:, 0] - WEST) - 0.05 * (xy[:, 1] - NORTH)


def inclined(count: int, side: float = 100.0, seed: int = 0) -> np.ndarray:
    """Return points of the plane, their coordinates rounded to the millimetre first."""
    xy = np.round(scattered(count, side, seed), 3)
    return np.column_stack((xy, plane(xy)))
