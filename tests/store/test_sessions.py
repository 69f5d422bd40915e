"""Sessions, their ends and summaries; notices that wait for a turn's end."""

import asyncio
from datetime import timedelta

from domain.ports.conversations import SessionView
from domain.ports.transcript import UsageEntry
from models.payloads.chat import Usage
from models.payloads.events import START, ConversationTitled, EventId
from models.payloads.session import ActionItem, Entity, SessionStart, SessionSummary
from models.payloads.turn import Outcome
from models.states import ConversationState
from tests.store.stage import Stage, together

SUMMARY = SessionSummary(
    title="A title",
    summary="What was said.",
    entities=(Entity(name="Ada", kind="person"),),
    action_items=(ActionItem(text="Write", owner="Ada"),),
    memory=("Likes tea",),
)
NONE = timedelta(0)


async def opened(stage: Stage) -> SessionView:
    """The newest session, which has not ended."""
    [newest, *_] = await stage.conversations.sessions(stage.scope, stage.conversation_id)
    assert newest.ended_at is None
    return newest


async def state(stage: Stage) -> ConversationState:
    return (await stage.conversations.get(stage.scope, stage.conversation_id)).state


async def closing(stage: Stage) -> SessionStart | None:
    return await stage.conversations.close(stage.scope, stage.conversation_id)


async def test_the_first_end_opens_a_session_and_later_ones_only_move_its_clock(
    stage: Stage,
) -> None:
    first, _ = await stage.begin()
    closed = await stage.close(first, idle_window=timedelta(seconds=7))
    second, _ = await stage.begin()

    assert closed.session is not None
    assert closed.session.session_id == (await opened(stage)).id
    assert closed.session.idle_window == timedelta(seconds=7)
    assert (await stage.close(second)).session is None
    assert (await stage.close(first)).session == closed.session
    [view] = await stage.conversations.sessions(stage.scope, stage.conversation_id)
    assert view.last_turn_at > view.started_at


async def test_a_run_without_a_conversation_has_no_session(stage: Stage) -> None:
    message, _ = await stage.begin()

    assert (await stage.close(message, sessions=False)).session is None


async def test_a_session_ends_when_its_window_is_over_and_only_then(stage: Stage) -> None:
    await stage.exchange()
    session = (await opened(stage)).id

    early = await stage.sessions.end(stage.session(session, idle_window=timedelta(hours=1)))
    ended = await stage.sessions.end(stage.session(session, idle_window=NONE))
    again = await stage.sessions.end(stage.session(session, idle_window=timedelta(hours=1)))

    assert early.remaining is not None
    assert timedelta(minutes=59) < early.remaining <= timedelta(hours=1)
    assert (ended.remaining, again.remaining) == (None, None)
    found = await stage.conversations.get(stage.scope, stage.conversation_id)
    assert found.state is ConversationState.PAUSED


async def test_closing_ends_it_at_once_but_never_under_an_open_turn(stage: Stage) -> None:
    await stage.exchange()
    session = (await opened(stage)).id
    message, _ = await stage.begin()

    busy = await stage.sessions.end(stage.session(session, closed=True))
    await stage.close(message)
    ended = await stage.sessions.end(stage.session(session, closed=True))

    assert busy.remaining == timedelta(seconds=1)
    assert ended.remaining is None
    found = await stage.conversations.get(stage.scope, stage.conversation_id)
    assert found.state is ConversationState.COMPLETED


async def test_closing_gives_the_session_to_end_and_completes_what_has_none(stage: Stage) -> None:
    assert await closing(stage) is None
    assert await state(stage) is ConversationState.COMPLETED
    await stage.exchange()
    assert await state(stage) is ConversationState.ACTIVE
    session = (await opened(stage)).id

    answers = [await closing(stage) for _ in range(2)]
    await stage.sessions.end(stage.session(session, closed=True))

    assert answers[0] is not None
    assert (answers[0].session_id, answers[0].closed) == (session, True)
    assert answers[1] == answers[0]
    assert await state(stage) is ConversationState.COMPLETED


async def test_closing_completes_a_paused_conversation_and_leaves_an_archived_one(
    stage: Stage,
) -> None:
    await stage.exchange()
    await stage.sessions.end(stage.session((await opened(stage)).id, idle_window=NONE))
    assert await state(stage) is ConversationState.PAUSED

    assert await closing(stage) is None
    assert await state(stage) is ConversationState.COMPLETED
    await stage.conversations.update(stage.scope, stage.conversation_id, archived=True)
    assert await closing(stage) is None

    assert await state(stage) is ConversationState.ARCHIVED


