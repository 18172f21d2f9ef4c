"""Whether a fact can be true of this account now: plan, feature, meter, currency and time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.trigger.judgement.facts.record import Offer
from services.trigger.judgement.facts.types import (
    BadFact,
    Data,
    FeatureUse,
    NeedStated,
    Offered,
    TicketSorted,
    ValueStated,
)
from shared.catalog import Catalog
from shared.catalog.place import Hints
from shared.values.bounds import AHEAD, OLDEST_FACT
from shared.values.faults import Fault


@dataclass(frozen=True, slots=True)
class Known:
    """What facts are checked against."""

    catalog: Catalog
    currency: str
    signed: Offer | None = None
    hints: Hints = field(default_factory=Hints)


def check(type_: str, data: Data, happened: datetime, known: Known, now: datetime) -> None:
    """Raises BadFact with every fault found."""
    faults = [*_time(happened, now), *_data(type_, data, happened, known)]
    if faults:
        raise BadFact(*faults)


def _time(happened: datetime, now: datetime) -> Iterable[Fault]:
    if happened > now + AHEAD:
        yield Fault("/time", "is more than an hour in the future")
    if happened < now - OLDEST_FACT:
        yield Fault("/time", "is more than three years in the past")


def _data(type_: str, data: Data, happened: datetime, known: Known) -> Iterable[Fault]:
    match data:
        case FeatureUse(feature=str(feature)) | TicketSorted(feature=str(feature)):
            yield from _feature(feature, known)
        case NeedStated():
            yield from _feature(data.feature, known)
            if data.meter is not None and data.meter not in known.catalog.meters:
                yield _unknown("meter", data.meter, known.catalog.meters, known)
        case Offered():
            yield from _offer(type_, data, happened, known)
        case ValueStated():
            if data.currency != known.currency:
                yield Fault("/data/currency", f"must be the account's currency {known.currency}")
        case _:
            pass


def _feature(feature: str | None, known: Known) -> Iterable[Fault]:
    if feature is not None and not known.catalog.knows_feature(feature):
        yield _unknown("feature", feature, known.catalog.features, known)


def _unknown(what: str, word: str, names: Iterable[str], known: Known) -> Fault:
    return Fault(f"/data/{what}", f"the catalogue has no such {what}{known.hints.of(word, names)}")


def _offer(type_: str, data: Offered, happened: datetime, known: Known) -> Iterable[Fault]:
    if data.plan not in known.catalog.plans:
        yield _unknown("plan", data.plan, known.catalog.plans, known)
    signed, grace = known.signed, timedelta(days=known.catalog.policy.new_contract_grace_days)
    if type_ != "quote.presented" or signed is None or happened < signed.at:
        return
    if data.plan == signed.plan or happened < signed.at + grace:
        yield Fault(
            "/data/plan",
            f"a contract for {signed.plan} was signed on {signed.at.date()}: "
            "a quote comes before the signature",
        )
