"""A connection that is cut is an error of Kafka's, whatever the event loop calls it."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from shared.kafka.clients import connection
from shared.runtime.settings import Settings

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.mark.parametrize("loop", LOOPS)
async def test_what_is_sent_at_the_moment_of_a_cut_fails_and_the_next_is_answered(
    settings: Settings, loop: str
) -> None:
    def run() -> None:
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            runner.run(_cut(settings))

    await asyncio.to_thread(run)


async def _cut(settings: Settings) -> None:
    client = AIOKafkaClient(**connection(settings), client_id="test")
    await client.bootstrap()
    try:
        node, question = client.get_random_node(), MetadataRequest([])
        await client.send(node, question)
        open_one = next(one for one in client._conns.values() if one.connected())
        open_one._writer.transport.abort()
        await asyncio.sleep(0)  # the transport is closed, aiokafka's reader has not heard of it
        with pytest.raises(KafkaConnectionError):
            await open_one.send(question)
        assert not open_one.connected()
        assert (await client.send(node, question)).brokers
    finally:
        await client.close()
