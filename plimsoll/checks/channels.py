"""The installation's channels: refused credentials, channels disabled by the receiver, links that
mail clients do not accept.
"""

import asyncio

import asyncpg

from plimsoll.checks.finding import Finding
from services.notifier.channels.registry import KINDS
from shared.postgres.database import connect
from shared.runtime.settings import Settings

_REFUSED = """
    select b.channel, b.reason, coalesce(b.since, b.at) as since from channel_block b left
        join channel c on c.name = b.channel
    where case when c.name is null then b.channel = any($1) else c.off_at is null end
    order by b.channel
"""
_UNREAD = """
    select r.channel, r.reason, r.since from channel_reading r join channel c on c.name = r.channel
    where c.off_at is null order by r.channel
"""
_DISABLED = "select name, off_reason, off_at from channel where disabled order by name"
_OWN_MAIL = "select off_at is null from channel where name = 'email'"


async def check(settings: Settings) -> list[Finding]:
    mails = settings.smtp_url is not None
    if settings.database_url is None:
        return _links(settings, mails=mails)
    try:
        async with asyncio.timeout(10):
            connection = await connect(settings.database_url, name="plimsoll-doctor")
            try:
                findings = [
                    *await _refused(connection, settings),
                    *await _disabled(connection),
                    *await _unread(connection),
                ]
                own = await connection.fetchval(_OWN_MAIL)
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        # Faults of PostgreSQL or its schema have their own findings.
        return _links(settings, mails=mails)
    return [
        *(findings or [Finding("channels", "none is blocked or disabled")]),
        *_links(settings, mails=mails if own is None else own),
    ]


async def _refused(
    connection: "asyncpg.Connection[asyncpg.Record]", settings: Settings
) -> list[Finding]:
    """Those that are on: set over HTTP, or by the environment."""
    given = [kind.name for kind in KINDS if kind.environment(settings) is not None]
    remedy = (
        "correct its credentials with PUT /v1/channels/{} (or PLIMSOLL_SMTP_URL), "
        "or their rights on the other side; "
        "it is retried every 15 minutes, and immediately after POST /v1/channels/{}:test"
    )
    return [
        Finding(
            "channels",
            f"{row['channel']} has been blocked since {row['since']:%Y-%m-%d %H:%M} UTC: "
            f"{row['reason']}",
            _filled(remedy, row["channel"]),
        )
        for row in await connection.fetch(_REFUSED, given)
    ]


async def _disabled(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Finding]:
    remedy = (
        "PUT /v1/channels/{} with the receiver's address, "
        "then POST /v1/deliveries:recover for deliveries that failed since"
    )
    return [
        Finding(
            "channels",
            f"{row['name']} was disabled {row['off_at']:%Y-%m-%d %H:%M} UTC: {row['off_reason']}",
            _filled(remedy, row["name"]),
        )
        for row in await connection.fetch(_DISABLED)
    ]


async def _unread(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Finding]:
    remedy = (
        "give its token the right to read tasks (docs/channels.md), then PUT /v1/channels/{}; "
        "it is tried again every 15 minutes"
    )
    return [
        Finding(
            "channels",
            f"what happens to tasks in {row['channel']} has not been read since "
            f"{row['since']:%Y-%m-%d %H:%M} UTC: {row['reason']}",
            _filled(remedy, row["channel"]),
        )
        for row in await connection.fetch(_UNREAD)
    ]


def _filled(remedy: str, channel: str) -> str:
    return remedy.replace("{}", channel)


def _links(settings: Settings, *, mails: bool) -> list[Finding]:
    """Mail clients offer one-click unsubscribing only over https (RFC 8058)."""
    if not mails or (settings.public_url or "").startswith("https://"):
        return []
    what = f"is {settings.public_url}" if settings.public_url else "is not set"
    reason = (
        f"PLIMSOLL_PUBLIC_URL {what}: "
        "mails with an offer are sent without List-Unsubscribe, which needs https"
    )
    return [
        Finding(
            "links",
            reason,
            "set PLIMSOLL_PUBLIC_URL "
            "to the https address under which readers reach this installation",
        )
    ]
