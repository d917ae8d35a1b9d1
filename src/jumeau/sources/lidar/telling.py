# SPDX-License-Identifier: EUPL-1.2
"""What there is to say of clouds and of the tiles made from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.sources.lidar import classes, kernels, opening
from jumeau.sources.lidar.opening import Cloud
from jumeau.sources.lidar.survey import Digest
from jumeau.sources.lidar.tile import Result

TWICE = 0.001
"""Share of points held twice from which it is told: fewer coincide by chance."""
DISAGREE = 0.10
"""Median difference of altitude between overlapping clouds from which it is told [m]."""


def of_cloud(cloud: Cloud, digest: Digest, target: str) -> list[Finding]:
    """Return what a cloud holds that deserves to be said."""
    found: list[Finding] = []
    told = {"table": target, "entity": cloud.name}
    withheld, noise, ignored, impossible = digest.counts[:4]
    if cloud.held > cloud.announced:
        found.append(finding("JUM-S223", **told, announced=cloud.announced, held=cloud.held))
    if withheld or noise or ignored:
        found.append(finding("JUM-S206", **told, withheld=withheld, noise=noise, ignored=ignored))
    if impossible:
        found.append(finding("JUM-S207", **told, count=impossible))
    if digest.outside:
        found.append(finding("JUM-S208", **told, count=digest.outside))
    if digest.twice > TWICE:
        count = round(digest.twice * digest.counts[kernels.KEPT])
        found.append(finding("JUM-S209", **told, count=count, share=round(100 * digest.twice, 1)))
    unknown = [code for code, count in enumerate(digest.classes) if count and code not in _table()]
    if unknown:
        count = sum(digest.classes[code] for code in unknown)
        found.append(finding("JUM-S213", **told, codes=unknown, count=count))
    if digest.synthetic or digest.overlap:
        found.append(
            finding("JUM-S221", **told, synthetic=digest.synthetic, overlap=digest.overlap)
        )
    if digest.bounds is not None:
        moved = opening.displacement(cloud, digest.bounds)
        if moved is not None:
            found.append(finding("JUM-S205", **told, east=moved[0], north=moved[1]))
    return found


def _table() -> dict[int, classes.PointClass]:
    return classes.table()


def of_tiles(clouds: Sequence[Cloud], results: Sequence[Result], target: str) -> list[Finding]:
    """Return what the making of tiles showed."""
    found: list[Finding] = []
    entity = clouds[0].name if len(clouds) == 1 else ""

    def total(name: str) -> int:
        return sum(result.facts.get(name, 0) for result in results)

    cells = max(1, total("cells"))
    twice: dict[int, int] = {}
    for result in results:
        for rank, count in result.twice.items():
            twice[rank] = twice.get(rank, 0) + count
    for rank, count in sorted(twice.items()):
        found.append(finding("JUM-S210", target, clouds[rank].name, count=count))
    gaps = np.concatenate([result.gaps for result in results]) if results else np.empty(0)
    if gaps.size:
        middle, p95 = float(np.median(gaps)), float(np.quantile(np.abs(gaps), 0.95))
        if abs(middle) > DISAGREE:
            found.append(
                finding(
                    "JUM-S211",
                    target,
                    entity,
                    cells=int(gaps.size),
                    median_m=round(middle, 2),
                    p95_m=round(p95, 2),
                )
            )
    if total("edge"):
        found.append(finding("JUM-S214", target, entity, count=total("edge")))
    if target != "dsm":
        if total("unknown"):
            share = round(100 * total("unknown") / cells, 2)
            found.append(finding("JUM-S215", target, entity, count=total("unknown"), share=share))
        if total("far") or total("beyond"):
            found.append(
                finding(
                    "JUM-S216",
                    target,
                    entity,
                    far=total("far"),
                    beyond=total("beyond"),
                    share=round(100 * total("far") / cells, 2),
                )
            )
        learned = [item.model for item in results if item.model is not None and item.model.learned]
        if learned:
            a, b, c = (round(float(np.median([m[k] for m in learned])), 3) for k in range(3))
            found.append(finding("JUM-S222", "dtm_std", entity, a=a, b=b, c=c, tiles=len(learned)))
        default = [r.tile.name for r in results if r.model is not None and not r.model.learned]
        if default:
            found.append(finding("JUM-S220", "dtm_std", entity, tiles=default))
        if total("deck_points"):
            found.append(finding("JUM-S219", target, entity, count=total("deck_points")))
    if target != "dtm":
        if total("filled") or total("bare"):
            found.append(
                finding(
                    "JUM-S217",
                    target,
                    entity,
                    filled=total("filled"),
                    bare=total("bare"),
                    share=round(100 * (total("filled") + total("bare")) / cells, 1),
                )
            )
        if total("deck"):
            found.append(finding("JUM-S218", target, entity, count=total("deck")))
    return found
