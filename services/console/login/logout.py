"""The end of a session: by the person, also at the provider; and by the provider."""

import time
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console.headers import origin_of
from services.console.login import cookies
from services.console.login.attempt import HOME
from services.console.login.csrf import Form
from services.console.login.forms.fields import fields_of
from services.console.login.forms.notice import show
from services.console.login.forms.refusal import login_address
from services.console.login.place import Place
from services.console.login.provider import Provider, Unavailable
from services.console.login.route import login_router
from services.console.login.sessions import Sessions, place, standing
from services.console.login.token import Claims, Refused, logout_claims
from services.console.tables import sessions as rows
from services.console.views.login import Notice, Said
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry.logs import log
from shared.web import CurrentContext

PATH, AFTERWARDS = f"{HOME}/logout", f"{HOME}/logged-out"
routes = login_router()


@routes.get(AFTERWARDS)
async def get_logged_out(request: Request) -> Response:
    """Where a log-out ends. It changes nothing."""
    notice = Notice("logged_out.title", [Said("logged_out")], [(login_address(HOME), "log_in")])
    return show(request, None, notice, 200)


@routes.post(PATH)
async def log_out(request: Request, context: CurrentContext, _proven: Form) -> Response:
    found = await standing(request)
    assert found is not None, "the form has proven it"
    async with transaction(context.engine) as conn:
        await rows.end(conn, found.session.hash)
        await context.only(Sessions).tell(conn)
    context.only(Sessions).forget()
    here = place(request)
    response = RedirectResponse(await _afterwards(context, here), 303)
    cookies.take_away(response, here, here.session_cookie)
    # Otherwise going back would show what was on the page.
    response.headers["Clear-Site-Data"] = '"cache"'
    log.info("logged_out", person=found.session.person, session=found.session.id)
    return response


async def _afterwards(context: Context, here: Place) -> str:
    """At the provider, if it has a place for it."""
    if context.settings.oidc_issuer is None:
        return AFTERWARDS
    provider = context.only(Provider)
    try:
        endpoint = (await provider.metadata()).end_session_endpoint
    except Unavailable as error:
        log.warning("provider_away", reason=str(error))
        return AFTERWARDS
    if endpoint is None or origin_of(endpoint) != origin_of(context.settings.oidc_issuer):
        return AFTERWARDS  # the page's policy lets a form lead to the issuer's origin alone
    given = {
        "client_id": provider.party.client_id,
        "post_logout_redirect_uri": here.base + AFTERWARDS,
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(given)}"


@routes.post(f"{HOME}/backchannel-logout")
async def end_by_provider(request: Request, context: CurrentContext) -> Response:
    """Sent by the provider itself, so its signature is the proof. 200; 400 if it is refused."""
    try:
        if context.settings.oidc_issuer is None:
            raise Refused("issuer")
        token = (await fields_of(request)).get("logout_token")
        provider = context.only(Provider)
        claims = await provider.verified(partial(_logout_claims, token, provider))
    except Refused as refused:
        log.warning("log_out_refused", reason=refused.code)
        return Response(status_code=400)
    except Unavailable as error:
        log.warning("provider_away", reason=str(error))
        return Response(status_code=503)
    async with transaction(context.engine) as conn:
        number = await rows.end_at_provider(
            conn, claims["iss"], sid=claims.get("sid"), subject=claims.get("sub")
        )
        await context.only(Sessions).tell(conn)
    context.only(Sessions).forget()
    log.info("logged_out_by_provider", sessions=number)
    return Response(status_code=200)


def _logout_claims(token: str, provider: Provider, keys: Any) -> Claims:
    return logout_claims(token, keys, provider.party, time.time())
