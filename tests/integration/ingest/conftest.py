"""Ingest on real servers."""

from collections.abc import AsyncIterator

import pytest

from shared.runtime.settings import Settings
from tests.support.usage import Usage, usage_of


@pytest.fixture
async def usage(settings: Settings) -> AsyncIterator[Usage]:
    """A separate database and topics, with a catalogue of every aggregation, and no service running
    yet.
    """
    async with usage_of(settings) as found:
        await found.apply_catalog()
        yield found
