# SPDX-License-Identifier: EUPL-1.2
"""The ASGI application: standards' routers, our own JSON, the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from jumeau import __version__
from jumeau.api import errors, facts, page, routes
from jumeau.api.security import Guard, SecurityHeaders, from_environment
from jumeau.interop import common, records, routers, stac, tiles, tilesets
from jumeau.interop.served import Served

CONFORMS_TO = (
    *common.CONFORMS_TO,
    *routers.CONFORMS_TO,
    *tilesets.CONFORMS_TO,
    *records.CONFORMS_TO,
)
DESCRIPTION = (
    "Digital twin of a French local authority: facts, figures and the way they were obtained. "
    "Every answer says its licence and sources; `lang` chooses French or English; `at` shows the "
    "twin as it was. Answers bear an `ETag` that changes with the version only."
)


def warm(served: Served) -> None:
    """Read what every page asks first, so that the first visitor does not wait for it."""
    with served.reading() as view:
        facts.territory(view, "fr")
        tiles.warm(view)


def create_app(territory: str | Path) -> FastAPI:
    """Return the application that serves a territory, for reading only.

    Parameters
    ----------
    territory : str or Path
        Folder of the territory.

    Returns
    -------
    FastAPI
        ASGI application; it closes the territory at shutdown.

    Raises
    ------
    MissingFileError
        ``JUM-T020`` if the folder holds no territory.
    InvalidError
        ``JUM-A010`` if the rate asked for in the environment is no number.
    """
    rates, everyone = from_environment()
    served = Served(territory)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await served.run(warm, served)
        yield
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
    app.state.served = served
    errors.install(app)
    app.include_router(routes.router(served))
    app.include_router(common.router(served, CONFORMS_TO))
    app.include_router(records.router(served))
    app.include_router(routers.features_router(served))
    app.include_router(tilesets.tiles_router(served))
    app.include_router(stac.router(served))
    page.mount(app, served.live.name)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    app.add_middleware(Guard, rates=rates, everyone=everyone)
    app.add_middleware(SecurityHeaders)
    return app
