# SPDX-License-Identifier: EUPL-1.2
"""The demonstrator: a Norman commune of 4 km² that does not exist, as an authority's own files.

A stream in its meanders, a dry valley, a plateau of bocage; an old bourg around its church,
suburbs along the roads, housing estates of their decades, an activity zone, hamlets; relief at one
metre, some fifteen hundred buildings, parcels, addresses, people, accounts. Everything follows
from the seed. It lets a fresh machine run the whole chain without any data, and it has every
difficulty of real files but their size.

:func:`commune` composes it with every part that is registered under ``jumeau.synthetic``;
:func:`department` draws a whole département for load.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import Progress

if TYPE_CHECKING:
    from jumeau.sources.synthetic.departments import department
    from jumeau.twin.territory import Territory

__all__ = ["COMMUNE", "CRS", "INSEE", "NAME", "PART", "Commune", "commune", "department"]

NAME = "Saint-Aubin-du-Val"
INSEE = "14999"
"""Code that INSEE has given to no municipality."""
CRS = "EPSG:2154"
PART = "commune"
"""Entry point of the part that the others build upon."""
KEYS = "key"
"""Folder where parts write what they have hidden in their files; it is kept, and never read."""


@dataclass(frozen=True)
class Commune:
    """Ground, town and people (:class:`~jumeau.base.contract.SyntheticPart`).

    Parameters
    ----------
    name : str
        Name of the part.
    crs : str
        Projection of the territory: mainland France, Guadeloupe and Martinique, or Réunion.
    """

    name: str = PART
    crs: str = CRS

    def write(
        self, folder: str, seed: int = 0, progress: Progress | None = None
    ) -> list[dict[str, Any]]:
        """Write the files of the commune; see :mod:`jumeau.sources.synthetic.files` for names.

        Parameters
        ----------
        folder : str
            Where to write; made if need be.
        seed : int
            Seed: the same one writes the same bytes.
        progress : callable, optional
            Receives a stage and the share done.

        Returns
        -------
        list of dict
            Keyword arguments of :meth:`jumeau.twin.territory.Territory.add`, in a good order.

        Raises
        ------
        InvalidError
            ``JUM-S370`` for a projection where the commune cannot be put.
        """
        from jumeau.sources.synthetic import files, town

        tell = progress or (lambda stage, share: None)
        drawn = town.draw(seed, self.crs, lambda stage, share: tell(stage, 0.6 * share))
        return files.write(
            Path(folder), drawn, seed, NAME, lambda stage, share: tell(stage, 0.6 + 0.4 * share)
        )


COMMUNE = Commune()
"""The part, as the entry point gives it."""


def commune(
    path: str | Path, *, seed: int = 0, crs: str = CRS, progress: Progress | None = None
) -> Territory:
    """Make the demonstrator commune: write its files, import them as those of a real place.

    Every part registered under the entry points ``jumeau.synthetic`` adds its own files, ours
    first, so that a third party's part finds the streets and buildings it needs.

    Parameters
    ----------
    path : str or Path
        Folder of the territory to create; the files received are kept in its ``inbox``.
    seed : int
        Seed: the same one gives the same files to the byte.
    crs : str
        ``EPSG:2154``, ``EPSG:5490`` or ``EPSG:2975``: overseas, the same town under a code that
        exists nowhere either.
    progress : callable, optional
        Receives a stage and the share done in [0, 1].

    Returns
    -------
    Territory

    Raises
    ------
    InvalidError
        ``JUM-S370`` for another projection.
    """
    import shutil
    import tempfile
    from dataclasses import replace

    from jumeau.base import plugins
    from jumeau.sources.synthetic.frame import frame
    from jumeau.twin.territory import create

    tell = progress or (lambda stage, share: None)
    site = frame(seed, crs).site
    parts = plugins.load_all("jumeau.synthetic")
    first = replace(parts.pop(PART), crs=crs)
    others = sorted(parts.values(), key=lambda part: str(part.name))
    territory = create(path, name=NAME, crs=crs, insee=[site.insee])
    with tempfile.TemporaryDirectory(prefix="jumeau-demo-") as written:
        steps = first.write(written, seed, lambda stage, share: tell(stage, 0.5 * share))
        for part in others:
            steps += part.write(written, seed)
        for rank, step in enumerate(steps):
            tell(Path(str(step["file"])).name, 0.5 + 0.5 * rank / len(steps))
            territory.add(**step)
        if (Path(written) / KEYS).is_dir():
            shutil.copytree(Path(written) / KEYS, Path(territory.path) / KEYS)
    tell("", 1.0)
    return territory


def __getattr__(name: str) -> Any:
    if name == "department":
        from jumeau.sources.synthetic.departments import department

        return department
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
