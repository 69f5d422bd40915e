"""Sessions: their end, what they were made of, their summaries."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import INSERT_USAGE, clean, dump, usage_json
from adapters.store.window import with_results
from domain.ports.transcript import UsageEntry
from models.payloads.chat import StoredMessage
from models.payloads.session import SessionEnd, SessionKey, SessionSummary

# Looked at again this soon at the earliest, while a turn is open.
SHORTEST_WAIT = timedelta(seconds=1)
# Far more than fits any summary.
MOST_MESSAGES = 1_000

# A claim and a turn's end lock the conversation too: nothing comes between the two statements.
_LOCK = "SELECT FROM conversation WHERE space_id = $1 AND id = $2 FOR NO KEY UPDATE"
_END = """
WITH ended AS (
    UPDATE session s SET ended_at = clock_timestamp()
    FROM conversation c
    WHERE s.space_id = $1 AND s.conversation_id = $2 AND s.id = $3 AND s.ended_at IS NULL
        AND c.space_id = $1 AND c.id = $2 AND c.open_turn IS NULL
        AND ($4 OR s.last_turn_at + $5 <= clock_timestamp())
    RETURNING s.id
), moved AS (
    UPDATE conversation SET state = CASE WHEN $4 THEN 'completed' ELSE 'paused' END
    WHERE space_id = $1 AND id = $2 AND state = 'active' AND EXISTS (SELECT FROM ended)
)
SELECT s.ended_at IS NOT NULL OR EXISTS (SELECT FROM ended) AS ended,
    CASE WHEN $4 THEN interval '0'
        WHEN c.open_turn IS NOT NULL THEN $5 -- its end starts the window anew
        ELSE s.last_turn_at + $5 - clock_timestamp() END AS remaining
FROM session s JOIN conversation c ON c.space_id = $1 AND c.id = $2
WHERE s.space_id = $1 AND s.conversation_id = $2 AND s.id = $3
"""
_MATERIAL = """
WITH mine AS (
    SELECT m.id, m.role, m.content, m.parent_id, m.turn_id, m.step, m.calls, t.number, m.position,
        sum(length(m.content)) OVER (ORDER BY t.number DESC, m.position DESC) AS total,
        row_number() OVER (ORDER BY t.number DESC, m.position DESC) AS place
    FROM session s
    JOIN turn t ON t.space_id = $1 AND t.conversation_id = $2
        AND t.number BETWEEN s.first_turn AND s.last_turn
    JOIN message m ON m.space_id = $1 AND m.turn_id = t.id AND NOT m.withdrawn
    WHERE s.space_id = $1 AND s.conversation_id = $2 AND s.id = $3
)
SELECT mine.*, CASE WHEN mine.calls <> '[]' THEN (
    SELECT json_object_agg(k.call_id, json_build_object('status', k.status,
        'result', left(k.result, $4), 'ended', k.ended_at IS NOT NULL))
    FROM tool_call k WHERE k.space_id = $1 AND k.turn_id = mine.turn_id AND k.step = mine.step
) END AS results
FROM mine WHERE (total <= $4 OR place = 1) AND place <= $5 ORDER BY number, position
"""
_SAVE = f"""
WITH saved AS (
    UPDATE session SET title = $5, summary = $6, entities = $7, action_items = $8, memory = $9,
        extractive = $10, summarised_at = clock_timestamp()
    WHERE space_id = $1 AND conversation_id = $3 AND id = $4 AND summarised_at IS NULL
    RETURNING id
), titled AS (
    UPDATE conversation SET title = $5, provisional = false, updated_at = clock_timestamp()
    WHERE space_id = $1 AND id = $3 AND (title IS NULL OR provisional)
        AND EXISTS (SELECT FROM saved)
), holder AS (
    SELECT c.created_by AS user_id, c.agent FROM saved, conversation c
    WHERE c.space_id = $1 AND c.id = $3
)
{INSERT_USAGE.format(turn="NULL", entries="$11")}
"""  # noqa: S608 - made of our own parts
_SAVED = """
SELECT s.title, s.summary, s.entities, s.action_items, s.memory, s.extractive,
    c.title = s.title AS titled
FROM session s JOIN conversation c ON c.space_id = $1 AND c.id = $2
WHERE s.space_id = $1 AND s.conversation_id = $2 AND s.id = $3
"""


class PostgresSessions(Repository):
    async def end(self, session: SessionKey) -> SessionEnd:
        """A session that was erased has ended too."""

        async def work(transaction: Session) -> SessionEnd:
            key = session.scope.space_id, session.conversation_id
            await transaction.fetch(_LOCK, *key)
            row = await transaction.first(
                _END, *key, session.session_id, session.closed, session.idle_window
            )
            if row is None or row["ended"]:
                return SessionEnd()
            return SessionEnd(remaining=max(row["remaining"], SHORTEST_WAIT))

        return await self._run(session.scope, work)

    async def material(self, session: SessionKey, *, characters: int) -> Sequence[StoredMessage]:
        """Nothing when it was erased."""

        async def work(transaction: Session) -> Sequence[StoredMessage]:
            key = session.scope.space_id, session.conversation_id
            rows = await transaction.fetch(
                _MATERIAL, *key, session.session_id, characters, MOST_MESSAGES
            )
            return list(with_results([dict(row) for row in rows]))

        return await self._run(session.scope, work)

    async def save(
        self, session: SessionKey, summary: SessionSummary, usage: UsageEntry | None
    ) -> tuple[SessionSummary, bool] | None:
        async def work(transaction: Session) -> tuple[SessionSummary, bool] | None:
            document = summary.model_dump(mode="json")
            await transaction.fetch(
                _SAVE,
                session.scope.space_id,
                session.scope.organisation_id,
                session.conversation_id,
                session.session_id,
                clean(summary.title),
                clean(summary.summary),
                dump(document["entities"]),
                dump(document["action_items"]),
                dump(document["memory"]),
                summary.extractive,
                usage_json(session.session_id, [("summary", usage)]),
            )
            row = await transaction.first(
                _SAVED, session.scope.space_id, session.conversation_id, session.session_id
            )
            if row is None:
                return None
            return SessionSummary.model_validate(dict(row)), bool(row["titled"])

        return await self._run(session.scope, work)
