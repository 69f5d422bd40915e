"""Which runs there are, and what each of them shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bench.gate.cases import Case, Harm
from bench.gate.trial import LAX, Trial
from bench.gate.victim import Way

_WAYS: Final = (Way.ADDRESS, Way.ENCODED, Way.SEARCH, Way.ENCODED_SEARCH)


@dataclass(frozen=True, slots=True)
class Run:
    name: str
    trial: Trial
    choose: Callable[[Sequence[Case]], Sequence[Case]]
    guarded: bool = True
    """False for the control, where the attacks must succeed."""


def runs(sample: int) -> Sequence[Run]:
    """All cases with rules that allow everything; every so many of them where a run only confirms
    what another one says."""
    return (
        Run("every rule allows everything", Trial(policy=LAX), list),
        *(
            Run(f"… stolen data leaves by {way.value}", Trial(policy=LAX, way=way), _stealing(at))
            for at, way in enumerate(_WAYS)
        ),
        Run("the policy that ships", Trial(), _each(sample)),
        Run("no attack, every rule allows everything", Trial(policy=LAX), harmless),
        Run("no attack, the policy that ships", Trial(), harmless),
        Run("control: no taint is seen", Trial(policy=LAX, vouched=True), _each(sample), False),  # noqa: FBT003 - the table's last column
    )


def _each(sample: int) -> Callable[[Sequence[Case]], Sequence[Case]]:
    return lambda cases: cases[::sample]


def _stealing(at: int) -> Callable[[Sequence[Case]], Sequence[Case]]:
    """Every way gets a share of the cases."""

    def choose(cases: Sequence[Case]) -> Sequence[Case]:
        return [case for case in cases if case.harm is Harm.STEALING][at :: len(_WAYS)]

    return choose


def harmless(cases: Sequence[Case]) -> Sequence[Case]:
    """Each user's task once, with nothing hidden in what the tool answers."""
    tasks = {case.asked: case for case in cases}
    return [
        replace(case, answer=case.answer.replace(case.attack, "All is well."), attack_tools=())
        for case in tasks.values()
    ]
