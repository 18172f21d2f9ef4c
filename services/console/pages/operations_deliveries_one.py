"""`/console/operations/deliveries/{id}`: one delivery, retried or cancelled."""

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console import render
from services.console.addresses import of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.headers import page_headers
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_deliveries_one as views
from services.console.views.mail_preview import preview
from shared.web import CurrentContext, Problem

routes = page_router()
_SAID = {"retry": "retried", "cancel": "cancelled"}


@routes.get("/operations/deliveries/{id}")
async def delivery(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, id, reader, ask)


@routes.get("/operations/deliveries/{id}/mail")
async def mail(id: str, _reader: SignedIn, ask: CurrentAsker, context: CurrentContext) -> Response:
    """The HTML of its mail, for the frame in its page."""
    message = (await _asked(ask, id)).body["message"]
    if message is None or not message["html"]:
        raise Problem(404, "There is no such mail.")
    found = preview(message["html"], message["locale"])
    return HTMLResponse(
        found.html,
        headers={
            **page_headers(context.settings),
            "Content-Security-Policy": found.policy,
            "X-Frame-Options": "SAMEORIGIN",
        },
    )


@routes.post("/operations/deliveries/{id}")
async def act(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    what = form.get("act")
    if what not in _SAID:
        raise Problem(404, "There is nothing at this address.")
    path = f"/v1/deliveries/{path_part(id)}:{what}"
    done = await ask.send("POST", path, key=form.get("idempotency_key"))
    if done.ok:
        return RedirectResponse(with_said(of("operations", "deliveries", id), _SAID[what]), 303)
    return await _shown(request, id, reader, ask, done)


async def _asked(ask: Asker, id: str) -> Answered:
    found = await ask.get(f"/v1/deliveries/{path_part(id)}")
    if not found.ok:
        raise Problem(404 if found.status == 422 else found.status, "No such delivery.")
    return found


async def _shown(
    request: Request, id: str, reader: Reader, ask: Asker, refused: Answered | None = None
) -> Response:
    found = await _asked(ask, id)
    view = views.view(found.body, operates=bool(reader.roles & operations.OPERATORS))
    view["tabs"] = operations.tabs(reader.roles, "deliveries")
    return render.page(
        request,
        reader,
        "operations_deliveries_one",
        view,
        status=refused.status if refused else 200,
        troubles=render.troubles_of(refused.faults) if refused else (),
    )
