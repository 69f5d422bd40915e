"""What the other ways ask of Postgres."""

from typing import Final

from bench.search.library import MODEL

MAKE_TS: Final = """
CREATE TABLE rival_ts AS SELECT id, to_tsvector('english', text) AS words
FROM passage WHERE space_id = '{space}'
"""
COPY: Final = f"""
INSERT INTO rival_halfvec SELECT passage_id, embedding FROM passage_vector
WHERE space_id = $1 AND model = '{MODEL}'
"""  # noqa: S608 - our own name
BY_ROWS: Final = """
SELECT r.id, sum(w.rarity * r.frequency * ($5::float8 + 1) / (
    r.frequency + $5 * (1 - $6::float8 + $6 * r.length / $4::float8)
)) AS score
FROM unnest($2::text[], $3::float8[]) AS w (term, rarity)
JOIN rival_rows r ON r.space_id = $1 AND r.term = w.term
GROUP BY r.id ORDER BY score DESC LIMIT 100
"""
