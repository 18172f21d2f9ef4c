from collections.abc import AsyncIterator

import pytest

from shared.runtime.settings import Settings
from tests.support.post import Office, open_office


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    """The notifier with an account (an owner, a member), all workers running, no channel set."""
    async with open_office(settings) as opened:
        await opened.opens()
        yield opened
