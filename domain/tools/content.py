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
    """A new draft is reading, for the policy: nobody but the team sees it until a person approves
    it, a repeat with the call's key finds it, and its review is the question to a person. What
    changes a text that others wrote, or asks for its review, is writing."""
    contents = reviewing.contents

    async def draft_content(
        context: ToolContext,
        kind: Annotated[str, Field(pattern=KIND_PATTERN)],
        title: Title,
        text: Prose,
        *,
        submit: bool = False,
    ) -> str:
        """Save a new text for publishing as a draft of the space, for people to review.

        Args:
            kind: What it is: email, post, page, ad, …
            title: Its title, or an e-mail's subject line.
            text: The whole text, in Markdown.
            submit: Ask people at once to review it: when the user wants it approved or published.
        """
        item = await contents.create(
            context.turn.scope,
            item_id=context.idempotency_key,
            kind=kind,
            title=title,
            text=text,
            author=_author(context),
        )
        saved = f"Saved as draft {item.id}, version {item.newest.number}."
        if not submit:
            return f"{saved} {_NEXT}"
        if item.review_id is not None:
            # An attempt before this one got as far.
            return f"{saved} It waits for its review."
        return f"{saved} {await _submit(reviewing, context, item.id, 1)}"

    async def revise_content(
        context: ToolContext,
        content_id: UUID,
        version: Annotated[int, Field(ge=1)],
        title: Title,
        text: Prose,
    ) -> str:
        """Save a new version of a draft, such as one that a reviewer sent back. It takes the place
        of what somebody wrote: a person may be asked first.

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

    async def submit_for_review(
        context: ToolContext, content_id: UUID, version: Annotated[int, Field(ge=1)]
    ) -> str:
        """Ask people to review a draft that is there already, whoever wrote it: they approve it
        for publishing, or send it back with a note. A person may be asked first; a new text of
        yours goes to review with draft_content.

        Args:
            content_id: The draft's id.
            version: Its newest version, which they are to review.
        """
        return await _submit(reviewing, context, content_id, version)

    return (
        tool(submit_for_review, effect=Effect.WRITE, trusted=True, reach=Reach.SPACE),
        tool(draft_content, effect=Effect.READ, trusted=True, reach=Reach.SPACE),
        tool(revise_content, effect=Effect.WRITE, trusted=True, reach=Reach.SPACE),
    )


async def _submit(
    reviewing: Reviewing, context: ToolContext, content_id: UUID, version: int
) -> str:
    if context.user_id is None:
        return "Not submitted: it is not known in whose name."
    try:
        item = await reviewing.ask(
            context.turn.scope, content_id, by=context.user_id, expected=version
        )
    except ConflictError as error:
        # Also what a repeat of this very call finds.
        return f"Not submitted now. {error.detail}"
    return f"Draft {item.id}, version {item.newest.number}, waits for its review."


def _author(context: ToolContext) -> Author:
    agent = None if context.agent is None else context.agent.name
    return Author(agent=agent, turn_id=context.turn.turn_id)
