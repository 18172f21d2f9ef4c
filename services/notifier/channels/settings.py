"""Changing, showing and testing a channel's settings. The HTTP layer is `channels_api`."""

import asyncio
import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.base import Failed, Outcome
from services.notifier.channels.live import SETTABLE, Channels, Config
from services.notifier.channels.safe_http import NotAllowed, NotSent, UrlFault, parse_url, permitted
from services.notifier.channels.states import ChannelShown, channel_state
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.rows import WEBHOOK
from services.notifier.store import channels as store
from services.notifier.store.channels import ChannelRow
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.security.crypto import Unreadable

TEST_SECONDS = 20.0
ROTATION = timedelta(days=1)
"""How long both secrets sign after a rotation."""

_SECRET_BYTES = 32


class Settings:
    """One per process, next to the channels that it changes."""

    def __init__(self, context: Context, channels: Channels, wakeups: Wakeups) -> None:
        self._context = context
        self._channels = channels
        self._wakeups = wakeups

    async def put(self, name: str, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> None:
        """Turns the channel on with these settings. Ends a block, even if nothing has changed."""
        async with transaction(self._context.engine) as conn:
            row = await store.read_locked(conn, name)
            before = self._before(row) if row is not None and row.off_at is None else None
            await self._write(conn, Config(name, settings, secret, own=True), before)

    async def put_webhook(self, settings: Mapping[str, Any], *, rotate: bool) -> str | None:
        """Returns the secret if one was generated: for a new webhook, or for a rotation."""
        async with transaction(self._context.engine) as conn:
            row = await store.read_locked(conn, WEBHOOK)
            before = self._before(row)
            fresh = new_secret() if before is None or rotate else None
            secret = dict(before.secrets) if before is not None else {}
            if fresh is not None:
                until = (datetime.now(UTC) + ROTATION).isoformat()
                secret = {
                    "secret": fresh,
                    "previous": secret.get("secret"),
                    "previous_until": until,
                }
            on = row is not None and row.off_at is None
            await self._write(
                conn, Config(WEBHOOK, settings, secret, own=True), before if on else None
            )
        return fresh

    async def turn_off(self, name: str) -> bool:
        """Returns False if it is already off."""
        async with transaction(self._context.engine) as conn:
            row = await store.read_locked(conn, name)
            if name not in SETTABLE or not (
                row.kept if row else name in await self._channels.on(conn)
            ):
                return False
            await store.turn_off(conn, name, "turned off", self._context.clock.now())
            await self._wakeups.everywhere(conn, name)
        return True

    async def show(self, name: str) -> ChannelShown | None:
        """Returns the masked settings and whether the channel sends now; None if it is off."""
        if name not in SETTABLE:
            return None
        async with transaction(self._context.engine) as conn:
            await self._channels.kept(conn, name)  # raises Unreadable: nothing can be shown
            state = await channel_state(conn, self._channels, name)
        return None if state.state == "off" else state.json()

    async def all(self) -> list[ChannelShown]:
        async with transaction(self._context.engine) as conn:
            return [
                (await channel_state(conn, self._channels, name)).json()
                for name in sorted(SETTABLE)
            ]

    async def test(self, name: str, to: str | None) -> Outcome | None:
        """Sends a harmless message now; None if the channel is off. A success ends a block."""
        async with transaction(self._context.engine) as conn:
            config = await self._channels.kept(conn, name) if name in SETTABLE else None
        if config is None:
            return None
        channel = self._channels.make(config)
        try:
            async with asyncio.timeout(TEST_SECONDS):
                outcome = await channel.test(to)
        except TimeoutError:
            outcome = Failed(f"no answer within {TEST_SECONDS:.0f} s")
        finally:
            await channel.aclose()
        return outcome

    async def unblock(self, name: str) -> None:
        async with transaction(self._context.engine) as conn:
            await store.unblock(conn, name)
            await self._wakeups.everywhere(conn, name)

    async def check_http(self, url: str) -> None:
        """Raises UrlFault if the URL may not be set.

        A name that does not resolve now is accepted: it is checked again before every request.
        """
        allow_private = self._context.settings.allow_private_urls
        target = parse_url(url, allow_private=allow_private)
        await self._check_host(target.raw_host.decode("ascii"), target.port or 443)

    async def check_smtp(self, url: str) -> None:
        """The same for a mail server: an internal one can only be set through the environment."""
        parts = urlsplit(url)
        await self._check_host(parts.hostname or "", parts.port or 25)

    async def _check_host(self, host: str, port: int) -> None:
        try:
            await permitted(host, port, allow_private=self._context.settings.allow_private_urls)
        except NotAllowed as refused:
            raise UrlFault(str(refused)) from None
        except NotSent:
            return

    def _before(self, row: ChannelRow | None) -> Config | None:
        """Returns what is replaced; None if there is nothing, or its secrets are unreadable.

        Setting the channel again is the remedy for unreadable secrets.
        """
        if row is None or not row.kept:
            return None
        try:
            return self._channels.decrypt(row)
        except Unreadable:
            return None

    async def _write(self, conn: AsyncConnection, config: Config, before: Config | None) -> None:
        now = self._context.clock.now()
        if before is None or before.digest != config.digest:
            await store.put(
                conn,
                config.name,
                config.settings,
                self._channels.encrypt(config.name, config.secrets),
                now,
            )
        await store.unblock(conn, config.name)
        await self._wakeups.everywhere(conn, config.name)


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
