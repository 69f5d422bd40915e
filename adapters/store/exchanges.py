"""A conversation as its people read it: questions on the active path, with what answers each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from adapters.store import cursor as cursors
from adapters.store.history import message, siblings
from adapters.store.session import Session
from adapters.store.turns import turn_view
from domain.cutting import up_to
from domain.ports.conversations import Exchange, Page, TurnView
from domain.wire import decode
from models.payloads.chat import Role
from models.payloads.sources import Source

# Each brings its turn's events along, some kilobytes.
MOST = 100

# From the leaf, or from where the last page ended, up to the last question that is wanted, and no
# further. A user's message that its own turn did not begin with steered that turn; what a caller
# brought along is of no turn, and a question only where it was answered since. OFFSET 0 has each
# row looked up by its id, as in `window`.
_ASKED = """
    LEFT JOIN LATERAL (SELECT user_message_id FROM turn
        WHERE space_id = $1 AND id = m.turn_id OFFSET 0) t ON true
    CROSS JOIN LATERAL (SELECT t.user_message_id IS NULL AS brought, m.role = 'user' AND CASE
        WHEN t.user_message_id IS NULL THEN EXISTS (SELECT FROM turn
            WHERE space_id = $1 AND conversation_id = $2 AND user_message_id = m.id
                AND outcome IS DISTINCT FROM 'withdrawn')
        ELSE t.user_message_id = m.id END AS asked) q
"""
_WALK = f"""
WITH RECURSIVE path AS (
    SELECT m.*, q.asked, q.brought, (q.asked AND NOT m.withdrawn)::integer AS found
    FROM message m {_ASKED}
    WHERE m.space_id = $1 AND m.conversation_id = $2 AND m.id = $3
    UNION ALL
    SELECT m.*, q.asked, q.brought, p.found + (q.asked AND NOT m.withdrawn)::integer
    FROM path p
    CROSS JOIN LATERAL (SELECT * FROM message
        WHERE space_id = $1 AND conversation_id = $2 AND id = p.parent_id OFFSET 0) m {_ASKED}
    WHERE p.found < $4
)
SELECT m.*, NULL AS sources, m.content <> '' OR m.calls = '[]' AS visible
FROM path m ORDER BY m.position DESC
"""  # noqa: S608 - made of our own parts
_LEAF = "SELECT active_leaf FROM conversation WHERE space_id = $1 AND id = $2"
_ANSWERS = """
SELECT a.id, t.turns FROM unnest($3::uuid[]) AS a(id)
CROSS JOIN LATERAL (
    SELECT array_agg(id ORDER BY number) AS turns FROM turn
    WHERE space_id = $1 AND conversation_id = $2 AND user_message_id = a.id
        AND outcome IS DISTINCT FROM 'withdrawn' OFFSET 0
) t WHERE t.turns IS NOT NULL
"""
_TURNS = """
SELECT t.*, u.*, (SELECT max(m.step) FROM message m
        WHERE m.space_id = $1 AND m.turn_id = t.id AND NOT m.withdrawn) AS last_step,
    (SELECT json_agg(q.source ORDER BY q.mark) FROM turn_passage q
        WHERE q.space_id = $1 AND q.turn_id = t.id AND q.mark > 0) AS sources,
    ARRAY(SELECT e.payload FROM event e WHERE e.space_id = $1 AND e.conversation_id = $2
        AND e.turn_number = t.number ORDER BY e.sequence) AS events
FROM unnest($3::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (SELECT * FROM turn
    WHERE space_id = $1 AND conversation_id = $2 AND id = wanted.id OFFSET 0) t
CROSS JOIN LATERAL (
    SELECT coalesce(sum(u.input_tokens), 0)::bigint AS input_tokens,
        coalesce(sum(u.output_tokens), 0)::bigint AS output_tokens,
        coalesce(sum(u.cached_tokens), 0)::bigint AS cached_tokens,
        sum(u.cost_usd) AS cost_usd, bool_or(u.cost_usd IS NULL) AS unpriced
    FROM usage u WHERE u.space_id = $1 AND u.turn_id = t.id
) u
"""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A question, and what is below it on the path up to the next one, nearest first."""

    asked: Mapping[str, Any]
    below: Sequence[Mapping[str, Any]]

    @property
    def spoken(self) -> Sequence[Mapping[str, Any]]:
        return [row for row in self.below if row["role"] == Role.ASSISTANT]

    def turn(self, answers: Sequence[UUID]) -> UUID:
        """Of what was said below it; else the newest that was to answer."""
        said: Sequence[UUID] = [row["turn_id"] for row in self.spoken]
        return said[0] if said else [self.asked["turn_id"], *answers][-1]


async def exchanges_page(
    session: Session, conversation_id: UUID, *, limit: int, cursor: str | None
) -> Page[Exchange]:
    """Newest first, MOST at most."""
    key = session.scope.space_id, conversation_id
    if cursor is None:
        leaf = await session.first(_LEAF, *key)
        start = None if leaf is None else leaf["active_leaf"]
    else:
        start = cursors.read_message(cursor)
    rows = await session.fetch(_WALK, *key, start, max(1, min(limit, MOST)))
    stretches = list(_stretches(rows))
    asked = [one.asked["id"] for one in stretches]
    beside = await siblings(session, conversation_id, asked, asked=True)
    answers = {row["id"]: row["turns"] for row in await session.fetch(_ANSWERS, *key, asked)}
    turns = [one.turn(answers.get(one.asked["id"], ())) for one in stretches]
    held = {row["id"]: row for row in await session.fetch(_TURNS, *key, turns)}
    return Page(
        items=[
            _exchange(one, held[turn], beside[one.asked["id"]], answers.get(one.asked["id"], ()))
            for one, turn in zip(stretches, turns, strict=True)
            # One that is not was erased since the path was read.
            if turn in held
        ],
        next_cursor=_next(rows),
    )


def _stretches(rows: Iterable[Mapping[str, Any]]) -> Iterator[_Stretch]:
    below: list[Mapping[str, Any]] = []
    for row in rows:
        if not row["asked"]:
            below += [] if row["brought"] else [row]
            continue
        if not row["withdrawn"]:
            yield _Stretch(row, [found for found in reversed(below) if not found["withdrawn"]])
        below = []


def _next(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Above the highest message that was read."""
    if not rows or rows[-1]["parent_id"] is None:
        return None
    return cursors.position_cursor(rows[-1]["position"], rows[-1]["parent_id"])


def _exchange(
    one: _Stretch, turn: Mapping[str, Any], beside: tuple[UUID, ...], answers: Sequence[UUID]
) -> Exchange:
    last = one.spoken[-1]["step"] if one.spoken else None
    abandoned = last is None and turn["last_step"] is not None
    events = tuple(decode(payload) for payload in turn["events"])
    if last != turn["last_step"]:
        events = () if last is None else up_to(events, last)
    return Exchange(
        asked=replace(message(one.asked), siblings=beside),
        turn=_view(turn, one.spoken),
        siblings=beside,
        answers=tuple(answers),
        events=events,
        steered=tuple(message(row) for row in one.below if row["role"] == Role.USER),
        abandoned=abandoned,
    )


def _view(turn: Mapping[str, Any], spoken: Sequence[Mapping[str, Any]]) -> TurnView:
    said = [row for row in spoken if row["visible"]]
    if not said:
        return turn_view(turn, None)
    sources = tuple(Source.model_validate(source) for source in turn["sources"] or ())
    return turn_view(turn, replace(message(said[-1]), sources=sources))
