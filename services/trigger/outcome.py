"""What a transaction of the trigger causes outside the database."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from shared.catalog import RATE
from shared.kafka.clients import Outgoing
from shared.messages import MESSAGES, Message
from shared.telemetry import metrics


@dataclass(slots=True)
class Outcome:
    """Records for the notifier, written to the outbox, and what is counted after the commit.

    `raised`: (meter, threshold) of every new alert. `let_go`: number of entries dropped because of
    a cap, by kind. `looks`: accounts whose limits changed on the way, with the meters to evaluate.
    """

    messages: list[Outgoing] = field(default_factory=list)
    raised: list[tuple[str, str]] = field(default_factory=list)
    let_go: Counter[str] = field(default_factory=Counter)
    looks: dict[str, set[str]] = field(default_factory=dict)

    def look(self, account: str, meters: Iterable[str]) -> None:
        self.looks.setdefault(account, set()).update(meters)

    def send(self, message: Message) -> None:
        self.messages.append(
            Outgoing(MESSAGES, message.account.encode(), msgspec.json.encode(message))
        )

    def add(self, *others: "Outcome") -> "Outcome":
        """Appends everything of the others."""
        for other in others:
            self.messages += other.messages
            self.raised += other.raised
            self.let_go += other.let_go
            for account, meters in other.looks.items():
                self.look(account, meters)
        return self

    def count(self) -> None:
        """Call this once the commit is certain."""
        for meter, threshold in self.raised:
            metrics.alerts.labels(meter, _label(threshold)).inc()
        for kind, count in self.let_go.items():
            metrics.let_go.labels(kind).inc(count)


def _label(threshold: str) -> str:
    """An amount may be any number, so it is not used as a label."""
    if threshold.isdecimal():
        return threshold
    return RATE if threshold.startswith(f"{RATE}:") else "absolute"
