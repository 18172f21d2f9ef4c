"""Messages as the notifier receives them. Their facts stay JSON until a text is made of them.

So what a newer version adds is kept while this one still runs, and facts that cannot be read stop
one account's deliveries, not the topic. Pure.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.messages import Closed, Facts, People, Tell
from shared.messages.facts import PersonFacts, TaskFacts, read_facts
from shared.telemetry.masking import without_values


class KeptFacts:
    """The facts of a message as they arrived, and as they are stored."""

    __slots__ = ("json",)

    def __init__(self, json: Mapping[str, Any]) -> None:
        self.json = json

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeptFacts) and self.json == other.json

    def __hash__(self) -> int:
        return hash(frozenset(self.json))

    def __repr__(self) -> str:
        return f"KeptFacts({self.json!r})"

    def read(self) -> Facts:
        """msgspec.ValidationError names a field that cannot be read."""
        return read_facts(self.json)

    @property
    def is_signed(self) -> bool:
        """Whether one of our people signs it: mailed to the contacts they name, in any role."""
        return self.json.get("signed") is not None

    @property
    def is_letter(self) -> bool:
        """Whether a person wrote it: only mailed, and only to whom they name."""
        return self.json.get("letter") is not None

    @property
    def changed(self) -> Mapping[str, Any] | None:
        """Of a log that grew: its `subject`, and the `data` that a webhook tells of it."""
        found: Mapping[str, Any] | None = self.json.get("changed")
        return found

    def without_offer(self) -> "KeptFacts":
        return KeptFacts({**self.json, "proposal": None})

    def asking(self, admin: PersonFacts | None) -> "KeptFacts":
        """With this person as the one whom members are told to ask."""
        return KeptFacts({**self.json, "admin": msgspec.to_builtins(admin)})

    def followed_by(self, newer: "KeptFacts | None") -> "KeptFacts":
        """With the newer figures of the same meter."""
        return self if newer is None else KeptFacts({**self.json, **newer.json})

    def with_task(self, lines: TaskFacts) -> "KeptFacts":
        """What a task says, without an offer."""
        return KeptFacts({**self.json, "proposal": None, "task": msgspec.to_builtins(lines)})


Notice = Tell[KeptFacts]
Closing = Closed[KeptFacts]
Received = Notice | Closing | People


def read(value: bytes | None) -> Received | str:
    """The message, or the reason why the record cannot be used."""
    if value is None:
        return "tombstone"
    try:
        return _DECODER.decode(value)
    except msgspec.DecodeError as error:  # includes valid JSON that does not match the schema
        return f"message: {without_values(str(error))}"


def _kept(type_: type, value: object) -> KeptFacts:
    if type_ is KeptFacts and isinstance(value, dict):
        return KeptFacts(value)
    raise ValueError(f"Expected `object`, got `{type(value).__name__}`")


_DECODER: msgspec.json.Decoder[Received] = msgspec.json.Decoder(Received, dec_hook=_kept)
