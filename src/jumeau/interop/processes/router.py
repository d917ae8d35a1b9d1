# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the processes and of their jobs.

Whether something may be started, and by which page, is judged at the door
(:mod:`jumeau.api.methods`), before any of this is reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from jumeau.base import i18n
from jumeau.base.errors import did_you_mean, error
from jumeau.interop import selection, writers
from jumeau.interop.http import Answer, AskedDep, Lang, StrictRoute, answer, link, root
from jumeau.interop.processes import describe, inputs
from jumeau.interop.processes.jobs import ACCEPTED, DISMISSED, RUNNING, Job, Queue
from jumeau.interop.served import Served, View

LISTED = 100
"""Processes or jobs of a page."""
SOON = "2"
"""Seconds after which a job that goes on may be asked again."""

Format = Annotated[str | None, Query(max_length=20, description="Format of the answer")]
Language = Annotated[Lang, Query(description="Language of labels and messages")]
Process = Annotated[str, Path(description="Process: name of a worksite", max_length=80)]
JobId = Annotated[str, Path(description="Job", max_length=80)]
Listed = Annotated[int | None, Query(description="Most items: 100")]
Seconds = Annotated[int | None, Query(ge=0, le=10**9)]


class Output(BaseModel):
    """How an output is wanted: always as a link."""

    transmissionMode: Literal["reference"] = "reference"  # noqa: N815 - the standard's word


class Execute(BaseModel):
    """What to run: inputs of the process, outputs wanted."""

    inputs: dict[str, Any] = Field(default={}, description="Values by input; see the process")
    outputs: dict[str, Output] = Field(default={}, description="Outputs wanted; all by default")
    response: Literal["document", "raw"] = Field(
        default="document", description="Results as a document, or as `Link` headers only"
    )


