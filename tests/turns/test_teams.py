"""Agents that call agents: each in a run of its own, on the real servers."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from activities import following
from domain.fold import coarse, fold
from domain.nested import cited_marks, remarked
from domain.ports.approvals import Decision
from domain.ports.conversations import ConversationKind, TurnView
from domain.ports.transcript import StartedCall
from domain.teams import member_of
from local.stack import Stack
from models import ids
from models.errors import NotFoundError
from models.payloads.agent import Agent, Pattern
from models.payloads.events import (
    START,
    AgentEvent,
    LoggedEvent,
    TextCompleted,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
)
from models.payloads.scope import LogKey
from models.payloads.turn import INLINE_TEXT_BYTES, Outcome
from models.states import ApprovalState
from tests.budgets.counting import cost
from tests.knowledge.conftest import add_space
from tests.turns.cast import SLOW_TOKENS, Cast, a_lead, an_agent, calling
from tests.turns.lab import Lab, lab
from tests.turns.shapes import CALCULATE, PUBLISH, SLOW, kinds
from tests.turns.team_shapes import LEAD, WRITER, impatient, inside, shown, until_inside, unwatched
from tests.turns.test_retrieval import ISLANDS, LOGO, PODCAST, REFUND, put
from tests.turns.threshold import Threshold, at_the_end
from tests.waiting import until


def run_of(events: list[LoggedEvent]) -> UUID:
    runs = {event.run_id for event in shown(events)}
    assert len(runs) == 1
    return runs.pop()


def at(here: Lab, run_id: UUID) -> LogKey:
    return LogKey(scope=here.scope, conversation_id=run_id)


async def run_view(here: Lab, run_id: UUID) -> TurnView:
    view = await here.turns.view(here.scope, run_id, ids.turn_id(run_id, run_id))
    assert view is not None
    return view


async def ended_alike(here: Lab, seen: list[LoggedEvent]) -> None:
    """What was read is what is stored, and each nested event came once."""
    stored = [event for event in await here.whole_log() if event.turn_id == seen[-1].turn_id]
    assert coarse(stored) == coarse(seen)
    assert fold(stored).texts == fold(seen).texts
    nested = [(event.call_id, event.event["id"]) for event in shown(seen)]
    assert len(nested) == len(set(nested))


async def test_a_member_works_in_a_run_of_its_own_and_its_caller_answers(stack: Stack) -> None:
    async with lab(stack, agents=Cast(LEAD, WRITER)) as here:
        result = await here.send(calling("writer", CALCULATE), agent=LEAD)
        seen = await here.ended(result.turn_id)

        names = [kind for kind in kinds(seen) if kind not in {"text.delta", "agent.event"}]
        assert names == [
            "turn.started", "step.started", "tool.requested", "usage.recorded", "tool.started",
            "tool.completed", "step.started", "text.completed", "usage.recorded", "turn.completed",
        ]  # fmt: skip
        assert [inside(event)[1] for event in shown(seen)] == [
            "turn.started", "step.started", "tool.requested", "usage.recorded", "tool.started",
            "tool.completed", "step.started", "text.completed", "usage.recorded", "turn.completed",
        ]  # fmt: skip
        await ended_alike(here, seen)
        (done,) = [e.event for e in seen if isinstance(e.event, ToolCompleted)]
        assert "42" in done.result
        assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED
        child = await run_view(here, run_of(seen))
        assert (child.agent, child.outcome) == ("writer", Outcome.COMPLETED)
        assert fold(seen).texts.keys() == {(1, 2)}

        handle = here.client.get_workflow_handle(ids.run_workflow_id(here.scope, run_of(seen)))
        described = await handle.describe()
        assert described.parent_id == here.handle.id


async def test_a_child_that_nobody_could_watch_is_shown_when_it_has_ended(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who watches holds a slot of the worker, and children need slots to think."""
    monkeypatch.setattr(following, "MOST_WATCHED", 0)
    async with lab(stack, agents=Cast(LEAD, WRITER)) as here:
        turn_id = (await here.send(calling("writer", CALCULATE), agent=LEAD)).turn_id
        seen = await here.ended(turn_id)
        below = [inside(event)[1] for event in shown(seen)]
        assert (below[0], below[-1]) == ("turn.started", "turn.completed")
        assert "tool.completed" in below
        assert (await here.view(turn_id)).outcome is Outcome.COMPLETED
        await ended_alike(here, seen)