async def test_closing_under_a_turn_is_done_by_that_turns_end(stage: Stage) -> None:
    for _ in range(2):  # the first opens its session as it ends, the second finds one open
        message, _ = await stage.begin()
        assert await closing(stage) is None

        ended = await stage.close(message)

        assert ended.session is not None
        assert (ended.session.session_id, ended.session.closed) == ((await opened(stage)).id, True)
        assert (await stage.close(message)).session == ended.session


async def test_a_turn_that_comes_before_the_closed_session_has_ended_closes_it(
    stage: Stage,
) -> None:
    await stage.exchange()
    session = await closing(stage)
    late, _ = await stage.begin()

    ended = await stage.close(late)

    assert ended.session == session


async def test_a_message_after_the_end_opens_a_session_that_stays_open(stage: Stage) -> None:
    await stage.exchange()
    await closing(stage)
    await stage.sessions.end(stage.session((await opened(stage)).id, closed=True))
    message, _ = await stage.begin()
    first = await stage.close(message)
    message, _ = await stage.begin()

    assert first.session is not None
    assert (first.session.number, first.session.closed) == (2, False)
    assert (await stage.close(message)).session is None
    assert await state(stage) is ConversationState.ACTIVE


async def test_a_conversation_is_at_work_until_its_summary_has_been_shown(stage: Stage) -> None:
    async def at_work() -> bool:
        return await stage.turns.at_work(stage.scope, stage.conversation_id)

    async def aged(column: str, interval: str) -> None:
        await stage.sql(
            f"UPDATE session SET {column} = {column} - interval '{interval}' "
            "WHERE conversation_id = $1",
            stage.conversation_id,
        )

    message, _ = await stage.begin()
    assert await at_work()
    await stage.close(message)
    assert not await at_work()
    session = stage.session((await opened(stage)).id, closed=True)
    await stage.sessions.end(session)
    assert await at_work()
    await stage.sessions.save(session, SUMMARY, None)
    assert await at_work(), "its event is on its way"
    await aged("summarised_at", "1 second")
    assert not await at_work()


async def test_a_summary_that_never_comes_holds_nobody_for_long(stage: Stage) -> None:
    await stage.exchange()
    await stage.sessions.end(stage.session((await opened(stage)).id, closed=True))

    await stage.sql(
        "UPDATE session SET ended_at = ended_at - interval '2 minutes' WHERE conversation_id = $1",
        stage.conversation_id,
    )

    assert not await stage.turns.at_work(stage.scope, stage.conversation_id)


async def test_the_turn_after_an_end_opens_the_next_session(stage: Stage) -> None:
    await stage.exchange()
    await stage.sessions.end(stage.session((await opened(stage)).id, idle_window=NONE))
    await stage.exchange()

    views = await stage.conversations.sessions(stage.scope, stage.conversation_id)

    assert [view.number for view in views] == [2, 1]
    assert (await opened(stage)).number == 2


async def test_an_end_and_a_claim_never_both_win(stage: Stage) -> None:
    for _ in range(25):
        await stage.exchange()
        session = (await opened(stage)).id
        message = stage.message()

        claimed, ended = await asyncio.gather(
            stage.claim(message),
            stage.sessions.end(stage.session(session, idle_window=NONE)),
        )

        assert not claimed.taken
        found = await stage.conversations.get(stage.scope, stage.conversation_id)
        assert found.state is ConversationState.ACTIVE
        closed = await stage.close(message)
        # The session ended before the claim and the turn opened the next; or it goes on.
        assert (closed.session is None) == (ended.remaining is not None)


async def test_an_archived_conversation_stays_archived_when_its_session_ends(
    stage: Stage,
) -> None:
    await stage.exchange()
    await stage.conversations.update(stage.scope, stage.conversation_id, archived=True)

    await stage.sessions.end(stage.session((await opened(stage)).id, idle_window=NONE))

    found = await stage.conversations.get(stage.scope, stage.conversation_id)
    assert found.state is ConversationState.ARCHIVED


