"""`/console/preferences`: how the console is shown to its reader, and where they are logged in."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.console import render
from services.console.addresses import is_ours, with_said
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import Sessions, SignedIn
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.tables import preferences, sessions
from services.console.tables.preferences import Preference
from services.console.views import preferences as views
from services.console.views.preferences import SessionShown, Wish
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.web import CurrentContext

routes = page_router()
PATH = "/console/preferences"
MOST = 50


@routes.get("/preferences")
async def get_preferences(request: Request, reader: SignedIn, context: CurrentContext) -> Response:
    return await _shown(request, reader, context)


@routes.post("/preferences")
async def change_preferences(
    request: Request, reader: SignedIn, context: CurrentContext, form: Form
) -> Response:
    """What the form does not say stays."""
    wished, unknown = views.wish({name: form.get(name) for name in form.values})
    if unknown:
        troubles = [Trouble(name, f"unknown_{name}") for name in unknown]
        return await _shown(request, reader, context, wished, troubles)
    async with transaction(context.engine) as conn:
        found = await preferences.find(conn, reader.person_id)
        await preferences.put(conn, reader.person_id, _changed(found, wished))
        await context.only(Sessions).tell(conn)
    context.only(Sessions).forget()
    to = form.get("to")
    return RedirectResponse(to if is_ours(to) else with_said(PATH, "saved"), 303)


@routes.post("/preferences/sessions")
async def end_sessions(reader: SignedIn, context: CurrentContext, form: Form) -> Response:
    """One of the reader's own, or all."""
    async with transaction(context.engine) as conn:
        await end(conn, reader.person_id, form.get("session"))
        await context.only(Sessions).tell(conn)
    context.only(Sessions).forget()
    return RedirectResponse(with_said(PATH, "ended"), 303)


async def end(conn: AsyncConnection, person: str, session: str) -> int:
    """`session`: its id; empty: all of this person. How many there were."""
    if session:
        return await sessions.end_named(conn, person, session)
    return await sessions.end_all(conn, person)


async def shown(
    conn: AsyncConnection, context: Context, person: str, reader: Reader
) -> list[SessionShown]:
    """The sessions of a person that are not over, newest first."""
    now, idle = context.clock.now(), context.settings.console_idle_hours
    return [
        SessionShown(
            one.id,
            one.created_at,
            one.seen_at,
            views.browser_of(one.user_agent),
            one.id == reader.session,
        )
        for one in await sessions.of_person(conn, person, now, idle, MOST)
    ]


def _changed(found: Preference, wished: Wish) -> Preference:
    """An empty wish is for what the person's record says."""
    told = {
        name: value or None
        for name in ("language", "time_zone", "start_page")
        if (value := getattr(wished, name)) is not None
    }
    return replace(
        found,
        **told,
        theme=found.theme if wished.theme is None else wished.theme,
        keys_on=found.keys_on if wished.keys_on is None else wished.keys_on,
    )


async def _shown(
    request: Request,
    reader: Reader,
    context: Context,
    wished: Wish | None = None,
    troubles: Sequence[Trouble] = (),
) -> Response:
    async with transaction(context.engine) as conn:
        found = await preferences.find(conn, reader.person_id)
        known = await shown(conn, context, reader.person_id, reader)
    if wished is None:
        wished = Wish(
            found.language or "",
            found.time_zone or "",
            found.theme,
            found.keys_on,
            found.start_page or "",
        )
    status = 422 if troubles else 200
    view = views.view(wished, known)
    return render.page(request, reader, "preferences", view, status=status, troubles=troubles)
