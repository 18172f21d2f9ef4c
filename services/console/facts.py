"""Facts that people record: sent, and awaited until the page that follows can show what came of
them.
"""

import asyncio
from typing import Any

from services.console.addresses import path_part
from services.console.ask import Answered, Asker, Away
from services.console.views.facts import EVENTS, MEDIA_TYPE, SOURCE

SECONDS = 1.5
STEP_SECONDS = 0.1
FEW = 20


async def send(ask: Asker, event: dict[str, Any]) -> Answered:
    return await ask.send("POST", EVENTS, event, headers={"Content-Type": MEDIA_TYPE})


async def has_counted(ask: Asker, account: str, id: str) -> bool:
    """Whether what the fact led to is stored, within `SECONDS`: facts take effect on their way
    through Kafka, and are listed only then.
    """
    path = f"/v1/accounts/{path_part(account)}/facts"
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                listed = await ask.get(path, {"limit": FEW})
                if listed.ok and _has(listed.body["data"], id):
                    return True
                await asyncio.sleep(STEP_SECONDS)
    except (TimeoutError, Away):
        return False  # it was accepted: it counts in a moment


def _has(facts: list[dict[str, Any]], id: str) -> bool:
    return any(one["id"] == id and one["source"] == SOURCE for one in facts)
