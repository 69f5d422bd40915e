"""Which faults are brought, in their order."""

from tests.chaos.fault import Fault
from tests.chaos.faults.commit_cut import CommitCut
from tests.chaos.faults.copies import Copies
from tests.chaos.faults.drained import Drained
from tests.chaos.faults.edge_killed import EdgeKilled
from tests.chaos.faults.edge_killed_accepting import EdgeKilledAccepting
from tests.chaos.faults.redis_lost import RedisLost
from tests.chaos.faults.worker_frozen import WorkerFrozen
from tests.chaos.faults.worker_killed import WorkerKilled

# Those of one provider stand together: the workers are exchanged between them.
FAULTS: tuple[Fault, ...] = (
    WorkerKilled("responses", every=False),
    WorkerKilled("responses", every=True),
    WorkerFrozen(),
    EdgeKilled(every=False),
    EdgeKilled(every=True),
    CommitCut(30, short=True),
    CommitCut(500, short=False),
    RedisLost("flush"),
    RedisLost("restart"),
    RedisLost("down"),
    Copies(),
    EdgeKilledAccepting(),
    Drained(),
    WorkerKilled("chat", every=False),
    WorkerKilled("chat", every=True),
)
