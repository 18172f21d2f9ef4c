"""Liveness, readiness with reasons, metrics. None needs a key."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from typing_extensions import TypedDict

from shared.telemetry import metrics
from shared.web.routing import Answer, answer, router

_SECONDS = 3.0
Check = Callable[[], Awaitable[str | None]]


class Liveness(TypedDict):
    ok: bool


class ReadinessCheck(TypedDict):
    """`reason`: why it is not ready."""

    ok: bool
    reason: str | None


class Readiness(TypedDict):
    """`checks`: each check by name."""

    ready: bool
    checks: dict[str, ReadinessCheck]


def routes(checks: Mapping[str, Check], notes: Mapping[str, Check], *, metrics: bool) -> APIRouter:
    """`notes` are shown next to the checks and do not affect readiness: something is paused, and
    the rest works.

    `metrics`: whether `/metrics` is served here, or on a separate port.
    """
    made = router(tags=["operations"])
    _add_health(made, checks, notes)
    if metrics:
        _add_metrics(made)
    return made


def _add_health(made: APIRouter, checks: Mapping[str, Check], notes: Mapping[str, Check]) -> None:
    @made.get("/healthz", summary="Check liveness")
    async def get_health() -> Answer[Liveness]:
        """Depends neither on the database nor on Kafka."""
        return answer({"ok": True})

    @made.get(
        "/readyz", summary="Check readiness, with reasons", responses={503: {"model": Readiness}}
    )
    async def get_readiness() -> Answer[Readiness]:
        """503 with the same body while a dependency is down. A reason with `ok` true: something is
        paused, and the rest works.
        """
        found, noted = await asyncio.gather(readiness(checks), readiness(notes))
        ready = all(reason is None for reason in found.values())
        shown: dict[str, ReadinessCheck] = {
            name: {"ok": reason is None, "reason": reason} for name, reason in found.items()
        }
        shown |= {name: {"ok": True, "reason": reason} for name, reason in noted.items()}
        return answer(
            {"ready": ready, "checks": shown},
            200 if ready else 503,
            headers=None if ready else {"Retry-After": "2"},
        )


def _add_metrics(made: APIRouter) -> None:
    @made.get("/metrics", summary="Metrics in Prometheus format", response_class=PlainTextResponse)
    async def get_metrics() -> Response:
        """Each metric is described in its help text."""
        return metrics_response()


def metrics_response() -> Response:
    content, media_type = metrics.exposition()
    return Response(content, media_type=media_type)


async def readiness(checks: Mapping[str, Check]) -> dict[str, str | None]:
    """Name -> None, or why it is not ready. All are checked concurrently, for at most three
    seconds.
    """
    reasons = await asyncio.gather(*(_asked(check) for check in checks.values()))
    return dict(zip(checks, reasons, strict=True))


async def _asked(check: Check) -> str | None:
    try:
        async with asyncio.timeout(_SECONDS):
            return await check()
    except TimeoutError:
        return "does not answer"