async def test_a_long_task_reaches_its_agent_whole(stack: Stack) -> None:
    task = "x " * INLINE_TEXT_BYTES + "\n@offline tokens=2"
    async with lab(stack, agents=Cast(LEAD, WRITER)) as here:
        turn_id = (await here.send(calling("writer", task), agent=LEAD)).turn_id
        run = run_of(await here.ended(turn_id))
        page = await here.conversations.messages(here.scope, run, limit=10, cursor=None)
        assert [message.content.split() for message in page.items] == [task.split(), ["w0", "w1"]]
        handle = here.client.get_workflow_handle(ids.run_workflow_id(here.scope, run))
        assert cost(await handle.fetch_history()).largest < len(task.encode())


async def test_a_child_that_spends_its_share_leaves_its_caller_enough_to_answer(
    stack: Stack,
) -> None:
    lead = a_lead("writer", token_budget=1_600)
    endless = an_agent("writer", tools=("calculator",), iteration_limit=50)
    async with lab(stack, agents=Cast(lead, endless)) as here:
        line = calling("writer", f"{CALCULATE}\n@offline calls=50")
        result = await here.send(line, agent=lead)
        seen = await here.ended(result.turn_id)
        child = await run_view(here, run_of(seen))
        assert child.outcome is Outcome.BUDGET_EXHAUSTED
        assert 800 <= child.input_tokens + child.output_tokens < 1_600
        (failed,) = [e.event for e in seen if isinstance(e.event, ToolFailed)]
        assert failed.detail.startswith("writer had no budget left")
        assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED


async def test_what_a_child_spends_its_caller_has_spent(stack: Stack) -> None:
    lead = a_lead("writer", token_budget=250)
    async with lab(stack, agents=Cast(lead, WRITER)) as here:
        result = await here.send(calling("writer", "@offline tokens=300"), agent=lead)
        await here.ended(result.turn_id)
        assert (await here.view(result.turn_id)).outcome is Outcome.BUDGET_EXHAUSTED


async def test_a_child_that_fails_is_an_answer_like_any_other(stack: Stack) -> None:
    async with lab(stack, agents=Cast(LEAD, WRITER)) as here:
        result = await here.send(calling("writer", "@offline fail=400"), agent=LEAD)
        seen = await here.ended(result.turn_id)
        (failed,) = [e.event for e in seen if isinstance(e.event, ToolFailed)]
        assert failed.code == "agent_failed"
        assert failed.detail.startswith("writer failed")
        assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED
        assert (await run_view(here, run_of(seen))).outcome is Outcome.FAILED
        await ended_alike(here, seen)


async def test_agents_that_call_each_other_come_to_an_end(stack: Stack) -> None:
    one, two = a_lead("two", name="one"), a_lead("one", name="two")
    line = "@offline reply=That is all"
    for member in ("two", "one", "two", "one", "two"):
        line = calling(member, line)
    async with lab(stack, agents=Cast(one, two)) as here:
        result = await here.send(line, agent=one)
        seen = await here.ended(result.turn_id)
        assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED
        places = {inside(event) for event in shown(seen)}
        assert ("one", "two", "one", "tool.failed") not in places
        assert ("two", "one", "two", "tool.failed") in places
        assert max(map(len, places)) == 4
        await ended_alike(here, seen)


def runs_in(events: list[AgentEvent]) -> dict[str, UUID]:
    """By agent, however deep."""
    runs: dict[str, UUID] = {}
    for event in events:
        runs[event.agent] = event.run_id
        if event.event["kind"] == "agent.event":
            runs |= runs_in([AgentEvent.model_validate(event.event)])
    return runs


async def test_what_a_member_cites_its_caller_can_cite(stack: Stack) -> None:
    """The same passage under the caller's mark, whichever it had in the member's run."""
    librarian = an_agent("librarian", retrieves=True)
    lead = a_lead("librarian", retrieves=True)
    async with lab(stack, agents=Cast(lead, librarian)) as everywhere:
        here = replace(everywhere, scope=await add_space(everywhere.database))
        await put(here, REFUND, LOGO, ISLANDS, PODCAST)
        here = await here.beside()
        line = calling("librarian", "How long do deliveries to islands take by ship?")
        turn_id = (await here.send(f"When do podcasts appear?\n{line}", agent=lead)).turn_id
        seen = await here.ended(turn_id)
        (done,) = [e.event for e in seen if isinstance(e.event, ToolCompleted)]
        (answer,) = [
            event.event["text"] for event in shown(seen) if inside(event)[-1] == "text.completed"
        ]
        own = {source.passage_id: source.mark for source in fold(seen).sources[1]}
        theirs = {
            UUID(source["passage_id"]): source["mark"]
            for event in shown(seen)
            if inside(event)[-1] == "retrieval.completed"
            for source in event.event["sources"]
        }
        cited = {passage for passage, mark in theirs.items() if mark in cited_marks(answer)}
        assert cited
        assert cited_marks(done.result) == {own[passage] for passage in cited}
        assert {source.passage_id for source in done.sources} == cited
        assert remarked(answer, {theirs[one]: own[one] for one in cited}) == done.result


