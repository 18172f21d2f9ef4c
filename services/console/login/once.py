"""Links that log in once: without a provider, or while it is away."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.console.ask import Api, request_id
from services.console.login import people
from services.console.login.attempt import HOME
from services.console.login.entry import begin, enter, locale_of
from services.console.login.forms.fields import came_from_us, fields_of
from services.console.login.forms.notice import show
from services.console.login.route import login_router
from services.console.login.sessions import hash_of
from services.console.tables import once_links
from services.console.tables.once_links import OnceLink
from services.console.views.login import Asked, Notice, Said
from shared.audit import trail
from shared.audit.trail import COMMAND, Author, Done
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.web import CurrentContext

LASTS = timedelta(minutes=10)
_PATH = f"{HOME}/login"
FIELD = "once"
routes = login_router()


async def make(
    conn: AsyncConnection,
    now: datetime,
    person: str,
    roles: Collection[str] | None,
    author: Author = COMMAND,
) -> str:
    """The path of a new link. `person`: an id or an address; `roles`: what they are from then on,
    None leaves it as it is.
    """
    secret = secrets.token_urlsafe(32)
    link = OnceLink(person, None if roles is None else frozenset(roles))
    await once_links.add(conn, hash_of(secret), link, now)
    told = {"roles": None if roles is None else sorted(roles)}
    await trail.write(conn, author, Done("log_in_link", "person", person, now, after=told))
    return f"{_PATH}?{FIELD}={secret}"


async def is_known(conn: AsyncConnection, person: str) -> bool:
    """Somebody new needs roles: without any a link leads to a page that says so."""
    return await once_links.is_known(conn, person)


async def ask(request: Request, context: Context, secret: str) -> Response:
    """A page with a button, so that what only looks at the address does not use it up."""
    async with transaction(context.engine) as conn:
        link = await once_links.find(conn, hash_of(secret), context.clock.now() - LASTS)
    if link is None:
        return _gone(request)
    form = Asked(_PATH, "log_in", [(FIELD, secret)])
    said = [Said("once", {"person": link.person})]
    return show(request, None, Notice("title", said, (), [form]), 200)


@routes.post(_PATH)
async def log_in_once(request: Request, context: CurrentContext) -> Response:
    """Ends on an address without the secret."""
    fields = await fields_of(request)
    if not came_from_us(request):
        return show(request, None, Notice("too_long.title", [Said("too_long")]), 403)
    hash, since = hash_of(fields.get(FIELD)), context.clock.now() - LASTS
    async with transaction(context.engine) as conn:
        link = await once_links.find(conn, hash, since)
    if link is None:
        return _gone(request)
    asker = context.only(Api).for_login(request_id())
    person = await people.of_link(asker, link.person, link.roles, locale_of(request))
    if person is None or not person.active or not person.roles:
        said = [Said("once_nobody", {"person": link.person}), Said("ask_operator")]
        return show(request, None, Notice("title", said), 403)
    async with transaction(context.engine) as conn:
        if await once_links.take(conn, hash, since) is None:
            return _gone(request)
        begun = await begin(conn, request, person.id, person.roles)
    log.info("logged_in", person=person.id, session=begun.session.id, by="once")
    metrics.log_ins.labels("entered").inc()
    return enter(request, begun, HOME)


def _gone(request: Request) -> Response:
    metrics.log_ins.labels("refused").inc()
    return show(request, None, Notice("title", [Said("once_gone"), Said("no_provider")]), 400)
