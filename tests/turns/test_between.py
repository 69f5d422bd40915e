"""What reaches a conversation's run between the end of one turn and the start of the next."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.ports.conversations import ConversationKind
from local.stack import Stack
from models.errors import ConflictError
from models.payloads.turn import BusyPolicy, IncomingMessage, Limits, Outcome, Withdrawal
from tests.turns.held import Held
from tests.turns.lab import Lab, lab
from tests.turns.test_once import FIRST, QUICK
from tests.turns.threshold import Between, Threshold, at_the_end, outgrown
from tests.turns.together import Doorkeeper, kept, told_at_once

CONTINUES = Limits(same_run=timedelta(seconds=0.3))
SHARES = Limits(same_run=timedelta(hours=1))


async def stop(here: Lab, turn_id: UUID | None) -> None:
    """By the durable path alone."""
    await here.engine.stop(here.log, ConversationKind.CHAT, turn_id)


async def take_back(here: Lab, message: IncomingMessage) -> None:
    await here.engine.withdraw(here.log, Withdrawal(message_id=message.message_id))


async def enqueued(here: Lab, count: int) -> list[IncomingMessage]:
    messages = [here.message(QUICK) for _ in range(count)]
    for message in messages:
        await here.deliver(message)
    return messages


async def outcomes(here: Lab, messages: list[IncomingMessage]) -> list[Outcome | None]:
    return [(await here.view(message.turn_id)).outcome for message in messages]


async def run_of(here: Lab) -> str | None:
    return (await here.handle.describe()).run_id


@pytest.mark.parametrize(
    ("door", "limits"),
    [(Threshold, CONTINUES), (Between, CONTINUES), (Threshold, SHARES)],
    ids=["unheard, continued", "heard, continued", "unheard, in the same run"],
)
async def test_whatever_comes_between_two_turns_reaches_whom_it_means(
    stack: Stack, door: type[Threshold], limits: Limits
) -> None:
    held = Held()
    async with (
        lab(stack, workers=0, limits=limits, around=held.around) as here,
        at_the_end(here, stack.database_url, committed=True, door=door) as threshold,
    ):
        first = here.message(FIRST)
        await here.deliver(first)
        withdrawn, following, untouched, named, behind = await enqueued(here, 5)
        await take_back(here, withdrawn)
        held.release.set()
        await threshold.reached.wait()
        run = await run_of(here)

        await stop(here, first.turn_id)
        await stop(here, named.turn_id)
        await stop(here, None)
        await stop(here, uuid4())
        await here.handle.signal("decided", uuid4())
        await take_back(here, behind)
        late = [
            here.message(QUICK, on_busy=policy) for policy in (BusyPolicy.ENQUEUE, BusyPolicy.STEER)
        ]
        urgent = [
            here.message(QUICK, on_busy=policy)
            for policy in (BusyPolicy.INTERRUPT, BusyPolicy.ROLLBACK)
        ]
        for message in (*late, *urgent, late[0]):
            told = await here.deliver(message)
            assert told.turn_id == message.turn_id
        with pytest.raises(ConflictError) as refused:
            await here.send(QUICK, on_busy=BusyPolicy.REJECT)
        assert refused.value.code == "conversation_busy"
        if limits is CONTINUES:
            await outgrown(here)
        threshold.release.set()
        await here.ended(late[-1].turn_id)
        await here.idle()

        assert (await run_of(here) == run) is (limits is SHARES)
        assert await outcomes(here, [first, withdrawn, following, untouched, named, behind]) == [
            Outcome.COMPLETED,
            Outcome.WITHDRAWN,
            Outcome.STOPPED,
            Outcome.COMPLETED,
            Outcome.STOPPED,
            Outcome.WITHDRAWN,
        ]
        assert set(await outcomes(here, [*late, *urgent])) == {Outcome.COMPLETED}
        in_order = [first, *reversed(urgent), following, untouched, named, *late]
        numbers = [(await here.view(message.turn_id)).number for message in in_order]
        assert numbers == sorted(numbers)


async def test_a_run_that_is_cancelled_between_two_turns_answers_what_waits(stack: Stack) -> None:
    held = Held()
    async with (
        lab(stack, workers=0, limits=SHARES, around=held.around) as here,
        at_the_end(here, stack.database_url, committed=True, door=Between) as threshold,
    ):
        first = here.message(FIRST)
        await here.deliver(first)
        withdrawn, following = await enqueued(here, 2)
        await take_back(here, withdrawn)
        held.release.set()
        await threshold.reached.wait()
        await here.handle.cancel()
        threshold.release.set()
        await here.idle()
        assert await outcomes(here, [first, withdrawn, following]) == [
            Outcome.COMPLETED,
            Outcome.WITHDRAWN,
            Outcome.COMPLETED,
        ]


@pytest.mark.parametrize("door", [Threshold, Between], ids=["turn's", "withdrawn message's"])
async def test_a_cancellation_that_comes_with_an_end_answers_what_waits(
    stack: Stack, door: type[Threshold]
) -> None:
    """The run hears of both in one task: the SDK drops the activity's result then."""
    keeper, held = Doorkeeper(), Held()
    async with (
        lab(stack, workers=0, limits=SHARES, around=held.around) as here,
        at_the_end(kept(here, keeper), stack.database_url, committed=True, door=door) as threshold,
    ):
        first = here.message(FIRST)
        await here.deliver(first)
        await here.until(first.turn_id, "text.delta")
        steering = here.message(QUICK, on_busy=BusyPolicy.STEER)
        assert (await here.deliver(steering)).turn_id == first.turn_id
        withdrawn, following = await enqueued(here, 2)
        await take_back(here, withdrawn)
        held.release.set()
        await threshold.reached.wait()
        async with told_at_once(here, keeper):
            await here.handle.cancel()
            threshold.release.set()
        await here.idle()
        assert await outcomes(here, [first, withdrawn, following]) == [
            Outcome.COMPLETED,
            Outcome.WITHDRAWN,
            Outcome.COMPLETED,
        ]
        page = await here.conversations.messages(
            here.scope, here.conversation_id, limit=50, cursor=None
        )
        said = [message.id for message in page.items if message.role == "user"]
        assert said.count(steering.message_id) == 1


async def test_a_late_stop_that_names_nobody_spares_what_comes_after_it(stack: Stack) -> None:
    async with (
        lab(stack, workers=0, limits=SHARES) as here,
        at_the_end(here, stack.database_url, committed=True) as threshold,
    ):
        first, late = here.message(QUICK), here.message(QUICK)
        await here.deliver(first)
        await threshold.reached.wait()
        await stop(here, None)
        await here.deliver(late)
        threshold.release.set()
        await here.idle()
        assert await outcomes(here, [first, late]) == [Outcome.COMPLETED] * 2


async def test_a_stop_that_names_nobody_stops_the_turn_that_runs_and_no_other(
    stack: Stack,
) -> None:
    async with lab(stack) as here:
        first = here.message("@offline tokens=2000 gap_ms=25")
        await here.deliver(first)
        (following,) = await enqueued(here, 1)
        await here.until(first.turn_id, "text.delta")
        await stop(here, None)
        await here.idle()
        assert await outcomes(here, [first, following]) == [Outcome.STOPPED, Outcome.COMPLETED]
