"""Turns whose model misbehaves as they ask for, and what it was asked in them."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
from temporalio.common import RetryPolicy

from tests.chaos.evidence import Evidence, Sent
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.stored import reading
from tests.chaos.violation import Violation
from workflows import policies

MARK = "chaos "
# Turns whose beginning is waited for at once: more of them only queue.
BEGINNING = 32
ANSWERS = frozenset({"responses.create", "chat"})
# How a turn's model calls are repeated, whatever its agent.
POLICY = policies.think(1, "direct", timedelta(minutes=10))["retry_policy"] or RetryPolicy()
MOST_CALLS = POLICY.maximum_attempts
_ENDED = "SELECT count(*) FROM turn WHERE outcome IS NOT NULL AND conversation_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class Case:
    """Turns of one kind: what their model does, how they end, how often it is asked."""

    name: str
    count: int
    directive: str
    end: str = "completed"
    """The outcome, or the code of a failure."""
    calls: int | None = None
    """New answers that the model is asked for; None for any number up to the policy's."""
    tokens: int = 12
    agent: str = "direct"
    text: str | None = None
    """The answer, when it is not so many numbered words; empty when it cannot be known."""
    lost: int = 0
    """Model calls that come to nothing before a word of them is seen."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the model server was asked, and when, in seconds since the epoch."""

    at: float
    until: float | None
    """Before this it was not to be asked again."""
    left: float | None
    """The worker gave up on an answer that hung."""
    status: str


@dataclass(frozen=True, slots=True)
class Asked:
    case: Case
    sent: Sent


async def ask(scene: Scene, case: Case, *, watched: bool = True) -> Asked:
    """One turn of its kind, in a conversation of its own, watched from its beginning or by
    nobody."""
    message_id = uuid4()
    content = f"{MARK}{message_id}\n@offline tokens={case.tokens} {case.directive}"
    if watched:
        conversation_id = await scene.conversation(case.agent)
        await scene.watch(conversation_id)
        sent = await scene.send(conversation_id, content, message_id=message_id, tokens=case.tokens)
    else:
        body = {"id": str(message_id), "content": content, "agent": case.agent}
        told = await scene.client.post("/v1/messages", body)
        place, turn = UUID(told["conversation_id"]), UUID(told["turn_id"])
        sent = scene.told(place, message_id, turn, tokens=case.tokens)
    ends = frozenset() if case.end == "completed" else frozenset({case.end})
    text = sent.text if case.text is None else case.text or None
    sent = scene.sent[message_id] = replace(sent, may_end=ends, text=text, lost=case.lost)
    return Asked(case, sent)


async def ask_all(scene: Scene, cases: Iterable[Case], *, watched: bool = True) -> list[Asked]:
    """All of them, in an order that the seed decides; returns when each is accepted."""
    turns = [case for case in cases for _ in range(case.count)]
    scene.random.shuffle(turns)
    few = asyncio.Semaphore(BEGINNING)

    async def begun(case: Case) -> Asked:
        async with few:
            return await ask(scene, case, watched=watched)

    return list(await asyncio.gather(*(begun(case) for case in turns)))


async def all_ended(scene: Scene, asked: Iterable[Asked]) -> None:
    """Until each of their turns has ended. TimeoutError."""
    conversations = [one.sent.conversation_id for one in asked]
    async with asyncio.timeout(TURN_SECONDS), reading(scene.site) as connection:
        while await connection.fetchval(_ENDED, conversations) < len(conversations):  # noqa: ASYNC110 - Postgres sets no event
            await asyncio.sleep(0.2)


async def model_calls(site: Site, kinds: frozenset[str] = ANSWERS) -> Mapping[UUID, Sequence[Call]]:
    """The ledger of the model server, by message, oldest first: new answers, or of these kinds."""
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        answer = await http.get(site.ledger_url, params={"marker": MARK})
    found: dict[UUID, list[Call]] = {}
    for item in answer.json()["items"]:
        if item["kind"] in kinds:
            message_id = UUID(item["marker"][len(MARK) : len(MARK) + 36])
            call = Call(item["at"], item["until"], item["left"], item["status"])
            found.setdefault(message_id, []).append(call)
    return found


def ended_as_asked(evidence: Evidence, asked: Iterable[Asked]) -> Iterator[Violation]:
    """Also those that could have been answered and should not: their model never mended."""
    for one in asked:
        for turn in evidence.logs[one.sent.conversation_id].turns:
            if turn.message_id == one.sent.message_id and turn.end != one.case.end:
                said = f"{one.case.name}: ended as {turn.end}, not {one.case.end}"
                yield Violation("survival", f"turn {turn.id}", said)


def called_as_allowed(
    calls: Mapping[UUID, Sequence[Call]], asked: Iterable[Asked]
) -> Iterator[Violation]:
    """No more calls than the policy says, and no fewer than it takes."""
    for one in asked:
        count = len(calls.get(one.sent.message_id, ()))
        wanted = one.case.calls
        if not (1 <= count <= MOST_CALLS if wanted is None else count == wanted):
            said = f"{one.case.name}: {count} model calls, not {wanted or f'1 to {MOST_CALLS}'}"
            yield Violation("calls", f"message {one.sent.message_id}", said)
