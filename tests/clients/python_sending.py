"""Sends the Python SDKs' events: over HTTP with requests, as in the SDK's docs; over Kafka with
aiokafka."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping

import requests
from aiokafka import AIOKafkaProducer

ACCOUNT = os.environ["ACCOUNT"]
BATCH = "application/cloudevents-batch+json"


def post(headers: Mapping[str, str], body: bytes | str) -> int:
    """Returns how many events were accepted."""
    headers = {**headers, "Authorization": f"Bearer {os.environ['USAGE_KEY']}"}
    answer = requests.post(
        f"{os.environ['USAGE_URL']}/v1/events", data=body, headers=headers, timeout=30
    )
    if answer.status_code != 202:
        sys.exit(f"{answer.status_code} {answer.text} to {headers}")
    accepted: int = answer.json()["accepted"]
    return accepted


class Records:
    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(
        self, account: str, headers: Mapping[str, str | bytes], value: str | bytes
    ) -> None:
        encoded = [
            (name, header.encode() if isinstance(header, str) else header)
            for name, header in headers.items()
        ]
        data = value.encode() if isinstance(value, str) else value
        await self._producer.send_and_wait(
            os.environ["TOPIC"], data, key=account.encode(), headers=encoded
        )


def main(
    over_http: Callable[[], dict[str, list[int]]], over_kafka: Callable[[Records], Awaitable[None]]
) -> None:
    answers = over_http()

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA"]) as producer:
            await over_kafka(Records(producer))

    asyncio.run(send())
    sys.stdout.write(json.dumps(answers))
