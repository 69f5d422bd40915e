"""Conversations as the edge needs them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs
from sqlalchemy import func

from adapters.store import cursor as cursors
from adapters.store.called_runs import called_runs, erase_runs
from adapters.store.history import messages_page
from adapters.store.repository import (
    Repository,
    delete_rows,
    newest_first,
    select_rows,
    update_rows,
)
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.conversations import Conversation, Message, Page, Receipt, SessionView
from models.errors import ConflictError, NotFoundError
from models.payloads.scope import Scope
from models.payloads.session import ActionItem, Entity, SessionStart
from models.states import ConversationKind, ConversationState
from models.tables.base import table
from models.tables.conversation import Conversation as ConversationRow
from models.tables.event import Event as EventRow
from models.tables.message import Message as MessageRow
from models.tables.notice import Notice as NoticeRow
from models.tables.session import Session as SessionRow
from models.tables.stored_text import StoredText as StoredTextRow
from models.tables.turn import Turn as TurnRow

MOST_SESSIONS = 100
# A message whose text is kept is sent within seconds, and then waits for a worker. Clearing must
# not take the text from it; what is older belongs to nothing that was sent.
ON_THE_WAY = timedelta(hours=1)

_CREATE = """
INSERT INTO conversation (space_id, organisation_id, id, title, agent, kind, state, created_by)
VALUES ($1, $2, $3, $4, $5, $6, 'active', $7) ON CONFLICT DO NOTHING
"""
_ONE = "SELECT * FROM conversation WHERE space_id = $1 AND id = $2"
_RECEIVING = """
SELECT c.*, r.turn_id, r.body_hash FROM conversation c
LEFT JOIN receipt r ON r.space_id = $1 AND r.conversation_id = $2 AND r.message_id = $3
WHERE c.space_id = $1 AND c.id = $2
"""
_conversation = table(ConversationRow).c
_session = table(SessionRow).c
# Turns take steps, calls, approvals and passages with them; receipts stay, so that no copy of an
# erased message ever runs.
_CLEARED = (TurnRow, MessageRow, EventRow, NoticeRow, SessionRow)


class PostgresConversations(Repository):
    async def create(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        conversation_id: UUID,
        title: str | None,
        agent: str,
        kind: ConversationKind = ConversationKind.CHAT,
    ) -> Conversation:
        """NotFoundError("space_not_found") when nothing mirrored the space yet."""

        async def work(session: Session) -> Conversation:
            try:
                await session.fetch(
                    _CREATE,
                    scope.space_id,
                    scope.organisation_id,
                    conversation_id,
                    None if title is None else clean(title),
                    agent,
                    kind.value,
                    user_id,
                )
            except asyncpg.ForeignKeyViolationError as error:
                raise NotFoundError("There is no such space.", code="space_not_found") from error
            return await _one(session, conversation_id)

        return await self._run(scope, work)

    async def get(self, scope: Scope, conversation_id: UUID) -> Conversation:
        async def work(session: Session) -> Conversation:
            return await _one(session, conversation_id)

        return await self._run(scope, work)

    async def receiving(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> tuple[Conversation, Receipt | None]:
        async def work(session: Session) -> tuple[Conversation, Receipt | None]:
            row = await session.first(_RECEIVING, scope.space_id, conversation_id, message_id)
            if row is None:
                raise _unknown()
            taken = row["turn_id"] is not None
            return _view(row), Receipt(row["turn_id"], row["body_hash"]) if taken else None

        return await self._run(scope, work)

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[Conversation]:
        limit = cursors.bounded(limit)
        chats = _conversation.kind == ConversationKind.CHAT
        statement = newest_first(scope, ConversationRow, chats, limit=limit, cursor=cursor)

        async def work(session: Session) -> Page[Conversation]:
            rows = (await session.execute(statement)).mappings().all()
            return cursors.page(
                [_view(row) for row in rows],
                limit,
                lambda last: cursors.moment_cursor(last.created_at, last.id),
            )

        return await self._run(scope, work)

    async def update(
        self,
        scope: Scope,
        conversation_id: UUID,
        *,
        title: str | None = None,
        archived: bool | None = None,
    ) -> Conversation:
        values: dict[str, Any] = {"updated_at": func.clock_timestamp()}
        if title is not None:
            values["title"] = clean(title)
        statement = update_rows(scope, ConversationRow).where(_conversation.id == conversation_id)
        if archived is not None:
            archive = ConversationState.ARCHIVED
            unarchived = func.coalesce(
                func.nullif(_conversation.state, archive.value), ConversationState.ACTIVE.value
            )
            values["state"] = archive if archived else unarchived

        async def work(session: Session) -> Conversation:
            await session.execute(statement.values(values))
            return await _one(session, conversation_id)

        return await self._run(scope, work)

    async def messages(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Message]:
        limit = cursors.bounded(limit)
        after = -1 if cursor is None else cursors.read_position(cursor)

        async def work(session: Session) -> Page[Message]:
            await _one(session, conversation_id)
            return await messages_page(session, conversation_id, limit=limit, after=after)

        return await self._run(scope, work)

    async def clear(self, scope: Scope, conversation_id: UUID) -> None:
        """The counters keep rising: readers' cursors and workflow ids stay good."""

        async def work(session: Session) -> None:
            await _lock_turns(session, conversation_id)
            row = await _locked(session, conversation_id)
            if row["open_turn"] is not None:
                raise ConflictError("A turn is running; stop it first.", code="conversation_busy")
            await erase_runs(session, await called_runs(session, conversation_id))
            for kind in _CLEARED:
                mine = table(kind).c.conversation_id == conversation_id
                await session.execute(delete_rows(scope, kind).where(mine))
            kept = table(StoredTextRow).c
            await session.execute(
                delete_rows(scope, StoredTextRow).where(
                    kept.conversation_id == conversation_id,
                    kept.created_at < func.clock_timestamp() - ON_THE_WAY,
                )
            )
            await session.execute(
                update_rows(scope, ConversationRow)
                .where(_conversation.id == conversation_id)
                .values(active_leaf=None, updated_at=func.clock_timestamp())
            )

        await self._run(scope, work)

    async def delete(self, scope: Scope, conversation_id: UUID) -> None:
        """NotFoundError the second time, as for any other that is not there."""

        async def work(session: Session) -> None:
            await _lock_turns(session, conversation_id)
            await _locked(session, conversation_id)
            await erase_runs(session, await called_runs(session, conversation_id))
            statement = delete_rows(scope, ConversationRow)
            await session.execute(statement.where(_conversation.id == conversation_id))

        await self._run(scope, work)

    async def sessions(self, scope: Scope, conversation_id: UUID) -> Sequence[SessionView]:
        statement = (
            select_rows(scope, SessionRow)
            .where(_session.conversation_id == conversation_id)
            .order_by(_session.number.desc())
            .limit(MOST_SESSIONS)
        )

        async def work(session: Session) -> Sequence[SessionView]:
            await _one(session, conversation_id)
            return [_session_view(row) for row in (await session.execute(statement)).mappings()]

        return await self._run(scope, work)

    async def close(self, scope: Scope, conversation_id: UUID) -> SessionStart | None:
        """The mark stays until the session has ended, so that a turn that comes between the two
        does not keep it open: the end of that turn closes it."""
        mine = update_rows(scope, ConversationRow).where(_conversation.id == conversation_id)
        columns = (_session.id, _session.number, _session.idle_window)
        opened = select_rows(scope, SessionRow, *columns).where(
            _session.conversation_id == conversation_id, _session.ended_at.is_(None)
        )

        async def work(session: Session) -> SessionStart | None:
            turn = (await _locked(session, conversation_id))["open_turn"]
            row = (await session.execute(opened)).mappings().first()
            if turn is None and row is None:
                unarchived = _conversation.state != ConversationState.ARCHIVED.value
                completed = {"state": ConversationState.COMPLETED}
                await session.execute(mine.where(unarchived).values(completed))
                return None
            await session.execute(mine.values(closing=True))
            if turn is not None or row is None:
                return None
            return SessionStart(
                scope=scope,
                conversation_id=conversation_id,
                session_id=row["id"],
                number=row["number"],
                idle_window=row["idle_window"],
                closed=True,
            )

        return await self._run(scope, work)


