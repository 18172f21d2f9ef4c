"""`/console/operations/keys`: keys of machines, made and revoked."""

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import path_part, with_said
from services.console.ask import Asker, CurrentAsker
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_keys as views
from shared.web import Problem

routes = page_router()
PATH = "/console/operations/keys"


@routes.get("/operations/keys")
async def keys(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, reader, ask)


@routes.post("/operations/keys")
async def create(request: Request, reader: SignedIn, ask: CurrentAsker, form: Form) -> Response:
    """The key is in this answer, and nowhere else ever again."""
    body = views.body(form.get("name"), form.all("scopes"), form.get("rate"))
    made = await ask.send("POST", "/v1/keys", body)
    typed = Typed.of(form.values)
    if not made.ok:
        troubles = render.troubles_of(made.faults)
        return await _shown(
            request, reader, ask, status=made.status, troubles=troubles, typed=typed
        )
    return await _shown(request, reader, ask, new=made.body)


@routes.post("/operations/keys/{name}")
async def revoke(
    request: Request, name: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """Asks for the name, so that no other key is revoked by a slip."""
    if form.get("name") != name:
        trouble = [Trouble("name", "another_name")]
        return await _shown(request, reader, ask, status=422, troubles=trouble)
    done = await ask.send("DELETE", f"/v1/keys/{path_part(name)}")
    if not done.ok:
        troubles = render.troubles_of(done.faults)
        return await _shown(request, reader, ask, status=done.status, troubles=troubles)
    return RedirectResponse(with_said(PATH, "revoked"), 303)


async def _shown(
    request: Request,
    reader: Reader,
    ask: Asker,
    *,
    status: int = 200,
    troubles: list[Trouble] | None = None,
    typed: Typed | None = None,
    new: Any = None,
) -> Response:
    if not reader.roles & operations.OPERATORS:
        raise Problem(403, "This is for operators.")
    part = (await ask.parts(keys=ask.get("/v1/keys", {"limit": 500})))["keys"]
    view = views.view(part.ready) | {
        "tabs": operations.tabs(reader.roles, "keys"),
        "typed": typed or Typed(),
        "new": new,
    }
    return render.page(
        request, reader, "operations_keys", view, status=status, troubles=troubles or ()
    )
