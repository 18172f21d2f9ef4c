"""Quotes: the price of a change within a period, stored, valid for a day, and charged as quoted
(R-153, R-160..R-162).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from services.trigger.accounts import Subscription
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.economics.proration import (
    VALID_FOR,
    Mode,
    NotQuotable,
    Proration,
    beside,
    prorate,
)
from shared.answers import MomentText, MoneyText
from shared.values.identity import identity
from shared.values.moments import iso
from shared.values.periods import period_at
from shared.values.quantities import plain


class QuoteShown(TypedDict):
    """`credit`: the refund for the rest of the present plan; `due`: what accepting it charges."""

    id: str
    account: str
    plan: str
    mode: Mode
    at: MomentText
    credit: MoneyText
    charge: MoneyText
    due: MoneyText
    currency: str
    effective_at: MomentText
    expires_at: MomentText
    accepted_at: MomentText | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A stored quote; `from_plan` is the plan it was made for."""

    id: str
    account: str
    plan: str
    from_plan: str
    body: Mapping[str, Any]
    effective_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


def quoted(loaded: Loaded, plan: str, mode: Mode, at: datetime, now: datetime) -> Proration:
    """Raises NotQuotable; its message says why."""
    subscription, terms = loaded.facts.subscription, loaded.terms.running(now)
    if subscription is None or terms is None:
        raise NotQuotable("the account has no subscription")
    target, current = loaded.catalog.plans.get(plan), loaded.catalog.plans[subscription.plan]
    if target is None:
        raise NotQuotable("the catalogue has no such plan")
    period = period_at(terms.grid(loaded.terms.time_zone), now)
    changes = beside(loaded.catalog, current, target, subscription)
    return prorate(current, target, subscription, period, at, loaded.terms.time_zone, mode, changes)


def id_under(key: str, *asking: str) -> str:
    """Of a quote that whoever asks (`asking`) named with a key of theirs."""
    return identity("quote", "key", *asking, key)


def made(
    loaded: Loaded, proration: Proration, now: datetime, *, id: str = "", digest: str = ""
) -> Quote:
    """The quote of this change, valid from now for a day. `digest`: of what was asked."""
    assert loaded.facts.subscription is not None
    account, expires = loaded.profile.id, now + VALID_FOR
    body = {
        **proration.json(),
        "mode": proration.mode,
        "at": iso(proration.at),
        "currency": proration.currency,
        "effective_at": iso(proration.effective_at),
        "from_plan": loaded.facts.subscription.plan,
        "paid": _paid(loaded.terms.running(now)),
        **({"digest": digest} if digest else {}),
    }
    key = identity("quote", account, proration.plan, proration.mode, iso(proration.at), iso(now))
    return Quote(
        id or key,
        account,
        proration.plan,
        loaded.facts.subscription.plan,
        body,
        proration.effective_at,
        expires,
        None,
    )


def still_holds(quote: Quote, running: Subscription) -> bool:
    """Whether the account pays what it paid when the quote was made."""
    return quote.body.get("paid") in (None, _paid(running))


def _paid(subscription: Subscription | None) -> dict[str, Any] | None:
    if subscription is None:
        return None
    price = None if subscription.price is None else plain(subscription.price)
    return {
        "interval": subscription.interval,
        "quantity": subscription.quantity,
        "price": price,
        "add_ons": dict(subscription.add_ons),
    }


def shown(quote: Quote) -> QuoteShown:
    """The quote and its account, as the API shows them."""
    body = quote.body
    return {
        "id": quote.id,
        "account": quote.account,
        "plan": quote.plan,
        "mode": body["mode"],
        "at": body["at"],
        "credit": body["credit"],
        "charge": body["charge"],
        "due": body["due"],
        "currency": body["currency"],
        "effective_at": body["effective_at"],
        "expires_at": iso(quote.expires_at),
        "accepted_at": None if quote.accepted_at is None else iso(quote.accepted_at),
    }
