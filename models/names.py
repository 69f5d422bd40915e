"""Names that processes agree on: workflows, messages, queues, search attributes."""

from uuid import UUID

TURN_WORKFLOW = "turn"
AGENT_RUN_WORKFLOW = "agent_run"
POST_SESSION_WORKFLOW = "post_session"
INGESTION_WORKFLOW = "ingestion"
REEMBEDDING_WORKFLOW = "reembedding"
APPROVAL_WORKFLOW = "approval"
SLACK_ANSWER_WORKFLOW = "slack_answer"

# The update answers the caller; the signal is its durable twin for when no worker is up.
SEND_UPDATE = "send"
SEND_SIGNAL = "deliver"
STOP_SIGNAL = "stop"
# Who waits behind the running turn, and taking one of them back before its turn begins.
QUEUE_QUERY = "queue"
WITHDRAW_UPDATE = "withdraw"
DECIDED_SIGNAL = "decided"
CLOSE_SIGNAL = "close"
CHANGED_SIGNAL = "changed"


def awake_signal(run_id: UUID) -> str:
    """From a run to its caller: it goes on. One for each run, since several work side by side."""
    return f"awake/{run_id}"


TURNS_QUEUE = "turns"
DOCUMENTS_QUEUE = "documents"


def fetching_queue(documents: str = DOCUMENTS_QUEUE) -> str:
    """Of the documents whose bytes are fetched: sites that say nothing for a minute must hold up
    other sites at most, never the reading of files."""
    return f"{documents}-fetching"


ORGANISATION_ATTRIBUTE = "HoldfastOrganisation"
SPACE_ATTRIBUTE = "HoldfastSpace"
CONVERSATION_ATTRIBUTE = "HoldfastConversation"
AGENT_ATTRIBUTE = "HoldfastAgent"
OUTCOME_ATTRIBUTE = "HoldfastOutcome"

# All of type Keyword: opaque ids and our own words only, since they are stored in the clear.
SEARCH_ATTRIBUTES = (
    ORGANISATION_ATTRIBUTE,
    SPACE_ATTRIBUTE,
    CONVERSATION_ATTRIBUTE,
    AGENT_ATTRIBUTE,
    OUTCOME_ATTRIBUTE,
)
