"""The window in which somebody says what to change."""

from typing import Any, Final

from adapters.slack import message
from domain.ports.slack import Question

CALLBACK: Final = "approval.revise"
FIELD: Final = "note"
# As the API takes them.
LONGEST: Final = 2_000


def window(question: Question) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": message.value(question),
        "title": {"type": "plain_text", "text": "Request revision"},
        "submit": {"type": "plain_text", "text": "Send back"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {
                "type": "input",
                "block_id": FIELD,
                "label": {"type": "plain_text", "text": "What should change?"},
                "element": {
                    "type": "plain_text_input",
                    "action_id": FIELD,
                    "multiline": True,
                    "max_length": LONGEST,
                },
            }
        ],
    }
