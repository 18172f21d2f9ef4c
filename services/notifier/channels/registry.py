"""All channels that can be set; the app itself is not among them, because nothing leaves for it."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from services.notifier.addressing import SHOWN
from services.notifier.channels import email_settings, webhook
from services.notifier.channels.base import Receiver
from services.notifier.channels.hubspot import settings as hubspot
from services.notifier.channels.kind import ChannelKind
from services.notifier.rows import EMAIL, HUBSPOT, WEBHOOK


class Kinds:
    """In the order in which the deliveries of a message are recorded."""

    def __init__(self, *kinds: ChannelKind) -> None:
        self._kinds: dict[str, ChannelKind] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: ChannelKind) -> None:
        """ValueError for a name that is taken."""
        if kind.name in self.channels:
            raise ValueError(f"there is a channel named {kind.name}")
        self._kinds[kind.name] = kind

    def remove(self, name: str) -> None:
        del self._kinds[name]

    def __iter__(self) -> Iterator[ChannelKind]:
        return iter(tuple(self._kinds.values()))

    def __getitem__(self, name: str) -> ChannelKind:
        return self._kinds[name]

    def __contains__(self, name: str) -> bool:
        return name in self._kinds

    def named(self, names: Collection[str]) -> tuple[ChannelKind, ...]:
        return tuple(kind for kind in self if kind.name in names)

    def to(self, receiver: Receiver) -> tuple[ChannelKind, ...]:
        return tuple(kind for kind in self if kind.receiver == receiver)

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that a delivery can have."""
        return (SHOWN.name, *self._kinds)

    def deadline(self, channel: str) -> timedelta:
        return SHOWN.deadline if channel == SHOWN.name else self._kinds[channel].deadline


KINDS = Kinds(
    ChannelKind(
        name=EMAIL,
        receiver="contact",
        deadline=timedelta(hours=24),
        timeout=40.0,
        in_flight=8,
        repeats="once",
        settings=email_settings.EmailSettings,
        make=email_settings.make,
        environment=email_settings.of_environment,
    ),
    ChannelKind(
        name=WEBHOOK,
        receiver="system",
        deadline=timedelta(hours=27),
        timeout=20.0,
        in_flight=8,
        repeats="safely",
        settings=webhook.WebhookSettings,
        make=webhook.make,
    ),
    ChannelKind(
        name=HUBSPOT,
        receiver="crm",
        deadline=timedelta(hours=72),
        timeout=60.0,
        in_flight=4,
        repeats="safely",
        settings=hubspot.HubSpotSettings,
        make=hubspot.make,
    ),
)
