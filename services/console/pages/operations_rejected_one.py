"""`/console/operations/rejected/{id}`: one record, corrected and sent again, or set aside."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_rejected_one as views
from shared.web import Problem

routes = page_router()


@routes.get("/operations/rejected/{id}")
async def rejected_one(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, id, reader, ask)


@routes.post("/operations/rejected/{id}")
async def settle(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """Once: what was sent again already is refused."""
    path, key = f"/v1/events/rejected/{path_part(id)}", form.get("idempotency_key")
    match form.get("act"):
        case "replay":
            kept = views.whole((await _asked(ask, reader, id)).body)
            body = views.corrected(form.get("payload"), kept)
            done = await ask.send("POST", f"{path}:replay", body, key=key)
            said = "replayed" if done.ok and done.body["outcome"] == "applied" else "sent"
        case "dismiss":
            reason = {"reason": form.get("reason").strip()}
            done, said = await ask.send("POST", f"{path}:dismiss", reason, key=key), "aside"
        case _:
            raise Problem(404, "There is nothing at this address.")
    if done.ok:
        return RedirectResponse(with_said(of("operations", "rejected", id), said), 303)
    return await _shown(request, id, reader, ask, done, form)


async def _asked(ask: Asker, reader: Reader, id: str) -> Answered:
    if not reader.roles & operations.OPERATORS:
        raise Problem(403, "This is for operators.")
    found = await ask.get(f"/v1/events/rejected/{path_part(id)}")
    if not found.ok:
        raise Problem(404 if found.status == 422 else found.status, "No such record.")
    return found


async def _shown(
    request: Request,
    id: str,
    reader: Reader,
    ask: Asker,
    refused: Answered | None = None,
    typed: Fields | None = None,
) -> Response:
    found = await _asked(ask, reader, id)
    view = views.view(found.body, Typed.of(typed.values if typed else None))
    view["tabs"] = operations.tabs(reader.roles, "rejected")
    faults = refused.faults if refused else ()
    return render.page(
        request,
        reader,
        "operations_rejected_one",
        view,
        status=refused.status if refused else 200,
        troubles=[Trouble(*one) for one in views.troubles(faults)],
    )
