# SPDX-License-Identifier: EUPL-1.2
"""The grade of the demonstrator's exercise as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jumeau.base import i18n

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

_HEADS = {
    "en": ("Hidden leak", "Pipe", "Kind", "m³ lost", "Told at", "Distance (m)", "Delay (d)",
           "Points"),
    "fr": ("Fuite cachée", "Conduite", "Forme", "m³ perdus", "Dite à", "Distance (m)", "Délai (j)",
           "Points"),
}  # fmt: skip
_COLUMNS = ("leak", "pipe", "kind", "volume_m3", "by", "distance_m", "delay_d", "points")
_KINDS = {"abrupt": ("burst", "soudaine"), "incipient": ("growing", "progressive")}


def grade(territory: Territory) -> dict[str, Any]:
    """Return the grade of the leaks that the last run found, beside the key of the demonstrator.

    Parameters
    ----------
    territory : Territory
        Demonstrator whose water worksite was run.

    Returns
    -------
    dict
        ``mark`` out of ``out_of``, ``found`` leaks, ``leaks`` and ``false_alarms`` (rows), and for
        people ``heads``, ``columns``, ``rows`` and ``sentence`` in the language in force.

    Raises
    ------
    MissingFileError
        ``JUM-H172`` without a key.
    """
    from jumeau.worksites.water.leaks.grading import grade_territory

    lang = i18n.language()
    told = grade_territory(territory).to_dict()
    rows = [
        {
            **{name: _shown(row[name], lang) for name in _COLUMNS},
            "kind": _KINDS.get(row["kind"], (row["kind"],) * 2)[lang == "fr"],
            "by": row["by"] if row["found"] else ("non trouvée" if lang == "fr" else "not found"),
        }
        for row in told["leaks"]
    ]
    false = len(told["false_alarms"])
    mark = i18n.number(told["mark"], 1, lang)
    out_of = i18n.number(told["out_of"], 0, lang)
    many = "s" if false > 1 else ""
    sentence = (
        f"{mark} sur {out_of} : {told['found']} fuites trouvées sur {len(rows)}, {false} fausse"
        f"{many} alerte{many}."
        if lang == "fr"
        else f"{mark} out of {out_of}: {told['found']} of {len(rows)} leaks found, {false} false "
        f"alarm{'' if false == 1 else 's'}."
    )
    return {**told, "rows": rows, "columns": list(_COLUMNS), "heads": list(_HEADS[lang]),
            "sentence": sentence}  # fmt: skip


def _shown(value: Any, lang: str) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    return i18n.number(value, 1, lang) if isinstance(value, float) else str(value)
