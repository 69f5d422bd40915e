"""Agents that work in a set order: who is called when, and what each is told."""

import json
from collections.abc import AsyncGenerator, Sequence

from domain.script import Script, directed
from domain.teams import member_of, member_tool
from models.payloads.agent import Agent, Pattern
from models.payloads.chat import (
    ChatMessage,
    ChatPart,
    ChatRequest,
    Cursor,
    Reply,
    Role,
    ToolCall,
    ToolSchema,
)
from models.payloads.turn import Finish


class Recorder:
    """A model that answers one word and keeps what it was asked."""

    name = "recorder"
    resumable = True

    def __init__(self) -> None:
        self.asked: list[tuple[ChatRequest, Cursor | None]] = []
        self.cancelled: list[Cursor] = []

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        self.asked.append((request, resume))
        yield Reply(text="verdict", model=self.name)

    async def cancel(self, cursor: Cursor) -> None:
        self.cancelled.append(cursor)


def a_team(pattern: Pattern, *members: str, rounds: int = 2) -> Agent:
    return Agent(name="team", pattern=pattern, members=members, rounds=rounds)


def user(text: str) -> ChatMessage:
    return ChatMessage(role=Role.USER, content=text)


def worked(**results: str) -> list[ChatMessage]:
    """A step in which these members were called and answered."""
    calls = tuple(
        ToolCall(call_id=f"id-{name}", name=member_tool(name), arguments="{}") for name in results
    )
    answers = (
        ChatMessage(role=Role.TOOL, content=text, call_id=f"id-{name}")
        for name, text in results.items()
    )
    return [ChatMessage(role=Role.ASSISTANT, calls=calls), *answers]


async def play(
    agent: Agent, step: int, messages: Sequence[ChatMessage], *, model: Recorder | None = None
) -> Reply:
    tools = tuple(
        ToolSchema(name=name, description="", parameters={})
        for name in ("calculator", *map(member_tool, agent.members))
    )
    request = ChatRequest(model="m", instructions="Be good.", messages=tuple(messages), tools=tools)
    parts = [part async for part in directed(model or Recorder(), agent, step).stream(request)]
    assert isinstance(parts[-1], Reply)
    return parts[-1]


def tasks(reply: Reply) -> dict[str, str]:
    assert reply.finish is Finish.TOOL_CALLS
    return {member_of(c.name) or "": json.loads(c.arguments)["task"] for c in reply.calls}


async def test_in_turn_each_goes_on_from_what_the_one_before_made() -> None:
    team = a_team(Pattern.SEQUENTIAL, "research", "write")
    asked = [user("An earlier question"), ChatMessage(role=Role.ASSISTANT, content="Answered"),
             user("A post on rye")]  # fmt: skip
    assert tasks(await play(team, 1, asked)) == {"research": "A post on rye"}

    then = [*asked, *worked(research="Rye is <a> grain")]
    (task,) = tasks(await play(team, 2, then)).values()
    assert task.startswith("A post on rye\n")
    assert '<work by="research">Rye is &lt;a&gt; grain</work>' in task
    assert "earlier" not in task

    assert (await play(team, 3, [*then, *worked(write="The post")])).text == "verdict"


async def test_side_by_side_all_are_asked_the_same_at_once() -> None:
    team = a_team(Pattern.PARALLEL, "a", "b", "c")
    assert tasks(await play(team, 1, [user("Go")])) == {"a": "Go", "b": "Go", "c": "Go"}
    done = [user("Go"), *worked(a="1", b="2", c="3")]
    assert (await play(team, 2, done)).text == "verdict"


async def test_in_a_debate_each_reads_the_last_round() -> None:
    team = a_team(Pattern.DEBATE, "pro", "con", rounds=2)
    first = [user("Rye?")]
    assert set(tasks(await play(team, 1, first)).values()) == {"Rye?"}
    second = [*first, *worked(pro="Yes", con="No")]
    told = tasks(await play(team, 2, second))
    assert all('<work by="pro">Yes</work>' in task for task in told.values())
    assert "you are con" in told["con"]
    third = [*second, *worked(pro="Still yes", con="Maybe")]
    assert (await play(team, 3, third)).text == "verdict"


async def test_the_answer_is_the_models_without_the_members() -> None:
    model = Recorder()
    done = [user("Go"), *worked(a="1")]
    await play(a_team(Pattern.PARALLEL, "a"), 2, done, model=model)
    ((request, _),) = model.asked
    assert [tool.name for tool in request.tools] == ["calculator"]
    assert request.instructions.startswith("Be good.\n\n")
    assert request.messages == tuple(done)


async def test_what_steered_the_turn_belongs_to_the_task() -> None:
    team = a_team(Pattern.SEQUENTIAL, "a", "b")
    messages = [user("Go"), *worked(a="1"), user("In German, please")]
    (task,) = tasks(await play(team, 2, messages)).values()
    assert task.startswith("Go\n\nIn German, please\n")


async def test_passages_are_nobodys_task() -> None:
    team = a_team(Pattern.PARALLEL, "a")
    messages = [user("<passages>\nrye\n</passages>"), user("Go")]
    assert tasks(await play(team, 1, messages)) == {"a": "Go"}


async def test_members_that_are_gone_are_left_out_and_none_left_is_an_answer() -> None:
    team = a_team(Pattern.SEQUENTIAL, "a", "gone")
    tools = (ToolSchema(name=member_tool("a"), description="", parameters={}),)
    request = ChatRequest(model="m", instructions="", messages=(user("Go"),), tools=tools)
    parts = [part async for part in Script(Recorder(), team, 2).stream(request)]
    assert isinstance(parts[0], Reply)
    assert parts[0].text == "verdict"
    bare = request.model_copy(update={"tools": ()})
    parts = [part async for part in Script(Recorder(), team, 1).stream(bare)]
    assert isinstance(parts[0], Reply)
    assert parts[0].text == "verdict"


async def test_a_kept_answer_is_taken_up_and_cancelled_at_its_provider() -> None:
    model = Recorder()
    script = directed(model, a_team(Pattern.PARALLEL, "a"), 2)
    cursor = Cursor(response_id="r")
    request = ChatRequest(model="m", instructions="", messages=(user("Go"),))
    _ = [part async for part in script.stream(request, cursor)]
    await script.cancel(cursor)
    assert [resume for _, resume in model.asked] == [cursor]
    assert model.cancelled == [cursor]
    assert script.resumable


def test_others_answer_for_themselves() -> None:
    model = Recorder()
    assert directed(model, a_team(Pattern.SUPERVISOR, "a"), 1) is model
    assert directed(model, a_team(Pattern.SINGLE), 1) is model
