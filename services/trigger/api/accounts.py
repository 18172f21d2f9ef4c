"""Accounts over HTTP: writes master data, returns everything known about an account."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from babel import Locale
from fastapi import Depends
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger import erasure_steps
from services.trigger.accounts import Account, Contact, Override, Person
from services.trigger.alerts.watch import Watch
from services.trigger.api.common import CurrentWatch, account_or_404, deciding, shows
from services.trigger.opportunities import staff
from services.trigger.proposals.account_view import Described
from services.trigger.subscriptions import account_changes, orders, plan_changes
from services.trigger.subscriptions.batches import MOST_CONTACTS
from services.trigger.subscriptions.orders import NextSubscriptionShown, SubscriptionShown
from services.trigger.tables import accounts
from services.trigger.tables.present import Present
from shared.answers import Amount, MoneyText, ThresholdShown
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.values.characters import is_storable
from shared.values.faults import Fault
from shared.values.mail_address import wire_address
from shared.values.moments import iso
from shared.values.money import is_currency, read_money
from shared.values.periods import zone
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    Identifier,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    require,
    router,
)
from shared.web.models import parse_day, parse_moment
from shared.web.revisions import MatchHeader, check_match, tag_of

routes = router(tags=["accounts"])

_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)
_MOST_IDS = 1_000


def _name(value: str) -> str:
    """Trims surrounding spaces."""
    name = value.strip()
    if not 1 <= len(name) <= 200:
        raise ValueError("must have 1 to 200 characters, and not only spaces")
    if not is_storable(name):
        raise ValueError("must not hold control characters")
    return name


def _locale(value: str) -> str:
    if not _LOCALE.fullmatch(value):
        raise ValueError("must be a language tag such as ja-JP or en")
    return value


def _time_zone(value: str) -> str:
    zone(value)
    return value


def _country(value: str) -> str:
    if not (
        len(value) == 2
        and value.isascii()
        and value.isalpha()
        and value.isupper()
        and value in Locale("en").territories
    ):
        raise ValueError("must be an ISO 3166 country code such as JP")
    return value


def _currency(value: str) -> str:
    if not is_currency(value):
        raise ValueError("must be an ISO 4217 currency code such as JPY")
    return value


def _email(value: str) -> str:
    """Stored as written; compared and mailed as `wire_address` reads it."""
    wire_address(value)
    return value


def _since(raw: Any) -> datetime:
    """A moment, or a day, which begins in UTC."""
    if isinstance(raw, str) and len(raw) == len("2024-07-01"):
        return datetime.combine(parse_day(raw), time(), UTC)
    return parse_moment(raw)


Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200})
]
LocaleTag = Annotated[str, AfterValidator(_locale)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
_TIME_ZONE = (
    "IANA. Periods begin at its wall time. "
    "If it changes later, usage moves by whole hours, each to the period that contains its start."
)
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
Email = Annotated[
    str, AfterValidator(_email), WithJsonSchema({"type": "string", "format": "email"})
]
Since = Annotated[
    datetime, BeforeValidator(_since), WithJsonSchema({"type": "string", "format": "date-time"})
]
Role = Literal["owner", "billing_admin", "admin", "member", "decision_maker", "champion"]
Money = Annotated[
    Decimal,
    BeforeValidator(read_money),
    WithJsonSchema({"type": "string", "examples": ["50000.00"]}),
]


class ContactBody(Body):
    id: Identifier
    name: Name
    role: Role
    email: Email | None = None
    locale: LocaleTag | None = None

    def contact(self) -> Contact:
        return Contact(self.id, self.name, self.role, self.email, self.locale)


class PersonBody(Body):
    """`close_authority`: the largest yearly deal this CSM may close, in the account's currency.

    What is left out comes from the person with this id; an id that nobody has yet needs a name.
    """

    id: Identifier
    name: Name | None = None
    email: Email | None = None
    sales_trained: bool = True
    close_authority: Money | None = None

    def person(self) -> Person:
        stated = self.model_fields_set - {"id"} - ({"name"} if self.name is None else set())
        return Person(
            self.id,
            self.name or "",
            self.email,
            self.sales_trained,
            self.close_authority,
            tuple(sorted(stated)),
        )


class ContactShown(TypedDict):
    id: str
    name: str
    email: str | None
    role: Role
    locale: str | None


class PersonShown(TypedDict):
    """A CSM or seller. `close_authority` is in the account's currency."""

    id: str
    name: str
    email: str | None
    sales_trained: bool
    close_authority: MoneyText | None


class MasterData(TypedDict):
    """As written."""

    id: str
    name: str
    locale: str
    time_zone: str
    country: str | None
    contacts: list[ContactShown]
    csm: PersonShown | None
    ae: PersonShown | None
    external_ids: dict[str, str]
    currency: str | None
    segment: str | None
    employees: int | None