@pytest.mark.parametrize("whole", [True, False])
async def test_what_is_erased_is_erased_with_the_runs_that_it_called(
    stack: Stack, *, whole: bool
) -> None:
    chief = a_lead("lead", name="chief")
    async with lab(stack, agents=Cast(chief, LEAD, WRITER)) as here:
        line = calling("lead", calling("writer", "@offline tokens=2"))
        turn_id = (await here.send(line, agent=chief)).turn_id
        runs = runs_in(shown(await here.ended(turn_id)))
        other = await here.beside(ConversationKind.RUN)
        await here.idle()
        erase = here.conversations.delete if whole else here.conversations.clear
        await erase(here.scope, here.conversation_id)
        assert runs.keys() == {"lead", "writer"}
        for run in runs.values():
            with pytest.raises(NotFoundError):
                await here.conversations.get(here.scope, run)
            assert not await here.stored.after(at(here, run), START, None, 10)
        await here.conversations.get(other.scope, other.conversation_id)


class Called(Threshold):
    """A call that was just taken waits instead."""

    async def _stand(self, result: object) -> None:
        if isinstance(result, StartedCall):
            self.reached.set()
            await self.release.wait()


async def test_what_is_erased_while_it_calls_an_agent_leaves_no_run(stack: Stack) -> None:
    task = "x " * INLINE_TEXT_BYTES
    async with (
        lab(stack, workers=0, agents=Cast(LEAD, WRITER)) as here,
        at_the_end(here, stack.database_url, committed=True, door=Called) as threshold,
    ):
        turn_id = (await here.send(calling("writer", task), agent=LEAD)).turn_id
        await threshold.reached.wait()
        await here.conversations.delete(here.scope, here.conversation_id)
        threshold.release.set()
        await here.idle()
        run = ids.child_run_id(turn_id, ids.call_id(turn_id, 1, 0))
        with pytest.raises(NotFoundError):
            await here.conversations.get(here.scope, run)


@pytest.mark.parametrize("fast", [True, False])
async def test_a_stop_reaches_everybody_below(stack: Stack, *, fast: bool) -> None:
    chief = a_lead("lead", name="chief")
    async with lab(stack, agents=Cast(chief, LEAD, WRITER)) as here:
        line = calling("lead", calling("writer", SLOW))
        turn_id = (await here.send(line, agent=chief)).turn_id
        runs = runs_in(await until_inside(here, turn_id, "lead", "writer", "step.started"))
        await said(here, runs["writer"])
        if fast:
            await here.stop(turn_id)
        else:
            await here.engine.stop(here.log, ConversationKind.CHAT, turn_id)
        seen = await here.ended(turn_id)
        assert (await here.view(turn_id)).outcome is Outcome.STOPPED
        for run in runs.values():
            assert (await run_view(here, run)).outcome is Outcome.STOPPED
        answer = (await run_view(here, runs["writer"])).answer
        assert answer is not None
        assert 0 < len(answer.content.split()) < SLOW_TOKENS
        await ended_alike(here, seen)


async def test_a_stop_reaches_who_waits_for_a_person_and_is_not_watched(stack: Stack) -> None:
    chief = a_lead("lead", name="chief")
    async with lab(stack, agents=Cast(chief, LEAD, WRITER)) as here:
        line = calling("lead", calling("writer", PUBLISH))
        turn_id = (await here.send(line, agent=chief)).turn_id
        with impatient():
            seen = await until_inside(here, turn_id, "lead", "writer", "approval.requested")
            runs = runs_in(seen)
            await unwatched(here, runs["lead"])
        await here.engine.stop(here.log, ConversationKind.CHAT, turn_id)
        events = await here.ended(turn_id)
        assert (await here.view(turn_id)).outcome is Outcome.STOPPED
        assert {(await run_view(here, run)).outcome for run in runs.values()} == {Outcome.STOPPED}
        assert ("lead", "writer", "turn.stopped") in [inside(event) for event in shown(events)]
        approval = await here.approvals.get(
            here.scope, UUID(seen[-1].event["event"]["approval_id"])
        )
        assert approval.state is ApprovalState.WITHDRAWN
        await ended_alike(here, events)


