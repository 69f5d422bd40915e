"""Answers in threads of Slack: one message for each turn, changed in place."""

from datetime import datetime
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import answer
from adapters.slack.connection import (
    GONE,
    SlackChannelError,
    SlackRefusedError,
    SlackRevokedError,
    named,
)
from adapters.slack.credentials import Credentials, Way
from adapters.store.slack_answers import PostgresSlackAnswers
from domain.ports.notifying import Posted
from domain.ports.threads import Begun, Shown
from models.payloads.scope import TurnKey
from models.payloads.slack import SlackThread

# A thread of more than this is no place to look for a message whose posting nobody reported.
PAGES: Final = 3
PAGE: Final = 200
# Slack's clock and ours.
LEEWAY: Final = 60.0  # seconds
# The thread's first message was deleted, or the app may not write where it stands.
NO_THREAD: Final = GONE | {"thread_not_found", "cannot_reply_to_message", "messages_tab_disabled"}
# Nobody's words become links, names or previews.
_STILL: Final[dict[str, Any]] = {
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}

_ROOMS: Final = (answer.ROOM, answer.NARROW, 0)

log = structlog.get_logger(__name__)


class SlackThreads:
    """Implements `domain.ports.threads.Threads`."""

    def __init__(self, credentials: Credentials, store: PostgresSlackAnswers, page: str) -> None:
        self._credentials = credentials
        self._store = store
        self._page = page

    async def begin(self, turn: TurnKey, thread: SlackThread, shown: Shown) -> Begun | None:
        way = await self._way(turn, thread.team_id)
        if way is None:
            return None
        claim = await self._store.claim(turn, thread.channel)
        if claim is None:
            return None
        if claim.timestamp:
            return Begun(Posted(claim.channel, claim.timestamp), shows=False)
        try:
            if claim.at is not None:
                found = await self._standing(way.client, turn, thread, claim.at)
                if found is not None:
                    return Begun(await self._store.keep(turn, found), shows=False)
            made = await self._post(way, turn, thread, shown)
            stands = await self._kept(way, turn, made)
            return Begun(stands, shows=stands == made and len(shown.text) < answer.NARROW // 2)
        except (SlackRefusedError, SlackChannelError, SlackRevokedError) as error:
            if isinstance(error, SlackRefusedError) and error.reason not in NO_THREAD:
                raise
            log.info("slack.thread_gone", turn_id=str(turn.turn_id), why=error.detail)
            return None

    async def show(self, turn: TurnKey, posted: Posted, shown: Shown) -> bool:
        way = await self._way(turn)
        if way is None:
            return False
        try:
            await self._update(way, turn, posted, shown)
        except (SlackRefusedError, SlackChannelError, SlackRevokedError) as error:
            if isinstance(error, SlackRefusedError) and error.reason not in NO_THREAD:
                raise
            log.info("slack.answer_gone", turn_id=str(turn.turn_id), why=error.detail)
            return False
        return True

    async def _way(self, turn: TurnKey, team_id: str = "") -> Way | None:
        """None: the app was removed, or is in another workspace now."""
        way = await self._credentials.way(turn.scope)
        if way is None or (team_id and way.installation.team_id != team_id):
            log.info("slack.way_gone", turn_id=str(turn.turn_id))
            return None
        return way

    async def _update(self, way: Way, turn: TurnKey, posted: Posted, shown: Shown) -> None:
        """What Slack does not take is shortened, to its address in the end."""
        for room in _ROOMS:
            made = answer.message(turn, shown, self._page, room)
            try:
                with named():
                    await way.client.chat_update(
                        channel=posted.channel,
                        ts=posted.timestamp,
                        text=made.text,
                        blocks=made.blocks,
                        metadata=made.metadata,
                        **_STILL,
                    )
            except SlackRefusedError as error:
                if error.reason in NO_THREAD or room == _ROOMS[-1]:
                    raise
                log.warning("slack.answer_refused", turn_id=str(turn.turn_id), why=error.reason)
            else:
                return

    async def _post(self, way: Way, turn: TurnKey, thread: SlackThread, shown: Shown) -> Posted:
        made = answer.message(turn, shown, self._page, answer.NARROW)
        with named():
            told = await way.client.chat_postMessage(
                channel=thread.channel,
                thread_ts=thread.timestamp,
                text=made.text,
                blocks=made.blocks,
                metadata=made.metadata,
                **_STILL,
            )
        return Posted(str(told["channel"]), str(told["ts"]))

    async def _kept(self, way: Way, turn: TurnKey, posted: Posted) -> Posted:
        """Of two that were posted at once the first that is kept stays, the other is taken away."""
        stands = await self._store.keep(turn, posted)
        if stands != posted:
            with named():
                await way.client.chat_delete(channel=posted.channel, ts=posted.timestamp)
        return stands

    async def _standing(
        self, client: AsyncWebClient, turn: TurnKey, thread: SlackThread, at: datetime
    ) -> Posted | None:
        """What an earlier try posted and could not tell of."""
        cursor = ""
        for _ in range(PAGES):
            with named():
                found = await client.conversations_replies(
                    channel=thread.channel,
                    ts=thread.timestamp,
                    oldest=f"{at.timestamp() - LEEWAY:.6f}",
                    limit=PAGE,
                    include_all_metadata=True,
                    cursor=cursor or None,
                )
            for one in found.get("messages") or ():
                if _is_of(one, turn):
                    return Posted(thread.channel, str(one["ts"]))
            cursor = (found.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None


def _is_of(one: dict[str, Any], turn: TurnKey) -> bool:
    said = one.get("metadata") or {}
    about = (said.get("event_payload") or {}).get("turn_id")
    return bool(said.get("event_type") == answer.EVENT and about == str(turn.turn_id))
