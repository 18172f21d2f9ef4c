"""`/console/operations/people/{id}`: a person's record, sessions, and a link to log in once."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker, request_id
from services.console.login import once
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import Sessions, SignedIn, place
from services.console.pages.preferences import end, shown
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import operations_people_one as views
from services.console.views.merged_fields import merge
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.security.rights import OPERATORS
from shared.web import CurrentContext, Problem

routes = page_router()
_ADMINS = frozenset({"admin"})


@routes.get("/operations/people/{id}")
async def person(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, context: CurrentContext
) -> Response:
    return await _shown(request, id, reader, ask, context)


@routes.post("/operations/people/{id}")
async def change_person(
    request: Request,
    id: str,
    reader: SignedIn,
    ask: CurrentAsker,
    context: CurrentContext,
    form: Form,
) -> Response:
    """Other roles, and a person who is not active any more, end their sessions."""
    body: Any = views.body(form.values)
    done = await ask.send("PUT", _record(id), body, revision=form.get("revision"))
    said, more = "saved", {"typed": body, "sent": form}
    if done.status == 412:  # somebody else was first: their fields, too; it asks for what both did
        now = await _asked(ask, id)
        merged = merge(views.before(form.get("before")), body, now.body)
        said, more = "merged", {"typed": merged.fields, "conflicts": merged.conflicts}
        if not merged.conflicts:
            done = await ask.send("PUT", _record(id), merged.fields, revision=_revision(now))
    if done.ok:
        return RedirectResponse(with_said(of("operations", "people", id), said), 303)
    troubles = render.refusal(done.status, done.faults)
    return await _shown(
        request, id, reader, ask, context, status=done.status, troubles=troubles, **more
    )


@routes.post("/operations/people/{id}/sessions")
async def end_sessions(id: str, reader: SignedIn, context: CurrentContext, form: Form) -> Response:
    """One, or all."""
    _only(reader, OPERATORS)
    session, now = form.get("session"), context.clock.now()
    async with transaction(context.engine) as conn:
        number = await end(conn, id, session)
        told = {"sessions": number, "session": session or None}
        done = Done("end_sessions", "person", id, now, after=told)
        await trail.write(conn, _author(reader), done)
        await context.only(Sessions).tell(conn)
    context.only(Sessions).forget()
    return RedirectResponse(with_said(of("operations", "people", id), "ended"), 303)


@routes.post("/operations/people/{id}/link")
async def make_link(
    request: Request,
    id: str,
    reader: SignedIn,
    ask: CurrentAsker,
    context: CurrentContext,
    _proven: Form,
) -> Response:
    """Shown once. Whoever has it is this person: only who may give any role makes one."""
    _only(reader, _ADMINS)
    await _asked(ask, id)
    async with transaction(context.engine) as conn:
        path = await once.make(conn, context.clock.now(), id, None, _author(reader))
    link = place(request).base + path
    return await _shown(request, id, reader, ask, context, link=link)


def _only(reader: Reader, roles: frozenset[str]) -> None:
    if not reader.roles & roles:
        raise Problem(403, "Your roles do not include this.")


def _author(reader: Reader) -> Author:
    return Author("person", reader.person_id, request_id() or None)


def _record(id: str) -> str:
    return f"/v1/people/{path_part(id)}"


def _revision(found: Answered) -> str:
    return found.headers.get("etag", "").strip('"')


async def _asked(ask: Asker, id: str) -> Answered:
    found = await ask.get(_record(id))
    if not found.ok:
        raise Problem(404 if found.status == 422 else found.status, "No such person.")
    return found


async def _shown(
    request: Request,
    id: str,
    reader: Reader,
    ask: Asker,
    context: Context,
    *,
    status: int = 200,
    troubles: Sequence[Trouble] = (),
    sent: Fields | None = None,
    **more: Any,
) -> Response:
    """`sent`: a form that was refused; what it was filled from has not become newer."""
    found, known = await _asked(ask, id), None
    if reader.roles & OPERATORS:
        async with transaction(context.engine) as conn:
            known = await shown(conn, context, id, reader)
    view = views.view(
        found.body,
        known,
        revision=sent.get("revision") if sent else _revision(found),
        filled_with=sent.get("before") if sent else "",
        edits=bool(reader.roles & _ADMINS),
        **more,
    )
    return render.page(
        request, reader, "operations_people_one", view, status=status, troubles=troubles
    )
