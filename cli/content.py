"""The commands about texts for publishing."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.group import group
from cli.help import CONTENT_HELP
from cli.options import Json

# Imports stand inside the commands, so that `holdfast --help` answers at once.

content = group(CONTENT_HELP)


class State(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    ALL = "all"


Item = Annotated[UUID, typer.Argument(metavar="ID", help="From `holdfast content`.")]


@content.command("list")
def list_content(
    context: typer.Context,
    state: Annotated[State, typer.Option(help="How they stand.")] = State.ALL,
    *,
    as_json: Json = False,
) -> None:
    """What there is, newest first."""
    from cli.drafts import show_all  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    chosen = None if state is State.ALL else state.value
    asyncio.run(show_all(find(*where), chosen, as_json=as_json or also))


@content.command("show")
def show_content(context: typer.Context, item: Item, *, as_json: Json = False) -> None:
    """Its newest text, and what reviewers said of it."""
    from cli.drafts import show  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show(find(*where), item, as_json=as_json or also))


@content.command("create")
def create(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="email, post, page, …")],
    title: Annotated[str, typer.Argument(metavar="TITLE")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Markdown; - reads standard input.")],
) -> None:
    """Make a draft of a text."""
    from cli.drafts import create as make  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, as_json = context.obj
    asyncio.run(make(find(*where), kind, title, file, as_json=as_json))


@content.command("submit")
def submit(
    context: typer.Context,
    item: Item,
    version: Annotated[
        int | None, typer.Option(min=1, help="The one you read; refused when there is a newer.")
    ] = None,
) -> None:
    """Ask for a review: `holdfast approvals` has it then, and Slack."""
    from cli.drafts import submit as ask  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, as_json = context.obj
    asyncio.run(ask(find(*where), item, version, as_json=as_json))
