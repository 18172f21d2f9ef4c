"""`plimsoll demo` for a newcomer: usage moves, an alert arrives by itself, the language switches,
and "why not?" is one click away.

With `KEEP_SCREENSHOTS=docs` the README's pictures are taken again.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from plimsoll.demo.deal import ACTS
from plimsoll.demo.play import ACT_SECONDS
from tests.support.command import environment_with
from tests.support.servers import passable_directory

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with passable_directory() as place:
        yield place


@pytest.fixture(scope="module")
def demo(directory: Path) -> Iterator[str]:
    """The address of a fresh demo, which is stopped at the end and must exit with 0."""
    log = directory / "log"
    argv = [
        sys.executable,
        "-m",
        "plimsoll",
        "demo",
        "--port",
        "0",
        "--no-browser",
        "--data",
        str(directory / "data"),
    ]
    with log.open("w") as out:
        process = subprocess.Popen(
            argv, env=environment_with({}), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()[-2000:]


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        if ready := re.search(r"^ready (http://\S+)", log.read_text(), re.M):
            return ready.group(1)
        time.sleep(0.2)
    raise AssertionError(f"the demo did not get ready:\n{log.read_text()[-2000:]}")


@pytest.fixture
async def page(chromium: Browser, demo: str) -> AsyncIterator[Page]:
    complaints: list[str] = []
    context = await chromium.new_context(viewport={"width": 1500, "height": 1150}, locale="en-US")
    context.set_default_timeout(60_000)
    page = await context.new_page()
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(demo)
    await expect(page.locator("article.card")).to_have_count(8, timeout=240_000)
    yield page
    await context.close()
    assert complaints == []


async def keep(page: Page, name: str, tmp_path: Path) -> None:
    """Takes a picture: for the docs if asked for, or else for anyone who looks into a failure."""
    await page.screenshot(path=Path(os.environ.get("KEEP_SCREENSHOTS", tmp_path)) / f"{name}.png")


async def test_usage_moves_an_alert_arrives_without_reload_and_the_language_switches(
    page: Page, tmp_path: Path
) -> None:
    kitsune = page.locator("#account-kitsune .amount").first
    before = await kitsune.text_content()
    await expect(kitsune).not_to_have_text(before or "")
    await page.locator("#account-kitsune").get_by_role("button", name="Send to 96 %").click()
    told = page.locator("#feed li").filter(
        has_text=re.compile("Kitsune Robotics: users reached (95|100)%")
    )
    await expect(told.first).to_be_visible(timeout=60_000)
    await expect(page.locator("plimsoll-alerts .badge").first).not_to_be_empty()
    await keep(page, "demo", tmp_path)
    await page.get_by_role("button", name="日本語").click()
    await expect(page.get_by_role("heading", name="プランを使い込んでいくお客様")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "ja")
    bell = page.locator("#widget-bell plimsoll-alerts .bell")
    await expect(bell).to_have_accessible_name(re.compile("お知らせ"))
    await expect(page.locator("#reader option:checked")).to_have_text(re.compile("青空 花子"))
    await keep(page, "demo-ja", tmp_path)
    await page.get_by_role("button", name="English").click()
    await expect(bell).to_have_accessible_name(re.compile("Notifications"))
    foreign = page.locator("#reader option").filter(has_text="reads Japanese")
    await page.locator("#reader").select_option(await foreign.first.get_attribute("value") or "")
    await page.get_by_role("button", name="日本語").click()
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("#reader option:checked")).to_have_text(re.compile("reads Japanese"))


async def test_mails_and_tasks_can_be_read(page: Page) -> None:
    await page.locator("#account-tanuki").get_by_role("button", name="Send to 96 %").click()
    await page.get_by_role("tab", name="CSM’s tasks").click()
    await expect(page.locator("#tasks li").filter(has_text="Tanuki Foods").first).to_be_visible()
    await page.get_by_role("tab", name="Mails").click()
    await page.locator("#mails li button").first.click()
    await expect(page.frame_locator("#mail").locator("body")).not_to_be_empty()


async def test_people_take_a_deal_to_its_end_within_two_minutes(page: Page) -> None:
    """It is handed over, won, and in the reports; its documents can be opened. At ten times the
    speed, which takes less of the machine than to watch it for so long.
    """
    assert len(ACTS) * ACT_SECONDS < 100
    await page.locator("#speed").fill("3")
    await expect(page.locator("#speed-value")).to_have_text("×10")
    await page.get_by_role("tab", name="A deal").click()
    acts = page.locator("#deal-acts")
    await page.get_by_role("button", name="Play on without me").click(timeout=120_000)
    await expect(acts).to_contain_text("Sam accepts", timeout=120_000)
    async with page.context.expect_page() as opened:
        await page.locator("#deal-documents a").first.click()
    document = await opened.value
    await expect(document.locator("h1")).to_have_text("Executive summary")
    await document.close()
    await expect(page.locator("#deal-stage")).to_have_text("won", timeout=120_000)
    await expect(page.locator("#deal-figures")).to_contain_text("Hand-offs accepted3/3")
    await expect(page.locator("#deal-figures")).to_contain_text(re.compile(r"Upsells\$\d{3},"))
    await page.get_by_role("button", name="日本語").click()
    await expect(page.locator("#deal-stage")).to_have_text("受注")
    await expect(acts).to_contain_text("紹介メール")
    await page.locator("#speed").fill("1")
    await expect(page.locator("#speed-value")).to_have_text("×1")


async def test_a_newcomer_finds_why_tanuki_got_no_offer_and_what_is_done_instead(
    page: Page, tmp_path: Path
) -> None:
    tanuki = page.locator("#account-tanuki")
    await tanuki.get_by_role("button", name="Send to 96 %").click()
    await tanuki.get_by_role("button", name="Why no offer?").click()
    await expect(page.locator("#why")).to_contain_text("NPS 4")
    await expect(page.locator("#why")).to_contain_text("Support first")
    await keep(page, "why-not", tmp_path)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="日本語").click()
    await tanuki.get_by_role("button", name="提案しない理由").click()
    await expect(page.locator("#why")).to_contain_text("NPS 4点")
    await expect(page.locator("#why")).to_contain_text("まずサポートを強化")
    await keep(page, "why-not-ja", tmp_path)


Scheme = Literal["light", "dark"]
TELEPHONES = (320, 390)


@pytest.mark.parametrize(("language", "scheme"), [("en-US", "light"), ("ja-JP", "dark")])
async def test_nothing_is_wider_than_a_phone(
    chromium: Browser, demo: str, language: str, scheme: Scheme
) -> None:
    context = await chromium.new_context(locale=language, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(demo)
    await expect(page.locator("article.card")).to_have_count(8, timeout=240_000)
    for tab in ("#tab-product", "#tab-mails", "#tab-deal", "#tab-tasks"):
        await page.locator(tab).click()
        for width in TELEPHONES:
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth") == width
    await context.close()


async def test_the_links_of_the_page_work(page: Page) -> None:
    """From a row to its account; from the page to the API, the catalogue and the docs."""
    await expect(page.locator("#account-tanuki .console")).to_have_attribute(
        "href", "/console/accounts/tanuki"
    )
    row = page.locator("#feed li").filter(has_text="Tanuki Foods").first
    await expect(row.locator(".console")).to_have_attribute("href", re.compile("/decisions/"))
    await row.get_by_role("button", name="Tanuki Foods").click()
    await expect(page.locator("#account-tanuki")).to_be_focused()
    await page.locator("#population button").first.click()
    await expect(page.locator("#why-title")).to_have_text(re.compile(r"^[A-Z].+ \(\d+%\)$"))
    await page.keyboard.press("Escape")
    for address in await page.locator("#links a").evaluate_all(
        "links => links.map(link => link.href)"
    ):
        answer = await page.request.get(address)
        assert answer.ok, address
    assert await page.locator("#links a").count() == 10
    await page.locator("#connect").click()
    commands = await page.locator("#connect-commands").text_content()
    assert commands is not None
    assert "/v1/events" in commands
    typed = await asyncio.create_subprocess_exec(
        "sh", "-ec", commands, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert await typed.wait() == 0
    await page.keyboard.press("Escape")
    await expect(page.locator("#feed li").filter(has_text="acme").first).to_be_visible()
    await page.get_by_role("tab", name="Mails").click()
    await expect(
        page.locator("#mails li").filter(has_text="ada@acme.example").first
    ).to_be_visible()
    await expect(page.locator("#mails li").filter(has_text=re.compile("[ぁ-ん]"))).to_have_count(0)


async def test_the_demo_starts_again_within_seconds(page: Page, demo: str) -> None:
    tanuki = page.locator("#account-tanuki")
    await tanuki.get_by_role("button", name="Send to 96 %").click()
    await expect(tanuki.locator(".percent")).to_have_text("96%")
    await page.get_by_role("button", name="Start again").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(tanuki.locator(".percent")).to_have_text("96%")
    await page.get_by_role("button", name="Start again").click()
    await page.locator("#again-dialog").get_by_role("button", name="Start again").click()
    await expect(tanuki.locator(".percent")).to_have_text(re.compile("8[89]%"))
    await expect(page.locator("#status")).to_be_empty()
    await expect(
        page.locator("#feed li").filter(has_text="Tanuki Foods: storage reached 95%")
    ).to_have_count(0)
    await expect(
        page.locator("#feed li").filter(has_text="Tanuki Foods: storage reached 80%").first
    ).to_be_visible()
    refused = await page.request.post(f"{demo}/demo/reset", data={"confirm": False})
    assert refused.status == 422
    foreign = await page.request.post(
        f"{demo}/demo/reset",
        data={"confirm": True},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert foreign.status == 403


async def test_pause_stops_the_simulated_customers(page: Page) -> None:
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()


async def test_the_setup_is_complete(page: Page, demo: str, directory: Path) -> None:
    """Its people, their accounts and a CRM are there."""
    key = (directory / "data" / "admin-key").read_text().strip()
    answered = await page.request.get(
        f"{demo}/v1/setup", headers={"Authorization": f"Bearer {key}"}
    )
    setup = await answered.json()
    assert [item["title"] for item in setup["items"] if not item["done"]] == []
    assert setup["done"] == 5
