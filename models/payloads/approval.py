"""What crosses Temporal while people are told of an approval: its name and a wait."""

from datetime import timedelta
from uuid import UUID

from models.payloads.base import Payload
from models.payloads.scope import Scope


class ApprovalWatch(Payload):
    """Names the approval; whatever else there is to know stands in its row."""

    scope: Scope
    approval_id: UUID


class Attendance(Payload):
    """How it stands after a look."""

    wait: timedelta | None = None
    """Until something is due; None: everybody has been told how it ended."""
