"""A space with as many documents as a library has, straight in the table: none is ever searched."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs
from sqlalchemy.engine import make_url

from local.stack import Stack

_SPACE: Final = """
SELECT set_config('app.space_id', $1, false), set_config('app.organisation_id', $2, false)
"""
_COLLECTION: Final = """
INSERT INTO collection (space_id, organisation_id, name, description, chunker, chunk_size,
    chunk_overlap) VALUES ($1, $2, 'general', '', 'semantic', 1500, 200) ON CONFLICT DO NOTHING
"""
_DOCUMENTS: Final = """
INSERT INTO document (space_id, organisation_id, id, title, name, media_type, size, status,
    progress, passages, created_by, collection, live_version, created_at)
SELECT $1, $2, gen_random_uuid(), 'Paper ' || n, 'paper-' || n || '.txt', 'text/plain', n,
    'ready', 1, 1, $3, 'general', 1, $4::timestamptz - n * interval '1 second'
FROM generate_series(1, $5::integer) AS n
"""


async def shelve(stack: Stack, session: dict[str, Any], count: int) -> None:
    """So many in the first space of whoever has this session, the newest first."""
    space, organisation = (
        UUID(session["spaces"][0]["id"]),
        UUID(session["organisation"]["id"]),
    )
    url = make_url(stack.database_owner_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        async with connection.transaction():
            await connection.execute(_SPACE, str(space), str(organisation))
            await connection.execute(_COLLECTION, space, organisation)
            of = space, organisation, UUID(session["user"]["id"])
            before = datetime.now(UTC) - timedelta(hours=1)
            await connection.execute(_DOCUMENTS, *of, before, count)
    finally:
        await connection.close()
