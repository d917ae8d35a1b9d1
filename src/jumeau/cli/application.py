# SPDX-License-Identifier: EUPL-1.2
"""The program: its commands, and what they share."""

from __future__ import annotations

from typing import Annotated

import typer

from jumeau.cli import asking, building, duties, following, serving
from jumeau.cli.shell import Command, Group
from jumeau.cli.words import say

app = typer.Typer(
    name="jumeau",
    cls=Group,
    help=say("app"),
    epilog=say("epilog"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from jumeau import __version__

        print(f"jumeau {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", help=say("option.version"), callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Read the options of the program itself."""


for name, function in (
    ("demo", serving.demo),
    ("new", building.new),
    ("init", building.init),
    ("add", building.add),
    ("refresh", building.refresh),
    ("check", asking.check),
    ("run", building.run),
    ("watch", following.watch),
    ("grade", following.grade),
    ("sispea", duties.sispea),
    ("serve", serving.serve),
    ("export", asking.export),
    ("explain", asking.explain),
    ("fields", asking.fields),
    ("validate", asking.validate),
):
    app.command(name, cls=Command, help=say(name))(function)
