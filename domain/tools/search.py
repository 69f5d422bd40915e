"""Search in the space's documents."""

from typing import Annotated

import orjson
from pydantic import Field

from domain.ports.search import Finder
from domain.tools.tool import Effect, Tool, ToolContext, tool

# Passages are whole; this many fit a small model's window.
_MOST = 10


def search_tool(finder: Finder) -> Tool:
    async def search_documents(
        context: ToolContext,
        query: Annotated[str, Field(min_length=1, max_length=1_000)],
        top_k: Annotated[int, Field(ge=1, le=_MOST)] = 5,
    ) -> str:
        """Search the space's own documents for passages about something.

        Args:
            query: What to look for, in plain words.
            top_k: How many passages to return.
        """
        found = await finder.find(context.turn.scope, query, top_k=top_k)
        context.usage.extend(found.usage)
        return orjson.dumps(
            [
                {
                    "title": passage.source.title,
                    "heading": passage.source.heading,
                    "document_id": str(passage.source.document_id),
                    "text": passage.text,
                }
                for passage in found.passages
            ]
        ).decode()

    return tool(search_documents, effect=Effect.READ)
