"""Who is not logged in, or cannot prove that a page of theirs sent a form. What they typed is never
lost: it is shown, and where the session is over, here again after log-in.
"""

import secrets
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console.login.attempt import HOME
from services.console.login.forms.fields import (
    Fields,
    came_from_us,
    fields_of,
    given_token,
)
from services.console.login.forms.masks import is_token, masked
from services.console.login.forms.notice import show
from services.console.login.reader import Reader
from services.console.tables import kept_forms
from services.console.tables.kept_forms import KeptForm
from services.console.tables.sessions import Standing
from services.console.views.login import Asked, Notice, Said
from shared.postgres.database import transaction
from shared.web.dependencies import current_context

KEPT = f"{HOME}/kept"
_LONGEST_KEPT = 64 * 1024
_FEW = 50
"""Fields that are shown of a form."""
_BY_HAND = "navigate"
_NOT_TYPED = {"act", "idempotency_key", "revision", "to", "type", "whole"}


def login_address(target: str) -> str:
    return f"{HOME}/login?to={quote(target, safe='')}"


async def not_signed_in(request: Request, over: Standing | None) -> Response:
    """To log-in, and back to this page; a form is kept for after it, if `over` sent it."""
    if request.method in ("GET", "HEAD"):
        query = request.url.query
        again = login_address(request.url.path + (f"?{query}" if query else ""))
        if request.headers.get("sec-fetch-mode", _BY_HAND) == _BY_HAND:
            return RedirectResponse(again, 303)
        # A script must not follow to the provider: the page's policy forbids it.
        return show(
            request, None, Notice("over.title", [Said("over_read")], [(again, "log_in")]), 401
        )
    fields = await fields_of(request)
    target, typed = _page_of(request), typed_of(fields.typed)
    if over is not None and _is_of(request, fields, over):
        kept = await _keep(request, fields.typed, over.session.person)
        target, said = kept or target, "over_kept" if kept else "over"
    else:
        said = "over"
    notice = Notice("over.title", [Said(said)], [(login_address(target), "log_in")], (), typed)
    return show(request, None, notice, 401)


def not_proven(request: Request, reader: Reader, fields: Fields, *, ours: bool) -> Response:
    """The page was open since before this session, or is not ours: then nothing is sent again from
    here.
    """
    typed = typed_of(fields)
    again = form_again(request.url.path, reader, fields)
    notice = Notice(
        "too_long.title",
        [Said("too_long")],
        [(_page_of(request), "load_again")],
        [again] if ours else (),
        () if ours else typed,
    )
    return show(request, reader, notice, 403)


def form_again(action: str, reader: Reader, fields: Fields) -> Asked:
    """The same form, with what was typed, for this session."""
    typed = typed_of(fields)
    shown = {name for name, _ in typed}
    hidden = [
        (name, one) for name, told in fields.values.items() if name not in shown for one in told
    ]
    return Asked(action, "send_again", [("csrf", masked(reader.csrf)), *hidden], typed)


def typed_of(fields: Fields) -> list[tuple[str, str]]:
    found = [
        (name, told[0])
        for name, told in fields.values.items()
        if name not in _NOT_TYPED and len(told) == 1 and told[0].strip()
    ]
    return found[:_FEW]


def _is_of(request: Request, fields: Fields, over: Standing) -> bool:
    return came_from_us(request) and is_token(given_token(request, fields), over.session.csrf)


async def _keep(request: Request, fields: Fields, person: str) -> str | None:
    """The address at which it is here again; None if it is too long."""
    body = fields.body
    if len(body) > _LONGEST_KEPT:
        return None
    id, context = secrets.token_urlsafe(16), current_context(request)
    async with transaction(context.engine) as conn:
        form = KeptForm(request.url.path, body)
        await kept_forms.add(conn, id, person, form, context.clock.now())
    return f"{KEPT}?form={id}"


def _page_of(request: Request) -> str:
    """The page with the form, which browsers name within one origin."""
    page = urlsplit(request.headers.get("referer", ""))
    known = page.netloc == request.headers.get("host") and page.path.startswith(f"{HOME}/")
    return (page.path + (f"?{page.query}" if page.query else "")) if known else HOME
