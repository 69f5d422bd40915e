"""Names, ids, errors and what crosses process boundaries."""
