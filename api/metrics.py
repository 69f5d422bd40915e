"""What the edge counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """A registry of its own, so that one process may hold several edges (tests do)."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "holdfast_requests",
            "Answered requests",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "holdfast_request_seconds",
            "Time until an answer began",
            ["route"],
            registry=self._registry,
        )
        self.open_streams = Gauge(
            "holdfast_open_streams", "Readers of event streams", registry=self._registry
        )
        self.open_sockets = Gauge("holdfast_open_sockets", "WebSockets", registry=self._registry)
        self.socket_messages = Counter(
            "holdfast_socket_messages",
            "Messages of clients over WebSockets, by what they were answered with",
            ["type", "status"],
            registry=self._registry,
        )
        self.rates_refused = Counter(
            "holdfast_rates_refused",
            "Requests beyond a caller's tier, by what was spent",
            ["lacks"],
            registry=self._registry,
        )
        self.rates_uncounted = Counter(
            "holdfast_rates_uncounted",
            "Requests let through because nobody could count them",
            registry=self._registry,
        )
        self.events_sent = Counter(
            "holdfast_events_sent", "Events sent to readers", registry=self._registry
        )
        self.slow_readers = Counter(
            "holdfast_slow_readers", "Readers dropped for being slow", registry=self._registry
        )

    def text(self) -> bytes:
        """Prometheus's text format."""
        return generate_latest(self._registry)
