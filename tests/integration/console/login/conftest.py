"""A console, the services that it asks, and an identity provider, shared by a module's tests."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from shared.embedded import Addresses
from shared.runtime.settings import Settings, load_settings
from tests.support.browser_like import Browserlike
from tests.support.console import House, open_house
from tests.support.identity_provider import MadeUpProvider, environment, made_up_provider

Opening = Callable[..., AbstractAsyncContextManager[House]]
KEYS = {"PLIMSOLL_ADMIN_KEY": secrets.token_hex(24), "PLIMSOLL_SECRET_KEY": secrets.token_hex(24)}


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[MadeUpProvider]:
    async with made_up_provider() as made:
        yield made


@pytest.fixture(scope="module")
def make_settings(stack: Addresses, module_database_url: str) -> Callable[..., Settings]:
    def make(**more: str) -> Settings:
        named = {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_PORT": "0",
            **KEYS,
        }
        return load_settings(named | more)

    return make


@pytest.fixture(scope="module")
def opening(make_settings: Callable[..., Settings], provider: MadeUpProvider) -> Opening:
    """Opens a console, also several at once: replicas on one database."""

    @asynccontextmanager
    async def opened(**more: Any) -> AsyncIterator[House]:
        settings = make_settings(**environment(provider.issuer), **more)
        async with open_house(settings) as house:
            yield house

    return opened


@pytest.fixture(scope="module")
async def house(opening: Opening) -> AsyncIterator[House]:
    async with opening() as house:
        yield house


@pytest.fixture
async def browser(house: House, provider: MadeUpProvider) -> AsyncIterator[Browserlike]:
    """Without cookies; the provider behaves until it is told otherwise."""
    provider.will()
    async with Browserlike.at(house.url) as browser:
        yield browser
