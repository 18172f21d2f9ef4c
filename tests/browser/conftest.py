"""A headless Chromium with a running inbox. Without Chromium these tests are skipped visibly."""

import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect

from services.notifier.inbox.inbox import person
from services.notifier.inbox.token import mint
from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from shared.web import answer
from tests.support.inboxes import EMAIL, NAME, Office, open_office

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""The first that is there. A whole browser opens a window of its own for each context, even
without a screen: four times the computing.
"""
HERE = Path(__file__).parent
_PATIENCE_MS = 30_000
"""For what must come to the screen, on a machine where other tests compute."""
expect.set_options(timeout=_PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    found = any(shutil.which(name) for name in NAMES)
    for item in items:
        if str(item.path).startswith(f"{HERE}/"):
            item.add_marker(pytest.mark.browser)
            if not found:
                item.add_marker(
                    pytest.mark.skip(
                        reason=f"no Chromium on this machine (looked for {', '.join(NAMES)})"
                    )
                )


@pytest.fixture(scope="module")
async def office(stack: Addresses, module_database_url: str) -> AsyncIterator[Office]:
    environment = {
        "PLIMSOLL_DATABASE_URL": module_database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
    }
    async with open_office(load_settings(environment), routers=[_product()]) as office:
        yield office


_POLICY = "default-src 'self'; img-src data:; script-src 'self' 'unsafe-inline'; style-src 'self'"


def _product() -> APIRouter:
    """A customer's product: a page with our two lines, and a back end that mints tokens."""
    product = APIRouter()

    @product.get("/product/{account}/{contact}", response_class=HTMLResponse)
    async def page(
        account: str,
        contact: str,
        lang: str = "ja",
        attributes: str = "",
        before: str = "",
        script: str = "",
    ) -> HTMLResponse:
        html = f"""<!doctype html><html lang="{lang}"><head>
            <meta charset="utf-8"><title>Product</title>
            <meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <script type="module" src="/v1/widget/plimsoll-alerts.js"></script>{script}</head>
            <body><main><h1>Product</h1>{before}
            <plimsoll-alerts token-url="/product/{account}/{contact}/token"
                {attributes}></plimsoll-alerts>
            <p><button id="after">Something else</button></p></main></body></html>"""
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    @product.post("/product/{account}/{contact}/token")
    async def token(account: str, contact: str) -> Response:
        context = TOKENS.office.context
        made, expires_at = mint(
            context.signer, account, contact, person(NAME, EMAIL), TOKENS.ttl, context.clock.now()
        )
        TOKENS.minted += 1
        return answer({"token": made, "expires_at": expires_at.isoformat()})

    return product


@dataclass
class Tokens:
    """The product's back end, controlled by the test."""

    ttl: int = 3600
    minted: int = 0
    office: Office = field(init=False)


TOKENS = Tokens()


@pytest.fixture
def tokens(office: Office) -> Tokens:
    TOKENS.ttl, TOKENS.minted, TOKENS.office = 3600, 0, office
    return TOKENS


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True)
        yield browser
        await browser.close()


@dataclass
class Screen:
    """One page of the product, and all errors in its console."""

    page: Page
    office: Office
    complaints: list[str] = field(default_factory=list)

    async def show(self, account: str, contact: str = "c1", **query: str) -> None:
        url = f"{self.office.url}/product/{account}/{contact}"
        await self.page.goto(str(self.office.http.build_request("GET", url, params=query).url))

    async def show_connected(self, account: str, **query: str) -> None:
        """Waits for the list: messages from now on arrive through the stream."""
        async with (
            self.page.expect_response("**/v1/inbox/active") as active,
            self.page.expect_response("**/v1/inbox?limit=20") as listed,
        ):
            await self.show(account, **query)
        await (await active.value).finished()
        await (await listed.value).finished()

    @property
    def bell(self) -> Locator:
        return self.page.locator("plimsoll-alerts .bell")

    @property
    def badge(self) -> Locator:
        return self.page.locator("plimsoll-alerts .badge")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def articles(self) -> Locator:
        return self.page.get_by_role("article")

    @property
    def banner(self) -> Locator:
        return self.page.locator("plimsoll-alerts .banner")

    def said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture
async def screen(chromium: Browser, office: Office, tokens: Tokens) -> AsyncIterator[Screen]:
    """Fails if the console has errors that the test did not expect and remove."""
    context = await chromium.new_context(
        viewport={"width": 1000, "height": 800}, locale="ja-JP", reduced_motion="reduce"
    )
    context.set_default_timeout(_PATIENCE_MS)
    page = await context.new_page()
    screen = Screen(page, office)
    page.on("console", screen.said)
    page.on("pageerror", lambda error: screen.complaints.append(str(error)))
    yield screen
    await context.close()
    assert screen.complaints == []
