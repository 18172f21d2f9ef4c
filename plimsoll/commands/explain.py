"""`plimsoll explain ACCOUNT`: a decision, gate by gate: what was asked, what was found, what follows."""

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from plimsoll.failures import CommandError
from plimsoll.installation import database_url, installation
from plimsoll.options import data_argument, moment
from services.trigger.accounts import Account
from services.trigger.tables import accounts, alerts
from shared.database import create_engine, transaction
from shared.settings import Settings
from shared.wording.gates import gate_text, gate_title, result_text

_PAGE = 100

Decision = Mapping[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="its id")
    parser.add_argument("--at", type=moment, metavar="TIME", help="the newest decision at that time (default: the newest)")
    parser.add_argument("--lang", choices=("ja", "en"), default="en")
    data_argument(parser)


def run(args: argparse.Namespace) -> int:
    account, decision = asyncio.run(_look_up(installation(args), args.account, args.at))
    if decision is None:
        print(f"{args.account}: nothing has been decided{f' until {args.at.isoformat()}' if args.at else ' yet'}")
        return 0
    for line in _lines(account, decision, args.lang):
        print(line)
    return 0


async def _look_up(settings: Settings, name: str, at: datetime | None) -> tuple[Account, Decision | None]:
    engine = create_engine(database_url(settings), name="plimsoll-explain", pool_size=1)
    try:
        async with transaction(engine) as conn:
            account = await accounts.find(conn, name)
            if account is None:
                raise CommandError(f"there is no account {name}")
            return account, await _newest(conn, name, at)
    finally:
        await engine.dispose()


async def _newest(conn: AsyncConnection, account: str, at: datetime | None) -> Decision | None:
    before: int | None = None
    while rows := await alerts.list_decisions(conn, account=account, before=before, limit=_PAGE):
        for row in rows:
            decision: Decision = json.loads(row.body)
            if at is None or datetime.fromisoformat(decision["at"]) <= at:
                return decision
            before = row.seq
    return None


def _lines(account: Account, decision: Decision, language: str) -> Iterator[str]:
    yield f"{account.name} ({account.id}): {decision['outcome']} <- {decision['cause']} at {decision['at']}, decision {decision['id']}"
    width = max(len(gate["gate"]) for gate in decision["gates"])
    for gate in decision["gates"]:
        found = f"{result_text(gate['result'], language)}: {gate_text(gate, language, account.time_zone)}"
        yield f"{gate['gate']:{width}}  {gate_title(gate['gate'], language)} {found}"
    for name in ("signals", "scenarios", "blocked_by"):
        if decision[name]:
            yield f"= {name}: {', '.join(decision[name])}"
    if recommendation := decision["recommendation"]:
        yield f"= recommendation: {recommendation['plan']}"
    if route := decision["route"]:
        yield f"= route: {route['owner']} ({route['rule']})"
    for remedy in decision["remedies"]:
        yield f"= remedy: {remedy['task']}, {remedy['owner']}, due {remedy['due_at']}"
    if decision["retry_at"]:
        yield f"= retry_at: {decision['retry_at']}"
