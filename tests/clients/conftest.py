"""One running ingest for all clients, which run as separate processes."""

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.support.pages import ROOT
from tests.support.usage import Usage, ingesting, usage_of


@dataclass
class Shop:
    """The settings for a client, and the service that counts its usage."""

    usage: Usage
    environment: Mapping[str, str]

    async def run(self, command: Sequence[str | Path], account: str, **more: str) -> str:
        """Returns the client's output; fails with its error output."""
        environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "PYTHONWARNINGS": "ignore",
            **self.environment,
            "ACCOUNT": account,
            **more,
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *map(str, command), cwd=ROOT, env=environment, stdout=pipe, stderr=pipe
        )
        async with asyncio.timeout(60):
            said, complained = await process.communicate()
        assert process.returncode == 0, complained.decode() or said.decode()
        return said.decode()

    async def answers(self, command: Sequence[str | Path], account: str, **more: str) -> Any:
        return json.loads(await self.run(command, account, **more))


@pytest.fixture(scope="module")
async def shop(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> AsyncIterator[Shop]:
    settings = load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
            "PLIMSOLL_PORT": "0",
        }
    )
    assert settings.admin_key
    async with usage_of(settings) as usage:
        await usage.apply_catalog()
        async with ingesting(usage) as client:
            told = {"USAGE_URL": str(client.base_url).rstrip("/"), "USAGE_KEY": settings.admin_key}
            yield Shop(usage, told | {"KAFKA": stack.kafka, "TOPIC": usage.topic})