async def test_a_cancelled_turn_takes_its_children_along(stack: Stack) -> None:
    """By an operator, in Temporal's UI."""
    async with lab(stack, agents=Cast(LEAD, WRITER)) as here:
        turn_id = (await here.send(calling("writer", SLOW), agent=LEAD)).turn_id
        runs = runs_in(await until_inside(here, turn_id, "writer", "step.started"))
        await said(here, runs["writer"])
        await here.handle.cancel()
        await here.ended(turn_id)
        assert (await here.view(turn_id)).outcome is Outcome.STOPPED

        async def over() -> bool:
            return (await run_view(here, runs["writer"])).outcome is Outcome.STOPPED

        await until(over)


async def said(here: Lab, run_id: UUID) -> None:
    """Wait until the run has said something."""
    async for event in here.feed.follow(at(here, run_id), START, at_most=60.0):
        if event.kind == "text.delta":
            return


async def test_whoever_waits_for_a_person_is_left_alone_and_goes_on(stack: Stack) -> None:
    """However deep: the run that called it is not watched either."""
    chief = a_lead("lead", name="chief")
    async with lab(stack, agents=Cast(chief, LEAD, WRITER)) as here:
        line = calling("lead", calling("writer", PUBLISH))
        turn_id = (await here.send(line, agent=chief)).turn_id
        with impatient():
            seen = await until_inside(here, turn_id, "lead", "writer", "approval.requested")
            await unwatched(here, runs_in(seen)["lead"])
        innermost = seen[-1].event["event"]
        await here.decide(UUID(innermost["approval_id"]), Decision.DENY)
        events = await here.ended(turn_id)
        assert (await here.view(turn_id)).outcome is Outcome.COMPLETED
        below = [inside(event) for event in shown(events)]
        assert below.count(("lead", "writer", "approval.decided")) == 1
        assert ("lead", "writer", "tool.completed") not in below
        await ended_alike(here, events)


async def test_members_work_in_turn_side_by_side_and_in_debate(stack: Stack) -> None:
    one, two = an_agent("one"), an_agent("two")
    teams = [
        an_agent(pattern, pattern=pattern, members=("one", "two"))
        for pattern in (Pattern.SEQUENTIAL, Pattern.PARALLEL, Pattern.DEBATE)
    ]
    async with lab(stack, agents=Cast(one, two, *teams)) as chat:
        heres = [await chat.beside() for _ in teams]

        async def play(here: Lab, team: Agent) -> list[LoggedEvent]:
            turn_id = (await here.send("Rye\n@offline tokens=3", agent=team)).turn_id
            events = await here.ended(turn_id)
            assert (await here.view(turn_id)).outcome is Outcome.COMPLETED
            await ended_alike(here, events)
            return events

        played = await asyncio.gather(
            *(play(here, team) for here, team in zip(heres, teams, strict=True))
        )
        in_turn, beside, debate = ([order(event) for event in events] for events in played)
        assert [step for step in in_turn if step] == [
            "calls one", "one begins", "one ends", "calls two", "two begins", "two ends", "answers",
        ]  # fmt: skip
        assert [step for step in beside if step][:2] == ["calls one", "calls two"]
        assert (beside.count("one ends"), debate.count("one ends")) == (1, 2)
        assert debate.count("answers") == 1


def order(logged: LoggedEvent) -> str:
    """What a reader would tell of the event, if anything."""
    match logged.event:
        case ToolRequested(name=name):
            return f"calls {member_of(name)}"
        case AgentEvent(agent=agent, event={"kind": "turn.started"}):
            return f"{agent} begins"
        case AgentEvent(agent=agent, event={"kind": "turn.completed"}):
            return f"{agent} ends"
        case TextCompleted():
            return "answers"
        case _:
            return ""


async def test_a_member_that_must_ask_asks_its_caller(stack: Stack) -> None:
    curious = an_agent("writer", tools=("ask_user",))
    async with lab(stack, agents=Cast(LEAD, curious)) as here:
        question = '@offline call=ask_user args={"question": "Which month?"}'
        turn_id = (await here.send(calling("writer", question), agent=LEAD)).turn_id
        seen = await here.ended(turn_id)
        (done,) = [e.event for e in seen if isinstance(e.event, ToolCompleted)]
        assert done.result == "writer needs to know: Which month?"
