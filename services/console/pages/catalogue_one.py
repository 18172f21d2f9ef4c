"""`/console/catalogue/{version}`: one version as a plan table."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.csrf import Form
from services.console.login.sessions import SignedIn
from services.console.pages import catalogue_backtests_one
from services.console.routing import page_router
from services.console.views import catalogue_one as views
from shared.web import Problem

routes = page_router()


@routes.get("/catalogue/{version:int}")
async def version(request: Request, version: int, reader: SignedIn, ask: CurrentAsker) -> Response:
    parts = await ask.parts(
        catalogue=ask.get(f"/v1/catalogs/{version}"),
        newest=ask.get("/v1/catalogs", {"limit": 1}),
    )
    found = parts["catalogue"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No such version.")
    newest = parts["newest"].body["data"] if parts["newest"].body else []
    in_force = newest[0]["version"] if newest else version
    view = views.view(found.body, in_force, reader.roles, reader.language)
    return render.page(request, reader, "catalogue_one", view)


@routes.post("/catalogue/{version:int}")
async def backtest(
    request: Request, version: int, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """A backtest of this version."""
    found = await ask.get(f"/v1/catalogs/{version}", accept="application/yaml")
    if not found.ok:
        raise Problem(found.status, "No such version.")
    return await catalogue_backtests_one.begin(ask, found.raw.decode(), form.get("since"))
