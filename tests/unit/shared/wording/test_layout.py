"""The parts of a message, for each kind: what is said once, and what is left out."""

from typing import Any

import pytest

from shared.messages import Kind
from shared.messages.facts import read_facts
from shared.wording.facts import for_reader
from shared.wording.layout import Layout, lay_out
from tests.support.catalogs import catalog
from tests.support.told import SENDER, offered, told

CASE = catalog("case")
GB = 10**9
OFFER: dict[str, Any] = {"proposal": offered(CASE, "basic", "storage"), "sender": SENDER}
PLAIN: Kind = "usage.threshold"


def laid_out(kind: Kind = PLAIN, role: str = "owner", used: int = 9 * GB, **changes: Any) -> Layout:
    facts = told(CASE, "basic", "storage", used, threshold=90) | changes
    return lay_out(kind, for_reader(read_facts(facts), kind, role), role, "in_app", "en")


def test_a_notice_says_how_full_it_is_and_offers_nothing() -> None:
    found = laid_out()
    assert found.title
    assert found.sentence
    assert found.bar is not None
    assert (found.offer, found.action, found.assumed) == ((), None, "")


def test_an_offer_follows_the_notice_for_those_who_may_buy() -> None:
    buyer, member = laid_out(**OFFER), laid_out(role="member", **OFFER)
    assert buyer.offer
    assert buyer.action is not None
    assert (member.offer, member.action) == ((), None)
    assert buyer.title == member.title == laid_out().title


def test_what_the_offer_tells_is_not_said_twice_unless_it_is_the_second_time() -> None:
    assert not laid_out(**OFFER).sentence
    assert laid_out(again=True, **OFFER).sentence


def test_a_proposal_on_its_own_is_about_its_plan() -> None:
    found = laid_out("upgrade.proposal", **OFFER)
    assert (found.severity, found.sentence, found.consequence, found.reset) == ("info", "", "", "")
    assert found.options == ()
    assert found.offer
    assert found.amounts


def test_who_may_no_longer_buy_does_not_see_the_plan() -> None:
    found = laid_out("upgrade.proposal", role="member", **OFFER)
    assert found.title
    assert found.title != laid_out("upgrade.proposal", **OFFER).title
    assert (found.offer, found.action) == ((), None)


@pytest.mark.parametrize("kind", ["feature.gated"])
def test_what_is_not_in_the_plan_has_no_bar(kind: Kind) -> None:
    found = laid_out(kind, threshold=None, limit="0", percent=None)
    assert (found.bar, bool(found.title)) == (None, True)


def test_without_a_meter_the_account_is_the_title() -> None:
    nothing: dict[str, Any] = {
        "meter": None,
        "used": "0",
        "limit": None,
        "percent": None,
        "threshold": None,
    }
    found = laid_out(**nothing)
    assert (found.title, found.amounts, found.bar, found.sentence) == ("Aozora", "", None, "")


def test_no_button_without_a_link() -> None:
    found = laid_out(links={"usage": "https://a.example/u"}, **OFFER)
    assert found.offer
    assert found.action is None
