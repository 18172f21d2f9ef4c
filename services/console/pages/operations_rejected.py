"""`/console/operations/rejected`: records that could not be used, by reason."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import address, with_said
from services.console.ask import Answered, Asker, CurrentAsker, Part
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_rejected as views
from shared.web import Problem

routes = page_router()
_API = "/v1/events/rejected"
_MOST = 50
_SECONDS = 30.0


@routes.get("/operations/rejected")
async def rejected(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, reader, ask)


@routes.post("/operations/rejected")
async def replay_all(request: Request, reader: SignedIn, ask: CurrentAsker, form: Form) -> Response:
    """All open records with a reason, a thousand at a time; a second time finds none of them."""
    asked = views.wanted({name: form.get(name) for name in ("state", "service", "reason")})
    done = await ask.send(
        "POST",
        f"{_API}:replay",
        {"reason": asked["reason"], "service": asked["service"] or None},
        key=form.get("idempotency_key"),
        seconds=_SECONDS,
    )
    if not done.ok:
        return await _shown(request, reader, ask, refused=done)
    told = {name: str(done.body[name]) for name in ("replayed", "refused")}
    return RedirectResponse(with_said(address(views.PATH, asked, **told), "sent"), 303)


async def _shown(
    request: Request, reader: Reader, ask: Asker, refused: Answered | None = None
) -> Response:
    query = request.query_params
    asked = views.wanted(query)
    parts = await ask.parts(
        reasons=ask.get(f"{_API}/reasons", views.reasons_query(asked)),
        records=ask.get(
            _API,
            {
                **views.api_query(asked),
                "cursor": query.get("cursor", ""),
                "limit": _MOST,
                "total": True,
            },
        ),
    )
    _known(parts["records"])
    operates = bool(reader.roles & operations.OPERATORS)
    matched = None
    if operates and query.get("replay") and asked["reason"]:
        matched = await _matched(ask, asked)
    view = views.view(
        asked, parts["reasons"].ready, parts["records"].ready, query, matched, operates=operates
    )
    view["tabs"] = operations.tabs(reader.roles, "rejected")
    view["latest"] = "" if view["rows"] else await _latest(ask, parts)
    return render.page(
        request,
        reader,
        "operations_rejected",
        view,
        status=refused.status if refused else 200,
        troubles=render.troubles_of(refused.faults) if refused else (),
    )


def _known(part: Part) -> None:
    if part.answered is not None and part.state == "ready" and not part.answered.ok:
        raise Problem(404, "There is no such page.")


async def _matched(ask: Asker, asked: dict[str, str]) -> int | None:
    body = {"reason": asked["reason"], "service": asked["service"] or None}
    part = (
        await ask.parts(count=ask.send("POST", f"{_API}:replay", body, query={"dry_run": True}))
    )["count"].ready
    return None if part is None else int(part["matched"])


async def _latest(ask: Asker, parts: dict[str, Part]) -> str:
    """When the last one was rejected, whatever is shown."""
    if parts["records"].ready is None:
        return ""
    part = (await ask.parts(all=ask.get(f"{_API}/reasons")))["all"]
    return views.latest(part.ready)
