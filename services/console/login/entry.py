"""The beginning of a session: a new row, and the cookie that opens it."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.console import render
from services.console.login import cookies
from services.console.login.sessions import Sessions, hash_of, place
from services.console.tables import sessions as rows
from services.console.tables.sessions import Session
from shared.runtime.settings import Settings
from shared.values.characters import one_line
from shared.web.dependencies import current_context

_LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session, and the secret that its cookie holds."""

    session: Session
    cookie: str


def new_session(
    person: str,
    roles: Collection[str],
    agent: str,
    settings: Settings,
    now: datetime,
    sid: str | None,
) -> Begun:
    cookie = secrets.token_urlsafe(32)
    session = Session(
        hash=hash_of(cookie),
        person=person,
        roles=frozenset(roles),
        csrf=secrets.token_urlsafe(32),
        sid=sid,
        created_at=now,
        seen_at=now,
        until=now + timedelta(hours=settings.console_hours),
        user_agent=one_line(agent)[:_LONGEST_AGENT],
    )
    return Begun(session, cookie)


async def begin(
    conn: AsyncConnection,
    request: Request,
    person: str,
    roles: Collection[str],
    sid: str | None = None,
) -> Begun:
    """A new session, never under an id that the browser brought; its old one is over."""
    context = current_context(request)
    agent = request.headers.get("user-agent", "")
    begun = new_session(person, roles, agent, context.settings, context.clock.now(), sid)
    old = request.cookies.get(place(request).session_cookie)
    if old is not None:
        await rows.end(conn, hash_of(old))
        await context.only(Sessions).tell(conn)
        context.only(Sessions).forget()
    await rows.add(conn, begun.session)
    return begun


def locale_of(request: Request) -> str:
    """The one that a browser asks for, for whoever is new."""
    return render.look_of(request, None).locale


def enter(request: Request, begun: Begun, target: str) -> Response:
    """To the page that was asked for, logged in."""
    here, response = place(request), RedirectResponse(target, 303)
    cookies.put(response, here, here.session_cookie, begun.cookie)
    return response
