"""The path that a fork copies, and the ids of the copies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from uuid import UUID

from adapters.store.session import Session
from domain.ports.branches import MOST_FORKED
from models import ids
from models.errors import NotFoundError, TooLargeError
from models.payloads.chat import Role

# OFFSET 0 has each row looked up by its id, as in `window`.
_PATH = """
WITH RECURSIVE path AS (
    SELECT id, parent_id, position, role, turn_id, step, 1 AS depth FROM message
    WHERE space_id = $1 AND conversation_id = $2 AND id = $3 AND NOT withdrawn
    UNION ALL
    SELECT m.id, m.parent_id, m.position, m.role, m.turn_id, m.step, p.depth + 1 FROM path p
    CROSS JOIN LATERAL (SELECT * FROM message
        WHERE space_id = $1 AND conversation_id = $2 AND id = p.parent_id OFFSET 0) m
    WHERE p.depth <= $4
)
SELECT p.*, t.user_message_id AS question FROM path p
LEFT JOIN LATERAL (SELECT user_message_id FROM turn
    WHERE space_id = $1 AND id = p.turn_id OFFSET 0) t ON true
ORDER BY p.position
"""
_TURNS = """
SELECT t.id, t.number, t.outcome IS NULL AS open, (SELECT max(m.step) FROM message m
    WHERE m.space_id = $1 AND m.turn_id = t.id AND NOT m.withdrawn) AS last_step
FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (SELECT * FROM turn WHERE space_id = $1 AND id = wanted.id OFFSET 0) t
"""


@dataclass(frozen=True, slots=True)
class CopiedTurn:
    """A question on the path with what was said below it, and its copy."""

    turn: UUID
    number: int
    copy: UUID
    asked: UUID
    """The copy of its question."""
    step: int
    """The last one on the path; 0 for none."""
    whole: bool
    messages: Mapping[UUID, UUID]
    """Copies by what they are of."""


async def path_of(session: Session, conversation_id: UUID, leaf: UUID) -> Sequence[Any]:
    """From the root to the message. NotFoundError("message_not_found"), TooLargeError."""
    key = session.scope.space_id, conversation_id
    rows: Sequence[Any] = await session.fetch(_PATH, *key, leaf, MOST_FORKED)
    if not rows:
        raise NotFoundError("There is no such message.", code="message_not_found")
    if len(rows) > MOST_FORKED:
        raise TooLargeError(
            f"More than {MOST_FORKED} messages are not copied at once: begin further up.",
            code="conversation_too_long",
        )
    return rows


async def copied_turns(
    session: Session, fork_id: UUID, path: Sequence[Mapping[str, Any]]
) -> list[CopiedTurn]:
    """In the order of the path, numbered as they are. What a caller brought along is of none."""
    stretches = [(_turn(stretch), stretch) for stretch in _stretches(path)]
    wanted = [turn for turn, _ in stretches]
    rows = await session.fetch(_TURNS, session.scope.space_id, wanted)
    held = {row["id"]: row for row in rows}
    return [_copied(fork_id, held[turn], stretch) for turn, stretch in stretches]


def _stretches(path: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    stretch: list[Mapping[str, Any]] = []
    for row, below in zip_longest(path, path[1:]):
        # What was brought along is a question where another answer to it stands below.
        answers = row["question"] or (below is not None and below["question"])
        asked = row["role"] == Role.USER and answers == row["id"]
        if asked and stretch:
            yield stretch
            stretch = []
        if asked or row["question"] is not None:
            stretch.append(row)
    if stretch:
        yield stretch


def _turn(stretch: Sequence[Mapping[str, Any]]) -> UUID:
    """That answers the question on this path; without an answer the one that it began."""
    spoken = (row["turn_id"] for row in stretch if row["role"] == Role.ASSISTANT)
    found: UUID = next(spoken, stretch[0]["turn_id"])
    return found


def _copied(
    fork_id: UUID, turn: Mapping[str, Any], stretch: Sequence[Mapping[str, Any]]
) -> CopiedTurn:
    """With the ids that a turn of the fork's own would have."""
    asked = ids.copied_message_id(fork_id, stretch[0]["id"])
    copy = ids.turn_id(fork_id, asked)
    last = max((row["step"] for row in stretch if row["step"] is not None), default=None)
    messages = {
        row["id"]: ids.copied_message_id(fork_id, row["id"])
        if row["role"] == Role.USER
        else ids.answer_id(copy, row["step"])
        for row in stretch
    }
    return CopiedTurn(
        turn=turn["id"],
        number=turn["number"],
        copy=copy,
        asked=asked,
        step=last or 0,
        whole=not turn["open"] and turn["last_step"] == last,
        messages=messages,
    )
