# SPDX-License-Identifier: EUPL-1.2
"""What an answer says: its records, how many were announced, and errors that look like data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from jumeau.base.errors import error
from jumeau.sources.connectors.http import Answer, refuse_page
from jumeau.sources.connectors.record import Way

_ERRORS = (
    "error", "erreur", "errors", "exceptions", "exception", "error_code", "errorcode",
    "message", "detail", "title", "code", "fault",
)  # fmt: skip
_CHANGED = re.compile(r"unknown|inconnu|not found|does not exist|introuvable|no such", re.I)


def at(document: Any, path: str) -> Any:
    """Return what a dotted path leads to: ``a.b``; the document itself for an empty path.

    Returns
    -------
    Any
        ``None`` when the path leads nowhere.
    """
    for name in path.split(".") if path else ():
        if not isinstance(document, Mapping) or name not in document:
            return None
        document = document[name]
    return document


def content(answer: Answer, way: Way) -> Any:
    """Return the document of an answer, or refuse an error disguised as an answer.

    Parameters
    ----------
    answer : Answer
        Answer.
    way : Way
        How the dataset is obtained.

    Returns
    -------
    Any
        JSON, or :class:`xml.etree.ElementTree.Element` for ``atom``.

    Raises
    ------
    InvalidError
        ``JUM-S302`` the source has changed; ``JUM-S303`` no whole JSON; ``JUM-S311`` the service
        returned an error as if it were data.
    """
    refuse_page(answer)
    if answer.body.lstrip()[:1] == b"<":
        tree = xml(answer)
        if tree.tag.rpartition("}")[2] in ("ExceptionReport", "ServiceExceptionReport"):
            text = " ".join(" ".join(tree.itertext()).split())
            code = "JUM-S302" if _CHANGED.search(text) else "JUM-S311"
            raise error(code, url=answer.url, detail=text[:200])
        if way.format == "atom":
            return tree
    document = answer.json()
    if answer.status >= 400:
        raise error("JUM-S311", url=answer.url, detail=_said(document))
    return document


def records(document: Any, way: Way, url: str) -> list[dict[str, Any]]:
    """Return the records of a document.

    Parameters
    ----------
    document : Any
        JSON.
    way : Way
        Its ``records`` says where they are.
    url : str
        Address, for messages.

    Returns
    -------
    list of dict

    Raises
    ------
    InvalidError
        ``JUM-S302`` there are none where they should be; ``JUM-S311`` an error in their place.
    """
    found = at(document, way.records)
    status = document.get("response_code") if isinstance(document, Mapping) else None
    failed = isinstance(status, int) and status >= 400
    if isinstance(found, Mapping) and not failed and not _is_error(found) and way.style == "single":
        found = [found]
    if failed or not isinstance(found, list):
        if failed or _is_error(document):
            raise error("JUM-S311", url=url, detail=_said(document))
        raise error("JUM-S302", url=url, detail=f"{way.records or '[…]'} ∉ {_keys(document)}")
    if found and not all(isinstance(item, Mapping) for item in found):
        raise error("JUM-S302", url=url, detail=f"{way.records}: {str(found[0])[:60]}")
    if len(found) == 1 and _is_error(found[0]) and set(found[0]) <= {*_ERRORS, "status", "path"}:
        raise error("JUM-S311", url=url, detail=_said(found[0]))
    return [dict(item) for item in found]


def announced(document: Any, answer: Answer, path: str) -> int | None:
    """Return how many records the service says there are, ``None`` when it does not.

    Parameters
    ----------
    document : Any
        JSON or XML.
    answer : Answer
        For headers.
    path : str
        Dotted path in JSON, ``@name`` of a header (its part after ``/``), or the name of an
        attribute or of an element of XML.
    """
    if not path:
        return None
    if path.startswith("@"):
        return whole(answer.headers.get(path[1:].lower(), "").rpartition("/")[2])
    if isinstance(document, ElementTree.Element):
        for node in document.iter():
            for name, value in node.attrib.items():
                if name.rpartition("}")[2] == path:
                    return whole(value)
            if node.tag.rpartition("}")[2] == path:
                return whole(node.text)
        return None
    return whole(at(document, path))


def whole(value: Any) -> int | None:
    """Return a number of records, or ``None`` for what is no such number (« unknown »)."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    return int(text) if text.isdigit() else None


def xml(answer: Answer) -> ElementTree.Element:
    """Return an answer as XML; entities are never expanded.

    Raises
    ------
    InvalidError
        ``JUM-S302`` for HTML, ``JUM-S303`` for no XML.
    """
    refuse_page(answer)
    if b"<!DOCTYPE" in answer.body[:4096] or b"<!ENTITY" in answer.body:
        raise error("JUM-S303", url=answer.url, detail="DOCTYPE")
    try:
        return ElementTree.fromstring(answer.body)  # noqa: S314 - no DTD, so no entity
    except ElementTree.ParseError as exc:
        raise error("JUM-S303", url=answer.url, detail=str(exc)) from exc


def _is_error(document: Any) -> bool:
    return isinstance(document, Mapping) and any(
        str(key).lower() in _ERRORS and value for key, value in document.items()
    )


def _said(document: Any) -> str:
    if isinstance(document, Mapping):
        told = [str(document[key]) for key in document if str(key).lower() in _ERRORS]
        if told:
            return " · ".join(told)[:200]
    return str(document)[:200]


def _keys(document: Any) -> str:
    if isinstance(document, Mapping):
        return "{" + ", ".join(sorted(map(str, document)))[:120] + "}"
    return type(document).__name__
