"""States, verdicts and roles: the words that rows store and ports speak."""

from enum import StrEnum


class ConversationKind(StrEnum):
    CHAT = "chat"
    RUN = "run"
    """The log of an agent run: not listed, and without sessions."""


class ConversationState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """Its session ended idle."""
    COMPLETED = "completed"
    """It was closed."""
    ARCHIVED = "archived"


class Decision(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    REVISE = "revise"


class Via(StrEnum):
    """Where a verdict came from."""

    API = "api"
    SLACK = "slack"


class ApprovalState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    REVISED = "revised"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class ConnectionState(StrEnum):
    CONNECTED = "connected"
    RECONNECT = "reconnect"
    """The grant was revoked or has ended: a person must connect again."""


class ContentState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"


class Role(StrEnum):
    """A caller's role in a space; each includes the ones before it."""

    VIEWER = "viewer"
    MEMBER = "member"
    APPROVER = "approver"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


class Transport(StrEnum):
    """How a server of the Model Context Protocol is spoken to."""

    HTTP = "http"
    """Streamable HTTP, through the guard that fetching goes through."""
    STDIO = "stdio"
    """A command of the deployment's own list: tenants cannot name programs."""


class Rating(StrEnum):
    """What somebody thinks of an answer."""

    UP = "up"
    DOWN = "down"


class FeedbackReason(StrEnum):
    """Why, in one word: whoever acts on it sorts by this."""

    ACCURATE = "accurate"
    HELPFUL = "helpful"
    INACCURATE = "inaccurate"
    INCOMPLETE = "incomplete"
    IRRELEVANT = "irrelevant"
    WRONG_SOURCES = "wrong_sources"
    UNSAFE = "unsafe"
    STYLE = "style"
    SLOW = "slow"
    OTHER = "other"
