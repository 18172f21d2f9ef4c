"""The running services, according to their own readiness."""

import httpx

from plimsoll.checks.finding import Finding


async def check(url: str) -> list[Finding]:
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            answer = await client.get("/readyz")
    except httpx.HTTPError as error:
        return [
            Finding(
                "services",
                f"{url} does not answer ({type(error).__name__})",
                "look at the end of its log, then start it again",
            )
        ]
    reasons = {
        name: part["reason"] for name, part in answer.json()["checks"].items() if not part["ok"]
    }
    if not reasons:
        return [Finding("services", f"{url} is ready")]
    return [
        Finding(
            "services",
            f"{name} is not ready: {reason}",
            "fix what it names; it recovers automatically",
        )
        for name, reason in reasons.items()
    ]
