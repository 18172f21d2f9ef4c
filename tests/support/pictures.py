"""Pictures for the documentation: a test takes them with UPDATE_PICTURES=1, else it only checks
their subjects.
"""

import asyncio
import os
import shutil

from playwright.async_api import Page

from tests.support.pages import ROOT

FOLDER = ROOT / "docs" / "messages"


async def taken(page: Page, name: str, *, whole: bool) -> None:
    """Saves the page as docs/messages/`name`.png, compressed if pngquant is installed."""
    if not os.environ.get("UPDATE_PICTURES"):
        assert (FOLDER / f"{name}.png").exists(), (
            f"docs/messages/{name}.png is missing: UPDATE_PICTURES=1 takes it"
        )
        return
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{name}.png"
    await page.screenshot(path=file, full_page=whole)
    if pngquant := shutil.which("pngquant"):
        process = await asyncio.create_subprocess_exec(
            pngquant, "--force", "--strip", "--nofs", "--output", file, "32", file
        )
        assert await process.wait() == 0
