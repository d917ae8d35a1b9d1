# SPDX-License-Identifier: EUPL-1.2
"""Runs of the worksites as processes (OGC API - Processes, part 1): described, started, followed.

References
----------
OGC 18-062r2, OGC API - Processes - Part 1: Core.
"""

from __future__ import annotations

from jumeau.interop.processes.jobs import Queue
from jumeau.interop.processes.router import processes_router

_CLASSES = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
CONFORMS_TO = tuple(
    f"{_CLASSES}/{name}"
    for name in ("core", "ogc-process-description", "json", "oas30", "job-list", "dismiss")
)
_PROBLEMS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
PROBLEMS = {
    "JUM-I050": f"{_PROBLEMS}/no-such-process",
    "JUM-I051": f"{_PROBLEMS}/no-such-job",
    "JUM-I052": f"{_PROBLEMS}/result-not-ready",
}
"""What the standard calls the errors of some codes (``type`` of the problem)."""

__all__ = ["CONFORMS_TO", "PROBLEMS", "Queue", "processes_router"]
