"""Drafts for publishing: an agent writes, people approve."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from domain.ports.content import (
    KIND_PATTERN,
    MOST_TEXT_CHARACTERS,
    MOST_TITLE_CHARACTERS,
    Author,
)
from domain.reviewing import Reviewing
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from models.errors import ConflictError

Title = Annotated[str, Field(min_length=1, max_length=MOST_TITLE_CHARACTERS)]
Prose = Annotated[str, Field(min_length=1, max_length=MOST_TEXT_CHARACTERS)]
# Where a draft goes from here, in words for the model to pass on.
_NEXT: Final = "It is nowhere published: submit_for_review asks people to approve it."


def content_tools(reviewing: Reviewing) -> Sequence[Tool]:
    """Reading, for the policy: a draft is shown to the team alone until a person approves it, and
    a repeat with the call's key finds what stands."""
    contents = reviewing.contents

    async def draft_content(
        context: ToolContext,
        kind: Annotated[str, Field(pattern=KIND_PATTERN)],
        title: Title,
        text: Prose,
    ) -> str:
        """Save a text for publishing as a draft of the space, for people to review.

        Args:
            kind: What it is: email, post, page, ad, …
            title: Its title, or an e-mail's subject line.
            text: The whole text, in Markdown.
        """
        item = await contents.create(
            context.turn.scope,
            item_id=context.idempotency_key,
            kind=kind,
            title=title,
            text=text,
            author=_author(context),
        )
        return f"Saved as draft {item.id}, version {item.newest.number}. {_NEXT}"

    async def revise_content(
        context: ToolContext,
        content_id: UUID,
        version: Annotated[int, Field(ge=1)],
        title: Title,
        text: Prose,
    ) -> str:
        """Save a new version of a draft, such as one that a reviewer sent back.

        Args:
            content_id: The draft's id.
            version: Its newest version, which this one takes the place of.
            title: Its title from now on.
            text: The whole text from now on, in Markdown.
        """
        item = await contents.revise(
            context.turn.scope,
            content_id,
            expected=version,
            title=title,
            text=text,
            author=_author(context),
        )
        return f"Saved draft {item.id} as version {item.newest.number}. {_NEXT}"

    async def submit_for_review(context: ToolContext, content_id: UUID) -> str:
        """Ask people to review the newest version of a draft: they approve it for publishing, or
        send it back with a note.

        Args:
            content_id: The draft's id.
        """
        if context.user_id is None:
            return "Not submitted: it is not known in whose name."
        try:
            item = await reviewing.ask(context.turn.scope, content_id, by=context.user_id)
        except ConflictError as error:
            # Also what a repeat of this very call finds.
            return f"Not submitted again. {error.detail}"
        return f"Draft {item.id}, version {item.newest.number}, waits for its review."

    return (
        tool(submit_for_review, effect=Effect.READ, trusted=True, reach=Reach.SPACE),
        tool(draft_content, effect=Effect.READ, trusted=True, reach=Reach.SPACE),
        tool(revise_content, effect=Effect.READ, trusted=True, reach=Reach.SPACE),
    )


def _author(context: ToolContext) -> Author:
    agent = None if context.agent is None else context.agent.name
    return Author(agent=agent, turn_id=context.turn.turn_id)
