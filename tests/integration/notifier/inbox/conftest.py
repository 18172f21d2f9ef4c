"""One running inbox per module; every test creates its own accounts."""

import secrets
from collections.abc import AsyncIterator

import pytest

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.support.inboxes import Office, open_office


@pytest.fixture(scope="module")
async def office(stack: Addresses, module_database_url: str) -> AsyncIterator[Office]:
    environment = {
        "PLIMSOLL_DATABASE_URL": module_database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
        "PLIMSOLL_PUBLIC_URL": "https://usage.example.com",
    }
    async with open_office(load_settings(environment)) as office:
        yield office
