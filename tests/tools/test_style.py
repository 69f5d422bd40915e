"""Voice, tone and the style guide: measures, rules, and where they come from."""

import pytest

from domain.style_guide import StyleRules, occurrences, style_rules
from domain.tools.guide import Guides
from domain.tools.style_guide import style_guide_tool
from domain.tools.tone import tone_tool
from domain.tools.voice import voice_tool
from domain.voice import voice
from models.errors import InvalidError
from models.payloads.agent import Agent
from tests.tools.desk import House, Marks, Shelf, a_context

RULES = (
    "Our voice is friendly, never formal. Use contractions. Avoid: leverage, synergy. "
    'Say "customers" instead of "users". Never use "cheap" or "bargain". No exclamation marks. '
    'Keep sentences under 12 words. Address the reader as "you". Avoid emojis.'
)
GUIDE = [("brand", "Style guide", RULES), ("general", "Plan", "words to avoid in the plan")]
DRAFT = (
    "Our users leverage this amazing product! It is cheap, and it is furthermore a very good "
    "choice for all of the people who run in the mountains. 🎉"
)
CHATTY = "Hey, you're gonna love this stuff! I can't wait, guys. Wanna try? It's so cool!"
STIFF = (
    "Furthermore, the undersigned organisation shall accordingly facilitate the aforementioned "
    "arrangements pursuant to applicable regulations. Consequently, notwithstanding "
    "considerations regarding implementation, responsibilities are hereby established."
)


def guides(voice: str = "", shelf: Shelf | None = None) -> Guides:
    return Guides(House(voice), shelf or Shelf(), Marks())


def test_rules_are_read_from_the_guides_own_words() -> None:
    rules = style_rules(RULES)
    assert rules.banned == ("leverage", "synergy", "cheap", "bargain", "users")
    assert rules.preferred == ("customers",)
    assert rules.replaced == {"users": "customers"}
    assert rules.sentence_words == 12
    assert (rules.exclamations, rules.emoji) == (False, False)
    assert (rules.contractions, rules.second_person, rules.formal) == (True, True, False)


@pytest.mark.parametrize(
    "text",
    ["", "We make shoes.", "We are formal and informal.", "Prices say what things cost, not more."],
)
def test_what_states_no_rule_gives_none(text: str) -> None:
    assert style_rules(text) == StyleRules()


def test_words_are_found_as_words_alone() -> None:
    assert occurrences("A cheap cheapskate. Cheap!", "cheap") == [2, 20]
    assert occurrences("c++ and (c++)", "c++") == [0, 9]


def test_chatty_and_stiff_texts_lie_on_either_side() -> None:
    chatty, stiff = voice(CHATTY), voice(STIFF)
    assert chatty.formality < 0.4
    assert stiff.formality > 0.6
    assert chatty.contractions > stiff.contractions == 0
    assert chatty.exclamations == 0.5
    assert chatty.you > 0
    assert stiff.passives == 0.5
    assert ("shall", 1) in stiff.frequent


def test_an_empty_text_has_a_voice_without_figures() -> None:
    silent = voice("")
    assert (silent.readability.words, silent.formality, silent.frequent) == (0, 0.5, ())


async def test_a_draft_is_held_against_the_guide() -> None:
    context = a_context()
    said = await tone_tool(guides("Warm and plain.", Shelf(GUIDE))).run(context, {"text": DRAFT})
    for deviation in (
        "“leverage” is to be avoided: 1 times: “Our users leverage",
        "“users” is to be avoided; the guide says “customers”",
        "“cheap” is to be avoided",
        "1 sentences have more than 12 words; the longest has 21",
        "exclamation marks end",
        "1 emojis; the guide has none",
        "no contractions; the guide wants them",
        "the reader is never addressed",
    ):
        assert deviation in said, deviation
    assert "“synergy”" not in said
    assert "voice, by its settings: Warm and plain." in said
    assert '<passage mark="1" title="Style guide">' in said
    assert "not a verdict" in said
    assert [source.collection for source in context.sources] == ["brand"]


async def test_without_a_guide_the_measures_stand_and_it_is_said() -> None:
    said = await tone_tool(guides()).run(a_context(), {"text": DRAFT})
    assert "has no style guide" in said
    assert "No rule that can be checked" in said
    assert "- words: " in said


async def test_the_guide_is_looked_up_in_its_collection_alone() -> None:
    shelf = Shelf(GUIDE)
    lookup = style_guide_tool(guides(shelf=shelf))
    said = await lookup.run(a_context(), {"question": "words to avoid"})
    assert "Style guide" in said
    assert "Plan" not in said
    narrow = a_context(agent=Agent(name="seo", collections=("general",)))
    assert "has no style guide" in await lookup.run(narrow, {"question": "words to avoid"})
    assert len(shelf.asked) == 1


async def test_a_voice_is_measured_beside_what_was_approved() -> None:
    shelf = Shelf([*GUIDE, ("approved_content", "Launch", STIFF)])
    analyzer = voice_tool(guides(shelf=shelf))
    said = await analyzer.run(a_context(), {"texts": [CHATTY]})
    assert "| measure | these texts | approved before |" in said
    assert f"| {voice(CHATTY).formality} | {voice(STIFF).formality} |" in said
    assert "too few to tell much by" in said
    own = await analyzer.run(a_context(), {"texts": []})
    assert "| measure | approved before |" in own
    with pytest.raises(InvalidError, match="give samples"):
        await voice_tool(guides()).run(a_context(), {"texts": []})
