"""What the three services offer, asked once for all tests of this directory."""

import pytest

from tests.support.description import SERVICES, operations

Offered = dict[str, set[tuple[str, str]]]


@pytest.fixture(scope="session")
async def offered() -> Offered:
    """Service -> its (METHOD, path)."""
    return {service: await operations(service) for service in SERVICES}
