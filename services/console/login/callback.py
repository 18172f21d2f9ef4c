"""The end of a log-in: what the provider says of the browser that comes back."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console.ask import Api, Away, request_id
from services.console.login import cookies, people
from services.console.login.attempt import HOME
from services.console.login.begin import CALLBACK, LASTS, PATH, away
from services.console.login.entry import begin, enter, locale_of
from services.console.login.forms.notice import show
from services.console.login.forms.refusal import login_address
from services.console.login.identity import (
    Identity,
    Person,
    Profile,
    identity_of,
    is_complete,
    profile_of,
)
from services.console.login.provider import Metadata, Provider, Unavailable
from services.console.login.route import login_router
from services.console.login.sessions import hash_of, place
from services.console.login.token import Refused, id_claims
from services.console.tables import attempts, logins
from services.console.tables.attempts import Pending
from services.console.views.login import Notice, Said
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.web import CurrentContext

routes = login_router()
_LONGEST = 4_096
_LATER = frozenset({"server_error", "temporarily_unavailable"})


@routes.get(CALLBACK)
async def get_callback(request: Request, context: CurrentContext) -> Response:
    """400 for what is refused, 503 if the provider or the API is away: then nothing was decided."""
    state = request.query_params.get("state", "")
    target = HOME
    try:
        pending = await _attempt(request, context, state)
        target = pending.target
        profile = await _profile(request, context, pending)
        response = await _enter(request, context, profile, target)
    except Refused as refused:
        response = _refused(request, refused, target)
    except (Unavailable, Away) as error:
        response = away(request, str(error), target)
    here = place(request)
    cookie = here.attempt_cookie(state)
    if cookie in request.cookies:
        cookies.take_away(response, here, cookie)
    return response


async def _attempt(request: Request, context: Context, state: str) -> Pending:
    """The log-in that this browser began; it is used up, whatever becomes of it."""
    browser = request.cookies.get(place(request).attempt_cookie(state))
    if context.settings.oidc_issuer is None or not 0 < len(state) < _LONGEST or browser is None:
        raise Refused("state")
    async with transaction(context.engine) as conn:
        since = context.clock.now() - LASTS
        found = await attempts.take(conn, hash_of(state), hash_of(browser), since)
    if found is None:
        raise Refused("state")
    return found


async def _profile(request: Request, context: Context, pending: Pending) -> Profile:
    """By the id token, and by userinfo where that lacks what is needed: providers whose answer has
    an access token, too, need not put addresses and groups into the first.
    """
    provider, path = context.only(Provider), context.settings.oidc_roles_claim
    code = _code(request.query_params, await provider.metadata())
    tokens = await provider.exchange(code, pending.verifier, pending.redirect_uri)
    check = partial(_id_claims, tokens.id, provider, pending.nonce)
    claims = await provider.verified(check)
    more = {} if is_complete(claims, path) else await provider.userinfo(tokens)
    return profile_of(claims, more)


def _id_claims(token: str, provider: Provider, nonce: str, keys: Any) -> Mapping[str, Any]:
    return id_claims(token, keys, provider.party, nonce, time.time())


def _code(answered: Mapping[str, str], metadata: Metadata) -> str:
    """From whom it comes is asked first: an error may be somebody else's, too."""
    issuer = answered.get("iss")
    if issuer != metadata.issuer and (issuer is not None or metadata.names_issuer):
        raise Refused("issuer")
    error = answered.get("error")
    if error in _LATER:
        raise Unavailable(f"it says {error}")
    code = answered.get("code", "")
    if error is not None or not 0 < len(code) < _LONGEST:
        raise Refused("denied" if error is not None else "code")
    return code


async def _enter(request: Request, context: Context, profile: Profile, target: str) -> Response:
    settings, asker = context.settings, context.only(Api).for_login(request_id())
    trust, path = settings.oidc_trust_email, settings.oidc_roles_claim
    identity = identity_of(profile.claims, locale_of(request), trust_email=trust)
    roles = profile.roles(path, settings.oidc_roles)
    async with transaction(context.engine) as conn:
        known = await logins.find(conn, identity.issuer, identity.subject)
    person = await people.of_identity(asker, known, identity, roles)
    if not person.active or not person.roles:
        claim = (path, roles is not None)
        return await no_entry(request, person, await people.admins(asker), claim)
    return await _begun(request, context, identity, person, target)


async def _begun(
    request: Request, context: Context, identity: Identity, person: Person, target: str
) -> Response:
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        await logins.put(conn, identity.issuer, identity.subject, person.id, now)
        begun = await begin(conn, request, person.id, person.roles, identity.sid)
    log.info("logged_in", person=person.id, session=begun.session.id)
    metrics.log_ins.labels("entered").inc()
    return enter(request, begun, target)


async def no_entry(
    request: Request, person: Person, admins: list[str], claim: tuple[str, bool]
) -> Response:
    """Known to the provider, and not to work here: which claim (its name, and whether there was
    one) gave no role, and whom to ask.
    """
    name, is_there = claim
    why = "inactive" if not person.active else "no_role_claimed" if is_there else "no_role"
    said = [Said(why, {"person": person.name, **({"claim": name} if person.active else {})})]
    said.append(Said("ask", {"people": admins}) if admins else Said("ask_operator"))
    log.warning("log_in_without_entry", person=person.id, reason=why)
    metrics.log_ins.labels("no_entry").inc()
    return show(request, None, Notice("title", said, [(PATH, "log_in_again")]), 403)


def _refused(request: Request, refused: Refused, target: str) -> Response:
    log.warning("log_in_refused", reason=refused.code)
    metrics.log_ins.labels("refused").inc()
    said = [Said("refused", {"code": refused.code})]
    return show(request, None, Notice("title", said, [(login_address(target), "try_again")]), 400)
