"""Publish a note in the space."""

from typing import Annotated

from pydantic import Field

from domain.ports.notes import Notes
from domain.tools.tool import Effect, Tool, ToolContext, tool


def note_tool(notes: Notes) -> Tool:
    async def publish_note(
        context: ToolContext,
        title: Annotated[str, Field(min_length=1, max_length=200)],
        body: Annotated[str, Field(min_length=1, max_length=10_000)],
    ) -> str:
        """Publish a note that everyone in the space can read. A person must approve it first.

        Args:
            title: The note's title.
            body: The note's text, in Markdown.
        """
        note_id = await notes.publish(
            context.turn.scope, context.idempotency_key, title=title, body=body
        )
        return f"Published as note {note_id}."

    return tool(publish_note, effect=Effect.WRITE, trusted=True)
