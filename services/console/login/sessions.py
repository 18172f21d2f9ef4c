"""Who is logged in: rows by the hash of an opaque cookie. Whoever ends one, it is refused by every
process within ten seconds.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from services.console.login.forms import refusal
from services.console.login.instead import Instead
from services.console.login.place import Place, place_of
from services.console.login.reader import Reader
from services.console.tables import sessions as rows
from services.console.tables.sessions import Session, Standing
from shared.postgres.database import notify, transaction
from shared.runtime.context import Context
from shared.runtime.settings import Settings
from shared.web.dependencies import current_context
from shared.wording.language import language

CHANNEL = "console_sessions"
_FRESH_SECONDS = 5.0
"""How long what is known of a session counts: with the request that asks, a change of roles ends
it well within the ten seconds promised.
"""
_LOOK_SECONDS = 1.0
_MOST_KNOWN = 10_000
_TOUCHED_EVERY = timedelta(minutes=1)
LIVE = "X-Plimsoll-Live"
"""The header of what a page asks for by itself: it is no sign that somebody is there."""


def hash_of(secret: str) -> bytes:
    """A secret has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


@dataclass(slots=True)
class _Known:
    standing: Standing | None
    at: float


class Sessions:
    """Finds sessions, with a short-lived memory. One per process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[bytes, _Known] = {}
        self._changed = context.wake.signal(CHANNEL)

    async def run(self, stop: asyncio.Event) -> None:
        """Forgets what another process has changed."""
        while not stop.is_set():
            if await self._changed.wait(_LOOK_SECONDS):
                self._known.clear()

    async def find(self, cookie: str) -> Standing | None:
        """Also one that is over."""
        hash = hash_of(cookie)
        known = self._known.get(hash)
        if known is None or time.monotonic() - known.at > _FRESH_SECONDS:
            async with transaction(self._context.engine) as conn:
                standing = await rows.find(conn, hash)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[hash] = _Known(standing, time.monotonic())
        return known.standing

    async def touch(self, session: Session) -> None:
        """Somebody is there; written once a minute."""
        now = self._context.clock.now()
        if now - session.seen_at < _TOUCHED_EVERY:
            return
        async with transaction(self._context.engine) as conn:
            await rows.touch(conn, session.hash, now)
        self._known.pop(session.hash, None)

    async def tell(self, conn: AsyncConnection) -> None:
        """With the commit, other processes forget what they know."""
        await notify(conn, CHANNEL, self._context.wake.origin)

    def forget(self) -> None:
        """After the commit: what was just ended here is refused here at once."""
        self._known.clear()


def is_over(standing: Standing, settings: Settings, now: datetime) -> bool:
    """Too old, not used for too long, or its person is not who they were at log-in."""
    session = standing.session
    return (
        now >= session.until
        or now - session.seen_at >= timedelta(hours=settings.console_idle_hours)
        or not standing.active
        or standing.roles != session.roles
    )


def place(request: Request) -> Place:
    """Where this browser has the console open."""
    settings = current_context(request).settings
    return place_of(request.url.scheme, request.headers.get("host", ""), settings.public_url)


async def standing(request: Request) -> Standing | None:
    """The session of the request's cookie, also one that is over. Resolved once per request."""
    if not hasattr(request.state, "standing"):
        cookie = request.cookies.get(place(request).session_cookie)
        found = current_context(request).only(Sessions)
        request.state.standing = None if cookie is None else await found.find(cookie)
    known: Standing | None = request.state.standing
    return known


async def reader(request: Request) -> Reader | None:
    """Who reads; None if nobody is logged in."""
    found, context = await standing(request), current_context(request)
    if found is None or is_over(found, context.settings, context.clock.now()):
        return None
    if LIVE not in request.headers:
        await context.only(Sessions).touch(found.session)
    return reader_of(found)


def reader_of(found: Standing) -> Reader:
    session = found.session
    return Reader(
        person_id=session.person,
        name=found.name,
        email=found.email,
        roles=session.roles,
        session=session.id,
        csrf=session.csrf,
        language=language(found.language or found.locale),
        time_zone=found.zone or found.time_zone,
        theme=found.theme,
        keys_on=found.keys_on,
        start_page=found.start_page,
    )


async def signed_in(request: Request) -> Reader:
    """A dependency: who reads. Nobody: to log-in, and back here; what a form brought is kept."""
    found = await reader(request)
    if found is None:
        raise Instead(await refusal.not_signed_in(request, await standing(request)))
    return found


SignedIn = Annotated[Reader, Depends(signed_in)]
