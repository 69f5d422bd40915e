"""Errors as one clear line, with what to do next."""

import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from cli.printable import one_line, printable

DEBUG = "debug"
HINTS = {
    "token_expired": "Make another with `holdfast token`, or restart the stack.",
    "token_invalid": "Is it for another Holdfast? `holdfast token` makes one for the local stack.",
    "unauthenticated": "Give --token, or set HOLDFAST_TOKEN.",
    "space_forbidden": "The token does not open this space: see --space, or make another token.",
    "role_required": "The token's role in this space does not allow it.",
    "conversation_not_found": "Leave --conversation out to start a new one.",
    "collection_not_found": "`holdfast collections` lists them, and makes them.",
    "approval_not_found": "`holdfast approvals list --state all` lists them.",
    "already_decided": "`holdfast approvals show ID` says how.",
    "arguments_changed": "`holdfast approvals show ID` shows them as they are now.",
    "four_eyes": "Somebody else in the space has to decide.",
    "agent_unknown": "`/info` in `holdfast chat` lists the agents.",
    "not_holdfast": "See --api.",
    "stream_unreadable": "See --api: is a proxy in between?",
}


class CliError(Exception):
    """Something that the user can mend; `hint` says how."""

    def __init__(self, message: str, hint: str = "", *, code: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


class ReportingGroup(TyperGroup):
    """Commands whose errors are said in one line; `--debug` shows where they came from."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as in the class above
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            if type(error).__module__.startswith("typer."):
                raise  # bad arguments: Typer shows them with the command's usage
            if ctx.find_root().params.get(DEBUG):
                traceback.print_exc()
            raise typer.Exit(report(error)) from error


def report(error: Exception) -> int:
    """Say what went wrong on stderr; returns the exit code."""
    message, hint, code = described(error)
    print(f"Error: {one_line(message, 1_000)}", file=sys.stderr)
    if hint:
        print(f"  {printable(hint)}", file=sys.stderr)
    return code


def described(error: Exception) -> tuple[str, str, int]:
    """Message, hint and exit code of an error."""
    from holdfast_client.client import ApiError, UnreachableError  # noqa: PLC0415 - quick help

    from local.errors import StackError  # noqa: PLC0415

    match error:
        case CliError():
            return str(error), error.hint, error.code
        case ApiError():
            request = f"Request {error.request_id}." if error.request_id else ""
            said = error.title if not error.detail else f"{error.title}: {error.detail}"
            return f"{said} ({error.code})", f"{HINTS.get(error.code, '')} {request}".strip(), 1
        case UnreachableError():
            return str(error), "Is it running? `make run` starts it; `holdfast doctor` looks.", 1
        case StackError() | OSError():
            return str(error), "", 1
    kind = type(error).__name__
    return f"{kind}: {error}", "Run again with `holdfast --debug …` to see where.", 1
