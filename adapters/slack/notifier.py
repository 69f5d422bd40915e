"""Asking in Slack: one message for each approval, changed in place, reminded of in its thread."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import message
from adapters.slack.connection import GONE, SlackChannelError, SlackRefusedError, named
from adapters.slack.credentials import Credentials, Way
from adapters.slack.text import cut, escaped
from adapters.store.slack import Claim, PostgresSlack
from domain.ports.approvals import Approval
from domain.ports.notifying import Posted
from domain.ports.slack import Installation
from models.payloads.scope import Scope
from models.states import Role

# How far back a message whose posting nobody reported is looked for: 600 messages are more than a
# channel of approvals sees between two tries.
PAGES: Final = 3
PAGE: Final = 200
# Slack's clock and ours.
LEEWAY: Final = 60.0  # seconds
REMINDER: Final = "holdfast_reminder"

log = structlog.get_logger(__name__)


class SlackNotifier:
    """Implements `domain.ports.notifying.Notifier`."""

    name = "slack"

    def __init__(self, credentials: Credentials, store: PostgresSlack) -> None:
        self._credentials = credentials
        self._store = store

    async def post(self, scope: Scope, approval: Approval, *, url: str) -> Posted | None:
        way = await self._credentials.way(scope)
        if way is None or not way.installation.channel:
            return None
        claim = await self._store.claim(scope, approval.id, way.installation.channel)
        if claim.timestamp:
            return Posted(claim.channel, claim.timestamp)
        if claim.at is not None and (found := await self._standing(way.client, approval, claim)):
            await self._store.keep(scope, approval.id, found)
            return found
        posted = await self._post(scope, way, approval, url)
        return await self._kept(scope, way, approval, posted)

    async def update(self, scope: Scope, approval: Approval, posted: Posted) -> None:
        way = await self._credentials.way(scope)
        if way is None:
            return
        shown = await self._message(scope, way.installation, approval, posted.channel, "")
        try:
            with named():
                await way.client.chat_update(
                    channel=posted.channel,
                    ts=posted.timestamp,
                    text=shown.text,
                    blocks=shown.blocks,
                    metadata=shown.metadata,
                    parse="none",
                    link_names=False,
                )
        except (SlackRefusedError, SlackChannelError) as error:
            # Deleted, or from before the app was installed elsewhere: there is nothing to change.
            if isinstance(error, SlackRefusedError) and error.reason not in GONE:
                raise
            log.info("slack.message_gone", approval_id=str(approval.id), why=error.detail)

    async def remind(
        self, scope: Scope, approval: Approval, posted: Posted, *, escalated: bool
    ) -> None:
        way = await self._credentials.way(scope)
        if way is None or await self._reminded(way.client, posted, escalated=escalated):
            return
        called = await self._called(scope, way.installation, approval, escalated=escalated)
        with named():
            await way.client.chat_postMessage(
                channel=posted.channel,
                thread_ts=posted.timestamp,
                reply_broadcast=escalated,
                text=_reminder(approval, called, escalated=escalated),
                metadata={
                    "event_type": REMINDER,
                    "event_payload": {"approval_id": str(approval.id), "escalated": escalated},
                },
                **_STILL,
            )

    async def _post(self, scope: Scope, way: Way, approval: Approval, url: str) -> Posted:
        channel = way.installation.channel
        shown = await self._message(scope, way.installation, approval, channel, url)
        with named():
            answer = await way.client.chat_postMessage(
                channel=channel,
                text=shown.text,
                blocks=shown.blocks,
                metadata=shown.metadata,
                **_STILL,
            )
        return Posted(str(answer["channel"]), str(answer["ts"]))

    async def _kept(self, scope: Scope, way: Way, approval: Approval, posted: Posted) -> Posted:
        """Of two that were posted at once the first that is kept stays, the other is taken away."""
        await self._store.keep(scope, approval.id, posted)
        stands = await self._store.posted(scope, approval.id) or posted
        if stands != posted:
            with named():
                await way.client.chat_delete(channel=posted.channel, ts=posted.timestamp)
        return stands

    async def _message(
        self,
        scope: Scope,
        installation: Installation,
        approval: Approval,
        channel: str,
        url: str,
    ) -> message.Message:
        team = installation.team_id
        return message.message(
            scope,
            approval,
            channel,
            url,
            asked_by=await self._person(scope, team, approval.requested_by),
            decided_by=await self._person(scope, team, approval.decided_by),
        )

    async def _person(self, scope: Scope, team_id: str, person: UUID | None) -> str:
        """In Slack's markup. Names are Slack's to know: who is not linked has a short id."""
        if person is None:
            return ""
        slack_user = await self._store.slack_user(scope, team_id, person)
        return f"<@{slack_user}>" if slack_user else f"member `{str(person)[:8]}`"

    async def _standing(
        self, client: AsyncWebClient, approval: Approval, claim: Claim
    ) -> Posted | None:
        """What an earlier try posted and could not tell of."""
        oldest = _before(claim.at)
        cursor = ""
        for _ in range(PAGES):
            try:
                with named():
                    answer = await client.conversations_history(
                        channel=claim.channel,
                        oldest=oldest,
                        limit=PAGE,
                        include_all_metadata=True,
                        cursor=cursor or None,
                    )
            except (SlackRefusedError, SlackChannelError):
                return None
            for one in answer.get("messages") or ():
                if _is_about(one, message.EVENT, approval):
                    return Posted(claim.channel, str(one["ts"]))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    async def _reminded(self, client: AsyncWebClient, posted: Posted, *, escalated: bool) -> bool:
        try:
            with named():
                answer = await client.conversations_replies(
                    channel=posted.channel,
                    ts=posted.timestamp,
                    limit=PAGE,
                    include_all_metadata=True,
                )
        except SlackRefusedError:
            return False
        return any(
            (one.get("metadata") or {}).get("event_type") == REMINDER
            and one["metadata"].get("event_payload", {}).get("escalated") == escalated
            for one in answer.get("messages") or ()
        )

    async def _called(
        self, scope: Scope, installation: Installation, approval: Approval, *, escalated: bool
    ) -> str:
        least: Role = approval.escalate_to if escalated else approval.approvers
        people = await self._store.called(scope, installation.team_id, least)
        return " ".join(f"<@{person}>" for person in people)


# Nobody's words become links, names or previews.
_STILL: Final[dict[str, Any]] = {
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}


def _before(at: datetime | None) -> str:
    return f"{0.0 if at is None else at.timestamp() - LEEWAY:.6f}"


def _is_about(one: dict[str, Any], kind: str, approval: Approval) -> bool:
    said = one.get("metadata") or {}
    about = (said.get("event_payload") or {}).get("approval_id")
    return bool(said.get("event_type") == kind and about == str(approval.id))


def _reminder(approval: Approval, called: str, *, escalated: bool) -> str:
    what = f"*{escaped(cut(approval.tool, 200))}* still waits for a decision."
    if escalated:
        what = f":rotating_light: {what} It is escalated: {approval.escalate_to.value}s, please."
    until = message.until(approval)
    return " ".join(part for part in (called, what, until) if part)
