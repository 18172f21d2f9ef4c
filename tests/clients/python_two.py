"""The official Python SDK, version 2, with its defaults: each event twice in every mode.

Prints the answers by mode.
"""

from cloudevents.core.bindings import http, kafka
from cloudevents.core.v1.event import CloudEvent

from tests.clients.python_sending import ACCOUNT, BATCH, Records, main, post


def event(mode: str, size: int) -> CloudEvent:
    return CloudEvent(
        {"type": "traffic", "source": "/shop", "subject": f"{ACCOUNT}-{mode}"}, {"bytes": size}
    )


def batch(mode: str) -> bytes:
    return b"[%s]" % b",".join(http.to_structured_event(event(mode, size)).body for size in (5, 2))


def over_http() -> dict[str, list[int]]:
    structured, binary = (
        http.to_structured_event(event("structured", 5)),
        http.to_binary_event(event("binary", 5)),
    )
    together = batch("batch")
    return {
        "structured": [post(structured.headers, structured.body) for _ in range(2)],
        "binary": [post(binary.headers, binary.body) for _ in range(2)],
        "batch": [post({"content-type": BATCH}, together) for _ in range(2)],
    }


async def over_kafka(records: Records) -> None:
    structured, binary = (
        kafka.to_structured_event(event("kafka-structured", 5)),
        kafka.to_binary_event(event("kafka-binary", 5)),
    )
    together = batch("kafka-batch")
    for _ in range(2):
        await records.send(f"{ACCOUNT}-kafka-structured", structured.headers, structured.value)
        await records.send(f"{ACCOUNT}-kafka-binary", binary.headers, binary.value)
        await records.send(f"{ACCOUNT}-kafka-batch", {"content-type": BATCH.encode()}, together)


main(over_http, over_kafka)
