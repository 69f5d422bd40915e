"""Other ways to do the same, over one space's passages: what the decisions were weighed by.

Each has tables of its own, without other spaces beside it and without row security: they are
shown at their best.
"""

import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import numpy as np

from adapters.search.vector import written
from bench.search import rival_sql as sql
from bench.search.corpus import Corpus, Floats, chosen
from bench.search.library import Space
from domain import lexical
from domain.bm25 import K1, B

_QUESTIONS: Final = 60
_NEAR: Final = 450

Asking = Callable[[str, Floats], Awaitable[Sequence[UUID]]]


@dataclass(slots=True)
class Rival:
    """`seconds` to build; `times` of the questions in ms; recall of ten where there is a truth."""

    name: str
    seconds: float
    size: int
    """Bytes, with its indexes."""
    times: list[float] = field(default_factory=list)
    recall: float | None = None


async def compared(owner_url: str, space: Space, corpus: Corpus) -> list[Rival]:
    """As the superuser sees the space, so that nothing but the ways themselves is measured."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.set_type_codec(
            "halfvec", schema="public", encoder=bytes, decoder=bytes, format="binary"
        )
        await connection.execute("SET statement_timeout = 0; SET jit = off")
        await connection.execute("SET maintenance_work_mem = '1GB'")
        words = [await build(connection, space, corpus) for build in (_ts_rank, _sparse, _rows)]
        await _copy_vectors(connection, space)
        ways = (_halfvec_exact, _halfvec_graph, _bit_exact, _bit_graph)
        found = [await build(connection, space, corpus) for build in ways]
        return [*words, *[rival for some in found for rival in some]]
    finally:
        await connection.close()


async def _asked(rival: Rival, ask: Asking, space: Space, corpus: Corpus, *, judged: bool) -> Rival:
    recalls = []
    whole = space.vectors.astype(np.float32)
    place = {passage_id: at for at, passage_id in enumerate(space.ids)}
    for question in chosen(corpus.questions, _QUESTIONS, 1):
        vector = corpus.asked[question]
        began = time.perf_counter()
        found = await ask(corpus.questions[question], vector)
        rival.times.append(1e3 * (time.perf_counter() - began))
        if judged:
            scores = whole @ vector
            least = np.sort(scores)[-10] - 1e-4
            recalls.append(sum(scores[place[UUID(int=one.int)]] >= least for one in found) / 10)
    if judged:
        rival.recall = float(np.mean(recalls))
    return rival


async def _built(
    connection: Any,  # noqa: ANN401 - has no types
    name: str,
    table: str,
    statements: Sequence[str],
) -> Rival:
    began = time.monotonic()
    for statement in statements:
        await connection.execute(statement)
    seconds = time.monotonic() - began
    await connection.execute(f"VACUUM ANALYZE {table}")
    size = await connection.fetchval("SELECT pg_total_relation_size($1::regclass)", table)
    return Rival(name, seconds, size)


async def _ts_rank(connection: Any, space: Space, corpus: Corpus) -> Rival:  # noqa: ANN401
    rival = await _built(
        connection,
        "ts_rank over tsvector",
        "rival_ts",
        (
            "DROP TABLE IF EXISTS rival_ts",
            sql.MAKE_TS.format(space=space.scope.space_id),
            "CREATE INDEX ON rival_ts USING gin (words)",
        ),
    )

    async def ask(text: str, _: Floats) -> Sequence[UUID]:
        rows = await connection.fetch(
            "WITH asked AS MATERIALIZED (SELECT replace(plainto_tsquery('english', $1)::text,"
            " ' & ', ' | ')::tsquery AS words) SELECT id, ts_rank(words, (SELECT words FROM asked),"
            " 1) AS rank FROM rival_ts WHERE words @@ (SELECT words FROM asked)"
            " ORDER BY rank DESC LIMIT 100",
            text,
        )
        return [row["id"] for row in rows]

    return await _asked(rival, ask, space, corpus, judged=False)


async def _counted(connection: Any, space: Space) -> list[tuple[UUID, Counter[str], int]]:  # noqa: ANN401
    rows = await connection.fetch(
        "SELECT id, text FROM passage WHERE space_id = $1", space.scope.space_id
    )
    return [(row["id"], *lexical.counted(row["text"], "Notes")) for row in rows]


def _weights(counted: Sequence[tuple[UUID, Counter[str], int]]) -> tuple[float, Counter[str]]:
    having: Counter[str] = Counter()
    for _, frequencies, _ in counted:
        having.update(frequencies.keys())
    return sum(length for *_, length in counted) / len(counted), having


async def _sparse(connection: Any, space: Space, corpus: Corpus) -> Rival:  # noqa: ANN401
    """Frozen at one moment: each new document changes every weight."""
    counted = await _counted(connection, space)
    average, having = _weights(counted)
    number = {term: at for at, term in enumerate(sorted(having), start=1)}
    rarity = {
        term: math.log(1 + (len(counted) - count + 0.5) / (count + 0.5))
        for term, count in having.items()
    }

    def sparse(frequencies: Counter[str], length: int) -> str:
        norm = K1 * (1 - B + B * length / average)
        weights = {
            number[term]: rarity[term] * count * (K1 + 1) / (count + norm)
            for term, count in frequencies.items()
        }
        listed = ",".join(f"{at}:{weights[at]:.5g}" for at in sorted(weights))
        return f"{{{listed}}}/{len(number)}"

    began = time.monotonic()
    await connection.execute("DROP TABLE IF EXISTS rival_sparse")
    await connection.execute(f"CREATE TABLE rival_sparse (id uuid, words sparsevec({len(number)}))")
    await connection.executemany(
        "INSERT INTO rival_sparse VALUES ($1, $2::text::sparsevec)",
        [(key, sparse(frequencies, length)) for key, frequencies, length in counted],
    )
    rival = await _built(connection, "BM25 weights in sparsevec", "rival_sparse", ())
    rival.seconds = time.monotonic() - began

    async def ask(text: str, _: Floats) -> Sequence[UUID]:
        known = {
            number[term]: count for term, count in lexical.asked(text).items() if term in number
        }
        listed = ",".join(f"{at}:{known[at]}" for at in sorted(known))
        rows = await connection.fetch(
            "SELECT id FROM rival_sparse ORDER BY words <#> $1::text::sparsevec LIMIT 100",
            f"{{{listed}}}/{len(number)}",
        )
        return [row["id"] for row in rows]

    return await _asked(rival, ask, space, corpus, judged=False)


async def _rows(connection: Any, space: Space, corpus: Corpus) -> Rival:  # noqa: ANN401
    counted = await _counted(connection, space)
    average, having = _weights(counted)
    began = time.monotonic()
    await connection.execute("DROP TABLE IF EXISTS rival_rows")
    await connection.execute(
        'CREATE TABLE rival_rows (space_id uuid, term text COLLATE "C", id uuid,'
        " frequency smallint, length smallint)"
    )
    await connection.copy_records_to_table(
        "rival_rows",
        records=[
            (space.scope.space_id, term, key, frequency, length)
            for key, frequencies, length in counted
            for term, frequency in frequencies.items()
        ],
    )
    rival = await _built(
        connection,
        "one row for each posting",
        "rival_rows",
        ("ALTER TABLE rival_rows ADD PRIMARY KEY (space_id, term, id)",),
    )
    rival.seconds = time.monotonic() - began

    async def ask(text: str, _: Floats) -> Sequence[UUID]:
        terms = [term for term in lexical.asked(text) if term in having]
        rarity = [
            math.log(1 + (len(counted) - having[term] + 0.5) / (having[term] + 0.5))
            for term in terms
        ]
        rows = await connection.fetch(
            sql.BY_ROWS, space.scope.space_id, terms, rarity, average, K1, B
        )
        return [row["id"] for row in rows]

    return await _asked(rival, ask, space, corpus, judged=False)


async def _copy_vectors(connection: Any, space: Space) -> None:  # noqa: ANN401
    await connection.execute("DROP TABLE IF EXISTS rival_halfvec, rival_bits")
    await connection.execute("CREATE TABLE rival_halfvec (id uuid, embedding halfvec(3072))")
    await connection.execute("ALTER TABLE rival_halfvec ALTER embedding SET STORAGE PLAIN")
    await connection.execute(sql.COPY, space.scope.space_id)
    await connection.execute("ALTER TABLE rival_halfvec ADD PRIMARY KEY (id)")
    await connection.execute("CREATE TABLE rival_bits (id uuid, bits bit(3072))")
    await connection.execute("ALTER TABLE rival_bits ALTER bits SET STORAGE PLAIN")
    await connection.execute(
        "INSERT INTO rival_bits SELECT id, binary_quantize(embedding) FROM rival_halfvec"
    )


async def _halfvec_exact(connection: Any, space: Space, corpus: Corpus) -> list[Rival]:  # noqa: ANN401
    rival = await _built(connection, "halfvec, all rows", "rival_halfvec", ())
    return [await _asked(rival, _by_halfvec(connection), space, corpus, judged=True)]


async def _halfvec_graph(connection: Any, space: Space, corpus: Corpus) -> list[Rival]:  # noqa: ANN401
    index = "CREATE INDEX rival_graph ON rival_halfvec USING hnsw (embedding halfvec_ip_ops)"
    rival = await _built(connection, "halfvec, HNSW", "rival_halfvec", (index,))
    ask = _by_halfvec(connection)
    found = [await _at(connection, reach, rival, ask, space, corpus) for reach in (100, 400)]
    await connection.execute("DROP INDEX rival_graph")
    return found


async def _at(
    connection: Any,  # noqa: ANN401 - has no types
    reach: int,
    rival: Rival,
    ask: Asking,
    space: Space,
    corpus: Corpus,
) -> Rival:
    """The same graph, searched so far."""
    await connection.execute(f"SET hnsw.ef_search = {reach}")
    one = replace(rival, name=f"{rival.name}, ef_search {reach}", times=[])
    return await _asked(one, ask, space, corpus, judged=True)


def _by_halfvec(connection: Any) -> Asking:  # noqa: ANN401
    async def ask(_: str, vector: Floats) -> Sequence[UUID]:
        rows = await connection.fetch(
            "SELECT id FROM rival_halfvec ORDER BY embedding <#> $1 LIMIT 10", written(vector)
        )
        return [row["id"] for row in rows]

    return ask


async def _bit_exact(connection: Any, space: Space, corpus: Corpus) -> list[Rival]:  # noqa: ANN401
    rival = await _built(connection, "codes, all rows, then exact", "rival_bits", ())
    ask = _by_bits(connection, _NEAR)
    return [await _asked(rival, ask, space, corpus, judged=True)]


async def _bit_graph(connection: Any, space: Space, corpus: Corpus) -> list[Rival]:  # noqa: ANN401
    index = "CREATE INDEX ON rival_bits USING hnsw (bits bit_hamming_ops)"
    rival = await _built(connection, "codes, HNSW, then exact", "rival_bits", (index,))
    await connection.execute("SET enable_sort = off")
    return [
        await _at(connection, reach, rival, _by_bits(connection, reach), space, corpus)
        for reach in (200, 800)
    ]


def _by_bits(connection: Any, near: int) -> Asking:  # noqa: ANN401
    async def ask(_: str, vector: Floats) -> Sequence[UUID]:
        rows = await connection.fetch(
            "WITH near AS MATERIALIZED (SELECT id FROM rival_bits"
            " ORDER BY bits <~> binary_quantize($1::halfvec)::bit(3072) LIMIT $2)"
            " SELECT h.id FROM near JOIN rival_halfvec h USING (id)"
            " ORDER BY h.embedding <#> $1::halfvec LIMIT 10",
            *(written(vector), near),
        )
        return [row["id"] for row in rows]

    return ask
