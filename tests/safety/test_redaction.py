"""What is private is taken out, the same whatever the cuts between deltas."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.safety.kinds import PLACES
from domain.safety.redaction import MOST_HELD, Redactor, redact
from models.payloads.safety import Private

ALL = frozenset(Private)
BLOCK = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow IBAAK\nabcdef==\n-----END RSA PRIVATE KEY-----"
# Put together here, so that no scanner of secrets takes this file for a leak.
SK, GH, AWS, SLACK = "sk-", "ghp_", "AKIA", "xoxb-"
FOUND = {
    Private.EMAIL: ["jane.doe+news@mail.example.co.uk", "böse@exämple.de", "o'neil@a-b.org"],
    Private.PHONE: ["+49 30 1234567", "(212) 555-0123", "+1-984-182-0190", "020 7946 0958"],
    Private.CARD: ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"],
    Private.KEY: [
        f"{SK}proj-abcdefghijklmnop1234",
        f"{GH}abcdefghijklmnopqrstuvwxyz0123456789",
        f"{AWS}IOSFODNN7EXAMPLE",
        f"{SLACK}123456789012-abcdefABCDEF",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_123",
        BLOCK,
    ],
    Private.NATIONAL: [
        "123-45-6789",
        "AB 12 34 56 C",
        "529.982.247-25",
        "12345678Z",
        "RSSMRA85T10A562S",
        "811218-9876",
    ],
    Private.IBAN: ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
}
KEPT = [
    "In 2024-2025 we sold 1 200 000 pairs at 49.99 €.",
    "On 2026-11-21 at 10:30, room 12, from 192.168.10.20.",
    "Order 4111111111111112 has a wrong sum.",
    "ISBN 978-3-16-148410-0, part number 12-3456.",
    "Use sk-learn and eyJ is no token. A token: short.",
    "Passwords: at least 8 characters. The password is secret.",
    "https://example.com:8080/a/b?c=d@e and @handle, 3@4",
    "DE89 3704 0044 0532 0130 01 has a wrong sum.",
    "Growth of 12 345 678 visits and 2020 2021 2022 2023.",
]
NAMED = [
    ("password: hunter2hunter", "hunter2hunter"),
    ("The API key is abc123def456.", "abc123def456"),
    ("**Token:** `a1b2c3d4e5f6`", "a1b2c3d4e5f6"),
    ("postgres://bob:s3cret@db/x", "bob:s3cret"),
    ("Authorization: Bearer abcDEF123456", "abcDEF123456"),
    ("my passport is X1234567", "X1234567"),
    ("SSN 123456789", "123456789"),
    ("Call me at 0494 92 82 32", "0494 92 82 32"),
]
PIECES = [
    *(one for many in FOUND.values() for one in many),
    *KEPT,
    *(text for text, _ in NAMED),
    *("and ", " ", "\n", ", ", ".", "x", "5 ", "-", "(", "key=", "is ", "AB12 ", "12345 "),
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts]
)
def test_what_is_private_is_taken_out(kind: Private, text: str) -> None:
    out = redact(f"It is {text}, they said.", {kind})
    assert out.text == f"It is {PLACES[kind]}, they said."
    assert out.kinds == (kind,)


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text, ALL).text == text


@pytest.mark.parametrize(("text", "secret"), NAMED)
def test_what_a_word_gives_away_is_taken_out(text: str, secret: str) -> None:
    assert secret not in redact(text, ALL).text


def test_only_what_the_space_names_is_taken_out() -> None:
    text = "jane@example.org has 4111 1111 1111 1111"
    assert redact(text, {Private.CARD}).text == f"jane@example.org has {PLACES[Private.CARD]}"
    assert redact(text, ()).text == text


def test_taking_out_twice_changes_nothing() -> None:
    once = redact(" ".join(PIECES), ALL).text
    assert redact(once, ALL).text == once


def streamed(text: str, cuts: list[int], kinds: frozenset[Private]) -> list[str]:
    """What readers get, piece by piece."""
    redactor = Redactor(kinds)
    places = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    shown = []
    for start, end in pairwise(places):
        redactor.push(text[start:end])
        shown.append(redactor.release(redactor.end))
    return [*shown, redactor.finish()]


@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.lists(st.integers(0, 2_000), max_size=60),
    st.frozensets(st.sampled_from(list(Private)), min_size=1),
)
def test_cuts_change_nothing(text: str, cuts: list[int], kinds: frozenset[Private]) -> None:
    assert "".join(streamed(text, cuts, kinds)) == redact(text, kinds).text


@pytest.mark.parametrize("texts", FOUND.values(), ids=FOUND)
def test_every_cut_in_two_and_every_sign_by_itself_change_nothing(texts: list[str]) -> None:
    for one in texts:
        text = f"He said {one} and left. Then"
        whole = redact(text, ALL).text
        for cut in range(len(text) + 1):
            assert "".join(streamed(text, [cut], ALL)) == whole
        assert "".join(streamed(text, list(range(len(text))), ALL)) == whole


def test_ordinary_words_are_not_held_for_keys() -> None:
    redactor = Redactor({Private.KEY})
    for word in ("The", "fox", "has", "seen", "a", "lot", "of", "monkeys,", "tokens", "and", "so"):
        redactor.push(f" {word}")
        assert redactor.release(redactor.end) == f" {word}"


def test_what_is_held_is_bounded() -> None:
    redactor = Redactor(ALL)
    for _ in range(40):
        redactor.push("x1" * 500)
        redactor.release(redactor.end)
        assert redactor.end - redactor.boundary(redactor.end) <= MOST_HELD + 1_000
