# SPDX-License-Identifier: EUPL-1.2
"""Point clouds (LAS, LAZ, COPC) to terrain, surface and heights at 1 m."""

from __future__ import annotations

from dataclasses import dataclass

from jumeau.base.contract import ImportRequest, Intake
from jumeau.sources.lidar import opening


@dataclass(frozen=True)
class Lidar:
    """Source that reads point clouds (:class:`~jumeau.base.contract.Source`)."""

    name: str = "lidar"

    def claims(self, uri: str) -> int:
        """Return 20 for a point cloud, also in a zip or a gzip, else 0."""
        return opening.claims(uri)

    def read(self, request: ImportRequest) -> Intake:
        """Read point clouds; see :func:`jumeau.sources.lidar.source.read`."""
        from jumeau.sources.lidar import source

        return source.read(request)


SOURCE = Lidar()
