"""The pictures of the console in the documentation, taken from a fresh demo:
`python -m tests.support.console_pictures`.

English and Japanese, wide; the pages that are opened most in dark colours and on a phone, too.
Compressed if pngquant is installed.
"""

import asyncio
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support.command import environment_with
from tests.support.pages import ROOT
from tests.support.servers import passable_directory

FOLDER = ROOT / "docs" / "console"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, PHONE = (1440, 960), (390, 844)
PATIENCE_SECONDS, SETTLED_SECONDS = 300, 30
Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Shot:
    """`path`: an address. `text`: of the link there that is followed, or what its address begins
    with.
    """

    name: str
    person: str
    path: str
    text: str = ""
    schemes: tuple[Scheme, ...] = ("light",)
    size: tuple[int, int] = WIDE


SHOTS = (
    Shot("today", "csm-1", "/console/today", schemes=("light", "dark")),
    Shot("today-phone", "csm-1", "/console/today", schemes=("light", "dark"), size=PHONE),
    Shot("account", "csm-1", "/console/accounts/kitsune", schemes=("light", "dark")),
    Shot("account-phone", "csm-1", "/console/accounts/kitsune", size=PHONE),
    Shot("why-not", "csm-1", "/console/accounts/tanuki", "/console/decisions/"),
    Shot("pipeline", "sales-1", "/console/pipeline"),
    Shot("handoff", "sales-1", "/console/pipeline?view=table", "Cobalt Systems"),
    Shot("reports", "lead-1", "/console/reports"),
    Shot("catalogue", "plans-1", "/console/catalogue/edit"),
    Shot("operations", "ops-1", "/console/operations"),
    Shot("operations-phone", "ops-1", "/console/operations", schemes=("dark",), size=PHONE),
)


def files() -> Iterator[str]:
    """The names of all pictures, without their ending."""
    for shot in SHOTS:
        for scheme in shot.schemes:
            for language in ("en", "ja"):
                yield f"{shot.name}-{language}" + ("-dark" if scheme == "dark" else "")


@contextmanager
def demo(directory: Path) -> Iterator[str]:
    """The address of a fresh one."""
    log = directory / "log"
    argv = [sys.executable, "-m", "plimsoll", "demo", "--port", "0", "--no-browser"]
    argv += ["--data", str(directory / "data")]
    with log.open("w") as out:
        process = subprocess.Popen(
            argv, env=environment_with({}), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(60)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if ready := re.search(r"^ready (http://\S+)", log.read_text(), re.M):
            return ready.group(1)
        time.sleep(0.2)
    raise RuntimeError(f"the demo did not get ready:\n{log.read_text()[-2000:]}")


async def logged_in(browser: Browser, url: str, shot: Shot, language: str, scheme: Scheme) -> Page:
    context = await browser.new_context(
        viewport={"width": shot.size[0], "height": shot.size[1]},
        color_scheme=scheme,
        locale="ja-JP" if language == "ja" else "en-GB",
    )
    page = await context.new_page()
    await page.goto(f"{url}/console/login")
    form = page.locator("form").filter(has=page.locator(f"input[value={shot.person}]"))
    await form.locator("button").click()
    if await page.locator("html").get_attribute("lang") != language:
        await page.locator("button[name=language]").click()
        await page.locator(f"html[lang={language}]").wait_for()
    return page


async def take(browser: Browser, url: str, shot: Shot, language: str, scheme: Scheme) -> None:
    page = await logged_in(browser, url, shot, language, scheme)
    await page.goto(url + shot.path)
    if shot.text.startswith("/"):
        await page.locator(f"a[href^='{shot.text}']").first.click()
    elif shot.text:
        await page.get_by_role("link", name=shot.text).first.click()
        await page.locator("h1", has_text=shot.text).wait_for()
        await page.goto(page.url.replace("/opportunities/", "/handoffs/"))
    await page.locator("h1").wait_for()
    await expect(page.locator("[data-state=loading]")).to_have_count(0, timeout=60_000)
    file = FOLDER / f"{shot.name}-{language}{'-dark' if scheme == 'dark' else ''}.png"
    await page.screenshot(path=file)
    if pngquant := shutil.which("pngquant"):
        argv = [pngquant, "--force", "--strip", "--nofs", "--output", str(file), "48", str(file)]
        process = await asyncio.create_subprocess_exec(*argv)
        await process.wait()
    await page.context.close()


async def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    path = next(filter(None, map(shutil.which, NAMES)))
    with passable_directory() as directory, demo(directory) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path)
            page = await browser.new_page()
            await page.goto(url)
            await page.locator("article.card").nth(7).wait_for(timeout=PATIENCE_SECONDS * 1_000)
            await asyncio.sleep(SETTLED_SECONDS)  # a few things happen: no page of it is empty
            for shot in SHOTS:
                for scheme in shot.schemes:
                    for language in ("en", "ja"):
                        await take(browser, url, shot, language, scheme)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
