"""Tool calls in both dialects, driven as an agent loop drives them."""

import json
from typing import Any, Literal

import pytest
from openai import AsyncOpenAI
from openai.types.responses import (
    FunctionToolParam,
    ResponseFunctionToolCall,
    ToolChoiceFunctionParam,
)

Forced = ToolChoiceFunctionParam
ToolChoice = Literal["auto", "none", "required"] | Forced
ADD: FunctionToolParam = {
    "type": "function",
    "name": "add",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string"}, "count": {"type": "integer", "minimum": 2}},
        "required": ["query", "count"],
    },
}
ARGUMENTS = '{"query": "an argument that needs more than one piece", "count": 3}'


def output_of(call: ResponseFunctionToolCall, text: str) -> dict[str, str]:
    return {"type": "function_call_output", "call_id": call.call_id, "output": text}


async def step(
    client: AsyncOpenAI, items: list[Any], tool_choice: ToolChoice = "auto"
) -> list[ResponseFunctionToolCall]:
    """One model step; its calls, answered, are added to the items."""
    response = await client.responses.create(
        model="m", input=items, tools=[ADD], tool_choice=tool_choice
    )
    calls = [item for item in response.output if item.type == "function_call"]
    items += [call.to_dict() for call in calls]
    items += [output_of(call, f"result {number}") for number, call in enumerate(calls)]
    if not calls:
        items.append({"role": "assistant", "content": response.output_text})
    return calls


async def test_a_call_streams_in_pieces_and_its_result_is_answered(client: AsyncOpenAI) -> None:
    asked = f"Add it.\n@offline call=add args={ARGUMENTS}"
    stream = await client.responses.create(model="m", input=asked, tools=[ADD], stream=True)
    events = [event async for event in stream]
    for event in events:
        type(event).model_validate(event.to_dict())
    pieces = [e.delta for e in events if e.type == "response.function_call_arguments.delta"]
    assert len(pieces) > 1
    assert "".join(pieces) == ARGUMENTS
    assert events[-1].type == "response.completed"
    [call] = events[-1].response.output
    assert isinstance(call, ResponseFunctionToolCall)
    assert (call.name, call.arguments) == ("add", ARGUMENTS)

    items: list[Any] = [{"role": "user", "content": asked}, call.to_dict()]
    items.append(output_of(call, "It is 5."))
    answer = await client.responses.create(model="m", input=items, tools=[ADD])
    assert answer.output_text == "This is the offline model. add answered: It is 5."


async def test_several_lines_are_parallel_calls_with_ids_of_their_own(client: AsyncOpenAI) -> None:
    asked = "@offline call=add args={}\n@offline call=unknown args={}\n@offline reply=All done."
    items: list[Any] = [{"role": "user", "content": asked}]
    calls = await step(client, items)
    assert [call.name for call in calls] == ["add", "unknown"]
    assert len({call.call_id for call in calls}) == 2
    assert await step(client, items) == []
    assert items[-1]["content"] == "All done."


async def test_a_call_can_be_repeated_in_later_steps(client: AsyncOpenAI) -> None:
    items: list[Any] = [{"role": "user", "content": "@offline call=add calls=3"}]
    steps = [len(await step(client, items)) for _ in range(4)]
    assert steps == [1, 1, 1, 0]
    items.append({"role": "user", "content": "And now?"})
    assert await step(client, items) == []
    assert "nothing to quote" in items[-1]["content"]


async def test_a_forced_call_has_valid_arguments_and_none_forbids(client: AsyncOpenAI) -> None:
    choices: tuple[ToolChoice, ...] = ("required", {"type": "function", "name": "add"})
    for choice in choices:
        items: list[Any] = [{"role": "user", "content": "What is two?"}]
        [call] = await step(client, items, tool_choice=choice)
        assert json.loads(call.arguments) == {"query": "What is two?", "count": 2}
    items = [{"role": "user", "content": "@offline call=add"}]
    assert await step(client, items, tool_choice="none") == []


async def test_a_repeated_call_id_can_be_provoked(client: AsyncOpenAI) -> None:
    items: list[Any] = [{"role": "user", "content": "@offline call=add fail=repeat_call_id"}]
    calls = await step(client, items)
    assert len(calls) == 2
    assert len({call.call_id for call in calls}) == 1


@pytest.mark.parametrize("how", ["finish=length", "finish=content_filter"])
async def test_arguments_that_are_cut_are_marked_incomplete(client: AsyncOpenAI, how: str) -> None:
    asked = f"@offline {how} after=1\n@offline call=add args={ARGUMENTS}"
    response = await client.responses.create(model="m", input=asked, tools=[ADD])
    assert response.status == "incomplete"
    [call] = response.output
    assert isinstance(call, ResponseFunctionToolCall)
    assert call.status == "incomplete"
    assert call.arguments == ARGUMENTS[:16]


async def test_chat_calls_tools_and_answers_from_their_results(client: AsyncOpenAI) -> None:
    messages: list[Any] = [
        {"role": "user", "content": f"@offline call=add args={ARGUMENTS}\n@offline call=add"}
    ]
    tools: list[Any] = [{"type": "function", "function": {"name": "add", "parameters": {}}}]
    stream = await client.chat.completions.create(
        model="m", messages=messages, tools=tools, stream=True
    )
    arguments: dict[int, str] = {}
    async for chunk in stream:
        for call in chunk.choices[0].delta.tool_calls or []:
            assert call.function is not None
            arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    assert arguments == {0: ARGUMENTS, 1: "{}"}

    completion = await client.chat.completions.create(model="m", messages=messages, tools=tools)
    assert completion.choices[0].finish_reason == "tool_calls"
    assert completion.choices[0].message.content is None
    messages.append(completion.choices[0].message.to_dict())
    messages += [
        {"role": "tool", "tool_call_id": asked.id, "content": "5"}
        for asked in completion.choices[0].message.tool_calls or []
    ]
    answer = await client.chat.completions.create(model="m", messages=messages, tools=tools)
    expected = "This is the offline model. add answered: 5 add answered: 5"
    assert answer.choices[0].message.content == expected
