"""The channels as currently configured, ready to send.

Settings come from the database, or from the environment if the database has none.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.base import Channel
from services.notifier.channels.kind import ChannelKind, Config
from services.notifier.channels.masks import MASK, masked_url
from services.notifier.channels.registry import KINDS
from services.notifier.delivery.breaker import Breaker
from services.notifier.delivery.ratelimit import TokenBucket
from services.notifier.store import channels as store
from services.notifier.store.channels import ChannelRow, Standing
from shared.runtime.context import Context


@dataclass(slots=True)
class Live:
    """A channel in use, with its own breaker and bucket: both belong to the destination."""

    config: str
    channel: Channel
    breaker: Breaker
    bucket: TokenBucket
    sending: int = 0
    retired: bool = False
    blocked: bool = False  # its credentials were refused: what is sent now is a probe

    async def retire(self) -> None:
        """The settings have changed: attempts in flight finish with the old ones."""
        self.retired = True
        if not self.sending:
            await self.channel.aclose()


class Channels:
    """One per process. A channel is rebuilt only when its settings change."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._live: dict[str, Live] = {}

    async def on(self, conn: AsyncConnection) -> list[ChannelKind]:
        own = await store.rows(conn)
        return [kind for kind in KINDS if self._on(kind, own.get(kind.name))]

    def recorded(self, own: Mapping[str, Standing]) -> tuple[list[ChannelKind], dict[str, str]]:
        """Returns the channels to record deliveries for, and why some of them are disabled.

        Those are the channels that are on, and those that their receivers disabled. `own`: the
        channels that have settings in the database.
        """
        disabled = {name: one.disabled for name, one in own.items() if one.disabled is not None}
        return [
            kind for kind in KINDS if kind.name in disabled or self._on(kind, own.get(kind.name))
        ], disabled

    def _on(self, kind: ChannelKind, standing: Standing | None) -> bool:
        if standing is not None:
            return standing.on
        return kind.environment(self._context.settings) is not None

    async def config(self, conn: AsyncConnection, name: str) -> Config | None:
        """Returns None if the channel is off. Raises `crypto.Unreadable` for its secrets."""
        row = await store.read(conn, name)
        if row is None:
            return self._of_environment(name)
        return None if row.off_at is not None else self.decrypt(row)

    async def kept(self, conn: AsyncConnection, name: str) -> Config | None:
        """The same, also for a channel that its receiver disabled."""
        row = await store.read(conn, name)
        if row is None:
            return self._of_environment(name)
        return self.decrypt(row) if row.kept else None

    def decrypt(self, row: ChannelRow) -> Config:
        return Config(
            row.name,
            row.settings,
            json.loads(self._context.vault.decrypt(row.secrets, place(row.name))),
            own=True,
        )

    def encrypt(self, name: str, secrets: Mapping[str, Any]) -> str:
        return self._context.vault.encrypt(json.dumps(secrets), place(name))

    async def live(self, conn: AsyncConnection, name: str) -> Live | None:
        """Returns the channel to send with; None if it is off."""
        config = await self.config(conn, name)
        held = self._live.get(name)
        if config is not None and held is not None and held.config == config.digest:
            return held
        if held is not None:
            await self._live.pop(name).retire()
        if config is None:
            return None
        # A block for other settings no longer applies, for example after a changed environment.
        await store.forget_block(conn, name, config.digest)
        self._live[name] = Live(
            config.digest, self.make(config), Breaker(), TokenBucket(rate=50.0, burst=100.0)
        )
        return self._live[name]

    def held(self, name: str) -> Live | None:
        return self._live.get(name)

    def make(self, config: Config) -> Channel:
        return KINDS[config.name].make(self._context, config)

    async def aclose(self) -> None:
        while self._live:
            await self._live.popitem()[1].channel.aclose()

    def _of_environment(self, name: str) -> Config | None:
        found = KINDS[name].environment(self._context.settings)
        return None if found is None else Config(name, found.settings, found.secrets, own=False)


def shown(config: Config) -> dict[str, Any]:
    """Returns the settings with every secret masked."""
    masked = {
        name: MASK
        for name, value in config.secrets.items()
        if value is not None and name in KINDS[config.name].settings.masked
    }
    url = {"url": masked_url(config.secrets["url"])} if "url" in config.secrets else {}
    return {**config.settings, **url, **masked}


def place(name: str) -> str:
    """The context that a channel's secrets are encrypted with."""
    return f"channel/{name}"
