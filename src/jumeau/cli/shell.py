# SPDX-License-Identifier: EUPL-1.2
"""How commands behave: lists after an option, coded errors, exit codes, help in two languages."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
import typer.rich_utils
from typer.core import TyperCommand, TyperGroup

from jumeau.base import errors
from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.cli.words import say

USAGE, INPUT, STORAGE, NOT_COMPUTABLE, FAULT, INTERRUPTED = 2, 3, 4, 5, 70, 130
LISTS = ("--map", "--constant", "--set")
"""Options after which several ``name=value`` may follow."""

UsageError: Any = typer.BadParameter.__mro__[1]  # of the click that typer brings with it

typer.rich_utils.ARGUMENTS_PANEL_TITLE = say("help.arguments")
typer.rich_utils.OPTIONS_PANEL_TITLE = say("help.options")
typer.rich_utils.COMMANDS_PANEL_TITLE = say("help.commands")
typer.rich_utils.REQUIRED_LONG_STRING = say("help.required")
typer.rich_utils.DEFAULT_STRING = say("help.default")


def exit_code(exc: JumeauError) -> int:
    """Return the exit code of a coded error."""
    if exc.code == "JUM-C001":
        return USAGE
    if isinstance(exc, errors.NotComputableError):
        return NOT_COMPUTABLE
    if isinstance(exc, errors.BusyError | errors.StorageError | errors.ReadOnlyError):
        return STORAGE
    return INPUT


def spread(args: Sequence[str]) -> list[str]:
    """Repeat an option before each of the ``name=value`` that follow it.

    ``--map a=b c=d`` becomes ``--map a=b --map c=d``.
    """
    found: list[str] = []
    current = ""
    for index, arg in enumerate(args):
        if arg in LISTS:
            current = arg
        elif arg.startswith("-"):
            current = ""
        elif current and args[index - 1] != current:
            if "=" in arg and not os.path.exists(arg):  # noqa: PTH110 - a word, not yet a path
                found.append(current)
            else:
                current = ""
        found.append(arg)
    return found


def pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read ``name=value`` texts.

    Raises
    ------
    InvalidError
        ``JUM-C002``.
    """
    found = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise error("JUM-C002", text=text, option=option)
        found[name.strip()] = value.strip()
    return found


def _name(parameter: Any) -> str:
    if parameter is None:
        return ""
    if getattr(parameter, "param_type_name", "") == "option":
        return "/".join(parameter.opts)
    return str(parameter.metavar or parameter.name).upper()


def _usage(exc: Any, group: TyperGroup) -> JumeauError:
    """Return the coded error of a command that is not well formed."""
    context = getattr(exc, "ctx", None)
    command = context.command_path if context else "jumeau"
    kind = type(exc).__name__
    if kind == "NoSuchOption":
        detail = say("usage.option", name=exc.option_name)
    elif kind == "MissingParameter":
        detail = say("usage.missing", name=_name(exc.param))
    elif kind == "BadParameter":
        detail = say("usage.value", name=_name(exc.param), detail=exc.message)
    elif "No such command" in exc.format_message() and context is not None:
        known = sorted(group.commands)
        name = (
            next((arg for arg in context.args if not arg.startswith("-")), "")
            or (exc.format_message().partition("'")[2].partition("'")[0])
        )
        suggestion = did_you_mean(name, known) or "--help"
        detail = say("usage.command", name=name, known=", ".join(known), suggestion=suggestion)
    else:
        detail = exc.format_message()
    return error("JUM-C001", detail=detail, command=command)


def report(exc: JumeauError, as_json: bool) -> None:
    """Print an error: for people on stderr, and as the JSON document when one is asked."""
    from jumeau.cli.output import show_json

    print(exc, file=sys.stderr)
    if as_json:
        show_json({"error": exc.to_dict()})


class _Translated:
    """What commands and groups share: help in the language of the locale."""

    def get_usage(self, ctx: Any) -> str:
        return str(super().get_usage(ctx)).replace("Usage: ", say("help.usage"), 1)  # type: ignore[misc]

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = say("help.help")
        return option


class Command(_Translated, TyperCommand):
    """A command whose list options take several values."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        return super().parse_args(ctx, spread(args))


class Group(_Translated, TyperGroup):
    """The whole program: every failure becomes a coded message and an exit code."""

    command_class = Command

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run; see :meth:`click.Command.main`."""
        standalone = extra.pop("standalone_mode", True)
        given = args[0] if args else extra.get("args")
        words = list(sys.argv[1:] if given is None else given)
        code = self._run(words, args, extra)
        if standalone:
            sys.exit(code)
        return code

    def _run(self, words: Sequence[str], args: tuple[Any, ...], extra: Mapping[str, Any]) -> int:
        as_json = "--json" in words
        try:
            run: Any = super().main
            done = run(*args, standalone_mode=False, **extra)
            return done if isinstance(done, int) else 0
        except JumeauError as exc:
            if os.environ.get("JUMEAU_DEBUG"):
                raise
            report(exc, as_json)
            return exit_code(exc)
        except UsageError as exc:
            if type(exc).__name__ == "NoArgsIsHelpError":
                print(exc.format_message())
                return 0
            report(_usage(exc, self), as_json)
            return USAGE
        except (KeyboardInterrupt, typer.Abort):
            return INTERRUPTED
        except SystemExit:
            # typer leaves so when the reader of a pipe, such as head, has had enough.
            if type(sys.stdout).__name__ != "PacifyFlushWrapper":
                raise
            return 0
        except Exception as exc:
            if os.environ.get("JUMEAU_DEBUG"):
                raise
            detail = f"{type(exc).__name__}: {exc}"
            report(error("JUM-C004", detail=detail[:400]), as_json)
            return FAULT
