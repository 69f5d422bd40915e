"""Asking people to review a text before it is published."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from domain.ports.content import ContentItem, Contents
from domain.ports.engine import Engine
from domain.ports.policies import Policies
from models.errors import AppError
from models.payloads.scope import Scope

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Who may review, and how long, is the organisation's policy."""

    contents: Contents
    policies: Policies
    engine: Engine

    async def ask(
        self, scope: Scope, item_id: UUID, *, by: UUID, expected: int | None = None
    ) -> ContentItem:
        """As `Contents.submit`, and have people told."""
        asking = (await self.policies.get(scope)).asking
        item = await self.contents.submit(scope, item_id, by=by, asking=asking, expected=expected)
        if item.review_id is not None:
            try:
                await self.engine.start_approval(scope, item.review_id, due=True)
            except AppError as error:
                # The review stands: a sweep tells of what nobody was told of.
                log.warning("approval.untold", code=error.code, approval_id=str(item.review_id))
        return item
