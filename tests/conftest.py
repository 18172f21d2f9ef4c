"""Fixtures of the whole suite: one pair of real servers per session, a separate database and
separate topics per test.
"""

import gc
import os
import secrets
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.workermanage import WorkerController

from shared.embedded import Addresses
from shared.embedded.kafka import EmbeddedKafka
from shared.runtime.settings import Settings, load_settings
from tests.support.branches import MEASURED
from tests.support.bytecode import in_turn, is_fresh
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.findings import NAME, Findings, Tell
from tests.support.retries import Retries, excused
from tests.support.servers import passable_directory, session_servers
from tests.support.sharing import SharedServers, ask_for_servers
from tests.support.skips import Skips
from tests.support.spreading import ByFile, longest_first
from tests.support.topics import UsedPrefixes

_GIVEN = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PLIMSOLL_")}
"""Removed from the environment: a developer's settings must not affect those under test."""


# 200 ms are not a test's fault if other tests load the machine.
hypothesis.settings.register_profile("side by side", max_examples=50, deadline=None)
hypothesis.settings.load_profile("side by side")
hypothesis.settings.register_profile("nightly", max_examples=2_000, deadline=None)
"""For `make nightly`: forty times the usual examples of a property test
(tests/support/strategies.py, `examples`).
"""

_SHARED = pytest.StashKey[SharedServers]()
_FRESH = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """With workers (`-n`), the controller process owns the servers."""
    if MEASURED is not None:
        config.pluginmanager.register(MEASURED)
    if hasattr(config, "workerinput"):
        return
    config.pluginmanager.register(Retries(excused()))
    config.pluginmanager.register(Findings())
    config.pluginmanager.register(Skips())
    if config.getoption("numprocesses", None):
        config.stash[_FRESH] = is_fresh()
        config.stash[_SHARED] = SharedServers(lambda: session_servers(_GIVEN, in_memory=True))


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SHARED in config.stash:
        config.stash[_SHARED].stop()


def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["servers"] = node.config.stash[_SHARED].place
    node.workerinput["fresh"] = node.config.stash[_FRESH]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = longest_first(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is collected stays: half a million objects are never looked through for garbage."""
    gc.disable()
    try:
        with in_turn(getattr(session.config, "workerinput", {})):
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Iterator[Addresses]:
    """A real Kafka (`.kafka`, HOST:PORT) and a real PostgreSQL (`.postgres_url`): embedded, or
    those named by the environment.
    """
    if place := getattr(pytestconfig, "workerinput", {}).get("servers"):
        yield ask_for_servers(place)
        return
    with session_servers(_GIVEN, in_memory=True) as addresses:
        yield addresses


@pytest.fixture(scope="session")
async def template_database(stack: Addresses) -> AsyncIterator[str]:
    async with migrated_template(stack.postgres_url) as name:
        yield name


@pytest.fixture
async def database_url(stack: Addresses, template_database: str) -> AsyncIterator[str]:
    """A migrated, empty database for one test."""
    async with new_database(stack.postgres_url, template=template_database) as name:
        yield url_of(stack.postgres_url, name)


@pytest.fixture(scope="module")
async def module_database_url(stack: Addresses, template_database: str) -> AsyncIterator[str]:
    """A migrated database that the tests of one module share."""
    async with new_database(stack.postgres_url, template=template_database) as name:
        yield url_of(stack.postgres_url, name)


@pytest.fixture
async def empty_database_url(stack: Addresses) -> AsyncIterator[str]:
    """A database without a schema."""
    async with new_database(stack.postgres_url) as name:
        yield url_of(stack.postgres_url, name)


@pytest.fixture(scope="session")
async def _used_prefixes(stack: Addresses) -> AsyncIterator[UsedPrefixes]:
    used = UsedPrefixes(stack.kafka)
    yield used
    await used.delete()


@pytest.fixture
async def topic_prefix(_used_prefixes: UsedPrefixes) -> AsyncIterator[str]:
    """The PLIMSOLL_TOPIC_PREFIX of one test's topics and consumer groups; the topics are deleted
    some time afterwards.
    """
    prefix = f"t{secrets.token_hex(5)}."
    yield prefix
    await _used_prefixes.add(prefix)


@pytest.fixture(scope="module")
async def module_topic_prefix(_used_prefixes: UsedPrefixes) -> AsyncIterator[str]:
    """The same for all tests of one module."""
    prefix = f"m{secrets.token_hex(5)}."
    yield prefix
    await _used_prefixes.add(prefix)


@pytest.fixture
def environment(stack: Addresses, database_url: str, topic_prefix: str) -> dict[str, str]:
    """The `PLIMSOLL_*` variables for services on this test's database, topics and a free port."""
    return {
        "PLIMSOLL_DATABASE_URL": database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_TOPIC_PREFIX": topic_prefix,
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
        "PLIMSOLL_PORT": "0",
        "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
        "PLIMSOLL_LOG_FORMAT": "text",
    }


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The same as validated settings, for services that run inside the test."""
    return load_settings(environment)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Prints text at the end of the run."""
    return lambda text: record_property(NAME, text)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty directory for a test's own embedded stack."""
    with passable_directory() as path:
        yield path


@pytest.fixture(scope="session")
def _second_kafka() -> Iterator[EmbeddedKafka]:
    with passable_directory() as path:
        kafka = EmbeddedKafka(path / "kafka")
        try:
            yield kafka
        finally:
            kafka.stop()


@pytest.fixture
def own_kafka(_second_kafka: EmbeddedKafka) -> EmbeddedKafka:
    """A broker that tests may stop, kill, freeze or corrupt. It runs at the start of each test,
    whatever the previous one did.
    """
    if not _second_kafka.ports or not _second_kafka.ready():
        _second_kafka.start()
    return _second_kafka
