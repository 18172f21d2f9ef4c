"""The channels as currently configured, ready to send.

Settings come from the database, or from the environment if the database has none.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.base import Channel
from services.notifier.channels.email import EmailChannel, read_smtp_url
from services.notifier.channels.hubspot import HubSpotChannel
from services.notifier.channels.hubspot_api import REPLY_LIMIT, HubSpotApi, HubSpotConfig
from services.notifier.channels.safe_http import SafeHttp
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.delivery import compose
from services.notifier.delivery.breaker import Breaker
from services.notifier.delivery.ratelimit import TokenBucket
from services.notifier.rows import EMAIL, HUBSPOT, WEBHOOK
from services.notifier.store import channels as store
from services.notifier.store.channels import ChannelRow, Standing
from services.notifier.unsubscribe.link import unsubscribe_url
from shared.runtime.context import Context

SETTABLE = (EMAIL, WEBHOOK, HUBSPOT)
DEFAULT_SENDER = "plimsoll@localhost.localdomain"
_MASK = "***"


@dataclass(frozen=True, slots=True, repr=False)
class Config:
    """`settings` may be shown, `secrets` never. `own`: set over HTTP, not from the environment."""

    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, Any]
    own: bool

    @property
    def digest(self) -> str:
        return hashlib.sha256(
            json.dumps([self.settings, self.secrets], sort_keys=True, default=str).encode()
        ).hexdigest()[:32]


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

    async def on(self, conn: AsyncConnection) -> set[str]:
        """The names of the channels that are on."""
        own = await store.rows(conn)
        return {name for name in SETTABLE if self._on(name, own.get(name))}

    def recorded(self, own: Mapping[str, Standing]) -> tuple[set[str], dict[str, str]]:
        """Returns the channels to record deliveries for, and why some of them are disabled.

        Those are the channels that are on, and those that their receivers disabled. `own`: the
        channels that have settings in the database.
        """
        disabled = {name: one.disabled for name, one in own.items() if one.disabled is not None}
        return {
            name for name in SETTABLE if self._on(name, own.get(name))
        } | disabled.keys(), disabled

    def _on(self, name: str, standing: Standing | None) -> bool:
        return (
            standing.on
            if standing is not None
            else name == EMAIL and self._context.settings.smtp_url is not None
        )

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
        return _MAKERS[config.name](self._context, config)

    async def aclose(self) -> None:
        while self._live:
            await self._live.popitem()[1].channel.aclose()

    def _of_environment(self, name: str) -> Config | None:
        settings = self._context.settings
        if name != EMAIL or settings.smtp_url is None:
            return None
        return Config(
            EMAIL,
            {"from": settings.mail_from or DEFAULT_SENDER},
            {"url": settings.smtp_url},
            own=False,
        )


def shown(config: Config) -> dict[str, Any]:
    """Returns the settings with every secret masked."""
    masked = {
        name: _MASK
        for name, value in config.secrets.items()
        if value is not None and name in ("token", "secret")
    }
    url = {"url": masked_url(config.secrets["url"])} if "url" in config.secrets else {}
    return {**config.settings, **url, **masked}


def masked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    credentials, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{credentials.partition(':')[0]}:{_MASK}@{host}"))


def place(name: str) -> str:
    """The context that a channel's secrets are encrypted with."""
    return f"channel/{name}"


def _email(context: Context, config: Config) -> Channel:
    guarded = config.own and not context.settings.allow_private_urls
    smtp = read_smtp_url(config.secrets["url"], config.settings["from"], guarded=guarded)
    link = unsubscribe_url(context)
    return EmailChannel(
        smtp, lambda delivery: compose.mail(delivery, link, context.clock.now()), context.clock.now
    )


def _webhook(context: Context, config: Config) -> Channel:
    http = SafeHttp(allow_private=context.settings.allow_private_urls)
    return WebhookChannel(
        config.settings["url"],
        lambda: webhook_secrets(config.secrets, _real_time()),
        http,
        _real_time,
    )


def webhook_secrets(secrets: Mapping[str, Any], now: datetime) -> list[str]:
    """Returns the current secret, and for a day after a rotation the previous one."""
    found = [secrets["secret"]]
    if secrets.get("previous") and now < datetime.fromisoformat(secrets["previous_until"]):
        found.append(secrets["previous"])
    return found


def _hubspot(context: Context, config: Config) -> Channel:
    http = SafeHttp(allow_private=context.settings.allow_private_urls, reply_limit=REPLY_LIMIT)
    hubspot = HubSpotConfig(
        config.settings["url"], config.secrets["token"], config.settings["version"]
    )
    return HubSpotChannel(
        HubSpotApi(hubspot, http, context.clock.now), compose.task_order, context.clock.now
    )


def _real_time() -> datetime:
    """Not the test clock: receivers compare with real time."""
    return datetime.now(UTC)


_MAKERS: Mapping[str, Callable[[Context, Config], Channel]] = {
    EMAIL: _email,
    WEBHOOK: _webhook,
    HUBSPOT: _hubspot,
}
