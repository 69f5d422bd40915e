"""Messages that steer a turn which its run has not heard of."""

from domain.ports.transcript import ClaimedTurn, StepContext
from models.payloads.events import TurnStarted
from models.payloads.turn import Claim, IncomingMessage, Outcome
from tests.store.stage import Stage


async def first_step(
    stage: Stage, message: IncomingMessage, steering: IncomingMessage, attempt: int = 1
) -> tuple[ClaimedTurn, StepContext | None]:
    return await stage.transcript.claim_step(
        stage.turn(message),
        Claim(message=message, owner="run-1"),
        [TurnStarted(message_id=message.message_id, agent="assistant", text="one")],
        attempt,
        steered=[steering],
        characters=100_000,
    )


async def test_the_first_step_takes_what_steers_a_turn_once(stage: Stage) -> None:
    message, claimed = await stage.begin("one")
    steering = stage.message("two")

    for attempt in (1, 2):
        again, begun = await first_step(stage, message, steering, attempt)

        assert again.number == claimed.number
        assert begun is not None
        assert [found.content for found in begun.history] == ["one", "two"]
    assert (await stage.claim(steering)).taken


async def test_what_steers_a_turn_that_has_ended_is_left_to_a_turn_of_its_own(
    stage: Stage,
) -> None:
    message, _ = await stage.begin("one")
    await stage.close(message, Outcome.STOPPED)
    steering = stage.message("two")

    claimed, begun = await first_step(stage, message, steering)

    assert claimed.closed
    assert begun is None
    assert not (await stage.claim(steering)).taken
