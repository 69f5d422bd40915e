"""What the index takes on disk, and what ten million passages would."""

from dataclasses import dataclass
from typing import Final

import asyncpg  # type: ignore[import-untyped]  # has no stubs

TABLES: Final = (
    "passage_vector",
    "passage_code",
    "posting",
    "passage",
    "indexed_document",
    "document",
    "cell_centre",
    "space_cell",
    "space_index",
)


@dataclass(frozen=True, slots=True)
class Table:
    """Bytes, with its indexes and what is stored beside it."""

    name: str
    size: int
    rows: int


async def tables(superuser_url: str) -> list[Table]:
    """After a vacuum, which a running database does by itself."""
    connection = await asyncpg.connect(superuser_url)
    try:
        for name in TABLES:
            await connection.execute(f"VACUUM ANALYZE {name}")
        rows = await connection.fetch(
            "SELECT relname AS name, pg_total_relation_size(oid) AS size,"
            " reltuples::bigint AS rows FROM pg_class"
            " WHERE relname = ANY($1) AND relkind = 'r' ORDER BY 2 DESC",
            list(TABLES),
        )
        return [Table(**dict(row)) for row in rows]
    finally:
        await connection.close()