async def _one(session: Session, conversation_id: UUID) -> Conversation:
    row = await session.first(_ONE, session.scope.space_id, conversation_id)
    if row is None:
        raise _unknown()
    return _view(row)


async def _locked(session: Session, conversation_id: UUID) -> Mapping[Any, Any]:
    statement = select_rows(session.scope, ConversationRow, _conversation.open_turn)
    found = await session.execute(
        statement.where(_conversation.id == conversation_id).with_for_update()
    )
    row = found.mappings().first()
    if row is None:
        raise _unknown()
    return row


async def _lock_turns(session: Session, conversation_id: UUID) -> None:
    """Open turns first, as their steps do, which go on to the conversation."""
    turn = table(TurnRow).c
    await session.execute(
        select_rows(session.scope, TurnRow, turn.id)
        .where(turn.conversation_id == conversation_id, turn.outcome.is_(None))
        .order_by(turn.id)
        .with_for_update()
    )


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such conversation.", code="conversation_not_found")


def _view(row: Mapping[Any, Any]) -> Conversation:
    return Conversation(
        id=row["id"],
        title=row["title"],
        agent=row["agent"],
        kind=ConversationKind(row["kind"]),
        state=ConversationState(row["state"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _session_view(row: Mapping[Any, Any]) -> SessionView:
    return SessionView(
        id=row["id"],
        number=row["number"],
        started_at=row["started_at"],
        last_turn_at=row["last_turn_at"],
        ended_at=row["ended_at"],
        title=row["title"],
        summary=row["summary"],
        entities=tuple(Entity.model_validate(entity) for entity in row["entities"]),
        action_items=tuple(ActionItem.model_validate(item) for item in row["action_items"]),
        memory=tuple(row["memory"]),
        extractive=row["extractive"],
    )
