"""What is asked of Postgres about documents; the space is always `$1`."""

COLUMNS = (
    "id, title, name, media_type, size, status, progress, passages, error_code, error_detail,"
    " created_at, embedded, pictures, version, live_version, collection, url, author, language,"
    " published_on, keywords, changed"
)
# What a document is after each change: its readers' events are numbered by it.
_TOUCHED = "changed = changed + 1, touched_at = now()"

ADD = """
INSERT INTO document (space_id, organisation_id, id, title, name, media_type, size, status,
    progress, passages, created_by, collection, author, language, published_on, keywords, said,
    url)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, 0, $8, $9, $10, $11, $12, $13, $14::jsonb, $15)
"""
GET = f"SELECT {COLUMNS} FROM document WHERE space_id = $1 AND id = $2"  # noqa: S608 -- our own
# Turns that keep a copy of its passages need not wait for an ingestion, but for a deletion.
LOCK = f"""
SELECT {COLUMNS}, said, found FROM document WHERE space_id = $1 AND id = $2 FOR NO KEY UPDATE
"""  # noqa: S608 -- our own column names
LOCK_TO_DELETE = "SELECT id FROM document WHERE space_id = $1 AND id = $2 FOR UPDATE"
PAGE = f"""
SELECT {COLUMNS} FROM document
WHERE space_id = $1 AND ($2::varchar IS NULL OR collection = $2)
    AND ($3::varchar IS NULL OR status = $3)
    AND ($4::text IS NULL OR strpos(lower(title || E'\\n' || name), lower($4)) > 0)
    AND ($5::varchar IS NULL OR media_type = $5)
    AND ($6::timestamptz IS NULL OR (created_at, id) < ($6, $7::uuid))
ORDER BY created_at DESC, id DESC LIMIT $8
"""  # noqa: S608 -- our own column names
KNOWN = "SELECT id FROM document WHERE space_id = $1 AND id = ANY($2::uuid[])"
OF_ADDRESS = "SELECT id FROM document WHERE space_id = $1 AND url = $2"
WAITING = """
SELECT count(*) AS count FROM (
    SELECT FROM document WHERE space_id = $1 AND status IN ('queued', 'processing') LIMIT $2
) AS few
"""
REQUEUE = f"""
UPDATE document SET status = 'queued', progress = 0, error_code = NULL, error_detail = NULL,
    finished_at = NULL, {_TOUCHED}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
NEXT_VERSION = f"""
UPDATE document SET version = $3, status = 'queued', progress = 0, passages = 0, embedded = 0,
    pictures = 0, error_code = NULL, error_detail = NULL, finished_at = NULL, {_TOUCHED}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
NEW_FILE = """
UPDATE document SET name = $3, media_type = $4, size = $5 WHERE space_id = $1 AND id = $2
"""
DESCRIBE = f"""
UPDATE document SET title = $3, author = $4, language = $5, published_on = $6, keywords = $7,
    said = $8::jsonb, found = $9::jsonb, collection = $10, {_TOUCHED}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
BEGIN = f"""
UPDATE document SET status = 'processing', error_code = NULL, error_detail = NULL, {_TOUCHED}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
PARSED = f"""
UPDATE document SET status = 'processing', passages = $3, pictures = $4, embedded = $5,
    progress = $6, {_TOUCHED}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
ADVANCE = f"""
UPDATE document SET embedded = $3, progress = $4, {_TOUCHED} WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
FAIL = f"""
UPDATE document SET status = 'failed', error_code = $3, error_detail = $4, finished_at = now(),
    {_TOUCHED}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
READY = f"""
UPDATE document SET status = 'ready', progress = 1, embedded = passages, live_version = version,
    finished_at = now(), error_code = NULL, error_detail = NULL, {_TOUCHED}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own
DELETE = "DELETE FROM document WHERE space_id = $1 AND id = $2"
# What answers were told of it: `commit_passages` adds none behind our back.
DELETE_COPIES = """
DELETE FROM turn_passage WHERE space_id = $1 AND source ->> 'document_id' = $2::text
"""
STALLED = "SELECT * FROM stalled_documents($1, $2)"
TAKEN_UP = """
UPDATE document SET touched_at = now() WHERE space_id = $1 AND id = $2 AND version = $3
"""
