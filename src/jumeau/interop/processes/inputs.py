# SPDX-License-Identifier: EUPL-1.2
"""Inputs of a process: what a worksite declares as safe to ask from outside, and nothing else.

A worksite may offer more to those who sit at the machine, such as a file's path: only what stands
in its ``event_inputs``, and fits the JSON Schema there, comes in by this door.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jumeau.base.errors import did_you_mean, error

KEYWORDS = frozenset(
    ("type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "items",
     "minItems", "maxItems")
)  # fmt: skip
"""Words of JSON Schema that are checked; a schema with another constraint is not understood."""
ANNOTATIONS = frozenset(("title", "description", "default", "examples", "format"))
"""Words that constrain nothing."""
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
}


def declared(worksite: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return the inputs that a worksite takes from outside, by name; none for most.

    Parameters
    ----------
    worksite : Worksite
        Its attribute ``event_inputs``, if it computes events: {name: {title_en, title_fr, doc_en,
        doc_fr, schema}}.
    """
    found: Mapping[str, Mapping[str, Any]] = getattr(worksite, "event_inputs", {})
    return found


def checked(worksite: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the inputs, each known and fit.

    Parameters
    ----------
    worksite : Worksite
        What is to run.
    given : mapping
        Inputs as sent: values, or ``{"value": …}``.

    Raises
    ------
    InvalidError
        ``JUM-I053`` for an input that the process does not have, ``JUM-I054`` for a value that
        does not fit, and what the worksite says of an event that it does not understand.
    """
    known = declared(worksite)
    found: dict[str, Any] = {}
    for name, sent in given.items():
        if name not in known:
            raise error(
                "JUM-I053", name=name[:80], process=worksite.name,
                known=", ".join(known) or "–", suggestion=did_you_mean(name, known),
            )  # fmt: skip
        value = sent["value"] if isinstance(sent, dict) and "value" in sent else sent
        if not fits(value, known[name]["schema"]):
            raise error("JUM-I054", name=name, value=str(value)[:80])
        found[name] = value
    if found:
        worksite.event(found)
    return found


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether a value fits a JSON Schema made of :data:`KEYWORDS`.

    Raises
    ------
    ValueError
        If the schema holds another constraint: it would not be checked.
    """
    unknown = schema.keys() - KEYWORDS - ANNOTATIONS
    if unknown:
        raise ValueError(f"{sorted(unknown)} of a schema cannot be checked")
    kinds = _TYPES[schema["type"]]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        return _within(len(value), schema, "Length") and (
            "pattern" not in schema or re.search(schema["pattern"], value) is not None
        )
    if isinstance(value, list):
        return _within(len(value), schema, "Items") and all(
            fits(item, schema["items"]) for item in value if "items" in schema
        )
    return not isinstance(value, int | float) or _within(value, schema, "imum")


def _within(value: float, schema: Mapping[str, Any], what: str) -> bool:
    return bool(schema.get(f"min{what}", value) <= value <= schema.get(f"max{what}", value))
