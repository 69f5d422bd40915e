"""Have a turn's answer written into the thread of Slack that asked for it."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.threads import ThreadActivities
    from models import names
    from models.payloads.slack import SlackAnswer, SlackLook
    from workflows import policies

# Between two looks at a turn that waits for a person: soon at first, then once a minute.
_FIRST = timedelta(seconds=2)
_LONGEST = timedelta(minutes=1)
# Some weeks of looks: no approval waits as long.
_MOST_LOOKS = 20_000


# It waits as long as people do, and would hold an old version up for as long: it moves.
@workflow.defn(
    name=names.SLACK_ANSWER_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE
)
class SlackAnswerWorkflow:
    """Beside the turn's, so that no other turn pays for it: Slack may be away, and the turn ends
    all the same."""

    @workflow.run
    async def run(self, answer: SlackAnswer) -> None:
        while (look := await self._look(answer)) is not None and not look.done:
            answer = _after(answer, look)
            if answer.looks > _MOST_LOOKS:
                workflow.logger.warning("slack.answer_given_up")
                return
            workflow.set_current_details("waits for the turn to go on")
            pause = _FIRST * 2 ** min(answer.looks, 5)
            await workflow.sleep(min(pause, _LONGEST), summary="until the next look")
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(answer)

    async def _look(self, answer: SlackAnswer) -> SlackLook | None:
        """None when Slack refuses it, or is away for longer than it is worth."""
        try:
            return await workflow.execute_activity_method(
                ThreadActivities.write, answer, **policies.answer_in_slack()
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("slack.answer_failed")
            return None


def _after(answer: SlackAnswer, look: SlackLook) -> SlackAnswer:
    looks = answer.looks + 1 if look.shown == answer.shown else 0
    return answer.model_copy(update={"shown": look.shown, "looks": looks})
