"""The offline model makes a question stand alone with words that were said."""

from uuid import uuid4

import httpx2
from openai import AsyncOpenAI

from domain.query import parsed, rewriting
from local.model.conversation import Conversation
from local.model.rewriting import asks_for_rewriting, rewritten
from models.payloads.chat import ChatRequest, Role, StoredMessage

HISTORY = [
    StoredMessage(
        id=uuid4(), role=Role.USER, content="Who sells the Bluebird bicycle?\n@offline x"
    ),
    StoredMessage(id=uuid4(), role=Role.ASSISTANT, content="The shop in Lisbon sells it."),
]


def request(message: str) -> ChatRequest:
    return rewriting("offline-1", HISTORY, message)


def conversation(message: str) -> Conversation:
    asked = request(message)
    read = Conversation(schema=asked.json_schema)
    read.say("user", asked.messages[0].content)
    return read


def test_what_the_question_leans_on_is_put_before_it() -> None:
    asked = conversation("What does it cost?")
    assert asks_for_rewriting(asked.schema)
    found = rewritten(asked)
    assert found["standalone_query"] == "sells Bluebird bicycle What does it cost?"
    assert found["alternatives"] == ["What does it cost?"]
    assert "Lisbon" in found["entities"]


def test_words_that_the_question_has_are_not_said_twice() -> None:
    found = rewritten(conversation("What does the Bluebird bicycle that it sells cost?"))
    assert found["standalone_query"] == "What does the Bluebird bicycle that it sells cost?"
    assert found["alternatives"] == []


def test_several_questions_are_looked_for_one_by_one() -> None:
    found = rewritten(conversation("What does Bluebird cost? When is the bicycle sold?"))
    assert found["alternatives"] == [
        "What does Bluebird cost? When is the bicycle sold?",
        "What does Bluebird cost?",
        "When is the bicycle sold?",
    ]


def test_another_schema_is_no_rewriting() -> None:
    assert not asks_for_rewriting(None)
    assert not asks_for_rewriting({"properties": {"summary": {"type": "string"}}})


async def test_the_server_answers_what_the_product_reads(
    client: AsyncOpenAI, http: httpx2.AsyncClient
) -> None:
    asked = request("What does it cost?")
    answered = await client.responses.create(
        model="offline-1",
        instructions=asked.instructions,
        input=asked.messages[0].content,
        text={
            "format": {"type": "json_schema", "name": "answer", "schema": asked.json_schema or {}}
        },
    )
    found = parsed(answered.output_text)
    assert found.query == "sells Bluebird bicycle What does it cost?"
    assert found.alternatives == ("What does it cost?",)
    listed = (await http.get("/ledger", params={"kind": "rewriting"})).json()
    assert listed["count"] > 0
