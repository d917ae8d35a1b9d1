# SPDX-License-Identifier: EUPL-1.2
"""Logistic model of the probability that two footprints are of the same building."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINK = 0.5
"""Probability from which two footprints are linked."""
DOUBTFUL = 0.8
"""Probability under which a link is pointed out."""
FEATURES = ("intercept", "coverage", "jaccard", "distance")


@cache
def coefficients() -> dict[str, float]:
    """Return the coefficients of the model, as ``coefficients.csv`` gives them with their origin.

    Returns
    -------
    dict
        {``intercept``, ``coverage``, ``jaccard``, ``distance``: value} [-].
    """
    text = resources.files(__package__).joinpath("coefficients.csv").read_text(encoding="utf-8")
    return {row["name"]: float(row["value"]) for row in csv.DictReader(text.splitlines())}


def probability(
    coverage: NDArray[np.float64], jaccard: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logistic regression: probability that two footprints are of the same building.

    Parameters
    ----------
    coverage : (n,) array
        Area of the intersection over that of the smaller footprint, in [0, 1] [-].
    jaccard : (n,) array
        Area of the intersection over that of the union, in [0, 1] [-].
    distance : (n,) array
        Distance between centroids over the square root of the smaller area [-].

    Returns
    -------
    (n,) array
        Probability in [0, 1] [-]: ``1 / (1 + exp(-(b0 + b1 c + b2 j + b3 d)))``.

    Notes
    -----
    The coefficients are fitted by :func:`jumeau.sources.matching.calibration.fit` on synthetic
    blocks of terraced houses drawn twice, where the truth is known. Features after Fan et al.
    (2014), *Quality assessment for building footprints data on OpenStreetMap*, IJGIS 28(4).
    """
    b = coefficients()
    logit = (
        b["intercept"]
        + b["coverage"] * np.asarray(coverage)
        + b["jaccard"] * np.asarray(jaccard)
        + b["distance"] * np.minimum(np.asarray(distance), 10.0)
    )
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))
