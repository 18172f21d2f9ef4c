"""How many bytes each page is, with fifty rows in its lists: as it is sent, and by itself."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import httpx
import pytest

from plimsoll.composition import SERVICES
from services.console import ask
from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.runtime.settings import load_settings
from tests.benchmarks import company, console
from tests.benchmarks.environment import environment
from tests.benchmarks.pages import HTML_KB, SENT_KB, addresses
from tests.support.serving import serving

SHARE = 0.05
"""Of the company: a hundred open deals, and more than fifty of everything else."""
LISTS: Mapping[str, tuple[str, int]] = {
    "today?who=all": ("data-task=", 50),
    "accounts": ("data-account=", 50),
    "pipeline": ("data-opportunity=", 50),
    "pipeline?view=table": ("data-opportunity=", 50),
    "operations/deliveries": ("data-delivery=", 50),
    "operations/rejected": ("data-rejected=", 50),
    "operations/audit": ("data-audit=", 50),
}


@pytest.fixture(scope="module")
async def pages(
    stack: Addresses, module_database_url: str
) -> AsyncIterator[tuple[httpx.AsyncClient, Mapping[str, str]]]:
    """A reader's browser, and the address of each page."""
    # Other tests compute meanwhile: no part may be away, or come later.
    patience = pytest.MonkeyPatch()
    patience.setattr(ask, "READ_SECONDS", 60.0)
    patience.setattr(ask, "SOON_SECONDS", 60.0)
    await company.fill(module_database_url, datetime.now(UTC), SHARE)
    settings = load_settings(environment(stack, module_database_url))
    await ensure_topics(settings)
    async with (
        serving(settings, SERVICES) as served,
        console.visitor(settings, served.url) as http,
    ):
        known = await company.lives(served.client, settings)
        yield http, addresses(known | {"page_200": ""})
    patience.undo()


async def test_every_page_is_small_as_it_is_sent_and_by_itself(
    pages: tuple[httpx.AsyncClient, Mapping[str, str]],
) -> None:
    http, paths = pages
    sizes = {page: await console.size(http, path) for page, path in paths.items()}
    assert {page: one for page, one in sizes.items() if one.sent_kb >= SENT_KB} == {}
    assert {page: one for page, one in sizes.items() if one.html_kb >= HTML_KB} == {}


@pytest.mark.parametrize("page", LISTS)
async def test_the_lists_that_are_measured_are_full(
    pages: tuple[httpx.AsyncClient, Mapping[str, str]], page: str
) -> None:
    http, paths = pages
    row, rows = LISTS[page]
    assert (await http.get(paths[page])).text.count(row) >= rows
