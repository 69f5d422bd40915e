"""An agent's fallback model answers where its own does not, and everything names who answered."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.store.inspection import PostgresInspection
from domain.fallback import OWN_ATTEMPTS
from domain.fold import coarse, fold
from domain.ports.conversations import TurnView
from domain.ports.inspection import Cause, TurnReport
from domain.ports.model import ChatModel
from local.stack import Stack
from models.errors import (
    ModelError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)
from models.payloads.agent import Agent
from models.payloads.chat import ChatPart, ChatRequest, Cursor, TextPart
from models.payloads.events import LoggedEvent, UsageRecorded
from models.payloads.turn import Outcome
from tests.turns.cast import Cast, an_agent
from tests.turns.held import HELD, Held
from tests.turns.lab import Lab, lab
from tests.turns.ledger import calls
from tests.turns.shapes import kinds
from workflows import policies

OWN, SECOND = "offline-1", "offline-2"
CAREFUL = an_agent("careful", fallback_model=SECOND)
CARELESS = an_agent("careless")
STUBBORN = an_agent("stubborn", fallback_model=OWN)
# The policy's own dozen take a minute.
MOST_ATTEMPTS = 4
DIALECTS = pytest.mark.parametrize("dialect", ["responses", "chat"])
ANSWERS = {"responses.create", "chat"}
# Words of a message that the model's port listens to, beside the offline model.
SILENT = "the first says nothing"
UNKNOWN, BREAKS = "the second is unknown", "the second breaks"
FORGETS, HANGS = "what was kept is forgotten", "what was kept hangs"


class Listening:
    """The real model. To messages that say so, its first says nothing once it is asked; its second
    is unknown, or breaks once mid-answer; and answers that are taken up are gone, or say nothing.
    That real silence ends so is tested at the wire."""

    def __init__(self, model: ChatModel) -> None:
        self.name = model.name
        self.resumable = model.resumable
        self._model = model
        self._broken: set[str] = set()

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        said = request.messages[-1].content
        if request.model == SECOND and UNKNOWN in said:
            raise ModelRefusedError("There is no such model.", code="model_not_found")
        if resume is not None and FORGETS in said:
            raise ModelError("It is gone.", code="response_lost")
        if resume is not None and HANGS in said:
            raise ModelQuietError("It hangs.")
        breaks = request.model == SECOND and BREAKS in said and said not in self._broken
        silent = request.model == OWN and SILENT in said
        heard = 0
        async with aclosing(self._model.stream(request, resume)) as parts:
            async for part in parts:
                if silent:
                    raise ModelQuietError("It says nothing.")
                yield part
                heard += isinstance(part, TextPart)
                if breaks and heard == 3:
                    self._broken.add(said)
                    raise ModelUnavailableError("The connection broke.")

    async def cancel(self, cursor: Cursor) -> None:
        await self._model.cancel(cursor)


@pytest.fixture(scope="module")
async def labs(stack: Stack) -> AsyncIterator[Mapping[str, Lab]]:
    """A worker for each kind of provider: one that keeps responses, and one that does not."""
    cast, held = Cast(CAREFUL, CARELESS, STUBBORN), Held()

    def opened(*, chat_completions: bool) -> AbstractAsyncContextManager[Lab]:
        return lab(
            stack,
            agents=cast,
            around=lambda model: Listening(held.around(model)),
            fallback=SECOND,
            chat_completions=chat_completions,
        )

    async with opened(chat_completions=False) as keeps, opened(chat_completions=True) as forgets:
        yield {"responses": keeps, "chat": forgets}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy with fewer attempts, and without its pauses."""
    pause = timedelta(milliseconds=10)
    policy = replace(
        policies._MODEL_RETRY,
        initial_interval=pause,
        maximum_interval=pause,
        maximum_attempts=MOST_ATTEMPTS,
    )
    monkeypatch.setattr(policies, "_MODEL_RETRY", policy)


@dataclass(frozen=True)
class Played:
    """One turn in a conversation of its own, as reader, store and provider saw it."""

    view: TurnView
    seen: list[LoggedEvent]
    stored: list[LoggedEvent]
    asked: Sequence[str]
    """The models that an answer was asked of, in their order."""
    report: TurnReport

    @property
    def how(self) -> tuple[Outcome | None, str | None]:
        return self.view.outcome, self.view.error_code

    @property
    def words(self) -> list[str]:
        return [] if self.view.answer is None else self.view.answer.content.split()

    @property
    def answered_by(self) -> list[str]:
        events = [logged.event for logged in self.seen]
        return [event.model for event in events if isinstance(event, UsageRecorded)]

    @property
    def paid(self) -> list[tuple[Cause, int | None, str]]:
        """What the turn's inspection says: for what, in which attempt, which model."""
        return sorted((line.cause, line.attempt, line.model) for line in self.report.usage)


