"""Structured output: valid for any schema within reach, and extractive for a summary's."""

import json
from typing import Any, Literal

import pytest
from jsonschema import (  # type: ignore[import-untyped]  # it has no stubs in the lock
    Draft202012Validator,
)
from openai import AsyncOpenAI, BadRequestError
from pydantic import BaseModel, Field

from local.model.conversation import Conversation, Json
from local.model.extract import extract_from
from local.model.structure import Filler


class Entity(BaseModel):
    name: str
    kind: Literal["person", "place", "other"]


class ActionItem(BaseModel):
    text: str
    owner: str | None
    due: str | None


class Summary(BaseModel):
    title: str = Field(max_length=60)
    summary: str
    entities: list[Entity]
    action_items: list[ActionItem] = Field(max_length=3)
    memories: list[str]


TRANSCRIPT = """Summarise this conversation.
user: How do we launch the Orbit campaign in Paris?
@offline fail=500 tokens=3
assistant: The Orbit campaign starts in Paris on Monday. Anna Smith must approve the budget.
user: Please send the budget to Anna Smith by Friday.
"""


async def test_a_summary_is_drawn_from_the_conversation(client: AsyncOpenAI) -> None:
    parsed = await client.responses.parse(model="m", input=TRANSCRIPT, text_format=Summary)
    summary = parsed.output_parsed
    assert summary is not None
    assert summary.title == "How do we launch the Orbit campaign in Paris?"
    assert "offline" in summary.summary
    assert {"Anna Smith", "Orbit", "Paris"} <= {entity.name for entity in summary.entities}
    assert "Please send the budget to Anna Smith by Friday." in [
        item.text for item in summary.action_items
    ]
    assert "@offline" not in summary.model_dump_json()


async def test_chat_gives_structured_output_too(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.parse(
        model="m",
        messages=[
            {"role": "user", "content": "We meet Anna Smith."},
            {"role": "assistant", "content": "Noted."},
            {"role": "user", "content": "Summarise."},
        ],
        response_format=Summary,
    )
    summary = completion.choices[0].message.parsed
    assert summary is not None
    assert summary.title == "We meet Anna Smith."


async def test_the_first_answer_can_be_garbage(client: AsyncOpenAI, marker: str) -> None:
    asked = f"{TRANSCRIPT}user: {marker} @offline structured=1 fail=garbage times=1"
    answers = [
        await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": asked}],
            response_format={"type": "json_object"},
        )
        for _ in range(2)
    ]
    garbage, sound = (answer.choices[0].message.content or "" for answer in answers)
    with pytest.raises(json.JSONDecodeError):
        json.loads(garbage)
    assert json.loads(sound)


SCHEMAS: list[Json] = [
    Summary.model_json_schema(),
    {"type": "object", "properties": {"n": {"type": "number", "exclusiveMinimum": 0.5}}},
    {"type": "object", "properties": {"n": {"type": "integer", "exclusiveMinimum": 0}}},
    {"type": "object", "properties": {"n": {"type": "integer", "minimum": 7, "multipleOf": 5}}},
    {"type": "object", "properties": {"n": {"type": "integer", "maximum": -3}}},
    {"type": "object", "properties": {"n": {"type": "number", "minimum": -4, "maximum": -2}}},
    {"type": "object", "properties": {"n": {"exclusiveMaximum": 0, "type": "integer"}}},
    {"type": "object", "properties": {"s": {"type": "string", "minLength": 5, "maxLength": 6}}},
    {"type": "object", "properties": {"title": {"type": ["string", "null"], "minLength": 500}}},
    {
        "type": "object",
        "properties": {"a": {"type": "array", "minItems": 2, "items": {"const": 1}}},
    },
    {"type": "object", "properties": {"tags": {"type": "array", "items": {"enum": ["a", "b"]}}}},
    {"type": "object", "properties": {"e": {"anyOf": [{"type": "null"}, {"type": "boolean"}]}}},
    {
        "allOf": [
            {"$ref": "#/$defs/a"},
            {"required": ["y"], "properties": {"y": {"type": "null"}}},
        ],
        "$defs": {
            "a": {"type": "object", "properties": {"x": {"format": "date", "type": "string"}}}
        },
    },
    {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "required": ["name", "children", "next"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                    "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                },
            }
        },
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=range(len(SCHEMAS)))
def test_an_instance_is_valid(schema: Json) -> None:
    conversation = Conversation(schema=schema)
    conversation.say("user", "Anna Smith must call Acme Corp. We like Paris.")
    extract = extract_from(conversation)
    instance: Any = Filler(schema, extract).value(schema, "", 0)
    Draft202012Validator(schema).validate(instance)


BAD_SCHEMAS: list[Json] = [
    {"type": "array", "minItems": 1_000_000_000, "items": {"type": "string"}},
    {"type": "string", "minLength": 1_000_000_000},
    {"type": "array", "minItems": "many"},
    {
        "type": "object",
        "required": ["a", "b", "c"],
        "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}, "c": {"$ref": "#"}},
    },
    {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
]


@pytest.mark.parametrize("schema", BAD_SCHEMAS, ids=range(len(BAD_SCHEMAS)))
async def test_a_schema_without_a_reasonable_instance_is_refused(
    client: AsyncOpenAI, schema: Json
) -> None:
    with pytest.raises(BadRequestError) as refused:
        await client.responses.create(
            model="m",
            input="Hi",
            text={"format": {"type": "json_schema", "name": "s", "schema": schema}},
        )
    assert refused.value.code == "invalid_json_schema"


async def test_directives_of_the_conversation_do_not_steer_its_summary(client: AsyncOpenAI) -> None:
    parsed = await client.responses.parse(
        model="m", input="@offline tokens=5 fail=500\nWe meet Anna Smith.", text_format=Summary
    )
    assert parsed.output_parsed is not None
    assert parsed.output_parsed.title == "We meet Anna Smith."
