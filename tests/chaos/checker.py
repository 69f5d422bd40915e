"""All invariants that a run's evidence can show."""

from tests.chaos.evidence import Evidence
from tests.chaos.readers import held_is_stored
from tests.chaos.turns import billed_once, effects_once, ended_once, rows_once
from tests.chaos.violation import Violation


def check(evidence: Evidence) -> list[Violation]:
    """I1 to I4; other spaces and histories are asked for elsewhere."""
    return [
        *ended_once(evidence),
        *effects_once(evidence),
        *billed_once(evidence),
        *rows_once(evidence),
        *held_is_stored(evidence),
    ]
