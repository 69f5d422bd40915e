"""What is asked of Postgres about passages and pictures; the space is always `$1`."""

# What is another now goes, with the vectors that were made of it; what stayed keeps its own: a
# document that is read again pays only for what changed.
DROP_CHANGED = """
DELETE FROM passage
WHERE space_id = $1 AND document_id = $2 AND version = $3 AND NOT EXISTS (
    SELECT FROM unnest($4::int[], $5::text[], $6::text[]) AS kept (index, text, heading)
    WHERE kept.index = passage.index AND kept.text = passage.text
        AND kept.heading = passage.heading
) AND index >= $7 AND ($8::int IS NULL OR index < $8)
"""
KEEP_PASSAGES = """
INSERT INTO passage (space_id, organisation_id, document_id, version, id, index, text, heading,
    start, "end", page, content_hash)
SELECT $1, $2, $3, $4, kept.*
FROM unnest($5::uuid[], $6::int[], $7::text[], $8::text[], $9::int[], $10::int[], $11::int[],
    $12::bytea[]) AS kept
ON CONFLICT (space_id, document_id, version, index) DO UPDATE SET
    start = excluded.start, "end" = excluded."end", page = excluded.page
WHERE passage.space_id = $1
"""
LIVE = """
SELECT id, index, text, heading, start, "end", page FROM passage
WHERE space_id = $1 AND document_id = $2 AND version = $3
    AND index > coalesce($4::int, -1)
    AND ($4::int IS NOT NULL OR index >= coalesce((
        SELECT index - $6::int FROM passage
        WHERE space_id = $1 AND document_id = $2 AND version = $3 AND id = $5::uuid
    ), 0))
ORDER BY index LIMIT $7
"""
COUNT = """
SELECT count(*) AS count FROM passage WHERE space_id = $1 AND document_id = $2 AND version = $3
"""
# A slice at a time: each statement ends well within its limit.
DELETE_PASSAGES = """
DELETE FROM passage WHERE space_id = $1 AND id IN (
    SELECT id FROM passage
    WHERE space_id = $1 AND document_id = $2 AND version <> ALL($3::int[]) LIMIT $4
) RETURNING id
"""
DELETE_PICTURES = """
DELETE FROM picture WHERE space_id = $1 AND document_id = $2 AND version <> ALL($3::int[])
"""
DROP_PICTURES = """
DELETE FROM picture
WHERE space_id = $1 AND document_id = $2 AND version = $3 AND NOT EXISTS (
    SELECT FROM unnest($4::int[], $5::bytea[]) AS kept (index, content_hash)
    WHERE kept.index = picture.index AND kept.content_hash = picture.content_hash
)
"""
# One that stayed keeps its vector. Its caption is the file's again, as its passage's words are.
KEEP_PICTURE = """
INSERT INTO picture (space_id, organisation_id, document_id, version, id, index, page, passage,
    caption, data, width, height, content_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (space_id, document_id, version, index) DO UPDATE SET
    page = excluded.page, passage = excluded.passage, caption = excluded.caption
WHERE picture.space_id = $1
"""
PICTURES = """
SELECT id, index, data, caption, width, height, page, passage FROM picture
WHERE space_id = $1 AND document_id = $2 AND version = $3 AND index >= $4 AND index < $5
    AND ($6::varchar IS NULL OR vector IS NULL OR model <> $6)
ORDER BY index
"""
PICTURE = """
SELECT caption, passage FROM picture
WHERE space_id = $1 AND document_id = $2 AND version = $3 AND id = $4
"""
DESCRIBE_PICTURE = """
UPDATE picture SET caption = coalesce($5, caption), model = coalesce($6, model),
    vector = coalesce($7::real[]::halfvec, vector)
WHERE space_id = $1 AND document_id = $2 AND version = $3 AND id = $4
"""
# Taken out and put in again: whatever was made of its old words goes.
TAKE_PASSAGE = """
DELETE FROM passage
WHERE space_id = $1 AND document_id = $2 AND version = $3 AND index = $4
RETURNING id, index, text, heading, start, "end", page
"""
