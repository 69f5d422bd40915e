"""What operators find runs by: search attributes, opaque ids and our own words only."""

from uuid import UUID

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from models import names
from models.payloads.scope import Scope
from models.payloads.turn import Outcome

_ORGANISATION = SearchAttributeKey.for_keyword(names.ORGANISATION_ATTRIBUTE)
_SPACE = SearchAttributeKey.for_keyword(names.SPACE_ATTRIBUTE)
_CONVERSATION = SearchAttributeKey.for_keyword(names.CONVERSATION_ATTRIBUTE)
_AGENT = SearchAttributeKey.for_keyword(names.AGENT_ATTRIBUTE)
_OUTCOME = SearchAttributeKey.for_keyword(names.OUTCOME_ATTRIBUTE)


def attributes_of(scope: Scope, conversation_id: UUID, agent: str) -> TypedSearchAttributes:
    """The attributes that a run starts with; a continued run starts with them afresh."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(_ORGANISATION, str(scope.organisation_id)),
            SearchAttributePair(_SPACE, str(scope.space_id)),
            SearchAttributePair(_CONVERSATION, str(conversation_id)),
            SearchAttributePair(_AGENT, agent),
        ]
    )


def show_outcome(outcome: Outcome) -> None:
    """Write the outcome, unless it is the usual one: an upsert is a billed action."""
    shown = workflow.info().typed_search_attributes.get(_OUTCOME)
    if outcome is Outcome.COMPLETED and shown is None:
        return
    workflow.upsert_search_attributes([_OUTCOME.value_set(outcome.value)])
