"""What an operator sees in Temporal: who, where, how it stands, how it ended, and no content."""

import re
from collections.abc import Sequence

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowExecution, WorkflowHandle
from temporalio.common import SearchAttributeKey

from domain.catalogue import GENERAL
from domain.ports.approvals import Decision
from domain.ports.conversations import ConversationKind
from local.stack import Stack
from models import ids, names
from models.payloads.turn import RunStart
from tests.turns.lab import Lab, lab
from tests.turns.shapes import PUBLISH, SLOW, TOOLED
from tests.waiting import until

SECRET = "The merger with Initech closes on Monday."
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


async def found(here: Lab, query: str, count: int = 1) -> Sequence[WorkflowExecution]:
    """What the operator's search finds of this conversation, once it finds so many."""
    own = f"{names.CONVERSATION_ATTRIBUTE} = '{here.conversation_id}' AND {query}"

    async def search() -> list[WorkflowExecution]:
        return [one async for one in here.client.list_workflows(own)]

    async def enough() -> bool:
        return len(await search()) >= count

    await until(enough)
    return await search()


async def details(handle: WorkflowHandle[object, object]) -> str:
    """The current details, as the Temporal UI asks for them."""
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def summaries(handle: WorkflowHandle[object, object]) -> list[str]:
    """Of the activities, in their order."""
    history = await handle.fetch_history()
    return [
        event.user_metadata.summary.data.decode().strip('"')
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


def attribute(run: WorkflowExecution, name: str) -> str | None:
    return run.typed_search_attributes.get(SearchAttributeKey.for_keyword(name))


async def test_a_finished_turn_is_found_by_place_and_agent(stack: Stack) -> None:
    async with lab(stack) as here:
        await here.answer(f"{SECRET}\n@offline tokens=2", agent=GENERAL)
        await here.idle()
        [run] = await found(
            here,
            f"{names.ORGANISATION_ATTRIBUTE} = '{here.scope.organisation_id}'"
            f" AND {names.SPACE_ATTRIBUTE} = '{here.scope.space_id}'"
            f" AND {names.AGENT_ATTRIBUTE} = 'general' AND ExecutionStatus = 'Completed'"
            f" AND WorkflowType = 'turn'",
        )
        # An upsert is a billed action: the usual outcome is not written.
        assert attribute(run, names.OUTCOME_ATTRIBUTE) is None
        assert await summaries(here.handle) == [
            "claim the message, retrieve",
            "step 1: general thinks",
        ]


async def test_a_failed_turn_is_found_by_its_outcome(stack: Stack) -> None:
    async with lab(stack) as here:
        await here.answer("@offline fail=400")
        [run] = await found(
            here,
            f"{names.OUTCOME_ATTRIBUTE} = 'failed' AND {names.SPACE_ATTRIBUTE} ="
            f" '{here.scope.space_id}' AND {names.AGENT_ATTRIBUTE} = 'direct'",
        )
        assert run.id == ids.turn_workflow_id(here.scope, here.conversation_id)
        await here.idle()
        assert (await summaries(here.handle))[-1] == "close: failed"


async def test_a_stopped_run_is_found_by_its_outcome(stack: Stack) -> None:
    async with lab(stack) as chat:
        here = await chat.beside(ConversationKind.RUN)
        message = here.message(SLOW, message_id=here.conversation_id)
        run = RunStart(scope=here.scope, run_id=here.conversation_id, message=message)
        await here.engine.start_run(run)
        await here.until(message.turn_id, "text.delta")
        await here.engine.stop(here.log, ConversationKind.RUN, message.turn_id)
        await here.ended(message.turn_id)
        [shown] = await found(here, f"{names.OUTCOME_ATTRIBUTE} = 'stopped'")
        assert shown.workflow_type == names.AGENT_RUN_WORKFLOW


async def test_an_operator_reads_what_a_turn_is_waiting_for(stack: Stack) -> None:
    async with lab(stack) as here:
        result = await here.send(PUBLISH, agent=TOOLED)
        approval = await here.requested(result.turn_id)

        async def waits() -> bool:
            return await details(here.handle) == "step 1: waits for a person: publish_note"

        await until(waits)
        await here.decide(approval, Decision.APPROVE)
        await here.ended(result.turn_id)
        await here.idle()
        assert await details(here.handle) == "closes: completed"
        assert await summaries(here.handle) == [
            "step 1: general thinks",
            "publish_note",
            "step 2: general thinks",
        ]


async def test_an_operator_reads_who_thinks(stack: Stack) -> None:
    async with lab(stack) as here:
        result = await here.send(SLOW)
        await here.until(result.turn_id, "text.delta")
        assert await details(here.handle) == "step 1: direct thinks"
        await here.stop(result.turn_id)
        await here.ended(result.turn_id)


async def test_a_session_is_found_with_its_conversation(stack: Stack) -> None:
    async with lab(stack) as here:
        await here.answer(f"{SECRET}\n@offline tokens=2")
        await here.close()
        await here.logged("session.summarised")
        [run] = await found(here, "WorkflowType = 'post_session' AND ExecutionStatus = 'Completed'")
        handle = here.client.get_workflow_handle(run.id)
        assert await summaries(handle) == ["end the session", "summarise the session"]
        assert await details(handle) == "summarises"


async def test_what_temporal_stores_in_the_clear_is_opaque(stack: Stack) -> None:
    async with lab(stack) as here:
        await here.answer(f"{SECRET}\n@offline tokens=2")
        await here.close()
        await here.logged("session.summarised")
        runs = await found(here, "ExecutionStatus = 'Completed'", 2)

        patterns = (rf"turn/{UUID}/{UUID}/{UUID}", rf"session/{UUID}/{UUID}/{UUID}")
        for run in runs:
            assert any(re.fullmatch(pattern, run.id) for pattern in patterns)
            described = await here.client.get_workflow_handle(run.id).describe()
            in_the_clear = [
                str(described.typed_search_attributes),
                str(await described.memo()),
                str(await described.static_summary()),
                str(await described.static_details()),
                *(await summaries(here.client.get_workflow_handle(run.id))),
            ]
            assert not any("merger" in text or "Initech" in text for text in in_the_clear)
            values = [
                attribute(run, names.ORGANISATION_ATTRIBUTE),
                attribute(run, names.SPACE_ATTRIBUTE),
                attribute(run, names.CONVERSATION_ATTRIBUTE),
            ]
            assert values == [
                str(here.scope.organisation_id),
                str(here.scope.space_id),
                str(here.conversation_id),
            ]


async def test_prometheus_counts_turns_rulings_and_tokens(stack: Stack) -> None:
    async with lab(stack) as here:
        await here.answer("Hello\n@offline tokens=5")
        await here.answer('@offline call=calculator args={"expression": "6 * 7"}', agent=TOOLED)

        def sample(name: str, **labels: str) -> float | None:
            return here.adapters.meters.registry.get_sample_value(name, labels)

        assert sample("holdfast_turns_ended_total", outcome="completed") == 2
        assert sample("holdfast_rulings_total", ruling="allow") == 1
        assert sample("holdfast_tool_calls_ended_total", status="completed") == 1
        model = here.adapters.model.name
        assert (sample("holdfast_model_tokens_total", model=model, direction="out") or 0) > 5
