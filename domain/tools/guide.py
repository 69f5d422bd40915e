"""How a space wants to sound: what it says of its voice, and its documents on that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.ports.citing import Citings
from domain.ports.content import APPROVED_COLLECTION
from domain.ports.identity import Spaces
from domain.ports.search import Finder, FindRequest
from domain.ports.transcript import Passage
from domain.tools.cited import cited
from domain.tools.tool import ToolContext
from models.errors import NotFoundError
from models.payloads.knowledge import Filters

# Where a space keeps its style guide.
BRAND_COLLECTION: Final = "brand"
# The rules that can be checked, in the words that guides use for them.
_RULES: Final = (
    "words to avoid, preferred words, tone of voice, sentence length, contractions, exclamation "
    "marks, emojis, how to address the reader"
)
_PASSAGES: Final = 10
# Of the voice that a space's own settings state.
_VOICE_CHARACTERS: Final = 8_000


@dataclass(frozen=True, slots=True)
class Guide:
    """`voice` is the space's own short text; `passages` are marked, best first."""

    voice: str
    passages: Sequence[Passage]

    @property
    def empty(self) -> bool:
        return not (self.voice or self.passages)

    @property
    def text(self) -> str:
        return "\n".join([self.voice, *(passage.text for passage in self.passages)])


@dataclass(frozen=True, slots=True)
class Guides:
    spaces: Spaces
    finder: Finder
    citings: Citings

    async def rules(self, context: ToolContext) -> Guide:
        """What the guide states that can be measured."""
        return await self.about(context, _RULES, _PASSAGES)

    async def about(self, context: ToolContext, question: str, passages: int) -> Guide:
        said = (await self.spaces.context(context.turn.scope)).get("voice") or ""
        voice = str(said)[:_VOICE_CHARACTERS]
        found = await self.found(context, BRAND_COLLECTION, question, passages)
        kept = await cited(context, self.citings, found)
        return Guide(voice, kept)

    async def samples(self, context: ToolContext, about: str) -> str:
        """Texts that people have approved; empty when there are none."""
        found = await self.found(context, APPROVED_COLLECTION, about, 2 * _PASSAGES)
        return "\n\n".join(passage.text for passage in found)

    async def found(
        self, context: ToolContext, collection: str, question: str, passages: int
    ) -> Sequence[Passage]:
        """Nothing where the space has no such collection, or the agent may not look into it."""
        agent = context.agent
        if agent and agent.collections and collection not in agent.collections:
            return ()
        filters = Filters(collections=(collection,))
        request = FindRequest(question, passages, filters=filters)
        try:
            found = await self.finder.find(context.turn.scope, request)
        except NotFoundError:
            return ()
        context.usage.extend(found.usage)
        return found.passages
