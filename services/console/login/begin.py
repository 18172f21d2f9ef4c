"""The start of a log-in: to the provider, or a page that says how to get in."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response

from services.console.login import cookies, once
from services.console.login.attempt import HOME, Attempt, new_attempt, provider_address, target_of
from services.console.login.forms.notice import show
from services.console.login.forms.refusal import login_address
from services.console.login.made_up import MadeUp
from services.console.login.place import Place
from services.console.login.provider import Provider, Unavailable
from services.console.login.route import login_router
from services.console.login.sessions import hash_of, place
from services.console.tables import attempts
from services.console.tables.attempts import Pending
from services.console.views.login import Asked, Notice, Said
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.web import CurrentContext

PATH = f"{HOME}/login"
CALLBACK = f"{HOME}/callback"
LASTS = timedelta(minutes=10)
_MOST_AT_ONCE = 8
"""Log-ins of one browser: their cookies must fit into a request."""
routes = login_router()


@routes.get(PATH)
async def get_login(
    request: Request,
    context: CurrentContext,
    to: Annotated[str | None, Query()] = None,
    link: Annotated[str | None, Query(alias="once")] = None,
    at: str = "",
) -> Response:
    """`to`: the address of the console to show afterwards. `at`: set once the browser was sent to
    the public address.
    """
    here, target = place(request), target_of(to)
    if link is not None:
        return await once.ask(request, context, link)
    if here.moved and not at and context.settings.public_url is not None:
        base = context.settings.public_url
        return RedirectResponse(f"{base}{login_address(target)}&at=public", 303)
    if not here.guarded:
        return show(request, None, Notice("title", [Said("not_guarded")]), 400)
    if context.settings.oidc_issuer is None:
        return _without_provider(request, context, target)
    try:
        return await _to_provider(request, context, here, target)
    except Unavailable as error:
        return away(request, str(error), target)


def _without_provider(request: Request, context: Context, target: str) -> Response:
    forms = [
        Asked(
            f"{PATH}/as",
            "as",
            [("person", one.id), ("to", target)],
            variables={"person": one.name},
            roles=one.roles,
        )
        for one in context.only(MadeUp).people
    ]
    said = Said("made_up" if forms else "no_provider")
    return show(request, None, Notice("title", [said], (), forms), 200)


def away(request: Request, reason: str, target: str) -> Response:
    """The provider cannot be reached, so nobody is refused: it can be tried again."""
    log.warning("provider_away", reason=reason)
    metrics.log_ins.labels("away").inc()
    notice = Notice(
        "title", [Said("away"), Said("away_otherwise")], [(login_address(target), "try_again")]
    )
    return show(request, None, notice, 503, {"Retry-After": "5"})


async def _to_provider(request: Request, context: Context, here: Place, target: str) -> Response:
    provider, settings = context.only(Provider), context.settings
    metadata, begun = await provider.metadata(), new_attempt(target)
    redirect_uri = here.base + CALLBACK
    pending = Pending(begun.nonce, begun.verifier, begun.target, redirect_uri)
    async with transaction(context.engine) as conn:
        state, browser = hash_of(begun.state), hash_of(begun.browser)
        if not await attempts.add(conn, state, browser, pending, context.clock.now()):
            raise Unavailable("too many log-ins have begun")
    response = RedirectResponse(
        provider_address(
            begun,
            metadata.authorization_endpoint,
            client_id=provider.party.client_id,
            redirect_uri=redirect_uri,
            scopes=settings.oidc_scopes,
        ),
        303,
    )
    _remember(request, response, here, begun)
    return response


def _remember(request: Request, response: Response, here: Place, begun: Attempt) -> None:
    cookies.put(response, here, here.attempt_cookie(begun.state), begun.browser, LASTS)
    others = [name for name in request.cookies if name.startswith(here.attempt_cookies)]
    for name in others[: max(0, len(others) + 1 - _MOST_AT_ONCE)]:
        cookies.take_away(response, here, name)
