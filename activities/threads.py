"""Write an answer into the thread that asked for it, as it comes along."""

from collections import Counter
from typing import Final

from temporalio import activity

from activities.failures import reported
from activities.heartbeat import heartbeating
from activities.stopping import stoppable
from activities.thread_writing import Pace, Writing
from domain.ports.conversations import Turns
from domain.ports.events import EventReader
from domain.ports.threads import Threads
from models.payloads.slack import SlackAnswer, SlackLook

# Each holds a slot of the worker: four of five stay with those who think.
MOST_AT_ONCE: Final = 100


class ThreadActivities:
    def __init__(
        self, threads: Threads | None, feed: EventReader, turns: Turns, pace: Pace | None = None
    ) -> None:
        """`threads` is None where nobody asks from outside."""
        self._threads = threads
        self._feed = feed
        self._turns = turns
        self._pace = pace or Pace()
        self._writing: Counter[str] = Counter()
        """How many answers are being written in each workspace."""

    @activity.defn(name="slack.answer")
    async def write(self, answer: SlackAnswer) -> SlackLook:
        """Follow the turn until it ends or goes quiet. Safe to repeat: the message is found, and
        what stands in it is replaced by what should."""
        if self._threads is None:
            return SlackLook(done=True)
        if self._writing.total() >= MOST_AT_ONCE:
            return SlackLook(done=False, shown=answer.shown)
        team = answer.thread.team_id
        self._writing[team] += 1
        writing = Writing(
            *(self._threads, self._feed, self._turns, self._pace, answer),
            beside=lambda: self._writing[team],
        )
        try:
            async with heartbeating():
                with reported():
                    return await stoppable(writing.run(), writing.stop)
        finally:
            self._writing[team] -= 1
