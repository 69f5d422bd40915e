"""All fakes of the edge's ports at once."""

from dataclasses import dataclass, field

from api.ports import Ports
from models.errors import (
    UnavailableError,
)
from tests.api.fakes.agents import MemoryAgents
from tests.api.fakes.approvals import MemoryApprovals
from tests.api.fakes.audit import ListedAudit
from tests.api.fakes.branches import MemoryBranches
from tests.api.fakes.callers import MemoryTickets, Verifier
from tests.api.fakes.collections import MemoryCollections
from tests.api.fakes.connections import MemoryGrants
from tests.api.fakes.content import MemoryContents
from tests.api.fakes.conversations import MemoryConversations, MemoryExports
from tests.api.fakes.documents import MemoryDocuments
from tests.api.fakes.engine import RecordingEngine
from tests.api.fakes.feed import MemoryFeed, RaisedFlags
from tests.api.fakes.finding import FixedFinder, PictureParser, PicturesIndex, SizeEmbedder
from tests.api.fakes.identity import MemoryApiKeys, MemoryOrigins, MemoryWebSessions, SomePeople
from tests.api.fakes.mcp import MemoryServers
from tests.api.fakes.policies import MemoryAllowances, MemoryPolicies
from tests.api.fakes.rates import MemoryPlaces, MemoryRates
from tests.api.fakes.records import (
    MemoryFeedback,
    MemoryShares,
    NoAccounts,
    NoInspection,
    NoRemarks,
)
from tests.api.fakes.spaces import MemorySpaces
from tests.api.fakes.turns import MemoryHistories, MemoryRepeats, MemoryTurns
from tests.api.fakes.usage import ListedUsage


@dataclass
class Fakes:
    """All of them, by name, so that a test can look inside."""

    verifier: Verifier = field(default_factory=Verifier)
    rates: MemoryRates = field(default_factory=MemoryRates)
    places: MemoryPlaces = field(default_factory=MemoryPlaces)
    tickets: MemoryTickets = field(default_factory=MemoryTickets)
    keys: MemoryApiKeys = field(default_factory=MemoryApiKeys)
    sessions: MemoryWebSessions = field(default_factory=MemoryWebSessions)
    origins: MemoryOrigins = field(default_factory=MemoryOrigins)
    people: SomePeople = field(default_factory=SomePeople)
    spaces: MemorySpaces = field(default_factory=MemorySpaces)
    turns: MemoryTurns = field(default_factory=MemoryTurns)
    histories: MemoryHistories = field(default_factory=MemoryHistories)
    repeats: MemoryRepeats = field(default_factory=MemoryRepeats)
    remarks: NoRemarks = field(default_factory=NoRemarks)
    feedback: MemoryFeedback = field(default_factory=MemoryFeedback)
    shares: MemoryShares = field(default_factory=MemoryShares)
    inspection: NoInspection = field(default_factory=NoInspection)
    accounts: NoAccounts = field(default_factory=NoAccounts)
    conversations: MemoryConversations = field(init=False)
    branches: MemoryBranches = field(init=False)
    exports: MemoryExports = field(default_factory=MemoryExports)
    approvals: MemoryApprovals = field(default_factory=MemoryApprovals)
    audit: ListedAudit = field(default_factory=ListedAudit)
    policies: MemoryPolicies = field(default_factory=MemoryPolicies)
    allowances: MemoryAllowances = field(default_factory=MemoryAllowances)
    contents: MemoryContents = field(default_factory=MemoryContents)
    connections: MemoryGrants = field(default_factory=MemoryGrants)
    mcp: MemoryServers = field(default_factory=MemoryServers)
    agents: MemoryAgents = field(default_factory=MemoryAgents)
    collections: MemoryCollections = field(default_factory=MemoryCollections)
    documents: MemoryDocuments = field(init=False)
    finder: FixedFinder = field(init=False)
    index: PicturesIndex = field(default_factory=PicturesIndex)
    parser: PictureParser = field(default_factory=PictureParser)
    pictures: SizeEmbedder = field(default_factory=SizeEmbedder)
    usage: ListedUsage = field(default_factory=ListedUsage)
    feed: MemoryFeed = field(default_factory=MemoryFeed)
    flags: RaisedFlags = field(default_factory=RaisedFlags)
    engine: RecordingEngine = field(default_factory=RecordingEngine)

    def __post_init__(self) -> None:
        self.conversations = MemoryConversations(self.turns.receipts)
        self.branches = MemoryBranches(self.conversations)
        self.documents = MemoryDocuments(self.collections)
        self.finder = FixedFinder(self.collections)

    def ports(self) -> Ports:
        async def fine() -> None:
            return

        async def away() -> None:
            raise UnavailableError("redis://:secret@127.0.0.1 is away")

        return Ports(
            verifier=self.verifier,
            places=self.places,
            rates=self.rates,
            tickets=self.tickets,
            keys=self.keys,
            sessions=self.sessions,
            sign_in=self.people,
            origins=self.origins,
            spaces=self.spaces,
            agents=self.agents,
            conversations=self.conversations,
            branches=self.branches,
            exports=self.exports,
            histories=self.histories,
            repeats=self.repeats,
            turns=self.turns,
            remarks=self.remarks,
            feedback=self.feedback,
            shares=self.shares,
            inspection=self.inspection,
            accounts=self.accounts,
            approvals=self.approvals,
            audit=self.audit,
            policies=self.policies,
            allowances=self.allowances,
            connections=self.connections,
            mcp=self.mcp,
            contents=self.contents,
            documents=self.documents,
            collections=self.collections,
            finder=self.finder,
            index=self.index,
            parser=self.parser,
            pictures=self.pictures,
            feed=self.feed,
            flags=self.flags,
            engine=self.engine,
            usage=self.usage,
            checks={"postgres": fine, "redis": away},
            info={"chat": "offline-1"},
        )
