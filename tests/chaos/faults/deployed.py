"""Row 19: changed workflows are deployed beside open runs, ramped up, and taken back."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from adapters.deployment import Deployment, patiently
from cli.routing import back
from local import product
from local.log import LogFiles
from local.paths import Folder
from local.process import always_ready
from local.supervisor import Supervisor
from local.temporal import NAMESPACE
from models.payloads.scope import Scope
from queues.running import workflow_runner
from tests.chaos.fault import Fault
from tests.chaos.histories import OTHER_CODE
from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import WORKERS, Site
from tests.chaos.timing import Times
from tests.chaos.versions import Ran, ran
from tests.chaos.violation import Violation
from tests.replay.changing import changed
from workflows.turn import TurnWorkflow

OLD, NEW = "today", OTHER_CODE
DEPLOYMENT = {"HOLDFAST_TEMPORAL__DEPLOYMENT": "", "HOLDFAST_TEMPORAL__BUILD_ID": ""}
WORKER_SECONDS = 60.0

WAITING, STREAMING, QUEUED, IDLE, RAMPED = 30, 45, 25, 20, 40
# Slow and long: they must outlast a switch on a busy machine.
TOKENS, GAP_MS = (150, 200), 150
SHORT = (3, 5)


@dataclass
class Told:
    """What turns must have run on, by what they were."""

    old: set[UUID] = field(default_factory=set)
    new: set[UUID] = field(default_factory=set)
    ramped: dict[UUID, list[UUID]] = field(default_factory=dict)
    """Turns of each conversation that spoke during the ramp."""
    queued: dict[UUID, UUID] = field(default_factory=dict)
    """Turns behind others, by the turn before them."""


class Deployed(Fault):
    """A hundred open runs: streams, approvals, queues. None of them may notice."""

    number = 19
    name = "changed workflows deployed under 100 open runs, ramped, taken back"
    recovery = "–"
    short_runs = 0
    full_runs = 1

    def __init__(self) -> None:
        self._deployment: Deployment
        self._client: Client
        self._new: Supervisor
        self._told = Told()
        self._talks: dict[UUID, tuple[Reader, int]] = {}
        """Readers of idle conversations, and how many turns each has seen."""

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        """Workers of today's code as a version; the changed ones' supervisor. Afterwards all is as
        it was, when no run is open on either."""
        name = f"chaos-{uuid4().hex[:8]}"
        self._client = await Client.connect(
            site.temporal_address, namespace=NAMESPACE, data_converter=pydantic_data_converter
        )
        self._deployment = Deployment(self._client, name)
        folder = Folder.made(site.folder / "changed")
        self._new = Supervisor(folder, LogFiles(folder, _silent).show, _unnoticed)
        async with site.exchanged(worker=_environment(name, OLD)):
            environment = {**site.environment("worker"), **_environment(name, NEW)}
            code = await asyncio.to_thread(
                changed, site.folder.parent / "code", site.folder.parent / "changed-code"
            )
            program = product.worker(WORKERS, environment, always_ready)
            argv = (sys.executable, str(code / "worker.py"))
            self._program = replace(program, argv=argv, cwd=code)
            await self._current(OLD)
            try:
                yield
            finally:
                await self._deployment.make_current("")
                await self._new.stop_all(first=("worker",))

    async def run(self, scene: Scene) -> None:
        self._told, self._talks = Told(), {}
        idle = [await self._said(scene, await scene.conversation()) for _ in range(IDLE)]
        await self._new.start(self._program)
        await self._ramp(scene)
        open_ones = await self._under_way(scene)
        loop = asyncio.get_running_loop()
        scene.strike()
        began = loop.time()
        await self._current(NEW)
        switched = loop.time()
        scene.facts["seconds to switch"] = switched - began
        self._told.new |= set(await asyncio.gather(*(self._turn(scene, one) for one in idle)))
        fresh = [await scene.conversation() for _ in range(IDLE)]
        self._told.new |= set(await asyncio.gather(*(self._turn(scene, one) for one in fresh)))
        await asyncio.gather(*(scene.approve(one) for one in open_ones.waiting))
        await asyncio.gather(*(one.ended(TURN_SECONDS) for one in open_ones.streams))
        silences = (_longest_silence(one, began) for one in open_ones.streams)
        scene.facts["longest silence of a stream at the switch"] = max(silences)
        self._sort(open_ones, switched)
        await self._taken_back(scene, idle)

    async def _taken_back(self, scene: Scene, idle: list[UUID]) -> None:
        """With turns open on the new version, which end there."""
        streams = [await scene.conversation() for _ in range(10)]
        readers = [await scene.watch(one) for one in streams]
        sent = [await scene.ask(one, 80, GAP_MS) for one in streams]
        self._told.new |= {turn for one in sent for turn in one.told}
        await asyncio.gather(*(one.until(TURN_SECONDS, "text.delta") for one in readers))
        await back(self._deployment)
        self._told.old |= set(await asyncio.gather(*(self._turn(scene, one) for one in idle)))
        await asyncio.gather(*(one.ended(TURN_SECONDS) for one in readers))
        for reader, turns in self._talks.values():
            reader.expect(turns)

    async def _ramp(self, scene: Scene) -> None:
        await patiently(lambda: self._deployment.ramp(NEW, 50), WORKER_SECONDS)
        conversations = [await scene.conversation() for _ in range(RAMPED)]
        for _ in range(2):
            turns = await asyncio.gather(*(self._turn(scene, one) for one in conversations))
            for conversation_id, turn in zip(conversations, turns, strict=True):
                self._told.ramped.setdefault(conversation_id, []).append(turn)
        await back(self._deployment)

    async def _under_way(self, scene: Scene) -> "_Open":
        """A hundred open runs on the old version."""
        streams = [self._stream(scene) for _ in range(STREAMING + QUEUED)]
        begun = await asyncio.gather(*streams)
        waiting = await asyncio.gather(*(scene.note() for _ in range(WAITING)))
        open_ones = _Open(list(waiting), [one[0] for one in begun], [one[1] for one in begun])
        behind = [self._queue(scene, reader) for reader in open_ones.streams[:QUEUED]]
        turns = await asyncio.gather(*behind)
        self._told.queued = dict(zip(open_ones.turns, turns, strict=False))
        for reader in waiting:
            await reader.until(TURN_SECONDS, "approval.requested")
        asking = {reader.seen.conversation_id for reader in waiting}
        asked = [sent for sent in scene.sent.values() if sent.conversation_id in asking]
        self._told.old |= {turn for sent in asked for turn in sent.told} | set(open_ones.turns)
        ended = sum(any(f.kind == "turn.completed" for f in r.seen.frames) for r in open_ones.all)
        scene.facts["open runs at the switch"] = len(open_ones.all) - ended
        return open_ones

    async def _stream(self, scene: Scene) -> tuple[Reader, UUID]:
        conversation_id = await scene.conversation()
        reader = await scene.watch(conversation_id)
        sent = await scene.ask(conversation_id, scene.random.randint(*TOKENS), GAP_MS)
        [turn] = sent.told
        return reader, turn

    async def _queue(self, scene: Scene, reader: Reader) -> UUID:
        """One more message, behind the running one."""
        reader.expect(2)
        [turn] = (await scene.ask(reader.seen.conversation_id, *SHORT)).told
        return turn

    def _sort(self, open_ones: "_Open", switched: float) -> None:
        """What was queued behind a turn that outlasted the switch must have moved."""
        for reader, turn in zip(open_ones.streams[:QUEUED], open_ones.turns, strict=False):
            ends = [frame.at for frame in reader.seen.frames if frame.kind == "turn.completed"]
            if ends[0] > switched:
                self._told.new.add(self._told.queued[turn])

    async def _said(self, scene: Scene, conversation_id: UUID) -> UUID:
        """The conversation, after a turn on the old version."""
        self._told.old.add(await self._turn(scene, conversation_id))
        return conversation_id

    async def _turn(self, scene: Scene, conversation_id: UUID) -> UUID:
        """One more turn of an idle conversation, to its end, before the same reader."""
        reader, turns = self._talks.pop(conversation_id, (None, 0))
        if reader is None:
            reader = await scene.watch(conversation_id, turns=10**6)
        self._talks[conversation_id] = (reader, turns + 1)
        [turn] = (await scene.ask(conversation_id, *SHORT)).told
        await reader.ended(TURN_SECONDS, turns + 1)
        return turn

    async def _current(self, build: str) -> None:
        await patiently(lambda: self._deployment.make_current(build), WORKER_SECONDS)

    def times(self, scene: Scene) -> Times:
        return Times()

    async def verify(self, scene: Scene) -> None:
        scope = Scope(organisation_id=scene.site.organisation_id, space_id=scene.site.space_id)
        runs = await ran(self._client, scope, {s.conversation_id for s in scene.sent.values()})
        on = {turn: run.versions for run in runs for turn in run.turns}
        for run in runs:
            if len(run.versions) > 1 or run.failures:
                said = f"ran on {run.versions}, failed tasks: {run.failures}"
                scene.violations.append(Violation("row 19", f"run {run.run_id}", said))
        for build, turns in ((OLD, self._told.old), (NEW, self._told.new)):
            wrong = {turn: on.get(turn) for turn in turns if on.get(turn) != (build,)}
            scene.violations += [
                Violation("row 19", f"turn {turn}", f"ran on {found}, not on {build}")
                for turn, found in wrong.items()
            ]
        self._ramped_alike(scene, on)
        await self._is_incompatible(scene, runs)
        scene.facts["runs on the old version"] = sum(run.versions == (OLD,) for run in runs)
        scene.facts["runs on the new version"] = sum(run.versions == (NEW,) for run in runs)
        moved = set(self._told.queued.values()) & self._told.new
        scene.facts["queued turns that moved"] = len(moved)

    def _ramped_alike(self, scene: Scene, on: dict[UUID, tuple[str, ...]]) -> None:
        """Both versions have a share, and a conversation stays with its one."""
        seen = {one: [on.get(turn) for turn in turns] for one, turns in self._told.ramped.items()}
        for conversation_id, found in seen.items():
            if len(set(found)) > 1:
                where = f"conversation {conversation_id}"
                scene.violations.append(Violation("row 19", where, f"went to and fro: {found}"))
        new = sum(found[0] == (NEW,) for found in seen.values())
        if not 0 < new < len(seen):
            said = f"{new} of {len(seen)} conversations at 50 %"
            scene.violations.append(Violation("row 19", "the ramp", said))
        scene.facts["% on the new version at 50 %"] = 100 * new / len(seen)

    async def _is_incompatible(self, scene: Scene, runs: list[Ran]) -> None:
        """Else nothing was shown: what the new version wrote must not replay on today's code."""
        written = [run.history for run in runs if run.versions == (NEW,)]
        replayer = Replayer(
            workflows=[TurnWorkflow],
            workflow_runner=workflow_runner(),
            data_converter=pydantic_data_converter,
        )
        for history in written[:3]:
            result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
            if result.replay_failure is None:
                subject = f"run {history.run_id}"
                scene.violations.append(Violation("row 19", subject, "replays on today's code"))


@dataclass
class _Open:
    waiting: list[Reader] = field(default_factory=list)
    streams: list[Reader] = field(default_factory=list)
    turns: list[UUID] = field(default_factory=list)
    """Of the streams."""

    @property
    def all(self) -> list[Reader]:
        return [*self.waiting, *self.streams]


def _longest_silence(reader: Reader, since: float) -> float:
    """Seconds without a token, within the five seconds after the switch was asked for."""
    said = [frame.at for frame in reader.seen.frames if frame.kind == "text.delta"]
    near = [at for at in said if since - 1 < at < since + 5]
    return max((after - before for before, after in itertools.pairwise(near)), default=0.0)


def _environment(name: str, build: str) -> dict[str, str]:
    return dict(zip(DEPLOYMENT, (name, build), strict=True))


def _silent(name: str, line: str) -> None:
    """Log files have what they say."""


def _unnoticed() -> None:
    """Nobody else looks at these processes."""
