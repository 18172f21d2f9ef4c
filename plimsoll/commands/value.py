"""`plimsoll value ACCOUNT`: what the next plan is worth, in five lines; with figures to try out."""

import argparse
import asyncio
from decimal import Decimal, InvalidOperation
from typing import Any

from plimsoll.failures import CommandError
from plimsoll.installation import clock_of, database_url, installation
from plimsoll.options import data_argument
from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import Loader
from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.calculator import tried
from services.trigger.judgement.economics.value import ValueCase
from services.trigger.judgement.facts import types
from services.trigger.judgement.facts.record import Stated
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings

_NEEDED = {"hours": "--hours", "hourly_rate": "--rate"}
_REFUSED = {
    "no_next_plan": "there is no higher plan to compare with",
    "no_price": "one of the two plans is quoted individually",
    "currency": "the stated figures are in another currency than the next plan",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="its id")
    parser.add_argument("--hours", type=_number, help="hours spent in a period")
    parser.add_argument("--members", type=int, help="how many people spend them")
    parser.add_argument("--rate", type=_number, help="what an hour costs")
    parser.add_argument("--automation", type=_number, help="the share that is saved, 0 to 1")
    parser.add_argument("--basis", choices=("per_person", "team_total"))
    parser.add_argument("--period", choices=("week", "month"))
    parser.add_argument("--lang", choices=("ja", "en"), help="default: the account's language")
    data_argument(parser)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def run(args: argparse.Namespace) -> int:
    given = {
        "hours": args.hours,
        "members": args.members,
        "hourly_rate": args.rate,
        "automation_rate": args.automation,
        "hours_basis": args.basis,
        "hours_period": args.period,
    }
    named = {key: value for key, value in given.items() if value is not None}
    for line in asyncio.run(_lines(installation(args), args.account, named, args.lang)):
        print(line)
    return 0


async def _lines(
    settings: Settings, account: str, given: dict[str, Any], language: str | None
) -> tuple[str, ...]:
    engine = create_engine(database_url(settings), name="plimsoll-value", pool_size=1)
    try:
        clock = await clock_of(settings, engine)
        now = clock.now()
        async with transaction(engine) as conn:
            loaded = (await Loader(Catalogs()).without_days(conn, [account], now)).get(account)
    finally:
        await engine.dispose()
    if loaded is None:
        raise CommandError(f"there is no account {account}")
    case = Case("schedule", now, loaded.catalog, loaded.facts)
    found = tried(case, _figures(loaded, case, given), now)
    if not isinstance(found, ValueCase):
        raise CommandError(_REFUSED[found])
    return found.lines(language or loaded.profile.locale)


def _figures(loaded: Loaded, case: Case, given: dict[str, Any]) -> types.ValueStated:
    """What is given, and for the rest the newest that was stated."""
    newest = loaded.facts.record.stated
    data = {} if newest is None else _stated(newest)
    if newest is None:
        currency = case.next_plan.currency if case.next_plan else loaded.catalog.currency
        data = {"currency": currency, "source": "assumed", "hours_period": "week"}
        data["hours_basis"] = "team_total" if given.get("members") is None else "per_person"
    data |= given
    missing = [option for key, option in _NEEDED.items() if key not in data]
    if missing:
        raise CommandError(f"nothing is stated yet: give {' and '.join(missing)}")
    try:
        read = types.read("value.stated", data)
    except types.BadFact as error:
        faults = "; ".join(
            f"{one.path.removeprefix('/data/')} {one.reason}" for one in error.faults
        )
        raise CommandError(faults) from error
    assert isinstance(read, types.ValueStated)
    return read


def _stated(newest: Stated) -> dict[str, Any]:
    names = ("hours", "hours_basis", "hours_period", "hourly_rate", "currency", "source")
    known = {name: getattr(newest, name) for name in (*names, "members", "automation_rate")}
    return {name: value for name, value in known.items() if value is not None}
