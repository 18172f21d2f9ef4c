"""A complete service process for tests about processes: `python -m tests.support.tiny_service`. It
counts like tests/support/loops.py.

TINY=die: a task fails after a moment. TINY=slow: each batch takes 50 ms. TINY=hang: a task does not
end when asked to.
"""

import asyncio
import os

from fastapi import Depends
from fastapi.responses import Response

from shared.kafka.clients import Outgoing
from shared.messages import USAGE_EVENTS
from shared.runtime.context import Context
from shared.runtime.service import Service, add_loop, main
from shared.web import CurrentContext, answer, require, router
from tests.support.loops import Counting

MODE = os.environ.get("TINY", "")


async def _slow() -> None:
    await asyncio.sleep(0.05)


async def _die(stop: asyncio.Event) -> None:
    await asyncio.sleep(0.5)
    raise RuntimeError("the disk fell out")


async def _hang(stop: asyncio.Event) -> None:
    while True:  # like code that ignores `stop` and survives cancellation
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


def build(context: Context) -> Service:
    made = router()

    @made.post("/v1/records", dependencies=[Depends(require("events:write"))])
    async def send(context: CurrentContext) -> Response:
        await context.producer.send([Outgoing(USAGE_EVENTS, b"http", b"x")])
        return answer({"accepted": 1}, 202)

    service = Service("ingest", routers=[made])
    add_loop(service, context, Counting(in_apply=_slow if MODE == "slow" else None))
    if MODE == "die":
        service.tasks["doomed"] = _die
    if MODE == "hang":
        service.tasks["deaf"] = _hang
    return service


if __name__ == "__main__":
    main(build)
