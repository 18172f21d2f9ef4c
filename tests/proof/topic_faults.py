"""Topics that change under those who read them."""

import asyncio
import random

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.structs import TopicPartition

from tests.proof.faults import Fault
from tests.proof.world import USAGE, World
from tests.support.command import plimsoll
from tests.support.topics import make_again

_READERS = {USAGE: "ingest", "usage.totals": "trigger", "plimsoll.messages": "notifier"}
_MOST_PARTITIONS = 24
_STORED = """
    select partition, next_offset from consumer_offset where topic = $1 and service = $2
"""


async def _again(here: World, dice: random.Random) -> None:
    """Deleted and made again after everything in it was read. It ends before the stored offsets:
    its reader waits until an operator says that it is the right one.
    """
    topic = dice.choice(list(_READERS))
    partitions = len(await here.database.ask(_STORED, topic, _READERS[topic]))
    await make_again(here.kafka.address, topic, max(partitions, 4))
    await _rewind(here, _READERS[topic])


async def _replay(here: World, dice: random.Random) -> None:
    """Everything is read once more, while the services run."""
    await _rewind(here, dice.choice(list(_READERS.values())))


async def _rewind(here: World, service: str) -> None:
    outcome = await asyncio.to_thread(
        lambda: plimsoll(
            *("rewind", "--service", service, "--to", "earliest"),
            environment=here.environment,
            cwd=here.logs,
        )
    )
    assert outcome.code == 0, outcome.err


async def _add_partition(here: World, dice: random.Random) -> None:
    topic = dice.choice(list(_READERS))
    admin = AIOKafkaAdminClient(bootstrap_servers=here.kafka.address)
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
        wanted = len(found["partitions"]) + 1
        if wanted <= _MOST_PARTITIONS:
            await admin.create_partitions({topic: NewPartitions(wanted)})
    finally:
        await admin.close()


async def _delete_records(here: World, dice: random.Random) -> None:
    """As retention does: all that has been read so far."""
    topic = dice.choice(list(_READERS))
    rows = await here.database.ask(_STORED, topic, _READERS[topic])
    admin = AIOKafkaAdminClient(bootstrap_servers=here.kafka.address)
    await admin.start()
    try:
        read = {
            TopicPartition(topic, row["partition"]): RecordsToDelete(
                before_offset=row["next_offset"]
            )
            for row in rows
        }
        await admin.delete_records(read)
    finally:
        await admin.close()


FAULTS = [
    Fault("a topic made again", _again, quiet=True),
    Fault("a partition added", _add_partition),
    Fault("read records deleted", _delete_records),
    Fault("a topic read again from its beginning", _replay),
]
