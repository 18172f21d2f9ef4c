"""The demo's product: it uses only the public HTTP API, as a customer of Plimsoll would."""

import json
import logging
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

log = logging.getLogger(__name__)
BATCH = 1_000
MANY = 2_000
_PATIENCE = 6
_A_MOMENT = timedelta(seconds=5)
"""The clock goes on while it is set; it cannot be turned back."""


class Product:
    """A product's back end: emits usage events, sends account facts, mints inbox tokens, reads
    usage and alerts.
    """

    def __init__(self, key: str) -> None:
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )

    def open(self, url: str) -> None:
        self._client.base_url = httpx.URL(url)

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, **query: str | int) -> Any:
        """The JSON response; None if it is 404."""
        answer = await self._client.get(path, params=query)
        return None if answer.status_code == 404 else answer.raise_for_status().json()

    async def put(self, path: str, body: Any) -> Any:
        return (await self._client.put(path, json=body)).raise_for_status().json()

    async def put_yaml(self, path: str, body: bytes) -> Any:
        return (
            (
                await self._client.put(
                    path, content=body, headers={"Content-Type": "application/yaml"}
                )
            )
            .raise_for_status()
            .json()
        )

    async def delete(self, path: str) -> None:
        """Ignores what does not exist."""
        answer = await self._client.delete(path)
        if answer.status_code != 404:
            answer.raise_for_status()

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        answer = await self._client.post(path, json=body, headers=headers)
        if answer.status_code in (409, 422):
            log.warning("refused: %s %s", path, answer.text)
        return answer.raise_for_status().json()

    async def set_clock(self, now: datetime) -> None:
        """Everybody's, forward; what is due by then is done when this returns."""
        body = {"now": _stamp(now)}
        for _ in range(_PATIENCE):
            answer = await self._client.put("/v1/test-clock", json=body, timeout=60)
            if answer.status_code != 503:  # it answers that when half a minute was not enough
                break
            later = await self.clock() + _A_MOMENT  # it has gone on, and does not go back
            body = {"now": _stamp(max(now, later))}
        answer.raise_for_status()

    async def settle(self) -> None:
        """Until all that was sent is counted and decided."""
        await self.set_clock(await self.clock() + _A_MOMENT)

    async def clock(self) -> datetime:
        found = await self.get("/v1/test-clock")
        return datetime.fromisoformat(found["now"])

    async def page(self, path: str, **query: str) -> httpx.Response:
        return await self._client.get(path, params=query)

    async def tell(
        self, account: str, key: str, facts: Sequence[tuple[str, dict[str, Any]]]
    ) -> None:
        """Facts that are the same ones if they are told again."""
        told = [
            event(account, type_, data) | {"id": f"{account} {key} {n}"}
            for n, (type_, data) in enumerate(facts)
        ]
        await self.emit(told, "/v1/signals")

    async def emit(self, events: Sequence[dict[str, Any]], path: str = "/v1/events") -> None:
        """Sends CloudEvents in batches; a retry keeps the ids, so that a lost response counts
        nothing twice.
        """
        for start in range(0, len(events), BATCH):
            body = json.dumps(events[start : start + BATCH]).encode()
            answer = await self._client.post(
                path, content=body, headers={"Content-Type": "application/cloudevents-batch+json"}
            )
            answer.raise_for_status()


def event(
    account: str, type: str, data: dict[str, Any], at: datetime | None = None
) -> dict[str, Any]:
    moment = _stamp(at or datetime.now(UTC))
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/demo",
        "type": type,
        "subject": account,
        "time": moment,
        "data": data,
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def usage(
    account: str, meter: str, amount: int, change: int, at: datetime | None = None
) -> Iterable[dict[str, Any]]:
    """The events that bring a demo meter to `amount`, `change` more than before."""
    match meter:
        case "storage":
            yield event(account, "storage.measured", {"bytes": amount}, at)
        case "seats":
            yield event(account, "seat.changed", {"delta": change}, at)
        case "api_calls" if change < 0 or change > MANY:
            # A visitor must not wait for 100,000 calls.
            yield event(account, "api.request", {"correction": True, "count": change}, at)
        case "api_calls":
            yield from (event(account, "api.request", {}, at) for _ in range(change))
        case _:
            raise ValueError(f"the demo has no meter {meter}")
