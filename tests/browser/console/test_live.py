"""What changes is seen in every open browser, without anybody asking for it: alerts, tasks, cards.
Two processes of the console behind the gateway.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from shared.embedded import Addresses
from shared.runtime.settings import Settings, load_settings
from tests.integration.console.test_today import with_tasks
from tests.support.console import Visitor
from tests.support.desk import order
from tests.support.replicas import Two, two_consoles


@pytest.fixture
def settings(stack: Addresses, module_database_url: str, module_topic_prefix: str) -> Settings:
    return load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
            "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
        }
    )


@pytest.fixture
async def two(settings: Settings, tmp_path: Path) -> AsyncIterator[Two]:
    async with two_consoles(settings, tmp_path) as opened:
        await opened.house.desk.opens(
            subscription=order(started_at=opened.house.desk.now - timedelta(days=2))
        )
        yield opened


async def browser_of(chromium: Browser, two: Two, visitor: Visitor) -> BrowserContext:
    context = await chromium.new_context(reduced_motion="reduce")
    await context.add_cookies([{"name": "plimsoll", "value": visitor.cookie, "url": two.url}])
    return context


async def page_of(context: BrowserContext, two: Two, path: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{two.url}/console{path}")
    return page


async def deal_of(two: Two, person: Visitor) -> str:
    headers = {"Plimsoll-Person": person.id}
    path = "/v1/accounts/acct-42/opportunities"
    made: Any = await two.house.desk("POST", path, {"to_plan": "pro"}, headers=headers, want=201)
    return str(made["id"])


async def enters(two: Two, path: str, entry: dict[str, Any], person: Visitor) -> None:
    headers = {"Plimsoll-Person": person.id}
    await two.house.desk("POST", f"/v1/{path}/entries", entry, headers=headers, want=201)


@pytest.mark.parametrize("many", [4, pytest.param(10, marks=pytest.mark.nightly)])
async def test_what_changes_is_seen_in_other_browsers_also_after_a_restart(
    chromium: Browser, two: Two, many: int
) -> None:
    kato = await two.house.visitor("u7", "manager", name="Kato")
    other = await two.house.visitor("u8", "manager", name="Sato")
    id = await deal_of(two, kato)
    mine, theirs = [await browser_of(chromium, two, one) for one in (kato, other)]
    tabs = [await page_of(mine, two, "/today?who=all") for _ in range(many - 2)]
    board, account = [await page_of(mine, two, path) for path in ("/pipeline", "/accounts/acct-42")]
    tabs.append(await page_of(theirs, two, "/today?who=all"))

    await expect(board.locator("[data-opportunity]")).to_have_count(1)
    await two.house.desk.counts("storage", 8_100_000_000)
    await expect(account.locator("[data-alert]")).to_have_count(1)
    lost = {"type": "move", "to": "closed_lost", "reason": "timing"}
    await enters(two, f"opportunities/{id}", lost, kato)
    await expect(board.locator("[data-opportunity]")).to_have_count(0)

    for restarted in (False, True):
        if restarted:
            await two.restart()
        due = (two.house.desk.now + timedelta(days=1)).isoformat()
        (task,) = await with_tasks(two.house, kato, due)
        row = f'[data-task="{task}"]'
        await asyncio.gather(*(expect(tab.locator(row)).to_have_count(1) for tab in tabs))
        done = {"type": "close", "outcome": "success"}
        await enters(two, f"tasks/{task}", done, other)
        await asyncio.gather(*(expect(tab.locator(row)).to_have_count(0) for tab in tabs))
    await mine.close()
    await theirs.close()
