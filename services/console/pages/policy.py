"""`/console/policy`: who acts, when people hear of usage, and how often offers go out."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import policy as views
from services.console.views.catalogue import may_write

routes = page_router()


@routes.get("/policy")
async def policy(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    parts = await ask.parts(
        rules=ask.get("/v1/policy/ownership", {"lang": reader.language}),
        catalogue=ask.get("/v1/catalog"),
    )
    told = parts["catalogue"].answered
    rules = parts["rules"].body if parts["rules"].state == "ready" else None
    is_away = told is None or told.status >= 500
    view = views.view(rules, told.body if told is not None and told.ok else None, is_away)
    view["may_write"] = may_write(reader.roles)
    return render.page(request, reader, "policy", view)
