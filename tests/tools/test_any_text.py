"""Whatever stands in a text, the measures of it come out within their bounds."""

from hypothesis import given
from hypothesis import strategies as st

from domain import email_checks
from domain.email_checks import Mail
from domain.phrases import shared
from domain.readability import readability, sentences, syllables, words
from domain.search_intent import intent, page_kind
from domain.style_guide import style_rules
from domain.tools.cited import shown
from domain.voice import voice

# Letters of several scripts, and the signs that the rules look for.
TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("aeinrstuly AEI.,!?'’-\n{}[]()|*%#:/\"“”"), st.characters()),
    max_size=300,
)


@given(TEXT)
def test_counts_agree_with_each_other(text: str) -> None:
    measured = readability(text)
    found = words(text)
    assert measured.words == len(found)
    assert measured.syllables >= measured.words
    assert bool(measured.sentences) == bool(found)
    assert sum(len(words(sentence)) for sentence in sentences(text)) == len(found)
    assert all(1 <= syllables(word) <= 3 * len(word) for word in found)


@given(TEXT)
def test_shares_stay_between_none_and_all(text: str) -> None:
    measured = voice(text)
    shares = (
        *(measured.long_sentences, measured.questions, measured.exclamations, measured.passives),
        *(measured.first, measured.we, measured.you, measured.contractions, measured.hedges),
        *(measured.boosters, measured.jargon, measured.formality, measured.variety),
    )
    assert all(0 <= share <= 1 for share in shares)


@given(TEXT, TEXT)
def test_rules_and_checks_take_anything(text: str, other: str) -> None:
    rules = style_rules(text)
    assert all(1 < len(word) <= 60 for word in rules.banned if word not in rules.replaced)
    assert all(email_checks.subject_problems(text, other))
    mails = [Mail(0, text, other), Mail(1, other, text)]
    assert all(one < two for one, two, _ in email_checks.repeated_sentences(mails))
    assert len(email_checks.calls(text)) <= len(text)
    assert intent(text)[0]
    assert page_kind(text, f"https://a.example/{other}")


@given(TEXT)
def test_what_is_shown_of_others_is_one_line_and_no_tag(text: str) -> None:
    said = shown(text, 50)
    assert "\n" not in said
    assert not {"<", ">"} & set(said)
    assert len(said) <= 50 * len("&amp;")


@given(st.lists(st.tuples(st.sampled_from("abc"), TEXT), max_size=6))
def test_a_shared_phrase_stands_with_each_of_its_owners(pairs: list[tuple[str, str]]) -> None:
    for phrase in shared(pairs):
        assert len(set(phrase.owners)) == len(phrase.owners) >= 2
        for owner in phrase.owners:
            texts = (" ".join(words(text.casefold())) for name, text in pairs if name == owner)
            assert any(phrase.text in text for text in texts)
