"""Log-in and log-out with identity providers that others have written, through their own pages.

By day with the one that starts in a second; at night with those that companies have.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.browser.console.test_login import stranger
from tests.support.console import House, open_house
from tests.support.identity_provider import environment
from tests.support.identity_server import identity_server
from tests.support.processes import free_port
from tests.support.providers.servers import SECRET, keycloak, oidc_provider

TO = "/console/today?due=all"


async def _enter_keycloak(page: Page) -> None:
    await page.get_by_label("Username or email").fill("kato")
    await page.get_by_role("textbox", name="Password").fill("kato-kato")
    await page.get_by_role("button", name="Sign In").click()


async def _leave_keycloak(page: Page) -> None:
    await page.get_by_role("button", name="Logout").click()


async def _enter_oidc_provider(page: Page) -> None:
    await page.locator("[name=login]").fill("kato")
    await page.locator("[name=password]").fill("kato")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()


async def _leave_oidc_provider(page: Page) -> None:
    await page.get_by_role("button", name="Yes, sign me out").click()


@dataclass(frozen=True)
class Kind:
    """`path`: of its issuer. `enter` and `leave` are what a person does on its pages."""

    start: Callable[[int, str], AbstractContextManager[str]]
    path: str
    ends: str
    left: str
    enter: Callable[[Page], Awaitable[None]]
    leave: Callable[[Page], Awaitable[None]]


KINDS = {
    "keycloak": Kind(
        keycloak,
        "/realms/plimsoll",
        "/protocol/openid-connect/logout",
        "You are logged out",
        _enter_keycloak,
        _leave_keycloak,
    ),
    "oidc-provider": Kind(
        oidc_provider,
        "",
        "/session/end",
        "Sign-out Success",
        _enter_oidc_provider,
        _leave_oidc_provider,
    ),
}


@asynccontextmanager
async def opened(stack: Addresses, database_url: str, issuer: str) -> AsyncIterator[House]:
    named = {
        "PLIMSOLL_DATABASE_URL": database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_ADMIN_KEY": "a" * 40,
        "PLIMSOLL_OIDC_CLIENT_SECRET": SECRET,
        "PLIMSOLL_OIDC_ROLES": json.dumps({"cs-team": "csm", "csm": "csm"}),
        **environment(issuer),
    }
    async with open_house(load_settings(named)) as house:
        yield house


@asynccontextmanager
async def at_once(stack: Addresses, database_url: str) -> AsyncIterator[tuple[House, str]]:
    """A house whose people log in at `mock-oauth2-server`, and its issuer."""
    with identity_server() as server:
        async with opened(stack, database_url, server.issuer()) as house:
            yield house, server.issuer()


async def test_from_a_deep_link_in_and_out(
    chromium: Browser, stack: Addresses, module_database_url: str
) -> None:
    claims = {"name": "Kato", "email": "kato@example.com", "roles": ["cs-team"]}
    async with (
        at_once(stack, module_database_url) as (house, issuer),
        stranger(chromium) as context,
    ):
        page = await context.new_page()
        await page.goto(house.url + TO)
        await page.locator("[name=username]").fill("kato")
        await page.locator("[name=claims]").fill(json.dumps(claims))
        await page.locator("[type=submit]").click()
        await expect(page.locator("body")).to_have_attribute("data-role", "csm")
        assert page.url == house.url + TO
        await page.locator("header [popovertarget=me]").first.click()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("h1")).to_have_text("You are logged out")
        await page.goto(house.url + TO)
        await expect(page.locator("[name=username]")).to_be_visible()
        assert page.url.startswith(issuer)


@pytest.mark.nightly
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("kind", KINDS)
async def test_in_and_out_and_out_from_the_other_side(
    chromium: Browser, stack: Addresses, module_database_url: str, kind: str
) -> None:
    """Where the provider ends it, this browser is refused at its next look."""
    does, port = KINDS[kind], free_port()
    issuer = f"http://127.0.0.1:{port}{does.path}"
    async with opened(stack, module_database_url, issuer) as house:
        with does.start(port, house.url):
            async with stranger(chromium) as context:
                page = await context.new_page()
                await page.goto(house.url + TO)
                await does.enter(page)
                await expect(page.locator("body")).to_have_attribute("data-role", "csm")
                assert page.url == house.url + TO
                await expect(page.get_by_text("kato", exact=False).first).to_be_visible()
                await page.locator("header [popovertarget=me]").first.click()
                await page.get_by_role("button", name="Log out").click()
                await does.leave(page)
                await expect(page.locator("h1")).to_have_text("You are logged out")
                assert page.url == f"{house.url}/console/logged-out"
                await page.goto(house.url + TO)
                await does.enter(page)
                await expect(page.locator("body")).to_have_attribute("data-role", "csm")
                there = await context.new_page()
                await there.goto(issuer + does.ends)
                await does.leave(there)
                await expect(there.locator("body")).to_contain_text(does.left)
                await page.reload()
                await expect(page.locator("body")).not_to_have_attribute("data-page", "today")
                assert page.url.startswith(f"http://127.0.0.1:{port}/")
            people = (await house.desk("GET", "/v1/people"))["data"]
            assert [one["email"] for one in people] == ["kato@example.com"]
