"""What is asked of Postgres about documents; the space is always `$1`."""

# Reading takes the first tenth of the progress bar, publishing the last twentieth.
READ = 0.1
EMBEDDED = 0.95

COLUMNS = (
    "id, title, name, media_type, size, status, progress, passages, error_code, error_detail,"
    " created_at"
)
ADD = f"""
INSERT INTO document
    (space_id, organisation_id, id, content_hash, title, name, media_type, size, status, progress,
     passages, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, 0, $9)
ON CONFLICT (space_id, content_hash) DO UPDATE SET
    status = CASE document.status WHEN 'failed' THEN 'queued' ELSE document.status END,
    progress = CASE document.status WHEN 'failed' THEN 0 ELSE document.progress END,
    error_code = NULL, error_detail = NULL
WHERE document.space_id = $1
RETURNING {COLUMNS}
"""  # noqa: S608 -- our own column names
ADD_ORIGINAL = """
INSERT INTO document_original (space_id, organisation_id, document_id, data)
VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
GET = f"SELECT {COLUMNS} FROM document WHERE space_id = $1 AND id = $2"  # noqa: S608 -- our own
LOCK = f"{GET} FOR UPDATE"
PAGE = f"""
SELECT {COLUMNS} FROM document
WHERE space_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
ORDER BY created_at DESC, id DESC LIMIT $4
"""  # noqa: S608 -- our own column names
DELETE = "DELETE FROM document WHERE space_id = $1 AND id = $2 RETURNING id"
ORIGINAL = "SELECT data FROM document_original WHERE space_id = $1 AND document_id = $2"
# A vector stays where its text stayed: a document taken in again pays only for what changed.
KEEP_PASSAGES = """
INSERT INTO passage
    (space_id, organisation_id, document_id, id, index, text, heading, start, "end")
SELECT $1, $2, $3, kept.*
FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[], $8::int[], $9::int[]) AS kept
ON CONFLICT (space_id, document_id, index) DO UPDATE SET
    text = excluded.text, heading = excluded.heading,
    start = excluded.start, "end" = excluded."end",
    embedding = CASE WHEN (passage.text, passage.heading) = (excluded.text, excluded.heading)
                     THEN passage.embedding END
WHERE passage.space_id = $1
"""
DROP_PASSAGES = "DELETE FROM passage WHERE space_id = $1 AND document_id = $2 AND index >= $3"
PARSED = f"""
UPDATE document SET title = $3, passages = $4, status = 'processing', progress = {READ}
WHERE space_id = $1 AND id = $2
"""  # noqa: S608 -- our own number
# The heading says what a passage is about, which the passage itself may not.
WITHOUT_VECTOR = """
SELECT p.id, coalesce(nullif(p.heading, ''), d.title) || E'\n\n' || p.text AS text
FROM passage p JOIN document d ON d.space_id = p.space_id AND d.id = p.document_id
WHERE p.space_id = $1 AND p.document_id = $2 AND p.embedding IS NULL
  AND p.index >= $3 AND p.index < $3 + $4
ORDER BY p.index
"""
KEEP_VECTORS = """
UPDATE passage SET embedding = kept.vector::halfvec, embedding_model = $5
FROM unnest($3::uuid[], $4::text[]) AS kept (id, vector)
WHERE passage.space_id = $1 AND passage.document_id = $2 AND passage.id = kept.id
  AND passage.embedding IS NULL
"""
ADVANCE = f"""
UPDATE document SET progress = {READ} + {EMBEDDED - READ} * (
    SELECT count(embedding) FROM passage WHERE space_id = $1 AND document_id = $2
) / greatest(passages, 1)
WHERE space_id = $1 AND id = $2 AND status = 'processing'
"""  # noqa: S608 -- our own numbers
KEEP_USAGE = """
INSERT INTO usage
    (space_id, organisation_id, id, user_id, document_id, kind, model, input_tokens, output_tokens,
     cached_tokens, cost_usd, price_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING
"""
BEGIN = """
UPDATE document SET status = 'processing', error_code = NULL, error_detail = NULL
WHERE space_id = $1 AND id = $2
"""
FAIL = """
UPDATE document SET status = 'failed', error_code = $3, error_detail = $4, finished_at = now()
WHERE space_id = $1 AND id = $2
"""
UNREADY = """
SELECT count(*) AS count FROM passage
WHERE space_id = $1 AND document_id = $2 AND embedding IS NULL
"""
PUBLISH = """
UPDATE passage SET searchable = true
WHERE space_id = $1 AND document_id = $2 AND index >= $3 AND index < $4 AND NOT searchable
"""
READY = """
UPDATE document SET status = 'ready', progress = 1, finished_at = now(), error_code = NULL,
    error_detail = NULL
WHERE space_id = $1 AND id = $2
"""
