"""The agent that retrieves, over ten thousand passages; the embedding call is told apart."""

from bench import library
from bench.figures import loaded, single
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import Plan
from bench.results import Results

EMBEDDING = "embedding call"
ADDED_LESS = "added to first token, embedding call apart"
EMBEDDINGS = 30
# Of the means that 16 at once have, the slowest in a hundred must still be quick.
CLIENTS = 16
TAIL = f"p99 of time to first token, {CLIENTS} at once"


async def measure(place: Place, plan: Plan, results: Results) -> None:
    retrieving = Holdfast(place.stack, "general", "holdfast, retrieving")
    calls = await library.embedding_call(place.stack, EMBEDDINGS)
    results.add(EMBEDDING, "model server", "ms", calls)
    await single.rounds([retrieving], plan, results)
    await loaded.rounds([retrieving], place, plan, results)
    results.tail(loaded.first_token(CLIENTS), retrieving.name, TAIL, 0.99)
    floor = results.median(single.FIRST_TOKEN, single.FLOOR)
    embedding = results.median(EMBEDDING, "model server")
    if floor is not None and embedding is not None:
        firsts = results.values(single.FIRST_TOKEN, retrieving.name)
        results.add(single.ADDED, retrieving.name, "ms", [value - floor for value in firsts])
        apart = [value - floor - embedding for value in firsts]
        results.add(ADDED_LESS, retrieving.name, "ms", apart)
