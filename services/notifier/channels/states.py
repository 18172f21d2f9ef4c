"""A channel's state: on, blocked (retried), disabled by its receiver (needs a person), or off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NotRequired

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.notifier.channels.kind import Config
from services.notifier.channels.live import Channels, shown
from services.notifier.channels.registry import KINDS
from services.notifier.store import channels as store
from services.notifier.store import readings
from services.notifier.store.channels import ChannelRow
from shared.answers import MomentText
from shared.security.crypto import Unreadable
from shared.values.moments import iso

State = Literal["on", "blocked", "disabled", "off"]
_From = TypedDict("_From", {"from": NotRequired[str]})


class ChannelShown(_From):
    """A channel's own settings, with secrets masked.

    `since`: when a block began. `at`: when it was disabled or turned off.
    """

    name: str
    state: State
    reason: str | None
    since: MomentText | None
    next_attempt_at: MomentText | None
    at: MomentText | None
    blocked: str | None
    created_at: MomentText | None
    updated_at: MomentText | None
    url: NotRequired[str]
    version: NotRequired[str]
    token: NotRequired[str]
    secret: NotRequired[str]


class ChannelList(TypedDict):
    """Every channel, including those that are off."""

    data: list[ChannelShown]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """`since`: when a block began. `at`: when it was disabled or turned off.

    `config` None: the channel is off, or its secrets cannot be decrypted.
    """

    name: str
    state: State
    config: Config | None = None
    row: ChannelRow | None = None
    reason: str | None = None
    since: datetime | None = None
    next_attempt_at: datetime | None = None

    def json(self) -> ChannelShown:
        """As the API shows it, with every secret masked."""
        row = self.row
        own: Any = {} if self.config is None else shown(self.config)
        told: ChannelShown = {
            "name": self.name,
            "state": self.state,
            "reason": self.reason,
            "since": iso(self.since),
            "next_attempt_at": iso(self.next_attempt_at),
            "at": iso(row.off_at) if row is not None else None,
            "blocked": self.reason if self.state == "blocked" else None,
            "created_at": iso(row.created_at) if row is not None else None,
            "updated_at": iso(row.updated_at) if row is not None else None,
        }
        told.update(own)
        return told

    def notice(self) -> str | None:
        """For readiness, which anyone may read: without the receiver's words."""
        if self.state not in ("blocked", "disabled"):
            return None
        since = self.since or (self.row.off_at if self.row is not None else None)
        return f"{self.name} is {self.state}" + (
            f" since {iso(since)}" if since is not None else ""
        )


async def channel_state(conn: AsyncConnection, channels: Channels, name: str) -> ChannelState:
    row = await store.read(conn, name)
    try:
        config = await channels.kept(conn, name)
    except Unreadable as error:
        return ChannelState(name, "blocked", row=row, reason=str(error))
    if config is None:
        return ChannelState(
            name, "off", row=row, reason=row.off_reason if row is not None else None
        )
    if row is not None and row.disabled:
        return ChannelState(name, "disabled", config, row, row.off_reason)
    blocked = await store.blocked(conn, name, config.digest)
    if blocked is None:
        return ChannelState(name, "on", config, row)
    return ChannelState(
        name, "blocked", config, row, blocked.reason, blocked.since, blocked.next_attempt_at
    )


async def notices(conn: AsyncConnection, channels: Channels) -> str | None:
    """Returns the channels that do not send, or that cannot be read, in one line; None if there are
    none.
    """
    states = [await channel_state(conn, channels, kind.name) for kind in KINDS]
    found = [one.notice() or await _unread(conn, one) for one in states]
    return "; ".join(notice for notice in found if notice is not None) or None


async def _unread(conn: AsyncConnection, state: ChannelState) -> str | None:
    if state.config is None:
        return None
    refused = await readings.refused(conn, state.name, state.config.digest)
    if refused is None:
        return None
    return f"{state.name} cannot be read since {iso(refused.since)}"
