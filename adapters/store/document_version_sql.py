"""What is asked of Postgres about a document's contents; the space is always `$1`."""

SAME_BYTES = """
SELECT document_id, version FROM document_version WHERE space_id = $1 AND content_hash = $2
"""
VERSION = """
SELECT content_hash, original, found FROM document_version
WHERE space_id = $1 AND document_id = $2 AND version = $3
"""
ADD_VERSION = """
INSERT INTO document_version (space_id, organisation_id, document_id, version, content_hash,
    original)
VALUES ($1, $2, $3, $4, $5, $6)
"""
FETCHED = """
UPDATE document_version SET content_hash = $4, original = $5, url = $6
WHERE space_id = $1 AND document_id = $2 AND version = $3
"""
# The same bytes again: the newest version has them, so that each hash is there once.
GIVE_UP_BYTES = """
UPDATE document_version SET content_hash = NULL, original = NULL
WHERE space_id = $1 AND document_id = $2 AND version = $3
"""
KEEP_FOUND = """
UPDATE document_version SET found = $4::jsonb
WHERE space_id = $1 AND document_id = $2 AND version = $3
"""
# Row and outbox go together: no object is forgotten, whatever dies next.
DROP_VERSIONS = """
WITH dropped AS (
    DELETE FROM document_version
    WHERE space_id = $1 AND document_id = $3 AND version <> ALL($4::int[])
    RETURNING original
)
INSERT INTO original_removal (space_id, organisation_id, name, due_at)
SELECT $1, $2, original, now() FROM dropped WHERE original IS NOT NULL
ON CONFLICT DO NOTHING
"""
OLD_BYTES = "SELECT data FROM document_original WHERE space_id = $1 AND document_id = $2"
DELETE_OLD_BYTES = "DELETE FROM document_original WHERE space_id = $1 AND document_id = $2"
# An upload that ends well takes its row away again.
INTEND = """
INSERT INTO original_removal (space_id, organisation_id, name, due_at)
VALUES ($1, $2, $3, now() + $4)
"""
ADOPT = """
DELETE FROM original_removal
WHERE space_id = $1 AND name = $2 AND due_at > now() + interval '1 minute'
RETURNING name
"""
DISCARD = """
INSERT INTO original_removal (space_id, organisation_id, name, due_at)
VALUES ($1, $2, $3, now())
ON CONFLICT (space_id, name) DO UPDATE SET due_at = now()
WHERE original_removal.space_id = $1
"""
DUE = "SELECT * FROM due_removals($1)"
REMOVED = "DELETE FROM original_removal WHERE space_id = $1 AND name = $2"
