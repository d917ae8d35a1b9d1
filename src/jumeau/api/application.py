# SPDX-License-Identifier: EUPL-1.2
"""The ASGI application: standards' routers, our own JSON, the page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from jumeau import __version__
from jumeau.api import areas, description, errors, facts, hosts, lights, page, routes, views, waters
from jumeau.api.methods import Methods
from jumeau.api.security import OPEN_TO_SITES, Guard, SecurityHeaders, from_environment
from jumeau.interop import common, processes, quick, records, routers, stac, tiles, tilesets
from jumeau.interop.served import Served
from jumeau.twin import config

CONFORMS_TO = (
    *common.CONFORMS_TO,
    *routers.CONFORMS_TO,
    *tilesets.CONFORMS_TO,
    *records.CONFORMS_TO,
    *processes.CONFORMS_TO,
)
EXPOSED = ("Content-Crs", "Content-Disposition", "ETag", "Jumeau-Next", "Jumeau-Version")
"""Headers that the pages of other sites may read."""
DESCRIPTION = (
    "Digital twin of a French local authority: facts, figures and the way they were obtained. "
    "Every answer says its licence and sources; `lang` chooses French or English; `at` shows the "
    "twin as it was. Answers bear an `ETag` that changes with the version only."
)


class Packed(GZipMiddleware):
    """Middleware that compresses texts; never tiles of rasters, whose bytes are read by ranges."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].endswith(".tif"):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def warm(served: Served) -> None:
    """Read what every page asks first, so that the first visitor does not wait for it."""
    with served.reading() as view:
        facts.territory(view, "fr")
        tiles.warm(view)


def create_app(
    territory: str | Path,
    allowed: Sequence[str] = (),
    sites: Sequence[str] = (),
    runs: bool = False,
) -> FastAPI:
    """Return the application that serves a territory, for reading only unless runs are allowed.

    Parameters
    ----------
    territory : str or Path
        Folder of the territory.
    allowed : sequence of str
        Names under which it answers, beside its addresses, those of ``territory.toml`` and of
        the environment.
    sites : sequence of str
        Other sites whose pages may read it (CORS), beside those of ``territory.toml`` and of the
        environment; none by default.
    runs : bool
        Whether programs and the server's own page may start runs and stop them, as ``runs`` of
        ``territory.toml`` also says.

    Returns
    -------
    FastAPI
        ASGI application; it closes the territory at shutdown.

    Raises
    ------
    MissingFileError
        ``JUM-T020`` if the folder holds no territory.
    InvalidError
        ``JUM-A010`` if the rate asked for in the environment is no number, ``JUM-A021`` or
        ``JUM-A022`` for a name or a site that is none.
    """
    rates, everyone = from_environment()
    settings = config.read(Path(territory).expanduser())
    names = hosts.names([*allowed, *settings.hosts], [*sites, *settings.origins])
    served = Served(territory)
    queue = processes.Queue(served.live.path, runs or settings.runs)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await served.run(warm, served)
        served.images.start()
        served.pyramids.start()
        yield
        await served.run(queue.close)
        served.close()

    app = FastAPI(
        title=f"Jumeau · {served.live.name}",
        description=DESCRIPTION,
        version=__version__,
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        docs_url=None,  # its viewers come from other hosts
        redoc_url=None,
        lifespan=lifespan,
        responses=errors.schema(),
    )
    app.state.served, app.state.queue = served, queue
    app.router.routes.insert(0, quick.CachedTiles(served))
    errors.install(app)
    app.include_router(routes.router(served))
    app.include_router(views.router(served))
    app.include_router(lights.router(served))
    app.include_router(waters.router(served))
    app.include_router(areas.router(served))
    app.include_router(common.router(served, CONFORMS_TO))
    app.include_router(records.router(served))
    app.include_router(routers.features_router(served))
    app.include_router(tilesets.tiles_router(served))
    app.include_router(stac.router(served))
    app.include_router(processes.processes_router(served, queue))
    page.mount(app, served.live.name)
    description.install(app, served.live.crs)
    app.add_middleware(Packed, minimum_size=1000, compresslevel=4)
    app.add_middleware(Methods, runs=queue.allowed)
    if names.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=names.origins, allow_methods=["GET", "HEAD"],
            expose_headers=EXPOSED,
        )  # fmt: skip
    app.add_middleware(Guard, rates=rates, everyone=everyone, names=names)
    app.add_middleware(SecurityHeaders, changed=OPEN_TO_SITES if names.origins else None)
    return app
