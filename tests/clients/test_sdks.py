"""The official CloudEvents SDKs with their defaults, in every mode, over HTTP and Kafka.

Each event is sent twice and counted once.
"""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import Shop
from tests.clients.installed import HERE, java_class, node_modules, python_sdk
from tests.support.pages import DEVELOPERS, ROOT, blocks

SENT = {
    "structured": 5,
    "binary": 5,
    "batch": 7,
    "kafka-structured": 5,
    "kafka-binary": 5,
    "kafka-batch": 7,
}


async def counted(shop: Shop, account: str, modes: dict[str, int]) -> dict[str, int]:
    await shop.usage.settled()
    assert await shop.usage.rejected() == []
    return {mode: int((await shop.usage.totals(f"{account}-{mode}"))["traffic"]) for mode in modes}


@pytest.mark.parametrize("version", ["one", "two"])
async def test_the_python_sdk(shop: Shop, version: str) -> None:
    path = f"{await asyncio.to_thread(python_sdk, f'python_{version}')}:{ROOT}"
    account = f"python {version} 空"
    answers = await shop.answers(
        [sys.executable, "-m", f"tests.clients.python_{version}"], account, PYTHONPATH=path
    )
    assert answers == {"structured": [1, 1], "binary": [1, 1], "batch": [2, 2]}
    assert await counted(shop, account, SENT) == SENT


async def test_the_javascript_sdk(shop: Shop, tmp_path: Path) -> None:
    account = "node 空"
    answers = await shop.answers(
        ["node", await _script(tmp_path, (HERE / "node" / "sdk.mjs").read_text())], account
    )
    stored = {"kafka-structured": [0, 0], "kafka-binary": [0, 0], "kafka-batch": [0, 0]}  # no error
    assert (
        answers
        == {"structured": [1, 1], "binary": [1, 1], "fetch": [1, 1], "batch": [2, 2]} | stored
    )
    assert await counted(shop, account, SENT | {"fetch": 5}) == SENT | {"fetch": 5}


async def test_javas_own_client(shop: Shop, tmp_path: Path) -> None:
    """Four calls, then corrections of -1 and -2: without their bodies they would count +1 each."""
    said = await shop.run(
        await asyncio.to_thread(java_class, HERE / "java" / "Binary.java", tmp_path), "java 空"
    )
    assert said.splitlines() == ['202 {"accepted":1}'] * 6
    await shop.usage.settled()
    assert await shop.usage.totals("java 空") == {"api_calls": 1}


async def test_the_producer_in_java_that_the_page_shows(shop: Shop, tmp_path: Path) -> None:
    source = tmp_path / "Producer.java"
    source.write_text(_shown("java"))
    assert (
        await shop.run(await asyncio.to_thread(java_class, source, tmp_path), "")
        == '202 {"accepted":1}\n'
    )
    await shop.usage.settled()
    assert (await shop.usage.totals("acme"))["storage"] == 9_000_000_000


async def test_the_producer_in_node_that_the_page_shows(shop: Shop, tmp_path: Path) -> None:
    shown = _shown("js")
    assert shown.count('"usage.events"') == 1
    script = await _script(
        tmp_path,
        shown.replace('"usage.events"', "process.env.TOPIC").replace('"acme"', '"acme-node"'),
    )
    assert await shop.run(["node", script], "") == '202 {"accepted":1}\n'
    await shop.usage.settled()
    assert (await shop.usage.totals("acme-node"))["storage"] == 9_000_000_000
    records = [record for record in await shop.usage.records() if record.key == b"acme-node"]
    assert len(records) == 2
    assert (
        len({record.partition for record in records}) == 1
    )  # kafkajs uses the same partition for an account as we do
    assert await shop.usage.rejected() == []


def _shown(language: str) -> str:
    (found,) = [block.text for block in blocks(DEVELOPERS) if block.language == language]
    return found


async def _script(directory: Path, text: str) -> Path:
    """Node looks for packages next to the script."""
    (directory / "node_modules").symlink_to(await asyncio.to_thread(node_modules))
    script = directory / "script.mjs"
    script.write_text(text)
    return script
