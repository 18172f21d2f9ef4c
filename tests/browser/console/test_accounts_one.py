"""`/console/accounts/{id}`, its record as a form, and a decision, by eye."""

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_accounts import unhappy
from tests.support.console import House


@pytest.fixture(scope="module")
async def seen(house: House) -> dict[str, str]:
    """What -> where."""
    await unhappy(house)
    found = await house.desk("GET", "/v1/decisions?account=acct-42")
    return {
        "account": "/console/accounts/acct-42",
        "edit": "/console/accounts/acct-42/edit",
        "decision": f"/console/decisions/{found['data'][0]['id']}",
    }


@pytest.mark.parametrize("what", ["account", "edit", "decision"])
async def test_it_looks_right(
    chromium: Browser, house: House, seen: dict[str, str], what: str
) -> None:
    people = {
        "en": await house.visitor("u8", "admin"),
        "ja": await house.visitor("u9", "admin", language="ja"),
    }
    await looks_right(chromium, house, seen[what], people, name=what)
