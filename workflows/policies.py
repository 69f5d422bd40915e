"""Every timeout and retry, by kind of work, with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

# A killed worker is noticed this fast; the SDK sends a heartbeat each 80 % of it.
HEARTBEAT = timedelta(seconds=4)
# Long enough for a database failover, short enough to be seen by a waiting person.
SHORT_WORK = timedelta(seconds=30)
# One model call, all its tokens.
LONGEST_CALL = timedelta(minutes=5)
# An activity that knows its deadline ends by itself and stores what it has; this is for that.
GRACE = timedelta(seconds=10)

# The next attempt starts at once after a kill; errors of a provider that lasts back off to 10 s.
# 12 attempts outlast 30 s of a provider's errors with room for kills.
_MODEL_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=0.2),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=10),
    maximum_attempts=12,
)
# The store or Temporal itself may be away for minutes: work that must not be lost waits.
_STORE_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=0.2),
    backoff_coefficient=1.7,
    maximum_interval=timedelta(seconds=15),
    maximum_attempts=60,
)
# For what nothing else would end: bounded by its time alone.
_UNTIL_IT_IS_BACK = RetryPolicy(
    initial_interval=timedelta(seconds=0.2),
    backoff_coefficient=1.7,
    maximum_interval=timedelta(seconds=30),
)


def prepare() -> ActivityConfig:
    """Claim and retrieve: eight seconds of retrieval at most, the rest is the store's."""
    return ActivityConfig(
        start_to_close_timeout=SHORT_WORK,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_STORE_RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary="claim the message, retrieve",
    )


def choose() -> ActivityConfig:
    """Claim and route: the fast model has seconds, the rest is the store's."""
    return ActivityConfig(
        start_to_close_timeout=SHORT_WORK,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_STORE_RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary="claim the message, choose who answers",
    )


def think(step: int, agent: str, remaining: timedelta) -> ActivityConfig:
    """One model call. Minutes of silence are normal before a first token; a dead worker is caught
    by the heartbeat, and the turn's deadline bounds all attempts together."""
    return ActivityConfig(
        start_to_close_timeout=min(LONGEST_CALL, remaining) + GRACE,
        schedule_to_close_timeout=remaining + GRACE,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_MODEL_RETRY,
        # The partial answer is stored before the next turn may start.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=f"step {step}: {agent} thinks",
    )


def tool(name: str, timeout: timedelta, *, retryable: bool) -> ActivityConfig:
    """One attempt for what cannot be undone; reads may try again."""
    return ActivityConfig(
        # Beyond the tool's own limit: loading its arguments and storing its result.
        start_to_close_timeout=timeout + SHORT_WORK,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=0.2), maximum_attempts=4 if retryable else 1
        ),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=name,
    )


def attend() -> ActivityConfig:
    """Tell people of an approval. Providers ask for pauses, and are away for hours; a verdict is
    told at the next try, so no pause is longer than a minute."""
    return ActivityConfig(
        start_to_close_timeout=SHORT_WORK,
        schedule_to_close_timeout=timedelta(days=1),
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
        ),
        summary="tell people how it stands",
    )


def answer_in_slack() -> ActivityConfig:
    """A look ends by itself after ten minutes; a dead worker is caught by the heartbeat. Slack may
    be away for an hour, and says itself how long it wants to be left alone."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=15),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=0.2),
            maximum_interval=timedelta(minutes=1),
            maximum_attempts=80,
        ),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary="write the answer into its thread",
    )


def report_call(name: str, timeout: timedelta) -> ActivityConfig:
    """Say what became of a call whose activity died, and run it when it had not begun."""
    return ActivityConfig(
        start_to_close_timeout=timeout + SHORT_WORK,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_STORE_RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=f"{name}: what became of it",
    )


def open_child(name: str) -> ActivityConfig:
    """Take the call and make the run's place: safe to repeat."""
    return ActivityConfig(
        start_to_close_timeout=SHORT_WORK,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_STORE_RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=f"{name}: begin",
    )


def follow_child(agent: str, deadline: timedelta) -> ActivityConfig:
    """A child works no longer than its deadline, and is not followed while it waits for a person
    longer than a moment. A dead follower's successor finds what was shown."""
    return ActivityConfig(
        start_to_close_timeout=deadline + LONGEST_CALL,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_STORE_RETRY,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=f"{agent} works",
    )


def close(outcome: str) -> ActivityConfig:
    """Nothing may keep a turn from ending: it outlasts any outage that is still being mended."""
    return ActivityConfig(
        start_to_close_timeout=SHORT_WORK,
        schedule_to_close_timeout=timedelta(days=7),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_UNTIL_IT_IS_BACK,
        summary=f"close: {outcome}",
    )


def end_session() -> ActivityConfig:
    """As `close`: nothing else would end it."""
    return ActivityConfig(
        start_to_close_timeout=SHORT_WORK,
        schedule_to_close_timeout=timedelta(days=7),
        retry_policy=_UNTIL_IT_IS_BACK,
        summary="end the session",
    )


def summarise() -> ActivityConfig:
    """Two model calls at most in an attempt. Attempts are for the store, and nobody waits: it may
    be away for days. How often the model is asked is bounded by the activity itself."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=5),
        schedule_to_close_timeout=timedelta(days=7),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5)
        ),
        summary="summarise the session",
    )


def fetch_document(queue: str) -> ActivityConfig:
    """A minute is the fetcher's own limit. A site that is away for a quarter of an hour is
    outlasted; one that names its wait has it."""
    return ActivityConfig(
        task_queue=queue,
        start_to_close_timeout=timedelta(minutes=2),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=2),
            maximum_interval=timedelta(minutes=2),
            maximum_attempts=12,
        ),
        summary="fetch the page",
    )


def parse_document() -> ActivityConfig:
    """The child's own limit is 60 s; it may wait as long again for a free core. A file that kills
    its child is a named error at once: attempts are for workers that died."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=5),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1),
            maximum_interval=timedelta(seconds=15),
            maximum_attempts=20,
        ),
        summary="read the file",
    )


def embed_passages(first: int, count: int) -> ActivityConfig:
    """Nobody waits at a screen: a provider that is away or busy for half an hour is outlasted."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=5),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=0.5),
            maximum_interval=timedelta(minutes=1),
            maximum_attempts=40,
        ),
        summary=f"embed passages {first + 1} to {first + count}",
    )


def describe_pictures(first: int, count: int) -> ActivityConfig:
    """As `embed_passages`: each picture may be two calls to a provider."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=10),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=0.5),
            maximum_interval=timedelta(minutes=1),
            maximum_attempts=40,
        ),
        summary=f"look at pictures {first + 1} to {first + count}",
    )


def publish_document(passages: int) -> ActivityConfig:
    """Each passage takes 7 ms in the vectors' graph: minutes for the largest document."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=10),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_STORE_RETRY,
        summary=f"publish {passages} passages",
    )


def fail_document(code: str) -> ActivityConfig:
    """The row must say how it ended."""
    return ActivityConfig(
        start_to_close_timeout=SHORT_WORK, retry_policy=_STORE_RETRY, summary=f"failed: {code}"
    )


def reembed_passages() -> ActivityConfig:
    """As `embed_passages`, with more time: whole spaces wait for their provider's quota."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=10),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1),
            maximum_interval=timedelta(minutes=5),
            maximum_attempts=100,
        ),
        summary="embed a batch for another model",
    )


def switch_model(model: str) -> ActivityConfig:
    """One transaction, which forgets every vector of the other model: minutes in a large space."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(minutes=30),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_STORE_RETRY,
        summary=f"search by {model}",
    )
