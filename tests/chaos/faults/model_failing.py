"""Row 9: the model's provider fails for 30 s: it says so, or it is not there."""

import asyncio

from tests.chaos.fault import Fault
from tests.chaos.faults.asked import (
    Asked,
    Case,
    all_ended,
    ask_all,
    called_as_allowed,
    ended_as_asked,
    model_calls,
)
from tests.chaos.faults.load import streams
from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.timing import Times

OUTAGE_SECONDS = 30.0
LASTS = f"lasts={OUTAGE_SECONDS:g}"
CASES = (
    Case("500 for 30 s", 10, f"fail=500 {LASTS}"),
    Case("503 for 30 s", 10, f"fail=503 {LASTS}"),
    Case("500 inside each answer for 30 s", 5, f"fail=500 after=3 {LASTS}"),
    Case("503 for 8 s, which says 3", 5, "fail=503 lasts=8 retry_after=3"),
    Case("503 for ever", 3, "fail=503", end="model_unavailable"),
)
STREAMS = 10
GAP_MS = 40
# Sent while nothing answers, one after another.
MESSAGES = 10
BETWEEN_SECONDS = 1.0


def _after_outage(scene: Scene, readers: list[Reader]) -> Times:
    """From the outage's end to the turn's, of those that waited for it."""
    times = Times()
    if scene.fault_at is None:
        return times
    over = scene.fault_at + OUTAGE_SECONDS
    for reader in readers:
        ends = [frame.at for frame in reader.seen.frames if frame.kind == "turn.completed"]
        times.ending += [at - scene.fault_at for at in ends if at > scene.fault_at]
        times.recovery += [at - over for at in ends if at > over]
    return times


class ModelFailing(Fault):
    """Turns outlast what lasts 30 s, and end by name when it lasts for ever."""

    number = 9
    name = f"model answers 500 or 503 for {OUTAGE_SECONDS:g} s"
    recovery = "answer behind the outage"
    short_runs = 0
    full_runs = 1

    def __init__(self) -> None:
        self._asked: list[Asked] = []

    async def run(self, scene: Scene) -> None:
        scene.strike()
        self._asked = await ask_all(scene, CASES)
        await all_ended(scene, self._asked)

    async def verify(self, scene: Scene) -> None:
        scene.violations += ended_as_asked(await scene.evidence(), self._asked)
        scene.violations += called_as_allowed(await model_calls(scene.site), self._asked)

    def times(self, scene: Scene) -> Times:
        lasting = {one.sent.conversation_id for one in self._asked if LASTS in one.case.directive}
        readers = [one for one in scene.readers if one.seen.conversation_id in lasting]
        return _after_outage(scene, readers)


class ModelAway(Fault):
    """Connections break in the middle of answers, and none can be made: what the provider kept is
    lost with it. New turns come meanwhile."""

    number = 9
    name = f"model server down for {OUTAGE_SECONDS:g} s, under answers and new turns"
    recovery = "answer behind the outage"
    short_runs = 0
    full_runs = 1

    async def run(self, scene: Scene) -> None:
        await streams(scene, STREAMS, tokens=(120, 200), gap_ms=GAP_MS, spread=1.0)
        await asyncio.sleep(scene.random.uniform(0.5, 1.5))
        scene.strike()
        await scene.site.down("model", OUTAGE_SECONDS)
        for _ in range(MESSAGES):
            await scene.answered(20, 10, agent=scene.random.choice(["direct", "general"]))
            await asyncio.sleep(BETWEEN_SECONDS)
        # It returns by itself: whoever brought it up now would end the outage.
        await asyncio.gather(*(reader.ended(TURN_SECONDS) for reader in scene.readers))

    def times(self, scene: Scene) -> Times:
        return _after_outage(scene, scene.readers)
