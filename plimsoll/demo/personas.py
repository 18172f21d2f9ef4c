"""Log in as one of five made-up persons: a route of the demo, and of nothing else."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.login.attempt import target_of
from services.console.login.entry import begin, enter
from services.console.login.forms.fields import came_from_us, fields_of
from services.console.login.forms.refusal import login_address
from services.console.login.made_up import MadeUp, Someone
from services.console.login.route import login_router
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.web import CurrentContext

PATH = "/console/login/as"


def offer(context: Context, people: Mapping[str, Mapping[str, Any]]) -> APIRouter:
    """The way in for these: bodies of `PUT /v1/people/{id}` by id."""
    known = {id: Someone(id, one["name"], tuple(one["roles"])) for id, one in people.items()}
    # The CSM first: hers is the day that a visitor should see.
    csm_first = sorted(known.values(), key=lambda one: "csm" not in one.roles)
    context.only(MadeUp).people = tuple(csm_first)
    routes = login_router()

    @routes.post(PATH)
    async def log_in_as(request: Request, context: CurrentContext) -> Response:
        fields = await fields_of(request)
        someone, target = known.get(fields.get("person")), target_of(fields.get("to"))
        if someone is None or not came_from_us(request):
            return RedirectResponse(login_address(target), 303)
        async with transaction(context.engine) as conn:
            begun = await begin(conn, request, someone.id, someone.roles)
        return enter(request, begun, target)

    return routes