async def play(here: Lab, stack: Stack, said: str, agent: Agent = CAREFUL) -> Played:
    mark = f"mark-{uuid4()}"
    beside = await here.beside()
    sent = await beside.send(f"{mark} {said}", agent=agent)
    seen = await beside.ended(sent.turn_id)
    inspection = PostgresInspection(here.database)
    return Played(
        view=await beside.view(sent.turn_id),
        seen=seen,
        stored=await beside.whole_log(),
        asked=[one["model"] for one in await calls(stack, mark) if one["kind"] in ANSWERS],
        report=await inspection.report(beside.scope, beside.conversation_id, sent.turn_id),
    )


def fallbacks(here: Lab, reason: str) -> float:
    registry = here.adapters.meters.registry
    return registry.get_sample_value("holdfast_model_fallbacks_total", {"reason": reason}) or 0.0


def numbered(count: int) -> list[str]:
    return [f"w{index}" for index in range(count)]


@pytest.mark.usefixtures("hasty")
@DIALECTS
async def test_a_model_that_is_away_has_its_own_attempts_and_then_its_fallback_answers(
    stack: Stack, labs: Mapping[str, Lab], dialect: str
) -> None:
    here = labs[dialect]
    before = fallbacks(here, "model_unavailable")
    played = await play(here, stack, f"\n@offline tokens=3 fail=503 model={OWN}")
    assert (played.how, played.words) == ((Outcome.COMPLETED, None), numbered(3))
    assert played.asked == [OWN] * OWN_ATTEMPTS + [SECOND]
    assert played.answered_by == [SECOND]
    assert played.paid == [(Cause.STEP, None, SECOND)]
    assert "attempt.superseded" not in kinds(played.seen)
    assert fallbacks(here, "model_unavailable") == before + 1


@DIALECTS
async def test_what_no_wait_mends_is_answered_by_the_fallback_in_the_same_attempt(
    stack: Stack, labs: Mapping[str, Lab], dialect: str
) -> None:
    failures = [
        ("\n@offline tokens=2 fail=404", CAREFUL),
        (f"{SILENT}\n@offline tokens=2", CAREFUL),
        ("\n@offline tokens=2 fail=429 retry_after=3000", CARELESS),
    ]
    ended = await asyncio.gather(
        *(play(labs[dialect], stack, f"{said} model={OWN}", agent) for said, agent in failures)
    )
    for played in ended:
        assert (played.how, played.words) == ((Outcome.COMPLETED, None), numbered(2))
        assert played.asked == [OWN, SECOND]
        assert [step.attempts for step in played.report.steps] == [1]


@pytest.mark.usefixtures("hasty")
async def test_an_answer_that_has_begun_is_withdrawn_before_the_fallback_writes(
    stack: Stack, labs: Mapping[str, Lab]
) -> None:
    played = await play(labs["chat"], stack, f"\n@offline tokens=9 fail=drop after=2 model={OWN}")
    assert (played.how, played.words) == ((Outcome.COMPLETED, None), numbered(9))
    assert played.asked == [OWN] * OWN_ATTEMPTS + [SECOND]
    assert kinds(played.seen).count("attempt.superseded") == OWN_ATTEMPTS
    assert played.paid == [
        *((Cause.ATTEMPT, attempt, OWN) for attempt in range(1, OWN_ATTEMPTS + 1)),
        (Cause.STEP, None, SECOND),
    ]
    assert coarse(played.seen) == coarse(played.stored)
    assert fold(played.seen).texts == fold(played.stored).texts


@DIALECTS
async def test_what_the_fallback_would_meet_as_well_is_the_end_without_it(
    stack: Stack, labs: Mapping[str, Lab], dialect: str
) -> None:
    rejected, filtered = await asyncio.gather(
        play(labs[dialect], stack, "\n@offline fail=400"),
        play(labs[dialect], stack, "\n@offline tokens=3 finish=content_filter after=1"),
    )
    assert rejected.how == (Outcome.FAILED, "model_rejected")
    assert (filtered.how, filtered.words) == ((Outcome.COMPLETED, None), ["w0"])
    assert rejected.asked == filtered.asked == [OWN]


