"""Compare competitors by what the space's own documents say of them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from domain.ports.citing import Citings
from domain.ports.search import Finder
from domain.ports.transcript import Passage
from domain.prompting import blocks
from domain.tools.cited import cited, marked, shown
from domain.tools.search import looked_up
from domain.tools.tool import Effect, Tool, ToolContext, tool

_MOST_NAMES: Final = 6
_MOST_ASPECTS: Final = 5
# Of each name and aspect; looked at first, since many passages name nobody.
_KEPT: Final = 2
_LOOKED_AT: Final = 8
# A search takes places that turns' own searches need too.
_AT_ONCE: Final = 3
_TIMEOUT: Final = timedelta(seconds=45)
_USUAL: Final = ("positioning", "pricing", "audience", "strengths and weaknesses")

Name = Annotated[str, Field(min_length=2, max_length=80)]
Found = Mapping[tuple[str, str], Sequence[Passage]]


def competitors_tool(finder: Finder, citings: Citings) -> Tool:
    async def compare_competitors(
        context: ToolContext,
        competitors: Annotated[list[Name], Field(min_length=1, max_length=_MOST_NAMES)],
        aspects: Annotated[list[Name], Field(max_length=_MOST_ASPECTS)] = list(_USUAL),  # noqa: B006 -- never changed, and a default of the schema
    ) -> str:
        """Compare competitors by the space's own documents: for each competitor and aspect the
        passages that name it, with marks to cite, like [7]. Where nothing is found it says so:
        leave that cell empty, do not fill it from memory.

        Args:
            competitors: Their names, as the documents write them.
            aspects: What to compare, such as `pricing`; empty for the usual aspects.
        """
        names = list(dict.fromkeys(competitors))
        wanted = list(dict.fromkeys(aspects)) or list(_USUAL)
        found = await _found(finder, context, names, wanted)
        once = {p.source.passage_id: p for passages in found.values() for p in passages}
        kept = await cited(context, citings, list(once.values()))
        marks = {passage.source.passage_id: passage for passage in kept}
        return "\n\n".join(
            [
                "What the space's documents say, by competitor and aspect (marks of passages):",
                _table(names, wanted, found, marks),
                blocks(kept) if kept else "No document names any of them.",
            ]
        )

    return tool(compare_competitors, effect=Effect.READ, timeout=_TIMEOUT)


async def _found(
    finder: Finder, context: ToolContext, names: Sequence[str], aspects: Sequence[str]
) -> Found:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str, aspect: str) -> Sequence[Passage]:
        async with places:
            found = await looked_up(finder, context, f"{name} {aspect}", _LOOKED_AT)
        return [passage for passage in found if _names(passage, name)][:_KEPT]

    pairs = [(name, aspect) for name in names for aspect in aspects]
    results = await asyncio.gather(*(one(*pair) for pair in pairs))
    return dict(zip(pairs, results, strict=True))


def _names(passage: Passage, name: str) -> bool:
    """A passage that does not name it, nor stands under its name, is about somebody else."""
    source = passage.source
    text = f"{source.title} {source.heading} {passage.text}".casefold()
    return " ".join(name.casefold().split()) in " ".join(text.split())


def _table(
    names: Sequence[str], aspects: Sequence[str], found: Found, marks: Mapping[UUID, Passage]
) -> str:
    def cell(name: str, aspect: str) -> str:
        passages = [marks.get(p.source.passage_id) for p in found[name, aspect]]
        said = "".join(marked(passage) for passage in passages if passage).strip()
        return said or "nothing found"

    def bare(text: str) -> str:
        return shown(text).replace("|", "/")

    lines = [f"| aspect | {' | '.join(map(bare, names))} |", "|---" * (len(names) + 1) + "|"]
    lines += [
        f"| {bare(aspect)} | {' | '.join(cell(name, aspect) for name in names)} |"
        for aspect in aspects
    ]
    return "\n".join(lines)
