"""What a passage stands under, as SQL: it is embedded and indexed with it."""

from typing import Final

# As `domain.standing.standing`. A slide called "Budget" says of which campaign by its deck's
# title alone; where the path begins with the title, once is enough.
STANDING: Final = """
CASE
    WHEN p.heading = '' THEN d.title
    WHEN starts_with(p.heading, d.title) THEN p.heading
    ELSE d.title || ' > ' || p.heading
END
"""
