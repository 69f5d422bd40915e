"""Row 8: the model's provider refuses for a while, and says how long, or does not."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from activities.failures import JITTER
from tests.chaos.fault import Fault
from tests.chaos.faults.asked import (
    POLICY,
    Asked,
    Call,
    Case,
    ask_all,
    called_as_allowed,
    ended_as_asked,
    model_calls,
)
from tests.chaos.scene import Scene
from tests.chaos.violation import Violation

UNNAMED = "429 without Retry-After"
SPREAD = ("429, seconds", "429, a date", UNNAMED)
# Fewer returns than these may come close together by chance.
ENOUGH = 8
# A pause of the policy's that is long beside a loaded machine's own delays: 1.6 s.
JUDGED_PAUSE = 4


class ModelLimited(Fault):
    """Waits are kept, refused turns come back apart, and nobody asks more often than allowed."""

    number = 8
    name = "model answers 429, with and without Retry-After"
    recovery = "–"

    def __init__(self, turns: int, *, short_runs: int, full_runs: int) -> None:
        """`turns` of each kind that mends."""
        self.short_runs, self.full_runs = short_runs, full_runs
        few = max(turns // 4, 2)
        self._cases = (
            Case(SPREAD[0], turns, "fail=429 retry_after=1.5 times=2", calls=3),
            Case(SPREAD[1], turns, "fail=429 retry_after=2 retry_date=1 times=1", calls=2),
            Case(UNNAMED, turns, "fail=429 times=4", calls=5),
            Case("429 inside the answer", few, "fail=429 after=3 times=1", calls=2),
            Case("429 for ever", few, "fail=429 retry_after=0.3", end="model_overloaded"),
            Case(
                "429 for longer than a turn may take", few, "fail=429 retry_after=3000",
                end="model_overloaded", calls=1,
            ),
        )  # fmt: skip
        self._asked: list[Asked] = []

    async def run(self, scene: Scene) -> None:
        self._asked = await ask_all(scene, self._cases)

    async def verify(self, scene: Scene) -> None:
        calls = await model_calls(scene.site)
        scene.violations += ended_as_asked(await scene.evidence(), self._asked)
        scene.violations += called_as_allowed(calls, self._asked)
        scene.violations += self._too_early(calls)
        scene.violations += self._in_step(scene, calls)

    def _too_early(self, calls: Mapping[UUID, Sequence[Call]]) -> Iterator[Violation]:
        for one in self._asked:
            subject = f"message {one.sent.message_id}"
            for before, after in pairwise(calls.get(one.sent.message_id, ())):
                if before.until is not None and after.at < before.until:
                    early = f"asked again {before.until - after.at:.3f} s before its time"
                    yield Violation("row 8", subject, f"{one.case.name}: {early}")

    def _in_step(self, scene: Scene, calls: Mapping[UUID, Sequence[Call]]) -> Iterator[Violation]:
        """Turns that were refused together come back apart: by half of the jitter at least."""
        for name in SPREAD:
            waits = list(self._waits(name, calls))
            if len(waits) < ENOUGH:
                continue
            wide = max(spread for spread, _ in waits) - min(spread for spread, _ in waits)
            scene.facts[f"{name}: returns within s"] = round(wide, 3)
            if wide < waits[0][1] * JITTER / 2:
                said = f"{len(waits)} refused turns came back within {wide:.3f} s of each other"
                yield Violation("row 8", name, said)

    def _waits(
        self, name: str, calls: Mapping[UUID, Sequence[Call]]
    ) -> Iterator[tuple[float, float]]:
        """How long each turn stayed away beyond the wait, and the wait, in seconds."""
        place = JUDGED_PAUSE if name == UNNAMED else 1
        for one in self._asked:
            came = calls.get(one.sent.message_id, ())
            if one.case.name != name or len(came) <= place:
                continue
            before, after = came[place - 1], came[place]
            over = before.at + _pause(place) if before.until is None else before.until
            yield after.at - over, over - before.at


def _pause(failures: int) -> float:
    """Seconds after so many failures, as the policy has them."""
    seconds = POLICY.initial_interval.total_seconds()
    return float(seconds * POLICY.backoff_coefficient ** (failures - 1))
