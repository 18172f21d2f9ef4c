"""Log-in with a provider that others have written."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from plimsoll.checks import identity as doctor
from services.console.login.identity import id_of
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.browser_like import Browserlike, place_of, text_of
from tests.support.console import House, open_house
from tests.support.identity_provider import environment
from tests.support.identity_server import IdentityServer, identity_server

NAMES = {"cs-team": "csm", "leads": "manager"}


@pytest.fixture(scope="module")
def server() -> Iterator[IdentityServer]:
    with identity_server() as server:
        yield server


@pytest.fixture(scope="module")
async def real(
    server: IdentityServer, make_settings: Callable[..., Settings]
) -> AsyncIterator[House]:
    """Roles are in a claim of a claim, under names of the company's own."""
    named = {
        "PLIMSOLL_OIDC_ROLES_CLAIM": "realm_access.roles",
        "PLIMSOLL_OIDC_ROLES": json.dumps(NAMES),
        "PLIMSOLL_OIDC_CLIENT_SECRET": "hush-hush",
    }
    async with open_house(make_settings(**environment(server.issuer()), **named)) as house:
        yield house


async def enter(begun: httpx.Response, subject: str, **claims: Any) -> str:
    """Somebody fills in the provider's form; where it sends the browser."""
    form = {"username": subject, "claims": json.dumps(claims)}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as elsewhere:
        sent = await elsewhere.post(begun.headers["location"], data=form)
    assert sent.status_code == 302, sent.text
    return sent.headers["location"]


async def test_the_page_asked_for_is_shown_with_the_roles_of_the_claim(real: House) -> None:
    told = {"name": "Kato", "realm_access": {"roles": ["cs-team", "offline_access"]}}
    async with Browserlike.at(real.url) as browser:
        begun = await browser.to_provider("/console/today?due=all&x=1")
        entered = await browser.get(await enter(begun, "kato", **told))
        assert place_of(entered) == "/console/today?due=all&x=1"
        page = await browser.get(entered.headers["location"])
        assert 'data-role="csm"' in page.text
        out = await browser.post("/console/logout", {"csrf": await browser.csrf()})
        assert "/default/endsession?" in out.headers["location"]
        assert (await browser.get("/console/today")).status_code == 303


async def test_the_roles_of_the_record_hold_where_the_token_has_none(
    real: House, server: IdentityServer
) -> None:
    id = id_of(server.issuer(), "mori")
    await real.desk("PUT", f"/v1/people/{id}", {"name": "Mori", "roles": ["sales"]}, want=201)
    async with Browserlike.at(real.url) as browser:
        await browser.get(await enter(await browser.to_provider(), "mori"))
        assert 'data-role="sales"' in (await browser.get("/console/today")).text
        empty = await browser.get(
            await enter(await browser.to_provider(), "mori", realm_access={"roles": []})
        )
        assert empty.status_code == 403
        assert "the claim realm_access.roles" in text_of(empty)


async def test_a_code_without_its_proof_is_refused_by_the_provider(real: House) -> None:
    async with Browserlike.at(real.url) as browser:
        begun = await browser.to_provider()
        async with transaction(real.desk.context.engine) as conn:
            await conn.execute(text("update login_attempt set verifier = repeat('x', 64)"))
        refused = await browser.get(await enter(begun, "kato"))
        assert (refused.status_code, browser.session) == (400, None)
        assert "(reason: code)" in text_of(refused)


async def test_doctor_finds_the_provider(
    server: IdentityServer, make_settings: Callable[..., Settings]
) -> None:
    found, *_ = await doctor.check(make_settings(**environment(server.issuer())))
    assert (found.remedy, found.what) == (None, f"{server.issuer()} answers")
