"""What the space's style guide says of something."""

from typing import Annotated

from pydantic import Field

from domain.prompting import blocks
from domain.tools.cited import shown
from domain.tools.guide import BRAND_COLLECTION, Guides
from domain.tools.tool import Effect, Tool, ToolContext, tool

MISSING = (
    "This space has no style guide: neither a voice in its settings nor documents in its "
    f"collection `{BRAND_COLLECTION}`. A member can upload one there, an admin can state the "
    "voice. Say so, and judge by general good style only if that is what the user wants."
)


def style_guide_tool(guides: Guides) -> Tool:
    async def style_guide_lookup(
        context: ToolContext,
        question: Annotated[str, Field(min_length=2, max_length=500)],
        passages: Annotated[int, Field(ge=1, le=10)] = 5,
    ) -> str:
        """Look up what the space's style guide and brand documents say. Cite what you use by its
        mark, like [7].

        Args:
            question: What to look for, such as `words to avoid` or `how we write prices`.
            passages: How many passages to return.
        """
        guide = await guides.about(context, question, passages)
        if guide.empty:
            return MISSING
        parts = []
        if guide.voice:
            parts.append(f"The space's voice, by its settings: {shown(guide.voice, 8_000)}")
        if guide.passages:
            parts.append(blocks(guide.passages))
        return "\n".join(parts)

    return tool(style_guide_lookup, effect=Effect.READ)
