"""What the OpenAPI file says about failures, in one place."""

from typing import Any, Final

from api.schemas.base import Problem

_CODES: Final = {
    400: "space_required, space_invalid, json_invalid, cursor_invalid (header)",
    401: "unauthenticated, token_expired, token_invalid, ticket_invalid",
    403: "space_forbidden, role_required",
    404: "conversation_not_found, run_not_found, document_not_found, approval_not_found",
    409: "conversation_busy, conversation_archived, already_decided, id_taken",
    410: "expired, withdrawn, message_erased",
    413: "message_too_long, body_too_large, document_too_large",
    415: "document_type_unsupported, document_type_mismatch",
    422: "request_invalid, text_invalid, message_empty, message_reused, references_unsupported, …",
    429: "queue_full",
    500: "internal",
    503: "engine_unavailable, no_worker, store_unavailable, tickets_unavailable",
}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These, and the ones that every route may answer with."""
    return {
        status: {
            "description": f"Codes: {_CODES[status]}",
            "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
        }
        for status in sorted({400, 401, 403, 422, 500, 503, *statuses})
    }


EVENT_STREAM: Final[dict[str, Any]] = {
    "description": "Server-Sent Events: `id` is the cursor, `event` the kind, `data` its JSON",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": (
                "id: 1.4\nevent: text.delta\n"
                'data: {"id":"1.4","at":"2026-11-20T12:00:00.000Z","turn_id":"…",'
                '"kind":"text.delta","step":1,"text":"Headlines"}\n\n'
            ),
        }
    },
}
