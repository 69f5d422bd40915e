"""Look at an approval, and tell people what is due: that it waits, still waits, or has ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import activity

from activities.failures import reported
from domain.ports.approvals import Approval, ApprovalState
from domain.ports.content import Reviews
from domain.ports.notifying import Announcements, Notices, Notifier, Posted
from models.errors import AppError, NotFoundError
from models.payloads.approval import ApprovalWatch, Attendance
from models.payloads.scope import Scope

# The run's own timer writes that it has expired; by then it has.
_GRACE = timedelta(seconds=1)


class ApprovalActivities:
    """Safe to repeat: what was done stands in the row, what may not be doubled is the notifier's
    to know. Nobody to notify is fine: reminders and escalations are then in the trail alone."""

    def __init__(
        self,
        announcements: Announcements,
        *,
        notices: Notices | None = None,
        notifier: Notifier | None = None,
        reviews: Reviews | None = None,
        page: str = "",
    ) -> None:
        """`page` is the address of the app's page, to which the approval's id is appended."""
        self._announcements = announcements
        self._notices = notices
        self._notifier = notifier
        self._reviews = reviews
        self._page = page

    @activity.defn(name="approvals.attend")
    async def attend(self, watch: ApprovalWatch) -> Attendance:
        """Do what is due, and say how long nothing more will be. UnavailableError, with what the
        provider asks for, when somebody could not be told now."""
        with reported():
            try:
                approval, now = await self._announcements.look(watch.scope, watch.approval_id)
            except NotFoundError:
                # Erased with its conversation.
                return Attendance()
            if approval.state is ApprovalState.PENDING and now < approval.expires_at:
                await self._ask(watch.scope, approval, now)
                return Attendance(wait=_next(approval, now) - now)
            await self._end(watch.scope, approval)
            return Attendance()

    async def _ask(self, scope: Scope, approval: Approval, now: datetime) -> None:
        posted = await self._posted(scope, approval)
        escalated = _due(approval.escalate_at, approval.escalated_at, now)
        if not escalated and not _due(approval.remind_at, approval.reminded_at, now):
            return
        if posted is not None and self._notifier is not None:
            with _final(approval):
                await self._notifier.remind(scope, approval, posted, escalated=escalated)
        # Only then: who is told twice after a crash minds less than who was not told.
        await self._announcements.reminded(scope, approval.id, escalated=escalated)

    async def _posted(self, scope: Scope, approval: Approval) -> Posted | None:
        """Where the question stands; asked now when it stands nowhere, also when there is
        somebody to ask only since the last look."""
        if self._notifier is None or self._notices is None:
            return None
        posted = await self._notices.posted(scope, approval.id)
        if posted is None:
            with _final(approval):
                posted = await self._notifier.post(
                    scope, approval, url=f"{self._page}{approval.id}" if self._page else ""
                )
            if posted is not None:
                await self._notices.keep(scope, approval.id, posted)
        return posted

    async def _end(self, scope: Scope, approval: Approval) -> None:
        if approval.state is ApprovalState.PENDING:
            # The turn that waits says so itself; a review has nobody else.
            await self._announcements.expired(scope, approval.id)
            approval = replace(approval, state=ApprovalState.EXPIRED)
        if approval.content_id is not None and self._reviews is not None:
            await self._reviews.settle(scope, approval.content_id, approval.id)
            await self._announcements.settled(scope, approval.id)
        if self._notifier is not None and self._notices is not None:
            posted = await self._notices.posted(scope, approval.id)
            if posted is not None:
                with _final(approval):
                    await self._notifier.update(scope, approval, posted)
        await self._announcements.told(scope, approval.id)


@contextmanager
def _final(approval: Approval) -> Iterator[None]:
    """What a notifier refuses for good ends nothing else: the approval can be decided elsewhere,
    and whoever installs the app again is asked at the next look."""
    try:
        yield
    except AppError as error:
        if error.retryable:
            raise
        activity.logger.warning("approval.nobody_told %s %s", error.code, approval.id)


def _due(at: datetime | None, done: datetime | None, now: datetime) -> bool:
    return at is not None and done is None and at <= now


def _next(approval: Approval, now: datetime) -> datetime:
    """What is due next, after all that was done in this look."""
    ends = approval.expires_at + _GRACE
    moments = (approval.remind_at, approval.escalate_at)
    return min([one for one in moments if one is not None and one > now] + [ends])
