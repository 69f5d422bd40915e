"""What the OpenAPI file says about failures, in one place."""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.event_schemas import SCHEMAS, event_schemas, stream_of
from api.schemas.base import Problem

_CODES: Final = {
    400: "space_required, space_invalid, json_invalid, form_invalid, cursor_invalid (header),"
    " if_match_invalid, slack_payload_invalid",
    401: "unauthenticated, token_expired, token_invalid, ticket_invalid,"
    " session_ended, person_unknown,"
    " slack_signature_missing, slack_signature_wrong, slack_timestamp_invalid, slack_request_old",
    403: "space_forbidden, role_required, person_required, csrf_invalid, origin_foreign,"
    " four_eyes, not_the_sender, collection_reserved,"
    " slack_workspace_foreign, slack_app_foreign",
    404: "share_not_found, "
    "api_key_not_found, mcp_server_not_found, mcp_tool_not_found,"
    " not_connected, slack_not_installed, slack_not_linked,"
    " conversation_not_found, message_not_found, turn_not_found, run_not_found,"
    " approval_not_found, document_not_found,"
    " collection_not_found, original_missing, agent_not_found, agent_version_not_found",
    409: "share_exists, slack_reconnect, mcp_server_exists, mcp_tool_changed, "
    "conversation_busy, conversation_archived, already_started, already_decided,"
    " arguments_changed, id_taken,"
    " document_exists, collection_exists, collection_not_empty, collection_permanent,"
    " embedding_model_changed, agent_exists, agent_changed, agent_archived, agent_shipped,"
    " policy_changed, content_changed, content_exists, content_in_review, content_approved",
    410: "share_expired, share_revoked, expired, withdrawn, message_erased",
    413: "message_too_long, conversation_too_long, body_too_large, document_too_large,"
    " query_too_long, picture_too_large",
    415: "document_type_unsupported, document_type_mismatch, picture_type_unsupported",
    422: "conversation_empty, not_an_answer, moment_invalid, window_invalid, window_too_long,"
    " mcp_name_invalid, mcp_address_refused, mcp_command_unknown, mcp_secret_invalid,"
    " provider_unknown, state_invalid, grant_refused, link_invalid, slack_channel_unknown,"
    " slack_channel_private, slack_refused,"
    " request_invalid, text_invalid, leaf_invalid, message_empty, message_reused,"
    " messages_empty, message_invalid, message_role_invalid, nothing_to_answer, file_unsupported,"
    " resume_invalid, shared_state_invalid,"
    " reference_unknown,"
    " references_invalid, file_required, field_repeated, document_empty, document_without_url,"
    " text_or_url, url_invalid, date_invalid, language_invalid, collection_name_invalid,"
    " chunking_invalid, recency_invalid, query_empty, query_or_image, top_k_invalid,"
    " min_score_invalid, filter_unknown, date_range_invalid, image_invalid, picture_unreadable,"
    " agent_unknown, agent_name_invalid, agent_description_invalid, agent_tool_unknown,"
    " agent_collection_unknown, agent_member_unknown, agent_recursive, agent_pattern_unsound,"
    " agent_fallback_unsound, agent_budget_unsound, agent_rules_unsound, agent_template_invalid,"
    " policy_invalid, safety_invalid, origin_invalid, …",
    429: "rate_limited, too_many_streams, shares_full, too_many_guesses, queue_full,"
    " documents_queue_full, collections_full, document_streams_full, agents_full,"
    " budgets_full, mcp_servers_full, slack_crowded, api_keys_full",
    500: "internal",
    502: "what the embedding's provider did: model_overloaded, model_quiet, …",
    503: "usage_timeout, mcp_not_configured,"
    " provider_not_configured, vault_unconfigured, slack_not_configured, slack_unavailable,"
    " slack_rate_limited, slack_links_unavailable,"
    " engine_unavailable, no_worker, store_unavailable, tickets_unavailable, search_timeout,"
    " originals_unavailable, files_waiting",
}


def shared_schemas() -> dict[str, Any]:
    """What `failures` and streams refer to: said once, instead of with each route."""
    _, found = models_json_schema([(Problem, "serialization")], ref_template=f"{SCHEMAS}{{model}}")
    schemas: dict[str, Any] = found["$defs"]
    return {**event_schemas(), **schemas}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """A model's schema in one piece: its definitions would stand where OpenAPI does not look."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def inlined(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        if isinstance(value, list):
            return [inlined(item) for item in value]
        if not isinstance(value, dict):
            return value
        others = {name: inlined(item) for name, item in value.items() if name != "$ref"}
        if "$ref" not in value:
            return others
        return {**inlined(definitions[value["$ref"].rpartition("/")[2]]), **others}

    found: dict[str, Any] = inlined(schema)
    return found


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These, and the ones that every route may answer with."""
    return {
        status: {
            "description": f"Codes: {_CODES[status]}",
            "content": {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
        }
        for status in sorted({400, 401, 403, 422, 429, 500, 503, *statuses})
    }


REPEATABLE: Final = {"x-repeatable": True}
"""Of a POST that may be sent again when its answer was lost: generated clients do."""
DOCUMENT_STREAM: Final[dict[str, Any]] = {
    "description": "Server-Sent Events: `id` is the cursor, `<version>.<change>`",
    "content": stream_of(
        None,
        "id: 1.7\nevent: document.progress\n"
        'data: {"id":"1.7","at":"2026-11-20T12:00:00.000Z","kind":"document.progress",'
        '"document_id":"…","status":"processing","progress":0.6,"passages":240,'
        '"embedded":120,"pictures":3,"version":1}\n\n',
    ),
}
EVENT_STREAM: Final[dict[str, Any]] = {
    "description": "Server-Sent Events: `id` is the cursor, `event` the kind, `data` its JSON",
    "content": stream_of(
        f"{SCHEMAS}Event",
        "id: 1.4\nevent: text.delta\n"
        'data: {"id":"1.4","at":"2026-11-20T12:00:00.000Z","turn_id":"…",'
        '"kind":"text.delta","step":1,"text":"Headlines"}\n\n',
    ),
}
