"""What happened in a turn up to one of its steps: a path may leave it there."""

from collections.abc import Sequence

from models.payloads.events import LoggedEvent


def up_to(events: Sequence[LoggedEvent], step: int) -> tuple[LoggedEvent, ...]:
    """Events of later steps are left out, and so are verdicts on their calls."""
    kept = [one for one in events if (getattr(one.event, "step", None) or 0) <= step]
    calls = {one.event.call_id for one in kept if one.event.kind == "tool.requested"}
    return tuple(one for one in kept if getattr(one.event, "call_id", None) in {None, *calls})
