"""What was typed into a form when its session was over, after the next log-in."""

from fastapi import Request
from fastapi.responses import Response

from services.console.login.attempt import HOME
from services.console.login.forms.fields import parse_fields
from services.console.login.forms.notice import show
from services.console.login.forms.refusal import KEPT, form_again
from services.console.login.route import login_router
from services.console.login.sessions import SignedIn
from services.console.tables import kept_forms
from services.console.views.login import Notice, Said
from shared.postgres.database import transaction
from shared.web import CurrentContext

routes = login_router()


@routes.get(KEPT)
async def get_kept_form(
    request: Request, reader: SignedIn, context: CurrentContext, form: str = ""
) -> Response:
    """Only for whoever typed it. It changes nothing until it is sent."""
    async with transaction(context.engine) as conn:
        found = await kept_forms.find(conn, form, reader.person_id)
    if found is None:
        notice = Notice("kept.title", [Said("kept_gone")], [(HOME, "to_start")])
        return show(request, reader, notice, 404)
    again = form_again(found.action, reader, parse_fields(found.body.encode()))
    return show(request, reader, Notice("kept.title", [Said("kept")], (), [again]), 200)
