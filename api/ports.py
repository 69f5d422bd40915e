"""What the edge is built from: one port for each outside thing, and its limits."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from domain.ports.accounts import Accounts
from domain.ports.agents import AgentRegistry
from domain.ports.api_keys import ApiKeys
from domain.ports.approvals import Approvals
from domain.ports.audit import Audit
from domain.ports.branches import Branches
from domain.ports.bringing import Histories, Repeats
from domain.ports.connections import Connections
from domain.ports.content import Contents
from domain.ports.conversations import Conversations, Turns
from domain.ports.engine import Engine
from domain.ports.events import EventFeed, StopFlags
from domain.ports.export import Exports
from domain.ports.feedback import Feedbacks
from domain.ports.identity import Spaces, Tickets, TokenVerifier
from domain.ports.inspection import Inspection
from domain.ports.knowledge import Collections, Documents
from domain.ports.mcp import McpServers
from domain.ports.parsing import Parser
from domain.ports.pictures import PictureEmbedder
from domain.ports.places import StreamPlaces
from domain.ports.policies import Allowances, Policies
from domain.ports.rates import Rates
from domain.ports.remarks import RemarkReader
from domain.ports.search import Finder, PassageIndex
from domain.ports.shares import Shares
from domain.ports.slack import Slack
from domain.ports.usage import UsageLedger
from domain.ports.web_origins import WebOrigins
from domain.ports.web_sessions import SignIn, WebSessions

MEGABYTE: Final = 1024 * 1024

Check = Callable[[], Awaitable[None]]
"""Raises when a dependency does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every limit of the edge, with its default."""

    body_bytes: int = 4 * MEGABYTE
    """A JSON body. The longest message, all its characters escaped, is 192 KB; the rest is room to
    read one that somebody pasted a whole document into, and to say what is wrong with it."""
    body_seconds: float = 60.0
    """For the whole body: 50 MB over a slow home line take less; what trickles holds a socket."""
    document_bytes: int = 50 * MEGABYTE
    picture_bytes: int = 10 * MEGABYTE
    """A picture to search by; in JSON, as base64, `body_bytes` bounds it before that."""
    uploads: int = 64
    """Forms that are read at once, each for `body_seconds` at most; beyond a megabyte they are on
    the disk: 3 GB at their largest."""
    bulk: int = 8
    """Files that are held in memory at once, coming or going: 400 MB at their largest."""
    bulk_seconds: float = 30.0
    """That a file may wait for such a place before its caller is told to come again."""
    document_streams: int = 100
    """Each asks Postgres for its document's row every half second at most, every two while
    nothing changes: so many quiet ones cost 1.7 % of the edge's core, and 0.7 % of Postgres's."""
    document_look: tuple[float, float] = (0.5, 2.0)
    """Seconds between two looks: the first after a change, and the longest."""
    message_characters: int = 32_000
    header_bytes: int = 32 * 1024
    """Tokens with hundreds of spaces fit; a cursor of 1 MB does not."""
    approval_window: timedelta = timedelta(hours=24)
    idle_window: timedelta = timedelta(minutes=30)
    longest_stream: float = 600.0
    """Seconds; cut on purpose: the reader comes back with its cursor and misses nothing."""
    ping: float = 15.0
    """Seconds of silence after which a comment keeps proxies from closing the stream."""
    slow_write: float = 30.0
    """Seconds that a reader may block one write before it is dropped; it resumes."""
    socket_auth: float = 5.0
    """Seconds until a socket has said whose it is."""
    socket_hall: int = 1_000
    """Sockets that have not said so yet: an edge admits some thousands a second."""
    socket_message_bytes: int = 256 * 1024
    """The longest message, all its characters escaped, is 192 KB."""
    socket_subscriptions: int = 50
    """Logs that one socket follows; each costs the edge what a stream does."""
    readiness: float = 2.0
    """Seconds that each dependency has to answer in `/readyz`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Adapters in production, plain fakes in tests."""

    verifier: TokenVerifier
    places: StreamPlaces
    tickets: Tickets
    keys: ApiKeys
    sessions: WebSessions
    sign_in: SignIn
    origins: WebOrigins
    spaces: Spaces
    agents: AgentRegistry
    conversations: Conversations
    branches: Branches
    exports: Exports
    turns: Turns
    remarks: RemarkReader
    feedback: Feedbacks
    shares: Shares
    inspection: Inspection
    accounts: Accounts
    approvals: Approvals
    audit: Audit
    policies: Policies
    allowances: Allowances
    connections: Connections
    contents: Contents
    documents: Documents
    collections: Collections
    finder: Finder
    index: PassageIndex
    parser: Parser
    """For pictures to search by: strangers' files are read in a child process, here too."""
    pictures: PictureEmbedder
    feed: EventFeed
    flags: StopFlags
    engine: Engine
    usage: UsageLedger
    rates: Rates | None = None
    """None: nobody's requests are counted."""
    histories: Histories
    repeats: Repeats
    mcp: McpServers | None = None
    """None: this edge speaks to no servers of the Model Context Protocol."""
    slack: Slack | None = None
    """None: this deployment is no app of Slack's."""
    engine_page: str | None = None
    """Where people look at the engine's runs, its namespace included; None: nowhere."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    """One per dependency, by the name that `/readyz` gives it."""
    info: Mapping[str, object] = field(default_factory=dict)
    """What `/v1/info` adds about models."""
