# SPDX-License-Identifier: EUPL-1.2
"""Commands that open the page: serve, demo."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jumeau.base.errors import error
from jumeau.cli import output
from jumeau.cli.building import Folder, Json, run_facts
from jumeau.cli.words import say

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

FIRST_PORT = 8321
TRIED = 50
LOOPBACK = "127.0.0.1"

Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help=say("serve.port"))]
Host = Annotated[str, typer.Option("--host", help=say("serve.host"))]
AllowHost = Annotated[
    list[str] | None, typer.Option("--allow-host", metavar="NAME", help=say("serve.allow_host"))
]
AllowSite = Annotated[
    list[str] | None, typer.Option("--allow-site", metavar="URL", help=say("serve.allow_site"))
]

Runs = Annotated[bool, typer.Option("--runs", help=say("serve.runs"))]


def listen(host: str, port: int | None) -> socket.socket:
    """Return a listening socket: on the port asked for, else on the first free one.

    Raises
    ------
    BusyError
        ``JUM-C003`` if the port is taken.
    InvalidError
        ``JUM-C005`` if the host cannot be listened on.
    """
    wanted = [port] if port is not None else [*range(FIRST_PORT, FIRST_PORT + TRIED), 0]
    for number in wanted:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            # asyncio lets answers leave at once (TCP_NODELAY) only when the protocol is named:
            # without it each one waits 40 ms for the client's acknowledgement.
            bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, number))
            bound.listen(128)
        except OSError as exc:
            bound.close()
            if exc.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise error("JUM-C005", host=host, detail=exc.strerror or str(exc)) from exc
            continue
        return bound
    raise error("JUM-C003", host=host, port=str(wanted[0]))


def address_of(bound: socket.socket) -> str:
    """Return the address of the page behind a listening socket."""
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def open_page(
    folder: Path,
    host: str,
    port: int | None,
    as_json: bool,
    facts: Mapping[str, Any] | None = None,
    allowed: Sequence[str] = (),
    sites: Sequence[str] = (),
    runs: bool = False,
) -> None:
    """Serve a territory until interrupted; print its address once it answers."""
    import uvicorn

    from jumeau.api import create_app
    from jumeau.api.protocol import Careful

    bound = listen(host, port)
    address = address_of(bound)
    if not _is_local(host):
        print(say("serve.open_runs" if runs else "serve.open", host=host), file=sys.stderr)

    class Server(uvicorn.Server):
        """Server that prints its address once it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if as_json:
                output.show_json({"address": address, **(facts or {})})
            else:
                print(address, flush=True)

    try:
        named = () if _is_number(host) else (host,)
        app = create_app(folder, [*allowed, *named], sites, runs)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            http=Careful,
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=2**20,  # a filter polygon stands in the address
        )
        Server(config).run(sockets=[bound])
    finally:
        bound.close()


def serve(
    folder: Folder,
    port: Port = None,
    host: Host = LOOPBACK,
    allow_host: AllowHost = None,
    allow_site: AllowSite = None,
    runs: Runs = False,
    as_json: Json = False,
) -> None:
    """Open the page and the API of a territory."""
    names, sites = allow_host or (), allow_site or ()
    open_page(Path(folder), host, port, as_json, allowed=names, sites=sites, runs=runs)


def demo(
    port: Port = None,
    host: Host = LOOPBACK,
    folder: Annotated[
        str | None, typer.Option("--folder", metavar="DIR", help=say("demo.folder"))
    ] = None,
    scale: Annotated[
        str, typer.Option("--scale", metavar="commune|departement", help=say("demo.scale"))
    ] = "commune",
    seed: Annotated[int, typer.Option("--seed", min=0, help=say("demo.seed"))] = 0,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help=say("demo.serve"))] = True,
    as_json: Json = False,
) -> None:
    """Build the demonstrator, run the main job, open the page."""
    from jumeau import workflow

    territory = _demonstration(folder, scale, seed, as_json)
    facts = {"path": str(territory.path), "version": territory.version}
    if not serving:
        if as_json:
            output.show_json({**facts, **run_facts(workflow.latest(territory))})
        else:
            print(say("demo.done", **{**facts, "version": str(facts["version"])}))
        return
    print(say("demo.done", **{**facts, "version": str(facts["version"])}), file=sys.stderr)
    path = territory.path
    territory.close()
    # The demonstrator is one's own to play with; not so for those of the network.
    open_page(path, host, port, as_json, facts, runs=_is_local(host))


def _demonstration(folder: str | None, scale: str, seed: int, quiet: bool) -> Territory:
    from jumeau import workflow
    from jumeau.twin import territory as twin

    if folder and (Path(folder).expanduser() / "territory.toml").is_file():
        known = twin.open(folder)
        if known.count("run"):  # else it was interrupted: workflow.demo refuses the folder
            return known
        known.close()
    with output.progress(quiet) as progress:
        return workflow.demo(folder, seed=seed, scale=scale, progress=progress)
