"""What the worker counts, for Prometheus: how turns and calls end, what models use."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter

from domain.ports.transcript import UsageEntry
from models.payloads.events import ContaminationDetected, Event, ToolRequested
from models.payloads.turn import CallStatus, Outcome


class PrometheusMeters:
    """A registry of its own, so that one process may hold several workers (tests do). No label
    names a tenant, an agent or a tool: those are theirs to invent, without end."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "holdfast_turns_ended", "Turns that ended", ["outcome"], registry=self.registry
        )
        self._calls = Counter(
            "holdfast_tool_calls_ended", "Tool calls that ended", ["status"], registry=self.registry
        )
        self._rulings = Counter(
            "holdfast_rulings", "What the policy said of calls", ["ruling"], registry=self.registry
        )
        self._alarms = Counter(
            "holdfast_contaminations",
            "Texts that instruct, and answers that obey",
            ["where"],
            registry=self.registry,
        )
        self._tokens = Counter(
            "holdfast_model_tokens", "Tokens", ["model", "direction"], registry=self.registry
        )
        self._fallbacks = Counter(
            "holdfast_model_fallbacks",
            "Steps that turned to the fallback model",
            ["reason"],
            registry=self.registry,
        )
        self._cost = Counter(
            "holdfast_model_cost_usd",
            "US dollars, by our prices",
            ["model"],
            registry=self.registry,
        )

    def turn_ended(self, outcome: Outcome) -> None:
        self._turns.labels(outcome.value).inc()

    def call_ended(self, status: CallStatus) -> None:
        self._calls.labels(status.value).inc()

    def stepped(self, usage: UsageEntry, events: Sequence[Event]) -> None:
        self.used(usage)
        for event in events:
            if isinstance(event, ToolRequested) and event.ruling:
                self._rulings.labels(event.ruling).inc()
            elif isinstance(event, ContaminationDetected):
                self._alarms.labels(event.where).inc()

    def fell_back(self, why: str) -> None:
        self._fallbacks.labels(why).inc()

    def used(self, entry: UsageEntry) -> None:
        self._tokens.labels(entry.model, "in").inc(entry.usage.input_tokens)
        self._tokens.labels(entry.model, "out").inc(entry.usage.output_tokens)
        if entry.cost_usd is not None:
            self._cost.labels(entry.model).inc(float(entry.cost_usd))
