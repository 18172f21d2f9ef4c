"""`/console/accounts/{id}` and a decision, by eye."""

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
        "decision": f"/console/decisions/{found['data'][0]['id']}",
    }


@pytest.mark.parametrize("what", ["account", "decision"])
async def test_it_looks_right(
    chromium: Browser, house: House, seen: dict[str, str], what: str
) -> None:
    people = {"en": await house.visitor("u8"), "ja": await house.visitor("u9", language="ja")}
    await looks_right(chromium, house, seen[what], people, name=what)