async def test_a_summary_is_stored_once_and_titles_what_has_no_title(stage: Stage) -> None:
    await stage.exchange()
    session = stage.session((await opened(stage)).id)
    usage = UsageEntry("offline-1", "chat", Usage(input_tokens=9), None, None, "1")

    other = SUMMARY.model_copy(update={"title": "Other"})
    assert await stage.sessions.save(session, SUMMARY, usage) == (SUMMARY, True)
    assert await stage.sessions.save(session, other, usage) == (SUMMARY, True)

    [view] = await stage.conversations.sessions(stage.scope, stage.conversation_id)
    assert (view.title, view.summary) == (SUMMARY.title, SUMMARY.summary)
    assert (view.entities, view.action_items) == (SUMMARY.entities, SUMMARY.action_items)
    assert view.memory == SUMMARY.memory
    found = await stage.conversations.get(stage.scope, stage.conversation_id)
    assert found.title == SUMMARY.title
    [row] = await stage.sql(
        "SELECT count(*) AS n FROM usage WHERE conversation_id = $1 AND turn_id IS NULL",
        stage.conversation_id,
    )
    assert row["n"] == 1


async def test_the_material_is_the_sessions_own_and_the_newest_that_fits(stage: Stage) -> None:
    await stage.exchange("earlier", "session")
    await stage.sessions.end(stage.session((await opened(stage)).id, idle_window=NONE))
    for text in ("one", "two", "three"):
        await stage.exchange(text, "ok")
    gone, _ = await stage.begin("gone")
    await stage.close(gone, Outcome.WITHDRAWN)
    session = stage.session((await opened(stage)).id)

    whole = await stage.sessions.material(session, characters=1_000)
    newest = await stage.sessions.material(session, characters=9)

    assert [message.content for message in whole] == ["one", "ok", "two", "ok", "three", "ok"]
    assert [message.content for message in newest] == ["ok", "three", "ok"]


async def test_an_erased_session_has_ended_and_has_nothing_to_tell(stage: Stage) -> None:
    await stage.exchange()
    session = stage.session((await opened(stage)).id)
    await stage.conversations.clear(stage.scope, stage.conversation_id)

    assert (await stage.sessions.end(session)).remaining is None
    assert await stage.sessions.material(session, characters=100) == []
    assert await stage.sessions.save(session, SUMMARY, None) is None
    assert await stage.conversations.sessions(stage.scope, stage.conversation_id) == []


async def test_a_notice_takes_a_number_of_its_own_once(stage: Stage) -> None:
    await stage.exchange()
    titled = ConversationTitled(title="A title")

    answers = await together(10, lambda _: stage.notices.post(stage.log, "title", titled))

    assert answers == [answers[0]] * 10
    [event] = answers[0]
    assert (event.id, event.event, event.turn_id) == (EventId(2, 1), titled, None)
    _, claimed = await stage.begin()
    assert claimed.number == 3


async def test_a_notice_waits_for_the_open_turn_and_its_end_stores_it(stage: Stage) -> None:
    message, _ = await stage.begin()
    first, second = (ConversationTitled(title=title) for title in ("one", "two"))
    assert await stage.notices.post(stage.log, "a", first) == ()
    assert await stage.notices.post(stage.log, "b", second) == ()

    closed = await stage.close(message)

    assert [event.event for event in closed.notices] == [first, second]
    assert [event.id for event in closed.notices] == [EventId(2, 1), EventId(3, 1)]
    assert (await stage.close(message)).notices == closed.notices
    assert await stage.notices.post(stage.log, "b", second) == closed.notices[1:]
    stored = await stage.events.after(stage.log, START, None, 10)
    assert [event.id.turn for event in stored] == [1, 2, 3]


async def test_a_notice_and_an_end_at_once_leave_nothing_waiting(stage: Stage) -> None:
    for number in range(25):
        message, _ = await stage.begin()
        titled = ConversationTitled(title=str(number))

        posted, closed = await asyncio.gather(
            stage.notices.post(stage.log, f"title:{number}", titled), stage.close(message)
        )

        told = [event.event for event in (*posted, *closed.notices)]
        assert told == [titled]


async def test_while_a_turn_is_open_the_window_has_not_begun(stage: Stage) -> None:
    await stage.exchange()
    session = (await opened(stage)).id
    await stage.begin("a turn that waits for somebody")
    window = timedelta(minutes=30)

    end = await stage.sessions.end(stage.session(session, idle_window=window))

    assert end.remaining == window
