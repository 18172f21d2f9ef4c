"""The official Python SDK, version 1, with its defaults: each event twice in every mode.

Prints the answers by mode.
"""

from urllib.parse import quote

from cloudevents.conversion import to_binary, to_json, to_structured
from cloudevents.http import CloudEvent
from cloudevents.kafka import to_binary as kafka_binary
from cloudevents.kafka import to_structured as kafka_structured

from tests.clients.python_sending import ACCOUNT, BATCH, Records, main, post


def event(mode: str, size: int, subject: str | None = None) -> CloudEvent:
    # Its Kafka binding requires a media type; its HTTP binding sends none unless it is given.
    media = {"datacontenttype": "application/json"} if mode == "kafka-binary" else {}
    return CloudEvent(
        {"type": "traffic", "source": "/shop", "subject": subject or f"{ACCOUNT}-{mode}", **media},
        {"bytes": size},
    )


def batch(mode: str) -> bytes:
    return b"[%s]" % b",".join(to_json(event(mode, size)) for size in (5, 2))


def over_http() -> dict[str, list[int]]:
    structured, together = event("structured", 5), batch("batch")
    # The SDK does not encode header values: anything beyond Latin-1 must be percent-encoded.
    binary = event("binary", 5, quote(f"{ACCOUNT}-binary"))
    return {
        "structured": [post(*to_structured(structured)) for _ in range(2)],
        "binary": [post(*to_binary(binary)) for _ in range(2)],
        "batch": [post({"content-type": BATCH}, together) for _ in range(2)],
    }


async def over_kafka(records: Records) -> None:
    structured, binary = (
        kafka_structured(event("kafka-structured", 5)),
        kafka_binary(event("kafka-binary", 5)),
    )
    together = batch("kafka-batch")
    for _ in range(2):
        await records.send(f"{ACCOUNT}-kafka-structured", structured.headers, structured.value)
        await records.send(f"{ACCOUNT}-kafka-binary", binary.headers, binary.value)
        await records.send(f"{ACCOUNT}-kafka-batch", {"content-type": BATCH.encode()}, together)


main(over_http, over_kafka)
