"""What a session's summary is asked of, and what stands in for it."""

from uuid import uuid4

import pytest
from pydantic import ValidationError

from domain.summarising import corrected, extract, request
from models.payloads.chat import Role, StoredMessage
from models.payloads.session import SessionSummary


def said(role: Role, content: str) -> StoredMessage:
    return StoredMessage(id=uuid4(), role=role, content=content)


TALK = (
    said(Role.USER, "What does the guide say about colour? It is for Ada."),
    said(Role.ASSISTANT, "It says blue. Use it sparingly. Never red."),
)


def test_the_schema_asked_for_does_not_let_the_model_say_who_wrote_it() -> None:
    asked = request("m", TALK)
    assert asked.json_schema is not None
    assert "extractive" not in asked.json_schema["properties"]
    assert "guide say about colour" in asked.messages[0].content


def test_a_second_asking_says_what_was_wrong() -> None:
    with pytest.raises(ValidationError) as wrong:
        SessionSummary.model_validate_json('{"title": ""}')
    again = corrected(request("m", TALK), '{"title": ""}', wrong.value)
    assert "title" in again.messages[-1].content
    assert again.messages[-2].role is Role.ASSISTANT


def test_an_extract_is_made_of_sentences_as_they_stand_and_says_so() -> None:
    summary = extract(TALK)
    assert summary.extractive
    assert summary.title == "What does the guide say about colour?"
    assert "It says blue. Use it sparingly." in summary.summary


def test_an_extract_of_very_little_still_validates() -> None:
    for text in (" ", ".", "x" * 50_000):
        assert extract((said(Role.USER, text),)).extractive
