"""`/console/accounts`, by eye and by address."""

from playwright.async_api import Browser, expect

from tests.browser.console.conftest import looks_right, window
from tests.integration.console.test_accounts import unhappy
from tests.support.console import House


async def test_it_looks_right_and_its_state_is_its_address(chromium: Browser, house: House) -> None:
    kato = await unhappy(house)
    await house.desk("PUT", "/v1/accounts/b-1", {"name": "Beta"}, want=201)
    await house.settled()
    people = {"en": kato, "ja": await house.visitor("u9", language="ja")}
    for one in people.values():
        await one.post(
            "/console/accounts/views", {"name": "Soon 更新", "view": "?sort=renewal_date"}
        )
    await looks_right(chromium, house, "/console/accounts?sort=name", people, name="accounts")
    async with window(chromium, house, kato) as opened:
        page = await opened.open("/console/accounts")
        await page.get_by_role("link", name="Soon 更新").click()
        await expect(page).to_have_url(f"{house.url}/console/accounts?sort=renewal_date")
        await page.goto(f"{house.url}/console/accounts")
        await expect(page.locator("[data-account]")).to_have_count(2)
        await page.get_by_label("Fullest meter").select_option("95")
        await page.get_by_role("button", name="Show").click()
        await expect(page.locator("[data-account]")).to_have_count(1)
        assert page.url.endswith("/console/accounts?near=95")
        await page.go_back()
        await expect(page.locator("[data-account]")).to_have_count(2)
        await page.go_forward()
        await expect(page.locator("[data-account]")).to_have_count(1)
