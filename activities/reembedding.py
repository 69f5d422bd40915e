"""Give a space's passages vectors of another model, then search by them."""

from temporalio import activity

from activities.embedding import made
from activities.failures import reported
from activities.heartbeat import heartbeating
from activities.rounds import rounds
from domain.packing import packed
from domain.ports.engine import Reembeddings
from domain.ports.vectors import Embedders, Vectors
from models.payloads.ingestion import Reembedded, ReembeddingStart, ReembedRequest

# An activity's share, as for a document's passages.
PASSAGES_PER_BATCH = 250
# A change of model is rare, and takes hours in a large space: nobody waits for its first minute.
INTERVAL_S = 60.0
# What one round starts; a deployment of more spaces takes more rounds.
SPACES = 100


class ReembeddingActivities:
    """Each may run again at any point: passages that have their vector are not asked for again."""

    def __init__(self, vectors: Vectors, embedders: Embedders) -> None:
        self._vectors = vectors
        self._embedders = embedders

    @activity.defn(name="reembedding.embed")
    async def embed(self, request: ReembedRequest) -> Reembedded:
        async with heartbeating():
            with reported():
                embedder = self._embedders.named(request.model)
                missing = await self._vectors.missing(
                    request.scope, request.model, request.after, PASSAGES_PER_BATCH
                )
                for some in packed(
                    missing, lambda one: one[1], most=embedder.batch, tokens=embedder.tokens
                ):
                    vectors, usage = await made(embedder, some, None)
                    await self._vectors.keep(request.scope, request.model, vectors, usage)
                if len(missing) < PASSAGES_PER_BATCH:
                    return Reembedded(done=len(missing))
                return Reembedded(done=len(missing), after=missing[-1][0])

    @activity.defn(name="reembedding.switch")
    async def switch(self, request: ReembedRequest) -> int:
        """How many passages still lack a vector of the model: nothing has changed then."""
        async with heartbeating():
            with reported():
                return await self._vectors.switch(request.scope, request.model)


async def reembed_spaces(
    vectors: Vectors, embedders: Embedders, engine: Reembeddings, *, interval_s: float = INTERVAL_S
) -> None:
    """Start what brings each space to the default model; runs until cancelled. A start is
    idempotent, so that several workers may sweep at once."""
    default = embedders.default

    async def once() -> None:
        for scope in await vectors.behind(default.name, SPACES):
            await engine.start_reembedding(
                ReembeddingStart(scope=scope, model=default.name, dimension=default.dimension)
            )

    await rounds(once, "reembedding_not_started", interval_s)
