"""Postgres: the truth about conversations, documents, approvals, usage and audit."""
