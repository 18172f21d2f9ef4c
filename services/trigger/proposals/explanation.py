"""`plimsoll explain`: why an account got, or did not get, a message, gate by gate (R-079)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.loader import Loader
from services.trigger.judgement.case import Case
from services.trigger.judgement.pipeline import decide
from services.trigger.tables import accounts, alerts
from shared.wording.gates import gate_text, result_text


async def explain(
    conn: AsyncConnection,
    loader: Loader,
    account: str,
    *,
    at: datetime | None,
    now: datetime,
    lang: str,
) -> list[str] | None:
    """The lines to print: the decision, then a line per gate that begins with its name. None for an
    unknown account.

    The newest decision at or before `at` (now); if there is none, what would be found if something
    came up now.
    """
    profile = await accounts.find(conn, account)
    if profile is None:
        return None
    body = await alerts.newest_decision(conn, account, at or now)
    if body is not None:
        return lines(msgspec.json.decode(body), profile.name, profile.time_zone, lang)
    loaded = (await loader.load(conn, [account], now, daily=True)).get(account)
    if loaded is None:
        return [
            f"{profile.name} ({account}): "
            + ("カタログがまだありません" if lang == "ja" else "no catalogue has been applied yet")
        ]
    decision = decide(Case("schedule", now, loaded.catalog, loaded.facts))
    none_yet = (
        "まだ判断はありません。今なら:" if lang == "ja" else "nothing was decided yet; asked now:"
    )
    return [
        f"{profile.name} ({account}): {none_yet}",
        *_gates(decision.json(), profile.time_zone, lang),
    ]


def lines(decision: dict[str, Any], name: str, time_zone: str, lang: str) -> list[str]:
    """A stored decision in printed form."""
    what = (
        f"{name} ({decision['account']}) "
        f"{decision['at']} {decision['cause']} -> {decision['outcome']}"
    )
    signals = f" [{', '.join(decision['signals'])}]" if decision["signals"] else ""
    return [
        f"{what}{signals} ({decision['id']})",
        *_failure(decision.get("reason"), lang),
        *_gates(decision, time_zone, lang),
    ]


def _failure(reason: str | None, lang: str) -> list[str]:
    """No gate was evaluated to the end: what failed, and what happens next."""
    if reason is None:
        return []
    if lang == "ja":
        return [
            f"判断できませんでした({reason})。通知は影響を受けません。判断は自動でやり直されます。"
        ]
    return [
        (
            f"it could not be decided ({reason}); "
            "notices do not depend on it, and it is decided again by itself"
        )
    ]


def _gates(decision: Mapping[str, Any], time_zone: str, lang: str) -> list[str]:
    return [
        f"{gate['gate']}: {result_text(gate['result'], lang)}: {gate_text(gate, lang, time_zone)}"
        for gate in decision["gates"]
    ]
