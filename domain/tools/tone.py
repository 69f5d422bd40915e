"""Hold a draft against the style guide: what can be measured, for the model to judge by."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from domain.prompting import blocks
from domain.readability import sentences, words
from domain.style_guide import StyleRules, occurrences, style_rules
from domain.tools.cited import shown
from domain.tools.guide import Guides
from domain.tools.style_guide import MISSING
from domain.tools.tool import Effect, Tool, ToolContext, tool
from domain.tools.voice import figures
from domain.voice import Voice, voice

Text = Annotated[str, Field(min_length=1, max_length=30_000)]
TextLanguage = Annotated[str, Field(pattern="^[a-z]{2}$")]

_MOST_PLACES: Final = 5
_AROUND: Final = 30
# Where a guide states a formality: beyond the middle by more than chance.
_MIDDLE: Final = (0.4, 0.6)
_JUDGE: Final = (
    "These are measures and matches by rules, not a verdict. Judge the text yourself by them and "
    "by the guide: name what deviates, quote it, and propose the better wording. A match may be "
    "right in its place."
)


def tone_tool(guides: Guides) -> Tool:
    async def tone_checker(context: ToolContext, text: Text, language: TextLanguage = "en") -> str:
        """Check a text's tone against the space's style guide: banned words, length of
        sentences, formality, address of the reader, exclamations, hedges, hype. Gives measures
        and places; the judgement is yours. Cite the guide by its marks, like [7].

        Args:
            text: The text to check.
            language: The text's language, two letters.
        """
        guide = await guides.rules(context)
        # Pure computing: others' tokens go through this loop.
        measured = await asyncio.to_thread(voice, text, language)
        rules = await asyncio.to_thread(style_rules, guide.text)
        deviations = await asyncio.to_thread(_deviations, text, measured, rules)
        parts = [
            "\n".join(["Deviations from what the guide states:", *deviations])
            if deviations
            else _nothing(rules),
            "\n".join(["Measures of the text:", *figures(measured)]),
        ]
        if guide.empty:
            parts.append(MISSING)
        if guide.voice:
            parts.append(f"The space's voice, by its settings: {shown(guide.voice, 8_000)}")
        if guide.passages:
            parts.append(f"The guide's passages:\n{blocks(guide.passages)}")
        return "\n\n".join([*parts, _JUDGE])

    return tool(tone_checker, effect=Effect.READ)


def _nothing(rules: StyleRules) -> str:
    if not rules.stated:
        return "No rule that can be checked by a machine was found in the guide."
    return "No deviation from the rules that can be checked by a machine."


def _deviations(text: str, measured: Voice, rules: StyleRules) -> list[str]:
    return [*_words(text, rules), *_sentences(text, rules), *_manner(measured, rules)]


def _words(text: str, rules: StyleRules) -> Iterator[str]:
    for word in rules.banned:
        places = occurrences(text, word)
        if places:
            better = rules.replaced.get(word)
            instead = f"; the guide says “{shown(better)}”" if better else ""
            quotes = "; ".join(_quoted(text, at, len(word)) for at in places[:_MOST_PLACES])
            yield f"- “{shown(word)}” is to be avoided{instead}: {len(places)} times: {quotes}"


def _quoted(text: str, at: int, length: int) -> str:
    begin, end = max(0, at - _AROUND), at + length + _AROUND
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return f"“{before}{shown(text[begin:end])}{after}”"


def _sentences(text: str, rules: StyleRules) -> Iterator[str]:
    if rules.sentence_words is None:
        return
    long = [one for one in sentences(text) if len(words(one)) > rules.sentence_words]
    if long:
        worst = max(long, key=lambda one: len(words(one)))
        yield (
            f"- {len(long)} sentences have more than {rules.sentence_words} words; the longest "
            f"has {len(words(worst))}: “{shown(worst, 300)}”"
        )


def _manner(measured: Voice, rules: StyleRules) -> Iterator[str]:
    if rules.exclamations is False and measured.exclamations:
        share = f"{measured.exclamations:.0%}"
        yield f"- exclamation marks end {share} of sentences; the guide has none"
    if rules.emoji is False and measured.emoji:
        yield f"- {measured.emoji} emojis; the guide has none"
    if rules.contractions is False and measured.contractions:
        yield f"- contractions are {measured.contractions:.1%} of words; the guide has none"
    if rules.contractions is True and not measured.contractions:
        yield "- no contractions; the guide wants them"
    if rules.second_person and not measured.you:
        yield "- the reader is never addressed; the guide wants “you”"
    low, high = _MIDDLE
    if rules.formal is False and measured.formality > high:
        yield f"- formality is {measured.formality}: stiffer than the guide's informal tone"
    if rules.formal is True and measured.formality < low:
        yield f"- formality is {measured.formality}: chattier than the guide's formal tone"
