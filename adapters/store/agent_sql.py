"""Statements about agents; their first value is the organisation, and what their rows say."""

from typing import Any

from domain.ports.agents import AgentVersion
from models.payloads.agent import Agent

# Shown of an agent's history; older versions are still found by the runs that had them.
MOST_VERSIONS = 200

CURRENT = """
SELECT a.name, a.version, v.agent FROM agent a
JOIN agent_version v ON v.organisation_id = $1 AND v.name = a.name AND v.version = a.version
WHERE a.organisation_id = $1 AND a.archived_at IS NULL
"""
ONE = """
SELECT name, version, agent FROM agent_version
WHERE organisation_id = $1 AND name = $2 AND version = $3
"""
VERSIONS = f"""
SELECT v.name, v.version, v.agent, v.created_by, v.created_at, v.note,
    v.version = a.version AS current, a.archived_at IS NOT NULL AS archived
FROM agent a JOIN agent_version v ON v.organisation_id = $1 AND v.name = a.name
WHERE a.organisation_id = $1 AND a.name = $2 ORDER BY v.version DESC LIMIT {MOST_VERSIONS}
"""  # noqa: S608 - our own number
COUNT = "SELECT count(*) AS count FROM agent WHERE organisation_id = $1 AND archived_at IS NULL"
HEAD = """
INSERT INTO agent (organisation_id, name, version) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING name
"""
LOCK = """
SELECT version, archived_at IS NOT NULL AS archived FROM agent
WHERE organisation_id = $1 AND name = $2 FOR UPDATE
"""
INSERT = """
INSERT INTO agent_version (organisation_id, name, version, agent, created_by, note)
VALUES ($1, $2, $3, $4, $5, $6)
"""
ADVANCE = """
UPDATE agent SET version = $3, archived_at = NULL WHERE organisation_id = $1 AND name = $2
"""
ARCHIVE = """
UPDATE agent SET archived_at = clock_timestamp() WHERE organisation_id = $1 AND name = $2
"""


def agent_of(row: Any) -> Agent:  # noqa: ANN401 - a driver's record
    return Agent.model_validate({**row["agent"], "name": row["name"], "version": row["version"]})


def version_of(row: Any) -> AgentVersion:  # noqa: ANN401 - a driver's record
    return AgentVersion(
        agent=agent_of(row),
        current=row["current"],
        archived=row["archived"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        note=row["note"],
    )
