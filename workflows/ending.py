"""How a turn ended, and how failures of activities read as endings."""

from dataclasses import dataclass

from temporalio.exceptions import ActivityError, ApplicationError

from models.payloads.turn import Finish, Outcome


@dataclass(frozen=True, slots=True)
class Ending:
    """`code` and `detail` are set for `failed` alone; `closed` when it is written already."""

    outcome: Outcome
    finish: Finish = Finish.STOP
    code: str | None = None
    detail: str | None = None
    closed: bool = False


def ending_of(error: BaseException) -> Ending:
    """The named failure behind an activity's error."""
    cause = error.cause if isinstance(error, ActivityError) else error
    if isinstance(cause, ApplicationError):
        return Ending(Outcome.FAILED, code=cause.type or "internal", detail=cause.message)
    return Ending(
        Outcome.FAILED,
        code="work_timed_out",
        detail="A part of the work took longer than its limit.",
    )