@pytest.mark.usefixtures("hasty")
async def test_when_both_are_away_the_turn_fails_by_name_after_as_many_calls_as_the_policy_says(
    stack: Stack, labs: Mapping[str, Lab]
) -> None:
    both, stubborn = await asyncio.gather(
        play(labs["responses"], stack, "\n@offline fail=503"),
        # A fallback that is the model itself is none.
        play(labs["responses"], stack, f"\n@offline fail=503 model={OWN}", STUBBORN),
    )
    assert both.how == stubborn.how == (Outcome.FAILED, "model_unavailable")
    assert both.asked == [*[OWN] * OWN_ATTEMPTS, SECOND, SECOND]
    assert stubborn.asked == [OWN] * MOST_ATTEMPTS


async def test_a_stopped_fallback_keeps_what_it_said_under_its_own_name(
    labs: Mapping[str, Lab],
) -> None:
    here = await labs["responses"].beside()
    sent = await here.send(f"{HELD}\n@offline tokens=3 fail=404 model={OWN}", agent=CAREFUL)
    await here.until(sent.turn_id, "text.delta")
    await here.stop(sent.turn_id)
    recorded = [
        logged.event.model
        for logged in await here.ended(sent.turn_id)
        if isinstance(logged.event, UsageRecorded)
    ]
    assert (await here.view(sent.turn_id)).outcome is Outcome.STOPPED
    assert recorded == [SECOND]


@pytest.mark.usefixtures("hasty")
async def test_a_fallback_that_is_unknown_costs_the_model_none_of_its_attempts(
    stack: Stack, labs: Mapping[str, Lab]
) -> None:
    said = f"{UNKNOWN}\n@offline tokens=2 fail=503 times={OWN_ATTEMPTS}"
    played = await play(labs["responses"], stack, said)
    assert (played.how, played.words) == ((Outcome.COMPLETED, None), numbered(2))
    assert played.asked == [OWN] * (OWN_ATTEMPTS + 1)
    assert played.answered_by == [OWN]


@DIALECTS
@pytest.mark.parametrize("failure", ["fail=404", "fail=429 retry_after=3000"])
async def test_an_answer_of_the_fallback_that_breaks_goes_on_without_asking_the_model_again(
    stack: Stack, labs: Mapping[str, Lab], dialect: str, failure: str
) -> None:
    said = f"{BREAKS}\n@offline tokens=9 gap_ms=5 {failure} model={OWN}"
    played = await play(labs[dialect], stack, said)
    assert (played.how, played.words) == ((Outcome.COMPLETED, None), numbered(9))
    # A kept answer is taken up; else the lost one is withdrawn, and paid for by its name.
    lost = dialect == "chat"
    assert played.asked == [OWN, SECOND, *([SECOND] if lost else [])]
    assert kinds(played.seen).count("attempt.superseded") == lost
    assert played.paid == [
        *([(Cause.ATTEMPT, 1, SECOND)] if lost else []),
        (Cause.STEP, None, SECOND),
    ]


async def test_an_answer_of_the_fallback_that_its_provider_forgot_is_asked_of_it_again(
    stack: Stack, labs: Mapping[str, Lab]
) -> None:
    said = f"{BREAKS} {FORGETS}\n@offline tokens=9 gap_ms=5 fail=404 model={OWN}"
    played = await play(labs["responses"], stack, said)
    assert (played.how, played.words) == ((Outcome.COMPLETED, None), numbered(9))
    assert played.asked == [OWN, SECOND, SECOND]
    assert kinds(played.seen).count("attempt.superseded") == 1
    assert played.paid == [(Cause.ATTEMPT, 1, SECOND), (Cause.STEP, None, SECOND)]


async def test_a_kept_answer_that_hangs_is_withdrawn_before_the_fallback_writes(
    stack: Stack, labs: Mapping[str, Lab]
) -> None:
    said = f"{HANGS}\n@offline tokens=9 fail=drop after=3 model={OWN}"
    played = await play(labs["responses"], stack, said)
    assert (played.how, played.words) == ((Outcome.COMPLETED, None), numbered(9))
    assert played.asked == [OWN, SECOND]
    assert kinds(played.seen).count("attempt.superseded") == 1
    assert played.paid == [(Cause.ATTEMPT, 2, OWN), (Cause.STEP, None, SECOND)]
    assert fold(played.seen).texts == fold(played.stored).texts
