"""The load of the ingest benchmark: usage events of many accounts, a tenth of them duplicates."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

import numpy as np
from aiokafka import AIOKafkaProducer

from services.ingest.accounts import partition_of

Skew = Literal["zipf", "uniform"]

SPREAD_SECONDS = 60
DUPLICATES = 0.1
_BATCH_BYTES = 262_144


@cache
def account(number: int) -> str:
    return f"acct-{number:07}"


def accounts_of(events: int, accounts: int, skew: Skew, seed: int = 7) -> list[int]:
    """Returns the account of each event.

    `zipf`: the n-th account sends 1/n as many as the first, like real customers. `uniform`: all
    send the same number.
    """
    numbers = np.random.default_rng(seed)
    if skew == "uniform":
        return [int(number) for number in numbers.integers(0, accounts, events)]
    shares = 1 / np.arange(1, accounts + 1)
    order = numbers.permutation(accounts)
    return [int(order[rank]) for rank in numbers.choice(accounts, events, p=shares / shares.sum())]


def records(
    events: int,
    accounts: int,
    skew: Skew,
    end: datetime,
    *,
    greeted: bool = False,
    seed: int = 7,
) -> Iterator[tuple[str, bytes]]:
    """Yields (account, value): in order, within a minute before `end`, about 280 bytes each.

    `greeted`: the first events are one of every account, in random order. `seed`: two with
    different ones have no event in common.
    """
    chance = random.Random(seed)
    sent: list[tuple[str, bytes]] = []
    first = [int(one) for one in np.random.default_rng(8).permutation(accounts)] if greeted else []
    rest = accounts_of(events - len(first), accounts, skew, seed)
    for position, number in enumerate([*first, *rest]):
        if sent and chance.random() < DUPLICATES:
            yield sent[chance.randrange(max(0, len(sent) - 1_000), len(sent))]
            continue
        time = (end - timedelta(seconds=SPREAD_SECONDS * (1 - position / events))).isoformat(
            timespec="milliseconds"
        )
        subject, identity = account(number), f"{chance.getrandbits(128):032x}"
        value = (
            f'{{"specversion":"1.0","id":"{identity}","source":"/shop/eu-1","type":"api.request","subject":"{subject}",'
            f'"time":"{time.replace("+00:00", "Z")}","datacontenttype":"application/json",'
            f'"data":{{"path":"/v1/search","status":200,"region":"eu-central",'
            f'"duration_ms":{position % 977}}}}}'
        )
        sent.append((subject, value.encode()))
        yield sent[-1]


async def fill(
    bootstrap: str,
    topic: str,
    events: int,
    accounts: int,
    skew: Skew,
    *,
    greeted: bool = False,
    seed: int = 7,
) -> Counter[str]:
    """Publishes the events, each to its account's partition. Returns how many are distinct, by
    account.
    """
    distinct = set[int]()
    counted = Counter[str]()
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=_BATCH_BYTES
    ) as producer:
        partitions = len(await producer.partitions_for(topic))
        place = cache(lambda subject: partition_of(subject, partitions))
        batches: dict[int, Any] = {
            partition: producer.create_batch() for partition in range(partitions)
        }
        end = datetime.now(UTC)
        for subject, value in records(events, accounts, skew, end, greeted=greeted, seed=seed):
            if (mark := hash(value)) not in distinct:
                distinct.add(mark)
                counted[subject] += 1
            partition, key = place(subject), subject.encode()
            if batches[partition].append(key=key, value=value, timestamp=None) is None:
                await producer.send_batch(batches[partition], topic, partition=partition)
                batches[partition] = producer.create_batch()
                batches[partition].append(key=key, value=value, timestamp=None)
        await _send(producer, topic, batches)
    return counted


async def _send(producer: AIOKafkaProducer, topic: str, batches: Mapping[int, Any]) -> None:
    sent = [
        await producer.send_batch(batch, topic, partition=partition)
        for partition, batch in batches.items()
        if batch.record_count()
    ]
    await asyncio.gather(*sent)
