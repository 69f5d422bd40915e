"""Which faults are brought, in their order."""

from tests.chaos.fault import Fault
from tests.chaos.faults.approval_raced import ApprovalRaced
from tests.chaos.faults.clocks_apart import ClocksApart
from tests.chaos.faults.commit_cut import CommitCut
from tests.chaos.faults.copies import Copies
from tests.chaos.faults.crowded import Crowded
from tests.chaos.faults.cursor_junk import CursorJunk
from tests.chaos.faults.deployed import Deployed
from tests.chaos.faults.drained import Drained
from tests.chaos.faults.edge_killed import EdgeKilled
from tests.chaos.faults.edge_killed_accepting import EdgeKilledAccepting
from tests.chaos.faults.effect_unreported import EffectUnreported
from tests.chaos.faults.grant_refreshed import GrantRefreshed
from tests.chaos.faults.ingesting import IngestionStruck, ProviderBusy
from tests.chaos.faults.ingesting_raced import IngestionRaced
from tests.chaos.faults.inside_addresses import InsideAddresses
from tests.chaos.faults.large import Large
from tests.chaos.faults.long_talk import LongTalk
from tests.chaos.faults.model_failing import ModelAway, ModelFailing
from tests.chaos.faults.model_hanging import ModelHanging
from tests.chaos.faults.model_limited import ModelLimited
from tests.chaos.faults.model_malformed import ModelMalformed
from tests.chaos.faults.model_replaced import ModelReplaced
from tests.chaos.faults.noisy import Noisy
from tests.chaos.faults.poison import PoisonDocuments
from tests.chaos.faults.postgres_lost import ConnectionsCut, PostgresRestarted
from tests.chaos.faults.reader_herd import ReaderHerd
from tests.chaos.faults.reader_slow import ReaderSlow
from tests.chaos.faults.redis_lost import RedisLost
from tests.chaos.faults.slack_forged import SlackForged
from tests.chaos.faults.space_crossed import SpaceCrossed
from tests.chaos.faults.team_killed import TeamKilled
from tests.chaos.faults.temporal_down import TemporalDown
from tests.chaos.faults.trail_full import TrailFull
from tests.chaos.faults.verdict_refused import VerdictRefused
from tests.chaos.faults.worker_frozen import WorkerFrozen
from tests.chaos.faults.worker_killed import WorkerKilled

# Those of one provider stand together: the workers are exchanged between them.
FAULTS: tuple[Fault, ...] = (
    WorkerKilled("responses", every=False),
    WorkerKilled("responses", every=True),
    WorkerFrozen(),
    EdgeKilled(every=False),
    EdgeKilled(every=True),
    TemporalDown(1),
    TemporalDown(20),
    TemporalDown(60),
    PostgresRestarted(1, short=True),
    PostgresRestarted(4, short=False),
    ConnectionsCut(30),
    CommitCut(30, short=True),
    CommitCut(500, short=False),
    RedisLost("flush"),
    RedisLost("restart"),
    RedisLost("down"),
    RedisLost("full"),
    ModelLimited(6, short_runs=1, full_runs=0),
    ModelLimited(24, short_runs=0, full_runs=1),
    ModelFailing(),
    ModelAway(),
    ModelReplaced(),
    ModelHanging(),
    ModelMalformed("responses", 40, short_runs=1, full_runs=0),
    ModelMalformed("responses", 500, short_runs=0, full_runs=1),
    Copies(),
    EdgeKilledAccepting(),
    ApprovalRaced(2, short_runs=1, full_runs=0),
    ApprovalRaced(63, short_runs=0, full_runs=1),
    SlackForged(60, short_runs=1, full_runs=0),
    SlackForged(2_000, short_runs=0, full_runs=3),
    VerdictRefused(1, dead_workers=False, short_runs=1, full_runs=0),
    VerdictRefused(5, dead_workers=True, short_runs=0, full_runs=1),
    TrailFull(),
    EffectUnreported(3, short_runs=1, full_runs=0),
    EffectUnreported(13, short_runs=0, full_runs=1),
    TeamKilled(every=False),
    TeamKilled(every=True),
    ClocksApart(edge_ahead=False),
    ClocksApart(edge_ahead=True),
    PoisonDocuments(every=False, short_runs=1, full_runs=0),
    PoisonDocuments(every=True, short_runs=0, full_runs=2),
    InsideAddresses(),
    Large(),
    SpaceCrossed(6, 200, 2_000, short_runs=1, full_runs=0),
    SpaceCrossed(50, 1_000, 24_000, short_runs=0, full_runs=4),
    ReaderSlow(),
    ReaderHerd(2_000, every=False, short_runs=0, full_runs=1),
    ReaderHerd(2_000, every=True, short_runs=0, full_runs=1),
    CursorJunk(),
    Deployed(),
    Crowded(),
    LongTalk(),
    IngestionStruck("worker", short_runs=1, full_runs=3),
    IngestionStruck("postgres", short_runs=0, full_runs=2),
    ProviderBusy(),
    IngestionRaced(),
    # What the machine can do, and more than that: fairness decides what waits, not what it costs.
    Noisy(spaces=40, rate=5, seconds=30),
    Noisy(spaces=12, rate=25, seconds=20),
    GrantRefreshed(),
    Drained(),
    WorkerKilled("chat", every=False),
    WorkerKilled("chat", every=True),
    ModelMalformed("chat", 500, short_runs=0, full_runs=1),
)
