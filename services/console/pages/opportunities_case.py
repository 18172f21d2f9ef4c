"""`/console/opportunities/{id}/case`: the business case, tried out and kept; its documents."""

from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from services.console.addresses import path_part
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.deal_pages import Deal
from services.console.deal_tabs import Asked, Tab
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import opportunities_case as views
from shared.web import Problem

routes = page_router()
SECONDS = 60.0
"""Documents are laid out when they are asked for."""
_PASSED_ON = ("content-type", "content-disposition", "content-security-policy")


@routes.get("/opportunities/{id}/case")
async def case(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    given = {name: (one,) for name, one in request.query_params.items()}
    return await _tab(request, id, reader, ask, Fields(given)).shown()


@routes.post("/opportunities/{id}/case")
async def keep_case(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    tab = _tab(request, id, reader, ask, form)
    if form.get("act") == views.RECKON:
        return await tab.shown()
    return await tab.append(views.entry(form), form, "version_saved")


@routes.get("/opportunities/{id}/documents/{name}")
async def document(
    id: str,
    name: str,
    reader: SignedIn,
    ask: CurrentAsker,
    format: Annotated[str, Query()] = "html",
    lang: Annotated[str, Query()] = "",
) -> Response:
    path = f"/v1/opportunities/{path_part(id)}/documents/{path_part(name)}"
    return await _file(ask, path, format, lang)


@routes.get("/opportunities/{id}/bundle")
async def bundle(
    id: str,
    reader: SignedIn,
    ask: CurrentAsker,
    format: Annotated[str, Query()] = "html",
    lang: Annotated[str, Query()] = "",
) -> Response:
    return await _file(ask, f"/v1/opportunities/{path_part(id)}/bundle", format, lang)


async def _file(ask: Asker, path: str, format: str, lang: str) -> Response:
    """As the API wrote it, under its own policy, which runs nothing."""
    found = await ask.get(path, {"format": format, "lang": lang}, seconds=SECONDS)
    if not found.ok:
        raise Problem(found.status, "There is no such document.")
    headers = {name: found.headers[name] for name in _PASSED_ON if name in found.headers}
    return Response(found.raw, headers={**headers, "Cache-Control": "no-store"})


def _tab(request: Request, id: str, reader: Reader, ask: Asker, form: Fields) -> Tab:
    typed = Typed.of(form.values)
    figures = views.figures(form)

    def also(deal: Deal) -> dict[str, Awaitable[Answered]]:
        entries = f"/v1/opportunities/{path_part(id)}/entries"
        asked: dict[str, Awaitable[Answered]] = {
            "versions": ask.get(entries, {"type": "value", "limit": 50})
        }
        if views.is_enough(figures):
            path = f"/v1/accounts/{path_part(deal.found['account'])}/value"
            given = {**views.first(deal.found), **figures}
            asked["reckoned"] = ask.send("POST", path, given)
        return asked

    def view(asked: Asked) -> dict[str, Any]:
        versions, reckoned = asked.parts["versions"].ready, asked.parts.get("reckoned")
        faults = reckoned.answered.faults if reckoned and reckoned.answered else ()
        return {
            **views.view(
                asked.deal.found,
                typed,
                versions and versions["data"],
                reckoned.ready if reckoned else None,
            ),
            "is_away": reckoned is not None and reckoned.state == "away",
            "unreckoned": [(one.path.strip("/"), one.reason) for one in faults],
            "people": dict(asked.deal.people),
        }

    return Tab(request, id, reader, ask, "case", view, also)
