"""Pictures for the documentation: a test takes them with UPDATE_PICTURES=1, else it only checks
their subjects.
"""

import asyncio
import os
import shutil

from playwright.async_api import Page

from tests.support.pages import ROOT

DOCS = ROOT / "docs"


async def taken(page: Page, name: str, *, whole: bool, folder: str = "messages") -> None:
    """Saves the page as docs/`folder`/`name`.png, compressed if pngquant is installed."""
    file = DOCS / folder / f"{name}.png"
    if not os.environ.get("UPDATE_PICTURES"):
        assert file.exists(), f"docs/{folder}/{name}.png is missing: UPDATE_PICTURES=1 takes it"
        return
    file.parent.mkdir(exist_ok=True)
    await page.screenshot(path=file, full_page=whole)
    if pngquant := shutil.which("pngquant"):
        process = await asyncio.create_subprocess_exec(
            pngquant, "--force", "--strip", "--nofs", "--output", file, "32", file
        )
        assert await process.wait() == 0
