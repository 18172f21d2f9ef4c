"""`/console/catalogue/compare?a=&b=`: what is different in the second version."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import catalogue_compare as views
from shared.web import Problem

routes = page_router()
_MOST = 200


@routes.get("/catalogue/compare")
async def compare(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    listed = await ask.get("/v1/catalogs", {"limit": _MOST})
    if not listed.ok:
        raise Problem(listed.status, "The versions cannot be read.")
    known = [one["version"] for one in listed.body["data"]]
    asked = views.wanted(request.query_params, known)
    if not asked.b:
        return render.page(request, reader, "catalogue_compare", {"found": None})
    parts = await ask.parts(
        found=ask.get(f"/v1/catalogs/{asked.a}/differences/{asked.b}"),
        catalogue=ask.get(f"/v1/catalogs/{asked.b}"),
    )
    found = parts["found"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No such version.")
    view = views.view(asked, found.body, parts["catalogue"].body, known, reader.language)
    return render.page(request, reader, "catalogue_compare", view)
