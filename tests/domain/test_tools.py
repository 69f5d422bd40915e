"""Tools: schemas from signatures, arguments checked before anything runs."""

from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from pydantic import Field

from domain.schema import problems
from domain.tools.arithmetic import CALCULATOR
from domain.tools.clock import CURRENT_TIME
from domain.tools.notes import note_tool
from domain.tools.tool import ArgumentsError, Effect, ToolContext, tool
from models.errors import InvalidError
from models.payloads.scope import Scope, TurnKey

CONTEXT = ToolContext(
    turn=TurnKey(
        scope=Scope(organisation_id=uuid4(), space_id=uuid4()),
        conversation_id=uuid4(),
        turn_id=uuid4(),
    ),
    idempotency_key=uuid4(),
)


async def calculate(expression: str) -> str:
    return await CALCULATOR.run(CONTEXT, {"expression": expression})


class NotesOnPaper:
    """Remembers what was published."""

    def __init__(self) -> None:
        self.published: dict[UUID, tuple[str, str]] = {}

    async def publish(self, scope: Scope, key: UUID, *, title: str, body: str) -> UUID:
        self.published.setdefault(key, (title, body))
        return key


def test_a_schema_comes_from_signature_and_docstring() -> None:
    async def greet(
        context: ToolContext, name: Annotated[str, Field(max_length=5)], times: int = 1
    ) -> str:
        """Greet somebody.

        Args:
            name: Whom to greet.
            times: How often.
        """
        return name * times

    greeting = tool(greet, effect=Effect.READ)
    assert greeting.schema.description == "Greet somebody."
    properties: dict[str, Any] = greeting.schema.parameters["properties"]
    assert properties["name"]["description"] == "Whom to greet."
    assert properties["name"]["maxLength"] == 5
    assert greeting.schema.parameters["required"] == ["name"]
    assert "context" not in properties
    assert greeting.schema.parameters["additionalProperties"] is False


def test_writes_need_approval_unless_told_otherwise() -> None:
    assert note_tool(NotesOnPaper()).effect is Effect.WRITE
    assert CALCULATOR.effect is Effect.READ


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "null",
        '{"expression": 3}',
        '{"expression": ""}',
        '{"expression": "1", "more": 2}',
        '{"expression": "' + "1" * 501 + '"}',
        '{"a":' * 2_000,
    ],
)
def test_wrong_arguments_are_refused_in_words_for_the_model(raw: str) -> None:
    with pytest.raises(ArgumentsError) as refused:
        CALCULATOR.validate(raw)
    assert "calculator" in str(refused.value)
    assert len(str(refused.value)) < 1_000


@pytest.mark.parametrize(
    ("expression", "result"),
    [("2 + 2 * 3", "8"), ("(12.5 * 4) ** 2 / 5", "500.0"), ("sqrt(16)", "4.0"), ("-7 % 3", "2")],
)
async def test_the_calculator_calculates(expression: str, result: str) -> None:
    assert await calculate(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0",
        "9 ** 9 ** 9",
        "3999999 ** 3999999",
        "__import__('os').system('true')",
        "(1).__class__",
        "'a' * 1000000",
        "[1] * 10",
        "lambda: 1",
        "open('x')",
        "1 if",
        "1 << 100000",
    ],
)
async def test_the_calculator_refuses_what_is_no_arithmetic(expression: str) -> None:
    with pytest.raises(InvalidError) as refused:
        await calculate(expression)
    assert refused.value.code == "expression_invalid"


async def test_the_clock_knows_zones_and_refuses_others() -> None:
    assert "UTC" in await CURRENT_TIME.run(CONTEXT, {})
    assert "JST" in await CURRENT_TIME.run(CONTEXT, {"timezone": "Asia/Tokyo"})
    for unknown in ("Nowhere/Land", "../../etc/passwd", ""):
        with pytest.raises(InvalidError):
            await CURRENT_TIME.run(CONTEXT, {"timezone": unknown})


async def test_a_note_is_published_under_the_key_of_its_call() -> None:
    paper = NotesOnPaper()
    publish = note_tool(paper)
    for _ in range(2):
        said = await publish.run(CONTEXT, {"title": "A", "body": "B"})
    assert paper.published == {CONTEXT.idempotency_key: ("A", "B")}
    assert str(CONTEXT.idempotency_key) in said


async def test_edits_that_fit_the_schema_and_not_the_types_are_refused_by_name() -> None:
    async def meet(context: ToolContext, code: Annotated[str, Field(pattern="^[A-Z]{3}$")]) -> str:
        """Meet under a code."""
        return code

    meeting = tool(meet, effect=Effect.WRITE)
    edited = {"code": "low"}
    # Regular expressions of schemas are not run: they may be strangers'.
    assert problems(meeting.schema.parameters, edited) == []
    with pytest.raises(InvalidError, match="code") as refused:
        await meeting.run(CONTEXT, edited)
    assert refused.value.code == "arguments_invalid"
    assert await meeting.run(CONTEXT, {"code": "ABC"}) == "ABC"
