"""What a transaction of the trigger leads to outside the database."""

from dataclasses import dataclass, field

import msgspec

from shared import metrics
from shared.kafka import Outgoing
from shared.messages import MESSAGES, Message


@dataclass(slots=True)
class Outcome:
    """Records for the notifier, to be written to the outbox; and (meter, threshold) of every new alert, to be counted after the commit."""

    messages: list[Outgoing] = field(default_factory=list)
    raised: list[tuple[str, str]] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.messages.append(Outgoing(MESSAGES, message.account.encode(), msgspec.json.encode(message)))

    def add(self, *others: "Outcome") -> "Outcome":
        """Everything of the others after its own."""
        for other in others:
            self.messages += other.messages
            self.raised += other.raised
        return self

    def count(self) -> None:
        """Call it when the commit is certain."""
        for meter, threshold in self.raised:
            # An absolute amount may be any number, so it is no label.
            metrics.alerts.labels(meter, threshold if threshold.isdecimal() else "absolute").inc()
