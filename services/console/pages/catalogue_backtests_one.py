"""`/console/catalogue/backtests/{id}`: what another catalogue would have sent."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import catalogue as listed
from services.console.views import catalogue_backtests_one as views
from shared.web import Problem

routes = page_router()
_FEW = 20
CSV = "text/csv"


async def begin(ask: Asker, text: str, since: str) -> Response:
    """Asks for one, and goes where it can be watched. Problem if it is refused."""
    asked = {"catalog": text, "since": since or "90d"}
    done = await ask.send("POST", "/v1/backtests", asked, headers={"Prefer": "respond-async"})
    if not done.ok:
        raise Problem(done.status, "The backtest was refused.")
    return RedirectResponse(with_said(of("catalogue", "backtests", done.body["id"]), "begun"), 303)


@routes.get("/catalogue/backtests/{id}")
async def backtest(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, id, reader, ask)


@routes.post("/catalogue/backtests/{id}")
async def act(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    path = f"/v1/backtests/{path_part(id)}"
    if form.get("act") == "delete":
        done, to = await ask.send("DELETE", path), listed.PATH
    else:
        done, to = await ask.send("POST", f"{path}:restart"), of("catalogue", "backtests", id)
    if done.ok:
        said = "cancelled" if form.get("act") == "delete" else "begun"
        return RedirectResponse(with_said(to, said), 303)
    return await _shown(request, id, reader, ask, done)


@routes.get("/catalogue/backtests/{id}/messages.csv")
async def messages(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    query = {"list": views.wanted(request.query_params)}
    found = await ask.get(_messages(id), query, accept=CSV, seconds=10)
    if not found.ok:
        raise Problem(found.status, "No such backtest.")
    headers = {
        "Content-Disposition": 'attachment; filename="backtest.csv"',
        "Cache-Control": "no-store",
    }
    return Response(found.raw, media_type=f"{CSV}; charset=utf-8", headers=headers)


async def _shown(
    request: Request, id: str, reader: Reader, ask: Asker, refused: Answered | None = None
) -> Response:
    asked, path = views.wanted(request.query_params), f"/v1/backtests/{path_part(id)}"
    cursor = request.query_params.get("cursor")
    parts = await ask.parts(
        job=ask.get(path, {"result": False}),
        messages=ask.get(_messages(id), {"list": asked, "cursor": cursor}),
        accounts=ask.get(f"{path}/accounts", {"limit": _FEW}),
        people=ask.get("/v1/people", {"limit": 500}),
    )
    found = parts["job"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No such backtest.")
    rows = {name: parts[name].answered for name in ("messages", "accounts")}
    bodies = [None if one is None or not one.ok else one.body for one in rows.values()]
    names = listed.names_of(parts["people"].body)
    view = views.view(found.body, asked, bodies[0], bodies[1], reader.roles, names)
    troubles = [] if refused is None else [Trouble("", one.reason) for one in refused.faults]
    status = 200 if refused is None else refused.status
    return render.page(
        request, reader, "catalogue_backtests_one", view, status=status, troubles=troubles
    )


def _messages(id: str) -> str:
    return f"/v1/backtests/{path_part(id)}/messages"