class OverrideShown(TypedDict):
    """An account's own limit or thresholds; null if the plan's apply.

    `limit` is an amount or `unlimited`.
    """

    limit: Amount | Literal["unlimited"] | None
    thresholds: list[ThresholdShown] | None


class AccountShown(MasterData, Described):
    """An account with its subscription, its next subscription, and what is known about it."""

    customer_since: datetime | None
    subscription: SubscriptionShown | None
    next_subscription: NextSubscriptionShown | None
    limits: dict[str, OverrideShown]


class Profile(Body):
    """Master data without the name."""

    locale: LocaleTag = "en"
    time_zone: Annotated[TimeZone, Field(description=_TIME_ZONE)] = "UTC"
    country: Country | None = None
    contacts: Annotated[list[ContactBody], Field(max_length=MOST_CONTACTS)] = Field(
        default_factory=list
    )
    csm: PersonBody | None = None
    ae: PersonBody | None = None
    external_ids: Annotated[dict[Identifier, Identifier], Field(max_length=_MOST_IDS)] = Field(
        default_factory=dict
    )
    customer_since: Since | None = None
    currency: Currency | None = None
    segment: Identifier | None = None
    employees: Annotated[int, Field(ge=0, le=10**9)] | None = None

    def named(self, account: str, name: str) -> Account:
        return Account(
            id=account,
            name=name,
            locale=self.locale,
            time_zone=self.time_zone,
            country=self.country,
            currency=self.currency,
            segment=self.segment,
            employees=self.employees,
            customer_since=self.customer_since,
            csm=None if self.csm is None else self.csm.person(),
            ae=None if self.ae is None else self.ae.person(),
            external_ids=dict(self.external_ids),
            contacts=tuple(one.contact() for one in self.contacts),
        )

    def faults(self) -> list[Fault]:
        return repeated([one.id for one in self.contacts], "/contacts")


class AccountBody(Profile):
    name: Name

    def account(self, account: str) -> Account:
        return self.named(account, self.name)


def repeated(ids: Iterable[Any], path: str) -> list[Fault]:
    """An id that appears twice in the list."""
    seen: set[str] = set()
    return [
        Fault(f"{path}/{position}/id", "is also the id of another contact")
        for position, id in enumerate(ids)
        if isinstance(id, str) and (id in seen or seen.add(id))  # type: ignore[func-returns-value]
    ]


_EXAMPLE: dict[str, Any] = {
    "name": "Aozora",
    "locale": "ja-JP",
    "time_zone": "Asia/Tokyo",
    "country": "JP",
    "contacts": [
        {
            "id": "c1",
            "name": "青空 花子",
            "email": "hanako@example.com",
            "role": "owner",
            "locale": "ja-JP",
        }
    ],
    "csm": {"id": "u7", "name": "Kato", "email": "kato@example.com"},
    "external_ids": {"hubspot": "812"},
}
_SHOWN: dict[str, Any] = {
    **_EXAMPLE,
    "id": "acct-42",
    "csm": _EXAMPLE["csm"] | {"sales_trained": True, "close_authority": None},
    "ae": None,
    "currency": None,
    "segment": None,
    "employees": 250,
    "customer_since": "2024-07-01T00:00:00Z",
    "subscription": None,
    "next_subscription": None,
    "limits": {"storage": {"limit": 12_000_000_000, "thresholds": [50, 100]}},
    "renewal_date": None,
    "arr": None,
    "nps": None,
    "loyalty": None,
    "upsell_target": False,
    "health": None,
    "readiness": None,
    "suppressions": [],
    "proposal_history": [],
}


@routes.put(
    "/v1/accounts/{account}",
    summary="Create or replace an account",
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
    responses=shows(_SHOWN) | shows(_SHOWN, 201, "Created", AccountShown),
    dependencies=[Depends(require("accounts:write"))],
)
async def put_account(
    account: PathIdentifier,
    body: AccountBody,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
    match: MatchHeader = None,
) -> Answer[AccountShown]:
    """Repeating the same body changes nothing.

    Contacts missing from the body are removed. 409 while the previous account with this id is being
    erased. The `ETag` is of what a `PUT` replaces; with `If-Match` it is 412 if that has changed.
    """
    if faults := body.faults():
        raise invalid(*faults)
    while True:
        with suppress(account_changes.Overtaken):
            asked = Asked(body.account(account), author, match)
            created, shown, tag = await _put(context, watch, asked)
            return answer(shown, 201 if created else 200, headers={"ETag": tag})


@dataclass(frozen=True, slots=True)
class Asked:
    """`match`: the header `If-Match`."""

    account: Account
    author: Author
    match: str | None


