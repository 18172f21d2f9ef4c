"""Changing, showing and testing a channel's settings. The HTTP layer is `channels_api`."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.base import Failed, Outcome
from services.notifier.channels.kind import ChannelSettings, Config
from services.notifier.channels.live import Channels, shown
from services.notifier.channels.masks import unmasked
from services.notifier.channels.registry import KINDS
from services.notifier.channels.states import ChannelShown, channel_state
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.store import channels as store
from services.notifier.store.channels import ChannelRow
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.security.crypto import Unreadable
from shared.web.revisions import check_match, tag_of

TEST_SECONDS = 20.0


class Settings:
    """One per process, next to the channels that it changes."""

    def __init__(self, context: Context, channels: Channels, wakeups: Wakeups) -> None:
        self._context = context
        self._channels = channels
        self._wakeups = wakeups

    async def put(
        self, name: str, body: ChannelSettings, author: Author, match: str | None
    ) -> Mapping[str, Any]:
        """Turns the channel on with these settings. Ends a block, even if nothing has changed.

        A mask stands for what is stored. Returns the secrets that were generated. Problem 412 if
        the channel is not as in `match`; StillMasked.
        """
        async with transaction(self._context.engine) as conn:
            row = await store.read_locked(conn, name)
            if match is not None:
                check_match(match, await self._tag(conn, name))
            before = self._before(row)
            kept = _unmasked(body, before).kept(None if before is None else before.secrets)
            on = row is not None and row.off_at is None
            config = Config(name, kept.settings, kept.secrets, own=True)
            await self._write(conn, config, before if on else None)
            await trail.write(
                conn, author, _done(config, before if on else None, self._context.clock.now())
            )
        return kept.told

    async def turn_off(self, name: str, author: Author) -> bool:
        """Returns False if it is already off."""
        async with transaction(self._context.engine) as conn:
            row = await store.read_locked(conn, name)
            on = {kind.name for kind in await self._channels.on(conn)}
            if name not in KINDS or not (row.kept if row else name in on):
                return False
            now, before = self._context.clock.now(), self._before(row)
            await store.turn_off(conn, name, "turned off", now)
            await self._wakeups.everywhere(conn, name)
            told = None if before is None else shown(before)
            await trail.write(conn, author, Done("delete", "channel", name, now, before=told))
        return True

    async def show(self, name: str) -> ChannelShown | None:
        """Returns the masked settings and whether the channel sends now; None if it is off."""
        if name not in KINDS:
            return None
        async with transaction(self._context.engine) as conn:
            await self._channels.kept(conn, name)  # raises Unreadable: nothing can be shown
            state = await channel_state(conn, self._channels, name)
        return None if state.state == "off" else state.json()

    async def _tag(self, conn: AsyncConnection, name: str) -> str | None:
        state = await channel_state(conn, self._channels, name)
        return None if state.state == "off" else tag(state.json())

    async def all(self) -> list[ChannelShown]:
        async with transaction(self._context.engine) as conn:
            return [
                (await channel_state(conn, self._channels, name)).json()
                for name in sorted(kind.name for kind in KINDS)
            ]

    async def test(self, name: str, to: str | None) -> Outcome | None:
        """Sends a harmless message now; None if the channel is off. A success ends a block."""
        async with transaction(self._context.engine) as conn:
            config = await self._channels.kept(conn, name) if name in KINDS else None
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

    async def unblock(self, name: str, author: Author) -> None:
        """After a test that succeeded."""
        async with transaction(self._context.engine) as conn:
            await store.unblock(conn, name)
            await self._wakeups.everywhere(conn, name)
            done = Done("test", "channel", name, self._context.clock.now())
            await trail.write(conn, author, done)

    async def check(self, body: ChannelSettings) -> None:
        """Raises UrlFault if its URL may not be set."""
        await body.check(allow_private=self._context.settings.allow_private_urls)

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


def _unmasked(body: ChannelSettings, before: Config | None) -> ChannelSettings:
    stored = None if before is None else {**before.settings, **before.secrets}
    return body.model_copy(update=unmasked(body.model_dump(), body.masked, stored))


def tag(shown: ChannelShown) -> str:
    """Changes with the settings, also with those that are masked, and not with how it sends."""
    told: Any = shown
    return tag_of({name: value for name, value in told.items() if name not in _OF_SENDING})


_OF_SENDING = {"state", "reason", "since", "next_attempt_at", "at", "blocked"}


def _done(config: Config, before: Config | None, now: datetime) -> Done:
    """Secrets are masked alike; that one is another is told."""
    after = shown(config)
    if before is None:
        return Done("create", "channel", config.name, now, after=after)
    if before.secrets != config.secrets:
        after |= {"secrets": "changed"}
    return Done("change", "channel", config.name, now, before=shown(before), after=after)
