"""The messages of trigger as they are written: tests/golden/wire/*.jsonl holds the bytes of a
released version, one message a line.

Today's code writes the same JSON (the order of an object's keys carries no meaning), and what an
earlier version wrote is still read.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.notifier.messages import read
from services.trigger import people
from services.trigger.accounts import Account, Contact, Person, Subscription, Terms
from services.trigger.alerts.notices import Reading, closing, gated_notice, threshold_notice
from services.trigger.alerts.notices import notice_facts as facts_of
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts.facts import Signal
from services.trigger.limits import Allowance
from services.trigger.proposals import expiry, satisfaction
from services.trigger.tables.due import Due
from shared.catalog import Catalog, Text, Threshold
from shared.catalog.types import Brand, Sender
from shared.messages import Closed, ClosedAlert, Message, Tell
from shared.values.periods import Period
from shared.wording import inbox_text, mail_text, task_text
from tests.support import golden
from tests.support.catalogs import catalog
from tests.support.rulings import crossed, heard, told
from tests.support.stories import NOW, Story, account, contact
from tests.unit.shared.wording.test_from_facts import hoshino, sakura
from tests.unit.trigger.judgement.economics.test_add_ons import PRO as WITH_ADD_ONS
from tests.unit.trigger.judgement.economics.test_add_ons import STARTER as STARTER_WITH_ADD_ONS
from tests.unit.trigger.judgement.findings.test_reasons import (
    GROWTH,
    LIMIT,
    NAMES,
    PROMOTED,
    kitsune,
)

GLOBAL, CASE, JP = catalog("global"), catalog("case"), catalog("jp")
GB = 10**9
KATO = Person("u7", "Kato", "kato@example.com")
PEOPLE = (contact("c1", "owner"), contact("c2", "member"))
PRO = account(GLOBAL, "pro", csm=KATO, contacts=PEOPLE, since="2024-03-16")
NIGHT = NOW.replace(hour=15)


def _with_brand(found: Catalog) -> Catalog:
    brand = Brand(Text("Aozora Cloud", "青空クラウド"), None, "#0f766e")
    sender = Sender("青空クラウド株式会社", "東京都千代田区1-1", "contact@vendor.example")
    return replace(
        found,
        brand=brand,
        links={
            "upgrade": "https://app.example.com/upgrade?account={account}&plan={plan}",
            "usage": "https://app.example.com/usage/{meter}",
        },
        policy=replace(found.policy, sender=sender),
    )


def _reading(used: str, limit: str | None, meter: str = "storage", **more: Any) -> Reading:
    profile = Account(
        "acct-1",
        "Aozora",
        "ja-JP",
        "Asia/Tokyo",
        csm=Person("u7", "Kato"),
        contacts=(Contact("c1", "Hanako", "owner", "hanako@example.com"),),
    )
    bought = Subscription("starter", 1, NOW - timedelta(days=90))
    allowed = Allowance(None if limit is None else Decimal(limit), ())
    found = Reading(
        profile, bought, GLOBAL, GLOBAL, GLOBAL.meters[meter], allowed, Decimal(used), None
    )
    return replace(found, **more)


def _absolute() -> Iterable[Message]:
    reading = _reading("9000000000.5", None)
    threshold = Threshold(at=Decimal("9E+9"))
    yield threshold_notice(reading, threshold, "a9", again=True, decision="d9", task="a8", now=NOW)
    tiny = _reading("0.000000002", "0.0000000030")
    yield threshold_notice(
        tiny, Threshold(60), "a60", again=False, decision="d60", task="a60", now=NOW
    )


def _gated() -> Iterable[Message]:
    unknown = Subscription("gone", 1, NOW)
    period = Period(NOW - timedelta(days=1), NOW + timedelta(days=29))
    reading = _reading("3", "0", "api_calls", period=period, subscription=unknown)
    yield gated_notice(reading, "g1", decision="d1", now=NOW)


def _closed() -> Iterable[Message]:
    ended = (ClosedAlert("a90", "superseded"), ClosedAlert("a95", "resolved", "limit"))
    facts = facts_of(_reading("5000000000", "10000000000"), None, again=False)
    yield closing("acct-1", "storage", ended, cured=True, facts=facts, now=NOW)
    yield closing("acct-1", "storage", ended[:1], cured=False, facts=None, now=NOW)


def _people() -> Iterable[Message]:
    before = Account("acct-1", "Aozora", "ja-JP", "Asia/Tokyo")
    after = replace(before, contacts=(Contact("c1", "Hanako", "owner"),))
    return [people.message(one, NOW) for one in people.changed({"acct-1": before}, [after])]


def _loaded(story: Story, csm: Person | None = None) -> Loaded:
    profile = Account("acct-1", "Aozora", "ja-JP", "Asia/Tokyo", csm=csm)
    return Loaded(
        Terms("Asia/Tokyo", None, {}), story.catalog, replace(story.facts, account=profile)
    )


def _satisfied() -> Iterable[Message]:
    loaded = _loaded(PRO, Person("u7", "Kato"))
    payload = {"from": "starter", "to": "pro", "at": "2025-08-17T00:00:00Z"}
    return satisfaction.checks(
        [Due("acct-1", satisfaction.SATISFACTION, NOW, payload)], {"acct-1": loaded}, NOW
    )


def _eased() -> Iterable[Message]:
    some = kitsune(LIMIT, PROMOTED, told=NAMES([LIMIT, GROWTH, PROMOTED]))
    none = kitsune(PROMOTED, told=NAMES([PROMOTED])).at(NOW + timedelta(days=91))
    for story in (some, none):
        yield from (tell for *_, tell in expiry.eased(_loaded(story), story.now))


def _reviewed() -> Iterable[Message]:
    story = account(
        JP, "standard", since="2023-10-16", interval="year", renewal_date=date(2025, 10, 16)
    )
    return told(story.case("renewal", Signal("renewal", NOW))).messages


def _seats_instead() -> Iterable[Message]:
    yield from heard(PRO.used("seats", 24), "team.growth", count=2).messages
    yield from heard(WITH_ADD_ONS.used("seats", 25), "team.growth", count=2).messages


def _proposals_apart() -> Iterable[Message]:
    branded = replace(hoshino(), catalog=_with_brand(GLOBAL))
    yield from heard(branded, "feature.requested", feature="advanced_analytics").messages
    starter = account(_with_brand(GLOBAL), "starter", contacts=PEOPLE, csm=KATO)
    yield from crossed(starter.at(NIGHT), "storage", 9 * GB, 90).messages
    waiting = Signal("usage_limit", NOW, "storage", evidence={"threshold": 90})
    yield from told(starter.used("storage", 9 * GB).case("schedule", waiting)).messages
    absolute = Signal("usage_limit", NOW, "storage", evidence={"threshold": {"at": 9 * GB}})
    yield from told(starter.used("storage", 9 * GB).case("schedule", absolute)).messages


def _withheld() -> Iterable[Message]:
    unhappy = PRO.told("nps.responded", score=3, contact="c1")
    yield from crossed(unhappy, "storage", 95 * GB, 95).messages
    yield from heard(PRO, "cancel.intent").messages


def _assisted() -> Iterable[Message]:
    yield from crossed(PRO, "seats", 24, 95).messages
    yield from heard(PRO, "compliance.need", framework="SOC2", deadline="2025-12-15").messages
    urgent = PRO.tickets("support_speed", 1, severity="urgent")
    new = {"ticket": "b", "class_": "support_speed", "severity": "urgent"}
    yield from heard(urgent, "ticket.opened", **new).messages
    yield from heard(account(GLOBAL, None), "quote.presented", plan="pro").messages


def _add_ons() -> Iterable[Message]:
    yield from crossed(STARTER_WITH_ADD_ONS, "storage", 9 * GB, 90).messages
    yield from crossed(STARTER_WITH_ADD_ONS, "storage", 10 * GB, 100).messages
    yield from crossed(WITH_ADD_ONS, "seats", 25, 100).messages


MESSAGES: dict[str, Callable[[], Iterable[Message]]] = {
    "notice-with-proposal": lambda: (
        crossed(
            account(_with_brand(CASE), "basic", csm=KATO, contacts=PEOPLE), "storage", 9 * GB, 90
        ).messages
    ),
    "absolute-and-tiny": _absolute,
    "gated": _gated,
    "closed": _closed,
    "people": _people,
    "proposals-apart": _proposals_apart,
    "value": lambda: heard(sakura(5000), "nps.responded", score=9).messages,
    "withheld": _withheld,
    "assisted": _assisted,
    "add-ons": _add_ons,
    "review-before-renewal": _reviewed,
    "seats-instead": _seats_instead,
    "reasons-ease": _eased,
    "satisfaction": _satisfied,
}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_same_json_is_written_as_before(name: str) -> None:
    written, before = _lines(name).splitlines(), _before(name)
    assert before
    assert [_exact(one) for one in written] == [_exact(one) for one in before]


@pytest.mark.parametrize("name", MESSAGES)
def test_what_the_previous_version_wrote_is_read_and_worded(name: str) -> None:
    for line in _before(name):
        message = read(line.encode())
        if not isinstance(message, Tell):
            continue
        facts = message.facts.read()
        for locale in ("ja", "en"):
            if message.task is not None:
                assert task_text(facts, locale, message.task.due_at).body
            if message.recipients:
                kind, cls = message.kind, message.cls
                assert inbox_text(kind, cls, facts, "owner", locale).body
                assert mail_text(kind, cls, facts, "Hanako", "owner", locale).text


def test_every_kind_of_message_is_among_them() -> None:
    found = [msgspec.json.decode(one, type=Message) for name in MESSAGES for one in _before(name)]
    kinds = {one.kind for one in found if isinstance(one, Tell)}
    assert kinds == {"usage.threshold", "feature.gated", "upgrade.proposal", "crm.task"}
    assert {type(one).__name__ for one in found} == {"Tell", "Closed", "People"}
    assert any(one.facts for one in found if isinstance(one, Closed))


def _before(name: str) -> list[str]:
    return golden.read(f"wire/{name}.jsonl", _lines(name)).splitlines()


def _lines(name: str) -> str:
    return "".join(f"{msgspec.json.encode(one).decode()}\n" for one in MESSAGES[name]())


def _exact(line: str) -> Any:
    """Numbers stay as they are written."""
    return json.loads(line, parse_float=str, parse_int=lambda digits: f"int {digits}")