async def _put(context: Context, watch: Watch, asked: Asked) -> tuple[bool, AccountShown, str]:
    """Whether the account is new, the account as it is now, and its tag."""
    now = context.clock.now()

    def allowed(before: Account | None) -> None:
        check_match(asked.match, None if before is None else _tag(before))

    async with deciding(context) as (conn, outcome):
        named = await staff.named(conn, [asked.account])
        account, faults = named.completed(asked.account)
        if faults:
            raise invalid(*faults)
        readmission = await erasure_steps.readmission(conn, [account])
        if readmission.waiting:
            raise Problem(409, erasure_steps.BEING_ERASED)
        if readmission.returning:
            await plan_changes.lock(conn, [account.id])
            await readmission.write(conn, now)
        await named.make(conn, [account], now)
        before, followed = await account_changes.put_account(conn, watch, account, now, allowed)
        outcome.add(followed)
        await trail.write(conn, asked.author, _done(before, account, now))
        if (
            await erasure_steps.readmission(conn, [account])
        ).waiting:  # began between the check and the lock: it would delete this too
            raise Problem(409, erasure_steps.BEING_ERASED)
        stored = await account_or_404(conn, account.id)
        return before is None, await describe(conn, watch, stored, now), _tag(stored)


def _tag(account: Account) -> str:
    """Of what the account itself states: it stays if only the person of that id changes."""
    contacts = sorted(_master_data(account)["contacts"], key=lambda one: one["id"])
    people = {place: _stated(getattr(account, place)) for place in ("csm", "ae")}
    since = {"customer_since": iso(account.customer_since)}
    return tag_of({**_master_data(account), "contacts": contacts, **people, **since})


def _stated(person: Person | None) -> dict[str, Any] | None:
    shown: Any = _person(person)
    if person is None or person.stated is None:
        return shown  # type: ignore[no-any-return]
    return {name: value for name, value in shown.items() if name in ("id", *person.stated)}


def _done(before: Account | None, after: Account, now: datetime) -> Done:
    return Done(
        "create" if before is None else "change",
        "account",
        after.id,
        now,
        account=after.id,
        before=None if before is None else _master_data(before),
        after=_master_data(after),
    )


@routes.get(
    "/v1/accounts/{account}",
    summary="Get an account",
    responses=shows(_SHOWN),
    dependencies=[Depends(require("read"))],
)
async def get_account(
    account: PathIdentifier, context: CurrentContext, watch: CurrentWatch
) -> Answer[AccountShown]:
    """Master data as written; subscription, loyalty, health and suppressions as of now."""
    async with transaction(context.engine) as conn:
        found = await account_or_404(conn, account)
        shown = await describe(conn, watch, found, context.clock.now())
    return answer(shown, headers={"ETag": _tag(found)})


async def describe(
    conn: AsyncConnection, watch: Watch, account: Account, now: datetime
) -> AccountShown:
    """The account as the API shows it."""
    present = Present(watch.catalogs)
    terms = (await present.terms(conn, [account.id], now))[account.id]
    running, waiting, versions = terms.running(now), terms.next, watch.catalogs
    return {
        **_master_data(account),
        "customer_since": account.customer_since or await accounts.first_start(conn, account.id),
        "subscription": None
        if running is None
        else orders.shown(running, await versions.version(conn, running.catalog_version)),
        "next_subscription": None
        if waiting is None
        else orders.shown_next(
            waiting, await versions.version(conn, waiting.subscription.catalog_version)
        ),
        "limits": {meter: shown_override(override) for meter, override in terms.overrides.items()},
        **await watch.judgement.described(conn, account, now, present),
    }


def shown_override(override: Override) -> OverrideShown:
    """As set: null if the plan's applies."""
    limit: Decimal | Literal["unlimited"] = (
        "unlimited" if override.limit is None else override.limit
    )
    return {
        "limit": limit if override.sets_limit else None,
        "thresholds": None
        if override.thresholds is None
        else [threshold.json for threshold in override.thresholds],
    }


def _master_data(account: Account) -> MasterData:
    return {
        "id": account.id,
        "name": account.name,
        "locale": account.locale,
        "time_zone": account.time_zone,
        "country": account.country,
        "contacts": [
            {
                "id": one.id,
                "name": one.name,
                "email": one.email,
                "role": one.role,
                "locale": one.locale,
            }
            for one in account.contacts
        ],
        "csm": _person(account.csm),
        "ae": _person(account.ae),
        "external_ids": dict(account.external_ids),
        "currency": account.currency,
        "segment": account.segment,
        "employees": account.employees,
    }


def _person(person: Person | None) -> PersonShown | None:
    if person is None:
        return None
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "sales_trained": person.sales_trained,
        "close_authority": None
        if person.close_authority is None
        else f"{person.close_authority:.2f}",
    }
