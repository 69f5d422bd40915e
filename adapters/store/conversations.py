"""Conversations as the edge needs them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs
from sqlalchemy import ColumnElement, case, func

from adapters.store import cursor as cursors
from adapters.store.branching import known_message, question_of
from adapters.store.called_runs import called_runs, erase_runs
from adapters.store.conversation_row import (
    conversation_view,
    one_conversation,
    session_view,
    unknown_conversation,
)
from adapters.store.exchanges import exchanges_page
from adapters.store.finding import found
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
from domain.ports.conversations import (
    EVERY,
    Conversation,
    Exchange,
    Message,
    Page,
    Receipt,
    SessionView,
    Sought,
)
from models.errors import ConflictError, NotFoundError
from models.payloads.scope import Scope
from models.payloads.session import SessionStart
from models.states import ConversationKind, ConversationState
from models.tables.base import table
from models.tables.conversation import Conversation as ConversationRow
from models.tables.event import Event as EventRow
from models.tables.feedback import Feedback as FeedbackRow
from models.tables.message import Message as MessageRow
from models.tables.notice import Notice as NoticeRow
from models.tables.session import Session as SessionRow
from models.tables.share import Share as ShareRow
from models.tables.stored_text import StoredText as StoredTextRow
from models.tables.turn import Turn as TurnRow

MOST_SESSIONS = 100
# A message whose text is kept is sent within seconds, and then waits for a worker. Clearing must
# not take the text from it; what is older belongs to nothing that was sent.
ON_THE_WAY = timedelta(hours=1)

CREATE = """
INSERT INTO conversation (space_id, organisation_id, id, title, agent, kind, state, created_by)
VALUES ($1, $2, $3, $4, $5, $6, 'active', $7) ON CONFLICT DO NOTHING RETURNING *
"""
_RECEIVING = """
SELECT c.*, r.turn_id, r.body_hash FROM conversation c
LEFT JOIN receipt r ON r.space_id = $1 AND r.conversation_id = $2 AND r.message_id = $3
WHERE c.space_id = $1 AND c.id = $2
"""
_conversation = table(ConversationRow).c
_session = table(SessionRow).c
# Turns take steps, calls, approvals and passages with them; receipts stay, so that no copy of an
# erased message ever runs.
# What people said goes after the messages that they said it of: who says more meanwhile waits.
_CLEARED = (TurnRow, MessageRow, FeedbackRow, ShareRow, EventRow, NoticeRow, SessionRow)


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
                made = await session.first(
                    CREATE,
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
            if made is not None:
                return conversation_view(made)
            return await one_conversation(session, conversation_id)

        return await self._run(scope, work)

    async def get(self, scope: Scope, conversation_id: UUID) -> Conversation:
        async def work(session: Session) -> Conversation:
            return await one_conversation(session, conversation_id)

        return await self._run(scope, work)

    async def receiving(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> tuple[Conversation, Receipt | None]:
        async def work(session: Session) -> tuple[Conversation, Receipt | None]:
            row = await session.first(_RECEIVING, scope.space_id, conversation_id, message_id)
            if row is None:
                raise unknown_conversation()
            taken = row["turn_id"] is not None
            return conversation_view(row), Receipt(
                row["turn_id"], row["body_hash"]
            ) if taken else None

        return await self._run(scope, work)

    async def page(
        self, scope: Scope, *, limit: int, cursor: str | None, sought: Sought = EVERY
    ) -> Page[Conversation]:
        limit = cursors.bounded(limit)
        if sought.query:
            place = None if cursor is None else cursors.read_found(cursor)
            return await self._run(scope, lambda session: found(session, sought, limit, place))
        filters = [_conversation.kind == ConversationKind.CHAT, *_sought(sought)]
        statement = newest_first(scope, ConversationRow, *filters, limit=limit, cursor=cursor)

        async def work(session: Session) -> Page[Conversation]:
            rows = (await session.execute(statement)).mappings().all()
            return cursors.page(
                [conversation_view(row) for row in rows],
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
        pinned: bool | None = None,
        agent: str | None = None,
    ) -> Conversation:
        values: dict[str, Any] = {"updated_at": func.clock_timestamp()}
        if title is not None:
            values |= {"title": clean(title), "provisional": False}
        if agent is not None:
            values["agent"] = agent
        if pinned is not None:
            now = func.coalesce(_conversation.pinned_at, func.clock_timestamp())
            values["pinned_at"] = now if pinned else None
        statement = update_rows(scope, ConversationRow).where(_conversation.id == conversation_id)
        if archived is not None:
            archive = ConversationState.ARCHIVED
            unarchived = func.coalesce(
                func.nullif(_conversation.state, archive.value), ConversationState.ACTIVE.value
            )
            values["state"] = archive if archived else unarchived

        async def work(session: Session) -> Conversation:
            await session.execute(statement.values(values))
            return await one_conversation(session, conversation_id)

        return await self._run(scope, work)

    async def messages(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Message]:
        limit = cursors.bounded(limit)
        after = -1 if cursor is None else cursors.read_position(cursor)

        async def work(session: Session) -> Page[Message]:
            await one_conversation(session, conversation_id)
            return await messages_page(session, conversation_id, limit=limit, after=after)

        return await self._run(scope, work)

    async def exchanges(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Exchange]:
        async def work(session: Session) -> Page[Exchange]:
            await one_conversation(session, conversation_id)
            return await exchanges_page(session, conversation_id, limit=limit, cursor=cursor)

        return await self._run(scope, work)

    async def message(self, scope: Scope, conversation_id: UUID, message_id: UUID) -> Message:
        return await self._run(
            scope, lambda session: known_message(session, conversation_id, message_id)
        )

    async def question(self, scope: Scope, conversation_id: UUID, message_id: UUID) -> Message:
        return await self._run(
            scope, lambda session: question_of(session, conversation_id, message_id)
        )

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
                .values(
                    active_leaf=None,
                    # What began a message that is erased.
                    title=case((_conversation.provisional, None), else_=_conversation.title),
                    provisional=False,
                    updated_at=func.clock_timestamp(),
                )
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
            await one_conversation(session, conversation_id)
            return [session_view(row) for row in (await session.execute(statement)).mappings()]

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


def _sought(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.archived is not None:
        archived = _conversation.state == ConversationState.ARCHIVED
        yield archived if sought.archived else ~archived
    if sought.pinned is not None:
        yield (
            _conversation.pinned_at.is_not(None)
            if sought.pinned
            else (_conversation.pinned_at.is_(None))
        )


async def _locked(session: Session, conversation_id: UUID) -> Mapping[Any, Any]:
    statement = select_rows(session.scope, ConversationRow, _conversation.open_turn)
    found = await session.execute(
        statement.where(_conversation.id == conversation_id).with_for_update()
    )
    row = found.mappings().first()
    if row is None:
        raise unknown_conversation()
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