def processes_router(served: Served, queue: Queue) -> APIRouter:
    """Return the router of processes and jobs.

    Parameters
    ----------
    served : Served
        Territory.
    queue : Queue
        Its jobs.
    """
    router = APIRouter(tags=["processes"], route_class=StrictRoute)

    @router.get("/processes", summary="Runs that can be asked")
    async def processes(
        request: Request, wanted: AskedDep, limit: Listed = None, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            most = selection.limit(limit, LISTED)
            found = describe.every(root(request), wanted.lang, queue.allowed, most)
            return Answer(writers.to_json(found))

        return await answer(request, served, wanted, make)

    @router.get("/processes/{process_id}", summary="One process: inputs and outputs")
    async def process(
        request: Request, process_id: Process, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            item = describe.worksite(process_id)
            found = describe.description(item, root(request), wanted.lang, queue.allowed)
            return Answer(writers.to_json(found))

        return await answer(request, served, wanted, make)

    def said(request: Request, job: Job, lang: str, code: int = 200) -> Response:
        found = describe.status(job, root(request), lang, queue.before(job))
        response = _fresh(found, code)
        if job.status in {ACCEPTED, RUNNING}:
            response.headers["Retry-After"] = SOON
        return response

    @router.post(
        "/processes/{process_id}/execution",
        summary="Run a process, in a job of its own",
        description="Only where the server was started with `--runs`, and never from the page of "
        "another site. Jobs run one at a time; the others wait. The body is JSON.",
        status_code=201,
        responses={201: {"description": "The job; its address is in `Location`"}},
    )
    async def execute(
        request: Request, process_id: Process, body: Execute, lang: Language = "fr"
    ) -> Response:
        def work() -> Job:
            item = describe.worksite(process_id)
            _known(item, body.outputs, lang)
            given = inputs.checked(item, body.inputs)
            raw = body.response == "raw"
            return queue.submit(Job(process_id, given, lang, tuple(body.outputs), raw))

        with i18n.using(lang):
            job = await served.run(work)
        response = said(request, job, lang, 201)
        response.headers["Location"] = f"{root(request)}/jobs/{job.id}"
        if "respond-async" in request.headers.get("prefer", ""):
            response.headers["Preference-Applied"] = "respond-async"
        return response

    @router.get("/jobs", summary="Jobs, the latest first")
    async def jobs(
        request: Request,
        lang: Language = "fr",
        type_: Annotated[
            str | None,
            Query(alias="type", max_length=200, description="Types of jobs: `process`"),
        ] = None,
        process_ids: Annotated[
            str | None,
            Query(alias="processID", max_length=400, description="Processes, with commas"),
        ] = None,
        status: Annotated[
            str | None,
            Query(max_length=200, description="accepted, running, successful, failed, dismissed"),
        ] = None,
        datetime: Annotated[
            str | None,
            Query(max_length=100, description="When it was asked: date, time or interval"),
        ] = None,
        least: Annotated[Seconds, Query(alias="minDuration", description="Least time [s]")] = None,
        most: Annotated[Seconds, Query(alias="maxDuration", description="Most time [s]")] = None,
        limit: Listed = None,
        f: Format = None,
    ) -> Response:
        with i18n.using(lang):
            writers.format_of(f, ("json",))
            size = selection.limit(limit, LISTED)
            begin, end = selection.span(datetime)
        kept = [
            describe.status(job, root(request), lang, queue.before(job))
            for job in queue.all()
            if _among("process", type_)
            and _among(job.process, process_ids)
            and _among(job.status, status)
            and (begin is None or job.created >= begin)
            and (end is None or job.created <= end)
            and (least is None or job.seconds >= least)
            and (most is None or job.seconds <= most)
        ]
        links = [link(f"{root(request)}/jobs", "self")]
        return _fresh({"jobs": kept[:size], "links": links})

    @router.get("/jobs/{job_id}", summary="How a job is")
    async def job_status(
        request: Request, job_id: JobId, lang: Language = "fr", f: Format = None
    ) -> Response:
        with i18n.using(lang):
            writers.format_of(f, ("json",))
            return said(request, queue.get(job_id), lang)

    @router.delete(
        "/jobs/{job_id}",
        summary="Stop a job, or forget one that has ended",
        description="Answered once nothing of it runs any more. What the run had not written "
        "before stays as it was.",
    )
    async def dismiss(request: Request, job_id: JobId, lang: Language = "fr") -> Response:
        with i18n.using(lang):
            job = await served.run(queue.dismiss, job_id)
        return said(request, job, lang)

    @router.get(
        "/jobs/{job_id}/results",
        summary="Results of a job: links to layers and rows",
        responses={204: {"description": "Asked as `raw`: the links are headers"}},
    )
    async def results(
        request: Request, job_id: JobId, lang: Language = "fr", f: Format = None
    ) -> Response:
        with i18n.using(lang):
            writers.format_of(f, ("json",))
            job = queue.get(job_id)
            if job.failure is not None:
                raise job.failure
            if job.status == DISMISSED:
                raise error("JUM-I057", id=job.id)
            if not job.over.is_set():
                raise error("JUM-I052", id=job.id, percent=str(int(100 * job.share)))
            found = describe.results(job, root(request), lang)
        if not job.raw:
            return _fresh(found)
        listed = (
            f'<{it["href"]}>; rel="{name}"; type="{it["type"]}"' for name, it in found.items()
        )
        headers = {"Link": ", ".join(listed), "Cache-Control": "no-store"}
        return Response(status_code=204, headers=headers)

    return router


def _fresh(document: Any, code: int = 200) -> Response:
    """Return JSON that changes from one moment to the next."""
    headers = {"Cache-Control": "no-store"}
    body = writers.to_json(document)
    return Response(body, code, headers=headers, media_type=writers.MEDIA["json"])


def _among(value: str, listed: str | None) -> bool:
    return listed is None or value in [part.strip() for part in listed.split(",")]


def _known(item: Any, wanted: Iterable[str], lang: str) -> None:
    """Refuse the outputs that a process does not have.

    Raises
    ------
    InvalidError
        ``JUM-I058``.
    """
    known = describe.given(item, lang)
    for name in wanted:
        if name not in known:
            raise error(
                "JUM-I058", name=name[:80], process=item.name, known=", ".join(known),
                suggestion=did_you_mean(name, known),
            )  # fmt: skip
