"""Who somebody is who logs in, and with which roles."""

import asyncio
from typing import Any

import pytest

from services.console.login.identity import id_of
from tests.integration.console.login.conftest import Opening
from tests.support.browser_like import Browserlike, text_of
from tests.support.console import House
from tests.support.identity_provider import MadeUpProvider

PERSON = {"name": "Kato", "roles": ["csm"], "locale": "ja-JP", "time_zone": "Asia/Tokyo"}


async def person(house: House, id: str) -> dict[str, Any]:
    found: dict[str, Any] = await house.desk("GET", f"/v1/people/{id}")
    return found


async def test_a_newcomer_is_made_with_the_roles_of_the_claim(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    address = "new@example.com"
    told = {"name": "Mori", "email": address, "email_verified": True, "roles": ["sales", "owner"]}
    provider.will(claims={"sub": "new", **told})
    assert (await browser.log_in()).status_code == 303
    made = await person(house, id_of(provider.issuer, "new"))
    assert (made["name"], made["email"], made["roles"]) == ("Mori", address, ["sales"])


async def test_somebody_known_is_found_by_a_verified_address_and_stays_who_they_are(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    await house.desk("PUT", "/v1/people/u7", PERSON | {"email": "Kato@example.com"}, want=201)
    told = {"sub": "k", "email": "kato@EXAMPLE.com", "email_verified": True, "roles": ["manager"]}
    provider.will(claims=told)
    await browser.log_in()
    page = await browser.get("/console/today")
    assert 'data-role="manager"' in page.text
    assert '<html lang="ja"' in page.text
    found = await person(house, "u7")
    assert found["roles"] == ["manager"]
    assert (found["email"], found["time_zone"]) == ("Kato@example.com", "Asia/Tokyo")
    provider.will(claims={"sub": "k", "email": "other@example.com"})
    await browser.log_in()
    assert 'data-role="manager"' in (await browser.get("/console/today")).text


async def test_nobody_becomes_somebody_else_by_an_address_that_is_not_verified(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    await house.desk("PUT", "/v1/people/u8", PERSON | {"email": "u8@example.com"}, want=201)
    told = {"sub": "thief", "email": "u8@example.com", "roles": ["csm"]}
    provider.will(claims=told)
    await browser.log_in()
    made = await person(house, id_of(provider.issuer, "thief"))
    assert (made["name"], made["email"]) == ("u8@example.com", None)


async def test_what_the_id_token_lacks_is_asked_for_where_providers_keep_it(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    """Their id token need not have addresses and groups if an access token comes with it."""
    await house.desk("PUT", "/v1/people/u10", PERSON | {"email": "u10@example.com"}, want=201)
    kept = {"sub": "ten", "email": "u10@example.com", "email_verified": True}
    provider.will(claims={"sub": "ten"}, userinfo=kept | {"roles": ["manager"]})
    await browser.log_in()
    assert 'data-role="manager"' in (await browser.get("/console/today")).text
    assert (await person(house, "u10"))["roles"] == ["manager"]
    told = {"sub": "ten", "email": "u10@example.com", "roles": ["sales"]}
    provider.will(claims=told, userinfo={"sub": "ten", "roles": ["admin"]})
    provider.asked.clear()
    await browser.log_in()
    assert 'data-role="sales"' in (await browser.get("/console/today")).text
    assert "/userinfo" not in provider.asked


@pytest.mark.parametrize(
    ("userinfo", "status"), [(404, 303), (403, 303), (503, 503), ({"sub": "another"}, 400)]
)
async def test_userinfo_that_is_refused_is_none_and_one_that_is_away_is_tried_again(
    browser: Browserlike, provider: MadeUpProvider, userinfo: Any, status: int
) -> None:
    provider.will(claims={"sub": "eleven", "roles": ["csm"]}, userinfo=userinfo)
    assert (await browser.log_in()).status_code == status
    assert (browser.session is not None) is (status == 303)


async def test_an_operator_may_say_that_addresses_can_be_trusted(
    opening: Opening, provider: MadeUpProvider
) -> None:
    async with opening(PLIMSOLL_OIDC_TRUST_EMAIL="on") as house, Browserlike.at(house.url) as one:
        await house.desk("PUT", "/v1/people/u9", PERSON | {"email": "u9@example.com"}, want=201)
        provider.will(claims={"sub": "nine", "email": "u9@example.com"})
        await one.log_in()
        assert "Kato" in (await one.get("/console/today")).text


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ([], "the claim roles of the identity provider names none"),
        (["owner"], "the claim roles of the identity provider names none"),
        (None, "has no role in Plimsoll. The identity provider did not send the claim roles."),
    ],
)
async def test_without_a_role_a_page_says_so_and_whom_to_ask(
    browser: Browserlike,
    house: House,
    provider: MadeUpProvider,
    roles: list[str] | None,
    said: str,
) -> None:
    boss = {"name": "Boss", "roles": ["admin"]}
    await house.desk("PUT", "/v1/people/boss", boss, want=(200, 201))
    provider.will(claims={"sub": "nobody", "name": "No One", "roles": roles})
    page = await browser.log_in()
    assert (page.status_code, browser.session) == (403, None)
    assert said in text_of(page)
    assert "Ask an administrator: Boss" in text_of(page)


async def test_an_inactive_person_gets_no_session(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    provider.will(claims={"sub": "left", "name": "Gone", "roles": ["csm"]})
    await browser.log_in()
    id = id_of(provider.issuer, "left")
    body = {"name": "Gone", "roles": ["csm"], "active": False}
    await house.desk("PUT", f"/v1/people/{id}", body)
    page = await browser.log_in()
    assert page.status_code == 403
    assert "Gone is not active in Plimsoll." in text_of(page)
    assert (await person(house, id))["active"] is False


async def test_two_replicas_make_one_person_of_a_newcomer(
    opening: Opening, house: House, provider: MadeUpProvider
) -> None:
    provider.will(claims={"sub": "twice", "name": "Twice", "roles": ["csm"]})
    async with (
        opening() as replica,
        Browserlike.at(house.url) as one,
        Browserlike.at(replica.url) as two,
    ):
        entered = await asyncio.gather(one.log_in(), two.log_in())
        assert [each.status_code for each in entered] == [303, 303]
        for browser, at in ((one, replica), (two, house)):
            async with Browserlike.at(at.url) as elsewhere:
                elsewhere.http.cookies.set("plimsoll", browser.session or "")
                assert (await elsewhere.get("/console/today")).status_code == 200
    found = (await house.desk("GET", "/v1/people?role=csm"))["data"]
    assert len([each for each in found if each["name"] == "Twice"]) == 1
