"""One way of cutting words for passages and questions, in whatever alphabet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lexical import (
    PASSAGE_TERMS,
    QUERY_TERMS,
    TERM_CHARACTERS,
    asked,
    counted,
    terms,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Refunds", "refunded"),
        ("ＦＵＬＬ width", "full width"),
        ("naïve Café", "naive cafe"),
        ("the brand’s voice", "brand's voice"),
        ("1,000,000 visitors", "1000000 visitor"),
        ("Straße", "STRASSE"),
        ("книгами", "книги"),
        ("état-major", "etat major"),
        ("लड़कों", "लड़के"),
    ],
)
def test_the_same_word_in_another_form_is_the_same_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("the Q3-2024 plan", "q3-2024"),
        ("order SKU-1182 now", "sku-1182"),
        ("see https://www.Example.com/pricing?x=1", "www.example.com/pricing"),
        ("mail ann.lee@example.com", "ann.lee@example.com"),
        ("version v1.2.3", "v1.2.3"),
        ("call max_tokens", "max_tokens"),
        ("3.5 percent", "3.5"),
    ],
)
def test_codes_and_addresses_are_found_whole_and_by_their_parts(text: str, whole: str) -> None:
    found = terms(text)

    assert whole in found
    assert len(found) > len(whole.split("-"))
    assert whole in asked(whole)


def test_a_code_is_also_found_when_it_is_written_apart() -> None:
    assert set(asked("q3 2024")) <= set(terms("the Q3-2024 plan"))


def test_words_that_are_merely_joined_are_their_parts_alone() -> None:
    assert terms("state-of-the-art and/or") == ["state", "art"]


def test_words_that_say_nothing_are_left_out_and_questions_of_them_ask_nothing() -> None:
    assert terms("The of and, what is it?") == []
    assert asked("what is it about?") == {}


@pytest.mark.parametrize("text", ["東京タワー", "ภาษาไทย", "서울특별시"])
def test_scripts_without_spaces_are_read_in_pairs(text: str) -> None:
    found = terms(f"visit {text} today")

    assert text[:2] in found
    assert set(terms(text[1:4])) <= set(found)


def test_vowel_signs_do_not_cut_a_word() -> None:
    assert len(terms("हिन्दी भाषा")) == 2


def test_a_letter_of_such_a_script_that_stands_alone_is_a_term() -> None:
    assert terms("税 2024") == ["税", "2024"]


def test_a_questions_repeated_words_count_as_often() -> None:
    assert asked("amber cedar amber") == {"amber": 2, "cedar": 1}


def test_a_headings_words_count_as_the_passages_own() -> None:
    frequencies, length = counted("Paid within 14 days.", "Terms > Refunds")

    assert frequencies["refund"] == 1
    assert length == sum(frequencies.values()) == 6


def test_terms_are_bounded_in_length_and_number() -> None:
    long = "x" * 1_000
    assert terms(long) == [long[:TERM_CHARACTERS]]
    assert len(terms("amber " * (PASSAGE_TERMS + 100))) == PASSAGE_TERMS
    assert len(asked(" ".join(f"word{n}" for n in range(1_000)))) == QUERY_TERMS
    assert asked("amber " * 20_000) == {"amber": 1_333}


@given(st.text(max_size=300))
def test_any_text_gives_terms_that_can_be_stored_and_found_again(text: str) -> None:
    found = terms(text)

    for term in found:
        assert 0 < len(term) <= TERM_CHARACTERS * 2
        assert "\x00" not in term
        term.encode()
    assert set(asked(text)) <= set(found)
    assert terms(text) == found


def test_a_lone_surrogate_and_a_nul_are_no_letters() -> None:
    assert terms("amber\x00cedar \ud800 delta") == ["amber", "cedar", "delta"]
