"""Who may ask: by key, as a signed-in person, as the log-in; never by cookie."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

import httpx
import pytest
from fastapi import Depends
from fastapi.responses import Response

from shared.runtime.context import Context, make_context
from shared.security import person_tokens
from shared.security.rights import AUDITORS, Principal
from shared.web import answer, create_app, require, router
from tests.support.description import NOWHERE, SERVICES, description
from tests.support.trust import TRUST

made = router()


def _who(caller: Principal) -> Response:
    return answer({"kind": caller.kind, "name": caller.name})


@made.get("/v1/read")
async def reading(caller: Annotated[Principal, Depends(require("read"))]) -> Response:
    return _who(caller)


@made.put("/v1/facts")
async def facts(caller: Annotated[Principal, Depends(require("facts:write"))]) -> Response:
    return _who(caller)


@made.put("/v1/accounts")
async def accounts(caller: Annotated[Principal, Depends(require("accounts:write"))]) -> Response:
    return _who(caller)


@made.get("/v1/log")
async def log(caller: Annotated[Principal, Depends(require("admin", AUDITORS))]) -> Response:
    return _who(caller)


@pytest.fixture
async def context() -> AsyncIterator[Context]:
    """Of no server: who asks is decided without one."""
    context = make_context(NOWHERE, name="who")
    yield context
    await context.close()


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(context, [made], {}))
    async with httpx.AsyncClient(
        verify=TRUST, transport=transport, base_url="http://plimsoll"
    ) as client:
        yield client


def _as(context: Context, *roles: str, person: str = "u7") -> dict[str, str]:
    token = person_tokens.issue(context.signer, person, roles, "s-1", context.clock.now())
    return {"Authorization": f"Bearer {token}"}


async def test_a_person_asks_as_themselves_with_what_their_roles_permit(
    context: Context, client: httpx.AsyncClient
) -> None:
    csm = _as(context, "csm")
    for method, path, status in (
        ("GET", "/v1/read", 200),
        ("PUT", "/v1/facts", 200),
        ("PUT", "/v1/accounts", 403),
        ("GET", "/v1/log", 403),
    ):
        found = await client.request(method, path, headers=csm)
        assert found.status_code == status, path
        if status == 200:
            assert found.json() == {"kind": "person", "name": "u7"}
        else:
            assert found.json()["errors"] == [
                {"path": "header.Authorization", "reason": "not_your_role"}
            ]
            assert 'error="insufficient_scope"' in found.headers["www-authenticate"]
    assert (await client.get("/v1/log", headers=_as(context, "manager"))).status_code == 200
    assert (await client.put("/v1/accounts", headers=_as(context, "admin"))).status_code == 200


async def test_nobody_who_is_signed_in_acts_for_somebody_else(
    context: Context, client: httpx.AsyncClient
) -> None:
    admin = _as(context, "admin")
    for named, status in (("u7", 200), ("u8", 403), ("", 403)):
        found = await client.get("/v1/read", headers=admin | {"Plimsoll-Person": named})
        assert found.status_code == status
        assert status == 200 or found.json()["errors"][0]["path"] == "header.Plimsoll-Person"


async def test_a_token_ends_after_a_minute_of_plimsolls_clock(
    context: Context, client: httpx.AsyncClient
) -> None:
    csm = _as(context, "csm")
    context.clock.follow(timedelta(seconds=58))
    assert (await client.get("/v1/read", headers=csm)).status_code == 200
    context.clock.follow(timedelta(seconds=61))
    assert (await client.get("/v1/read", headers=csm)).status_code == 401


async def test_the_log_in_reads_and_writes_people_and_nothing_more(
    context: Context, client: httpx.AsyncClient
) -> None:
    token = person_tokens.issue_login(context.signer, context.clock.now())
    headers = {"Authorization": f"Bearer {token}"}
    written = await client.put("/v1/accounts", headers=headers)
    assert written.json() == {"kind": "plimsoll", "name": "login"}
    assert (await client.get("/v1/log", headers=headers)).status_code == 403


async def test_no_address_looks_at_cookies(context: Context) -> None:
    """Decision 0007: not even if the cookie holds what would do as a bearer."""
    app = create_app(
        context, [one for build in SERVICES.values() for one in build(context).routers], {}
    )
    token = person_tokens.issue(context.signer, "u7", ["admin"], "s-1", context.clock.now())
    cookies = {"plimsoll": token, "__Host-plimsoll": str(NOWHERE.admin_key)}
    asked = 0
    async with httpx.AsyncClient(
        verify=TRUST,
        transport=httpx.ASGITransport(app),
        base_url="https://plimsoll",
        cookies=cookies,
    ) as client:
        for path, methods in (await description())["paths"].items():
            for method, operation in methods.items():
                if operation["security"]:
                    found = await client.request(method, path.replace("{", "").replace("}", ""))
                    assert found.status_code == 401, (method, path)
                    asked += 1
    assert asked > 60
