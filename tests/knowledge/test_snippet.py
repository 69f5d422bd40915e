"""A snippet shows where the passage speaks of the question."""

from hypothesis import given
from hypothesis import strategies as st

from domain.snippet import SNIPPET_CHARACTERS, snippet


def test_a_short_passage_is_shown_whole() -> None:
    assert snippet("One\n\ntwo.", "two") == "One two."


def test_the_words_of_the_query_are_in_it() -> None:
    text = "Filler words stand here. " * 40 + "Refunds take days. " + "More filler. " * 40

    shown = snippet(text, "How long do refunds take?")

    assert "Refunds take days." in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


@given(st.text(max_size=3_000), st.text(max_size=100))
def test_it_is_never_too_long_and_always_the_passages_words(text: str, query: str) -> None:
    shown = snippet(text, query)

    assert len(shown) <= SNIPPET_CHARACTERS
    assert shown.strip("…") in " ".join(text.split()) or "…" in text
