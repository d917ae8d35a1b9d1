# SPDX-License-Identifier: EUPL-1.2
"""Processes, jobs and results as the standard's documents, in French and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from jumeau import __version__
from jumeau.base import i18n, plugins
from jumeau.base.errors import did_you_mean, error
from jumeau.interop import labels, writers
from jumeau.interop.http import link
from jumeau.interop.processes.inputs import declared
from jumeau.interop.processes.jobs import ACCEPTED, RUNNING, SUCCESSFUL, Job
from jumeau.twin import schema

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
TABLES = ("indicator", "finding", "option")
"""Tables in which every worksite writes."""
_ABOUT = {
    "en": "Computes the worksite “{label}” on what the twin holds: layers, figures, findings, "
    "options. It replaces its former results, which stay in the earlier versions.",
    "fr": "Calcule le chantier « {label} » sur ce que contient le jumeau : couches, chiffres, "
    "constats, actions. Il remplace ses résultats d'avant, qui restent dans les versions passées.",
}
_RUN = {
    "en": ("The run", "When, from which version, with which parameters and methods"),
    "fr": ("Le calcul", "Quand, depuis quelle version, avec quels paramètres et méthodes"),
}
_TABLES = {
    "en": {"indicator": "Figures", "finding": "Findings", "option": "Options"},
    "fr": {"indicator": "Chiffres", "finding": "Constats", "option": "Actions"},
}


def worksites() -> dict[str, Any]:
    """Return the worksites that are installed, by name."""
    return plugins.load_all("jumeau.worksites")


def worksite(name: str) -> Any:
    """Return a worksite.

    Raises
    ------
    UnknownNameError
        ``JUM-I050``.
    """
    known = worksites()
    if name not in known:
        raise error(
            "JUM-I050", id=name[:80], known=", ".join(known), suggestion=did_you_mean(name, known)
        )
    return known[name]


# -- processes ---------------------------------------------------------------------------------
def summary(item: Any, base: str, lang: str, executable: bool) -> dict[str, Any]:
    """Return what the list of processes says of one.

    Parameters
    ----------
    item : Worksite
        Worksite.
    base : str
        Address of the server.
    lang : str
        Language.
    executable : bool
        Whether this server lets it be run.
    """
    own = f"{base}/processes/{quote(item.name)}"
    label = item.label_fr if lang == "fr" else item.label_en
    links = [link(own, "self")]
    if executable:
        links.append(link(f"{own}/execution", f"{REL}execute"))
    return {
        "id": item.name,
        "title": label,
        "description": _ABOUT[lang].format(label=label),
        "version": __version__,
        "jobControlOptions": ["async-execute", "dismiss"],
        "outputTransmission": ["reference"],
        "executable": executable,
        "links": links,
    }


def every(base: str, lang: str, executable: bool, limit: int) -> dict[str, Any]:
    """Return the list of processes; see :func:`summary`."""
    found = [summary(item, base, lang, executable) for item in worksites().values()]
    return {"processes": found[:limit], "links": [link(f"{base}/processes", "self")]}


def description(item: Any, base: str, lang: str, executable: bool) -> dict[str, Any]:
    """Return a process with its inputs and outputs; see :func:`summary`."""
    taken = {
        name: {
            "title": i18n.pick(dict(spec), "title", lang),
            "description": i18n.pick(dict(spec), "doc", lang),
            "schema": spec["schema"],
            "minOccurs": 0,
            "maxOccurs": 1,
        }
        for name, spec in declared(item).items()
    }
    return {**summary(item, base, lang, executable), "inputs": taken, "outputs": given(item, lang)}


def given(item: Any, lang: str) -> dict[str, dict[str, Any]]:
    """Return the outputs of a process: its layers, its rows, the run itself."""
    title, about = _RUN[lang]
    found = {"run": {"title": title, "description": about, "schema": _file("geojson")}}
    for table in TABLES:
        found[table] = {"title": _TABLES[lang][table], "schema": _file("geojson")}
    for name in layers(item):
        layer = schema.layer(name)
        title = layer.label_fr if lang == "fr" else layer.label_en
        found[name] = {"title": title, "schema": _file("geojson")}
    return found


def _file(form: str) -> dict[str, str]:
    return {"type": "string", "contentMediaType": writers.MEDIA[form]}


def layers(item: Any) -> list[str]:
    """Return the raster layers that a worksite writes."""
    return [spec.name for spec in item.fields if spec.kind == "raster" and spec.intent == "out"]


# -- jobs --------------------------------------------------------------------------------------
def status(job: Job, base: str, lang: str, before: int = 0) -> dict[str, Any]:
    """Return how a job is.

    Parameters
    ----------
    job : Job
        Job.
    base : str
        Address of the server.
    lang : str
        Language.
    before : int
        Jobs that come before it.
    """
    own = f"{base}/jobs/{job.id}"
    links = [link(own, "self"), link(f"{base}/jobs", "up")]
    if job.status == SUCCESSFUL:
        links.append(link(f"{own}/results", f"{REL}results"))
    found: dict[str, Any] = {
        "jobID": job.id,
        "processID": job.process,
        "type": "process",
        "status": job.status,
        "message": _message(job, lang, before),
        "progress": int(100 * job.share),
        "created": _time(job.created),
        "updated": _time(job.updated),
        "inputs": dict(job.inputs),
        "links": links,
    }
    for name, moment in (("started", job.started), ("finished", job.finished)):
        if moment is not None:
            found[name] = _time(moment)
    if job.failure is not None:
        found["error"] = job.failure.to_dict()
    return found


def _message(job: Job, lang: str, before: int) -> str:
    if job.failure is not None:
        return job.failure.what
    if job.status == ACCEPTED and before:
        return f"attend {before} autre(s)" if lang == "fr" else f"waits for {before} other(s)"
    return labels.label("stage", job.stage, lang) if job.status == RUNNING else ""


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- results -----------------------------------------------------------------------------------
def results(job: Job, base: str, lang: str) -> dict[str, dict[str, str]]:
    """Return where the results of a job are, at the version that it wrote.

    Parameters
    ----------
    job : Job
        A job that has succeeded.
    base : str
        Address of the server.
    lang : str
        Language.

    Returns
    -------
    dict
        {output: link}.
    """
    item = worksite(job.process)
    at = {"at": str(job.version)}
    runs = ", ".join(f"'{name}'" for name in job.runs)
    found: dict[str, str] = {"run": f"{base}/collections/run/items/{job.runs[0]}?{urlencode(at)}"}
    for table in TABLES:
        asked = {"filter": f"run_id IN ({runs})", **at}
        found[table] = f"{base}/collections/{table}/items?{urlencode(asked)}"
    for name in layers(item):
        found[name] = f"{base}/stac/collections/{quote(name)}/items?{urlencode(at)}"
    described: Mapping[str, Any] = given(item, lang)
    return {
        name: {
            "href": found[name],
            "type": writers.MEDIA["geojson"],
            "title": described[name]["title"],
        }
        for name in job.outputs or found
    }
