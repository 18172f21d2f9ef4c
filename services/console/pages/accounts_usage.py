"""`/console/accounts/{id}/usage`: one meter over time."""

from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import downloads, formats, render, words
from services.console.addresses import path_part
from services.console.ask import Away, CurrentAsker
from services.console.form_values import Typed
from services.console.login.sessions import SignedIn
from services.console.names import capital
from services.console.routing import page_router
from services.console.views import accounts_usage as views
from shared.values.csv_form import csv_bytes
from shared.web import Problem
from shared.wording.amounts import BYTE

routes = page_router()


@routes.get("/accounts/{id}/usage")
async def usage(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    path = f"/v1/accounts/{path_part(id)}/usage"
    parts = await ask.parts(usage=ask.get(path), account=ask.get(f"/v1/accounts/{path_part(id)}"))
    now = parts["usage"].answered
    if now is None:
        raise Away(path)
    if not now.ok:
        raise Problem(now.status, "No account has this id.")
    meters = now.body["meters"]
    asked = views.wanted(request.query_params)
    if not asked["meter"] and meters:
        asked = Typed({**asked, "meter": meters[0]["meter"]})
    part = (await ask.parts(history=ask.get(f"{path}/history", asked)))["history"]
    refused = part.answered if part.answered and part.answered.status == 422 else None
    history = part.ready
    if request.query_params.get("format") == "csv" and history is not None:
        return _csv(history, asked["meter"])
    look = render.look_of(request, reader)
    view = views.view(id, meters, history, asked, look.language)
    view["label"] = capital(view["label"])
    view["meters"] = [(meter, capital(name)) for meter, name in view["meters"]]
    view["account_name"] = (parts["account"].ready or {}).get("name", "")
    view["away"] = history is None and refused is None
    view["figure"] = None if history is None else figure(history, view, look, view["csv"])
    number = partial(formats.amount, unit=(history or {}).get("unit", ""), locale=look.locale)
    view["alerts"] = [] if history is None else views.alerts(history, _say(look), number)
    troubles = render.troubles_of(refused.faults) if refused else ()
    status = 422 if refused else 200
    return render.page(request, reader, "accounts_usage", view, status=status, troubles=troubles)


def figure(history: Any, view: dict[str, Any], look: render.Look, csv: str) -> Any:
    """`view`: of the meter, its `label` and what is known of it `now`."""
    unit, now = history["unit"], view["now"] or {}
    number = partial(formats.amount, unit=unit, locale=look.locale)
    tick = number if unit == BYTE else partial(formats.brief_number, locale=look.locale)
    day = partial(formats.day, locale=look.locale, time_zone="UTC")  # those that are counted
    hour = partial(formats.moment, locale=look.locale, time_zone=look.time_zone)
    written = views.Written(_say(look), number, tick, hour if views.is_hourly(history) else day)
    return views.figure(history, now.get("forecast"), view["label"], written, csv)


def _say(look: render.Look) -> Any:
    return words.speaker("accounts_usage", look.locale, look.time_zone)


def _csv(history: Any, meter: str) -> Response:
    """The figure's table."""
    rows = [{name: one[name] for name in ("at", "used", "limit")} for one in history["data"]]
    name = "".join(one for one in meter if one.isascii() and one.isalnum()) or "usage"
    return downloads.file(csv_bytes(rows), name)
