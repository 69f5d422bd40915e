"""How a text sounds, and how that differs from what the space has approved."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from domain.prompting import blocks
from domain.tools.cited import shown
from domain.tools.guide import Guides
from domain.tools.tool import Effect, Tool, ToolContext, tool
from domain.voice import Voice, voice
from models.errors import InvalidError

# Fewer words say nothing of a voice.
_LEAST_WORDS: Final = 40
_JUDGE: Final = (
    "These are measures, not a verdict: say in words what voice they show, with quotes from the "
    "text, and where it departs from the guide or the samples."
)


def voice_tool(guides: Guides) -> Tool:
    async def voice_analyzer(
        context: ToolContext,
        texts: Annotated[
            list[Annotated[str, Field(min_length=1, max_length=20_000)]], Field(max_length=10)
        ],
        language: Annotated[str, Field(pattern="^[a-z]{2}$")] = "en",
    ) -> str:
        """Describe the voice of texts by measures: length of sentences, person, formality, hedges,
        hype, reading ease; beside those of what the space has approved before. Without texts, the
        approved texts alone are measured.

        Args:
            texts: Samples of one author or brand; empty to measure what the space has approved.
            language: The texts' language, two letters.
        """
        given = "\n\n".join(texts)
        samples = await guides.samples(context, given[:1_000] or "our voice")
        if not given and not samples:
            raise InvalidError(
                "The space has no approved texts yet: give samples.", code="voice_without_text"
            )
        guide = await guides.about(context, "tone of voice", 4)
        columns = {
            name: await asyncio.to_thread(voice, text, language)
            for name, text in (("these texts", given), ("approved before", samples))
            if text
        }
        parts = [_table(columns)]
        parts += [
            f"“{name}” has {measured.readability.words} words: too few to tell much by."
            for name, measured in columns.items()
            if measured.readability.words < _LEAST_WORDS
        ]
        if guide.voice:
            parts.append(f"The space's voice, by its settings: {shown(guide.voice, 8_000)}")
        if guide.passages:
            parts.append(f"What the guide says of it:\n{blocks(guide.passages)}")
        return "\n\n".join([*parts, _JUDGE])

    return tool(voice_analyzer, effect=Effect.READ)


def measures(measured: Voice) -> list[tuple[str, str]]:
    """Name and value of each, in a fixed order."""
    read = measured.readability
    return [
        ("words", f"{read.words}"),
        ("words a sentence", f"{read.words_per_sentence}"),
        ("spread of sentence lengths", f"{measured.sentence_spread}"),
        ("sentences over 25 words", f"{measured.long_sentences:.0%}"),
        ("reading ease", "no formula" if read.ease is None else f"{read.ease}"),
        ("LIX", f"{read.lix}"),
        ("formality (0 chatty, 1 stiff)", f"{measured.formality}"),
        ("“I”", f"{measured.first:.1%} of words"),
        ("“we”", f"{measured.we:.1%} of words"),
        ("“you”", f"{measured.you:.1%} of words"),
        ("contractions", f"{measured.contractions:.1%} of words"),
        ("hedges", f"{measured.hedges:.1%} of words"),
        ("hype", f"{measured.boosters:.1%} of words"),
        ("jargon", f"{measured.jargon:.1%} of words"),
        ("questions", f"{measured.questions:.0%} of sentences"),
        ("exclamations", f"{measured.exclamations:.0%} of sentences"),
        ("imperatives", f"{measured.imperatives:.0%} of sentences"),
        ("passive voice", f"{measured.passives:.0%} of sentences"),
        ("variety of words", f"{measured.variety}"),
        ("emojis", f"{measured.emoji}"),
        ("words in capitals", f"{measured.shouted}"),
        ("marked words", ", ".join(f"{shown(w)} {n}" for w, n in measured.frequent) or "none"),
    ]


def figures(measured: Voice) -> list[str]:
    return [f"- {name}: {value}" for name, value in measures(measured)]


def _table(columns: dict[str, Voice]) -> str:
    rows: Sequence[Sequence[tuple[str, str]]] = [measures(value) for value in columns.values()]
    lines = [f"| measure | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| {cells[0][0]} | {' | '.join(value for _, value in cells)} |"
        for cells in zip(*rows, strict=True)
    ]
    return "\n".join(lines)
