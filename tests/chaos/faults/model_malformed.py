"""Row 11: the model's streams are damaged in every way that a seed can think of."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from local.model.fuzz import KINDS, Kind, kind_of
from models.payloads.events import ToolCompleted, ToolRequested, ToolStarted
from tests.chaos.evidence import Evidence
from tests.chaos.fault import Fault, Provider
from tests.chaos.faults.asked import (
    MARK,
    Asked,
    Case,
    all_ended,
    ask_all,
    called_as_allowed,
    ended_as_asked,
    model_calls,
)
from tests.chaos.faults.witness import Witness
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.tokens import numbered
from tests.chaos.violation import Violation

TOKENS = 9
EXPRESSION = "1000000 + 2000000 + 3000000"
CALL = f'@offline call=calculator args={{"expression": "{EXPRESSION}"}}'
# Conversations at once; each sends one damaged stream after the other, of every kind.
AT_ONCE = 16
# With its copies, one line that is refused takes some 20 MB, and a few come at once.
MOST_GROWN = 300.0  # megabytes
SNOWMAN = numbered(12).replace("w4 ", "w4☃ ")
ONCE = (
    Case("cut JSON", 2, "fail=malformed times=1", lost=1),
    Case("cut JSON in mid-answer", 2, "fail=malformed after=4 times=1"),
    Case("UTF-8 split between packets", 2, "fail=split_utf8 after=4", calls=1, text=SNOWMAN),
    Case("half a character", 2, "fail=bad_utf8 after=4 times=1", text=""),
    Case("no end", 2, "fail=truncate after=4 times=1"),
    Case("nothing but an end", 2, "fail=truncate times=1", lost=1),
    Case("a line of 10 MB", 2, "fail=huge_line after=2 times=1"),
    Case("a line without an end", 2, "fail=endless_line times=1", lost=1),
    Case("HTML with status 200", 2, "fail=html times=2", calls=3),
    Case("a repeated call id", 2, f"fail=repeat_call_id\n{CALL}", agent="general", text=""),
)
FOR_EVER = tuple(
    Case(f"{name} for ever", 1, f"fail={failure}", end="model_garbled")
    for name, failure in (
        ("cut JSON", "malformed"),
        ("HTML", "html"),
        ("10 MB lines", "huge_line"),
        ("lines without an end", "endless_line"),
    )
)
# Damage after which an answer is right word by word, or the attempt fails: an event that repeats
# the whole answer tells, where there is one. A chat server's lost or doubled chunk, and a changed
# letter anywhere, are what the model said, as far as any client can know.
TOLD: dict[Provider, frozenset[Kind]] = {
    "responses": frozenset({Kind.PACKETS, Kind.CUT, Kind.LOSE, Kind.REPEAT, Kind.SWAP}),
    "chat": frozenset({Kind.PACKETS, Kind.CUT}),
}
# What the other kinds can be mistaken for: an error that a provider sent, a refusal, a limit.
MISTAKEN = frozenset({"model_rejected", "model_call_cut", "model_answer_too_long"})


@dataclass(frozen=True, slots=True)
class Stream:
    """One damaged stream: its turn may call a tool, and is answered soundly in the end."""

    seed: int
    message_id: UUID
    conversation_id: UUID
    calls: bool

    @property
    def kind(self) -> Kind:
        return kind_of(self.seed)


class ModelMalformed(Fault):
    """Each damaged stream is a named failure of its attempt or a right answer."""

    number = 11
    recovery = "–"

    def __init__(
        self, provider: Provider, streams: int, *, short_runs: int, full_runs: int
    ) -> None:
        self.provider = provider
        self.short_runs, self.full_runs = short_runs, full_runs
        language = "Responses" if provider == "responses" else "Chat Completions"
        self.name = f"model's streams are malformed, {streams} fuzzed ({language})"
        self._count = streams
        # What never mends takes a minute to be given up: once is enough.
        lasting = full_runs > 0 and provider == "chat"
        self._cases = (*ONCE, *FOR_EVER) if lasting else ONCE if full_runs else ONCE[::2]
        self._asked: list[Asked] = []
        self._streams: list[Stream] = []
        self._witness: Witness | None = None

    async def run(self, scene: Scene) -> None:
        self._streams = []
        self._witness = Witness(scene.site)
        first = scene.random.randrange(10**8) * len(KINDS)
        few = asyncio.Semaphore(AT_ONCE)

        async def some(start: int) -> None:
            async with few:
                await self._talk(scene, range(start, start + len(KINDS)))

        starts = range(first, first + self._count, len(KINDS))
        asking = asyncio.create_task(ask_all(scene, self._cases))
        await asyncio.gather(*(some(start) for start in starts))
        self._asked = await asking
        await all_ended(scene, self._asked)

    async def _talk(self, scene: Scene, seeds: range) -> None:
        """One conversation, a turn for each seed; every other conversation's turns call a tool."""
        calls = seeds.start // len(KINDS) % 2 == 1
        conversation_id = await scene.conversation("general" if calls else "direct")
        reader = await scene.watch(conversation_id, turns=len(seeds))
        for done, seed in enumerate(seeds, 1):
            stream = Stream(seed, uuid4(), conversation_id, calls)
            self._streams.append(stream)
            await self._send(scene, stream)
            await reader.ended(TURN_SECONDS, done)

    async def _send(self, scene: Scene, stream: Stream) -> None:
        told = stream.kind in TOLD[self.provider]
        lines = f"@offline tokens={TOKENS} reasoning=2 fail=fuzz seed={stream.seed} times=1"
        sent = await scene.send(
            stream.conversation_id,
            f"{MARK}{stream.message_id}\n{lines}" + (f"\n{CALL}" if stream.calls else ""),
            message_id=stream.message_id,
        )
        scene.sent[stream.message_id] = replace(
            sent,
            text=numbered(TOKENS) if told and not stream.calls else None,
            may_end=frozenset() if told else MISTAKEN,
            lost=1,
            torn=stream.kind not in {Kind.PACKETS, Kind.CUT},
        )

    async def verify(self, scene: Scene) -> None:
        evidence = await scene.evidence()
        scene.violations += ended_as_asked(evidence, self._asked)
        scene.violations += called_as_allowed(await model_calls(scene.site), self._asked)
        scene.violations += self._incomplete(evidence)
        scene.violations += self._not_both(evidence)
        assert self._witness is not None
        scene.violations += self._witness.unharmed()
        for code, count in self._witness.failures().items():
            scene.facts[f"attempts that failed as {code}"] = count
        grown = self._witness.grown()
        if grown > MOST_GROWN:
            scene.violations.append(
                Violation("memory", "a worker", f"grew by {grown:.0f} MB at its peak")
            )
        scene.facts["a worker grew by MB"] = round(grown)
        scene.facts["streams fuzzed"] = len(self._streams)
        self._count_ends(scene, evidence)

    def _incomplete(self, evidence: Evidence) -> Iterator[Violation]:
        """0 tools run on arguments that are only a beginning."""
        kinds = {one.message_id: one.kind for one in self._streams}
        for log in evidence.logs.values():
            messages = {turn.id: turn.message_id for turn in log.turns}
            asked = {
                one.event.call_id: one.event.arguments
                for one in log.events
                if isinstance(one.event, ToolRequested)
            }
            for one in log.events:
                if not isinstance(one.event, ToolStarted) or one.turn_id is None:
                    continue
                kind = kinds.get(messages[one.turn_id])
                arguments = asked.get(one.event.call_id)
                if not self._whole(arguments, kind):
                    said = f"{kind}: a tool ran with {arguments}"
                    yield Violation("row 11", f"turn {one.turn_id}", said)

    def _whole(self, arguments: object, kind: Kind | None) -> bool:
        if not isinstance(arguments, dict):
            return False
        expression = arguments.get("expression")
        if not isinstance(expression, str):
            return False
        if kind is None or kind in TOLD[self.provider]:
            return expression == EXPRESSION
        return expression == EXPRESSION or not EXPRESSION.startswith(expression)

    def _not_both(self, evidence: Evidence) -> Iterator[Violation]:
        """Two calls under one id are two calls."""
        for one in self._asked:
            if "repeat_call_id" not in one.case.directive:
                continue
            events = evidence.logs[one.sent.conversation_id].events
            ran = sum(isinstance(event.event, ToolCompleted) for event in events)
            if ran != 2:
                said = f"{one.case.name}: {ran} of 2 calls ran"
                yield Violation("row 11", f"conversation {one.sent.conversation_id}", said)

    def _count_ends(self, scene: Scene, evidence: Evidence) -> None:
        fuzzed = {one.message_id for one in self._streams}
        for log in evidence.logs.values():
            for turn in log.turns:
                if turn.message_id in fuzzed:
                    name = f"ended {turn.end}"
                    scene.facts[name] = scene.facts.get(name, 0) + 1
