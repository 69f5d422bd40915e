"""Search in the space's documents."""

from typing import Annotated

from pydantic import Field

from domain.ports.citing import Citings
from domain.ports.search import Finder, FindRequest
from domain.prompting import blocks
from domain.tools.tool import Effect, Tool, ToolContext, tool

SEARCH_TOOL = "search_documents"

# Passages are whole; this many fit a small model's window.
_MOST = 10


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
        agent = context.agent
        request = FindRequest.by(agent, query, top_k) if agent else FindRequest(query, top_k)
        found = await finder.find(context.turn.scope, request)
        context.usage.extend(found.usage)
        if not found.passages:
            return "Nothing was found."
        kept = await citings.keep(context.turn, found.passages)
        context.sources.extend(passage.source for passage in kept if passage.source.mark)
        return blocks(kept)

    return tool(search_documents, effect=Effect.READ)
