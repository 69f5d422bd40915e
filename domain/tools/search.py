"""Search in the space's documents."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from domain.ports.citing import Citings
from domain.ports.search import Finder, FindRequest
from domain.ports.transcript import Passage
from domain.prompting import blocks
from domain.tools.cited import cited
from domain.tools.tool import Effect, Tool, ToolContext, tool

SEARCH_TOOL = "search_documents"

# Passages are whole; this many fit a small model's window.
_MOST = 10


async def looked_up(
    finder: Finder, context: ToolContext, query: str, most: int
) -> Sequence[Passage]:
    """In what the agent may look into; it goes to the turn's account."""
    agent = context.agent
    request = FindRequest.by(agent, query, most) if agent else FindRequest(query, most)
    found = await finder.find(context.turn.scope, request)
    context.usage.extend(found.usage)
    return found.passages


def search_tool(finder: Finder, citings: Citings) -> Tool:
    async def search_documents(
        context: ToolContext,
        query: Annotated[str, Field(min_length=1, max_length=1_000)],
        top_k: Annotated[int, Field(ge=1, le=_MOST)] = 5,
    ) -> str:
        """Search the space's own documents for passages about something. Cite what you use by its
        mark, like [7].

        Args:
            query: What to look for, in plain words.
            top_k: How many passages to return.
        """
        found = await looked_up(finder, context, query, top_k)
        return blocks(await cited(context, citings, found)) if found else "Nothing was found."

    return tool(search_documents, effect=Effect.READ)
