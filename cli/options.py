"""Options that several commands have."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

Api = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="HOLDFAST_API",
        help="The API's address.",
        show_default="the local stack",
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        metavar="TOKEN",
        envvar="HOLDFAST_TOKEN",
        help="A bearer token.",
        show_default="the local stack's",
    ),
]
Space = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        envvar="HOLDFAST_SPACE",
        help="The space's id.",
        show_default="the token's only",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]
Data = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", envvar="HOLDFAST_DATA", help="The data folder.", show_default=".holdfast"
    ),
]


def duration(text: str) -> timedelta:
    """As `20s` or `30d`, for an option's `parser`."""
    from local.duration import parsed  # noqa: PLC0415 - quick help

    try:
        return parsed(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
