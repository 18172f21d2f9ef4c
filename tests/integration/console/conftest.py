"""The console on a database that a module's tests share, emptied before each."""

from collections.abc import AsyncIterator

import pytest

from shared.runtime.settings import Settings
from tests.integration.trigger.conftest import settings as settings
from tests.support.console import House, open_house


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with open_house(settings) as opened:
        yield opened
