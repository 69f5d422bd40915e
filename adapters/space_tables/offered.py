"""The tables that agents may ask, as they are told to the model."""

from collections.abc import Mapping
from typing import Final

SCHEMA: Final = "space_tables"

_DOCUMENTS: Final = """
documents(id uuid, title, name, media_type, size int /* bytes */, status /* queued, processing,
  ready, failed */, passages int, pictures int, collection, author, language, published_on date,
  keywords text[], url, version int, error_code, created_by uuid, created_at, finished_at)
"""
_USAGE: Final = """
usage(id uuid, user_id uuid, agent, conversation_id, turn_id, document_id, kind, model,
  input_tokens, output_tokens, cached_tokens bigint, first_token_ms int, cost_usd numeric,
  created_at) /* one row for each call of a model */
"""
TABLES: Final[Mapping[str, str]] = {
    "collections": "collections(name, description, created_at)",
    "documents": " ".join(_DOCUMENTS.split()),
    "conversations": "conversations(id uuid, title, agent, kind /* chat, run */, state, "
    "created_by uuid, created_at, updated_at)",
    "messages": "messages(id uuid, conversation_id, position int, role /* user, assistant, tool */,"
    " content, turn_id, withdrawn bool, created_at)",
    "turns": "turns(id uuid, conversation_id, number bigint, user_id uuid, agent, agent_version, "
    "steps int, outcome /* completed, failed, stopped, …; NULL while it runs */, error_code, "
    "started_at, ended_at)",
    "sessions": "sessions(id uuid, conversation_id, number int, title, summary, started_at, "
    "last_turn_at, ended_at)",
    "tool_calls": "tool_calls(turn_id uuid, call_id, conversation_id, step int, name, status, "
    "started_at, ended_at)",
    "approvals": "approvals(id uuid, conversation_id, turn_id, tool, state, note, expires_at, "
    "decided_at, decided_by uuid, created_at)",
    "usage": " ".join(_USAGE.split()),
    "content": "content(id uuid, kind, agent, state /* draft, in_review, approved */, version int, "
    "approved_version int, approved_by uuid, created_at)",
    "content_versions": "content_versions(item_id uuid, number int, title, text, created_by uuid, "
    "turn_id uuid, note, created_at)",
    "notes": "notes(id uuid, title, body, created_at)",
}
