"""A session outlasts the store's absence, however often its workflow has to ask."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.workflow import ActivityConfig

from activities.failures import JITTER, reported
from activities.sessions import MODEL_ATTEMPTS
from adapters.store.database import Database
from adapters.store.sessions import PostgresSessions
from domain.ports.transcript import UsageEntry
from local.stack import Stack
from models.errors import ModelUnavailableError, UnavailableError
from models.payloads.chat import StoredMessage
from models.payloads.session import SessionEnd, SessionKey, SessionSummary
from tests.turns.lab import Lab, lab
from tests.turns.summaries import Summaries
from tests.turns.test_ending import session_runs
from tests.turns.test_sessions import SAID, USUAL, run_of, sessions, summarised
from tests.waiting import until
from workflows import policies

# More attempts than may ask the model.
LONG = MODEL_ATTEMPTS + 1


class Outage:
    """Fails what sessions ask of the store, each so often before it does it."""

    def __init__(self, **times: int) -> None:
        self._left = times

    def around(self, database: Database) -> PostgresSessions:
        return _Sessions(database, self)

    def over(self) -> None:
        self._left.clear()

    def meet(self, what: str) -> None:
        left = self._left.get(what, 0)
        if left:
            self._left[what] = left - 1
            raise UnavailableError("The store is away.")


class _Sessions(PostgresSessions):
    def __init__(self, database: Database, outage: Outage) -> None:
        super().__init__(database)
        self._outage = outage

    async def end(self, session: SessionKey) -> SessionEnd:
        self._outage.meet("end")
        return await super().end(session)

    async def material(self, session: SessionKey, *, characters: int) -> Sequence[StoredMessage]:
        self._outage.meet("material")
        return await super().material(session, characters=characters)

    async def save(
        self, session: SessionKey, summary: SessionSummary, usage: UsageEntry | None
    ) -> tuple[SessionSummary, bool] | None:
        self._outage.meet("save")
        return await super().save(session, summary, usage)


Begin = Callable[[Outage], Outage]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Let an outage begin, for workers that are made from then on. Its pauses take no time."""

    def begun(outage: Outage) -> Outage:
        monkeypatch.setattr("queues.turns.PostgresSessions", outage.around)
        return outage

    monkeypatch.setattr(
        "activities.failures.pause_before_retry", lambda *_, **__: timedelta(milliseconds=1)
    )
    return begun


async def closed(here: Lab) -> None:
    """One session, closed by a person; its workflow ends well."""
    await here.answer(SAID)
    # The turn's end has started it: what comes now is of this run.
    await until(lambda: session_runs(here))
    await here.close()
    await (await run_of(here)).result()


@pytest.mark.parametrize("policy", [policies.end_session(), policies.summarise()])
def test_attempts_have_no_end_but_days(policy: ActivityConfig) -> None:
    retrying, within = policy["retry_policy"], policy["schedule_to_close_timeout"]
    assert retrying is not None
    assert within is not None
    assert retrying.maximum_attempts == 0
    assert within >= timedelta(days=1)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2.0), (20, 30 * (1 - JITTER))])
async def test_their_pauses_grow_beyond_what_the_store_asks_for(
    attempt: int, seconds: float
) -> None:
    environment = ActivityEnvironment()
    policy = policies.end_session()["retry_policy"]
    environment.info = replace(environment.info, attempt=attempt, retry_policy=policy)

    def fail() -> None:
        with reported(patient=True):
            raise UnavailableError("The store is away.")

    with pytest.raises(ApplicationError) as failed:
        environment.run(fail)
    assert failed.value.next_retry_delay is not None
    assert failed.value.next_retry_delay.total_seconds() >= seconds


async def test_closing_again_revives_a_session_that_was_given_up(
    stack: Stack, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = policies.end_session()
    policy["retry_policy"] = RetryPolicy(maximum_attempts=2)
    monkeypatch.setattr(policies, "end_session", lambda: policy)
    outage = begin(Outage(end=LONG))
    async with lab(stack, limits=USUAL) as here:
        with pytest.raises(WorkflowFailureError):
            await closed(here)
        [session] = await sessions(here)
        assert session.ended_at is None

        outage.over()
        await here.close()
        assert (await summarised(here)).ended_at is not None


async def test_the_model_is_asked_after_any_outage_and_may_fail_then(
    stack: Stack, begin: Begin
) -> None:
    begin(Outage(material=LONG))
    summaries = Summaries([ModelUnavailableError("Away as well.")])
    async with lab(stack, limits=USUAL, around=summaries.around, extractive=False) as here:
        await closed(here)
        assert not (await summarised(here)).extractive
    assert len(summaries.asked) == 2


@pytest.mark.usefixtures("begin")
async def test_a_model_that_stays_away_is_asked_so_often_and_no_more(stack: Stack) -> None:
    summaries = Summaries([ModelUnavailableError("Away.") for _ in range(LONG)])
    async with lab(stack, limits=USUAL, around=summaries.around, extractive=False) as here:
        await closed(here)
        assert (await summarised(here)).extractive
    assert len(summaries.asked) == MODEL_ATTEMPTS


async def test_a_store_that_takes_no_summary_does_not_cost_one_model_call_after_the_other(
    stack: Stack, begin: Begin
) -> None:
    begin(Outage(save=LONG))
    summaries = Summaries()
    async with lab(stack, limits=USUAL, around=summaries.around, extractive=False) as here:
        await closed(here)
        assert (await summarised(here)).extractive
    assert len(summaries.asked) == MODEL_ATTEMPTS
