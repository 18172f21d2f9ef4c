"""What one reader is told: offers only for who may buy, and nothing unsafe to click or to show."""

from typing import Any

import pytest

from shared.messages.facts import BrandFacts, Facts, LinkFacts, Name, read_facts
from shared.wording.facts import for_reader, safe
from tests.support.catalogs import catalog
from tests.support.told import offered, told

GLOBAL = catalog("global")
OFFER = offered(GLOBAL, "starter", "seats")


def facts(**changes: Any) -> Facts:
    return read_facts(told(GLOBAL, "starter", "seats", 5, threshold=100, **changes))


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("owner", True),
        ("billing_admin", True),
        ("admin", True),
        ("member", False),
        ("champion", True),
        ("", False),
        ("a role of a later version", False),
    ],
)
def test_the_offer_and_its_link_go_to_those_who_may_buy(role: str, sees: bool) -> None:
    found = for_reader(facts(proposal=OFFER), "usage.threshold", role)
    assert (found.proposal is not None, found.links.upgrade is not None) == (sees, sees)
    assert found.links.usage == "https://app.example.com/usage"


def test_without_an_offer_nobody_gets_a_link_to_buy() -> None:
    assert for_reader(facts(), "usage.threshold", "owner").links.upgrade is None


def test_a_proposal_on_its_own_keeps_its_link_though_its_offer_was_withdrawn() -> None:
    assert for_reader(facts(), "upgrade.proposal", "owner").links.upgrade is not None
    assert for_reader(facts(), "upgrade.proposal", "member").links.upgrade is None


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        ("https://a.example", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("HTTPS://a.example", False),
        ("//a.example", False),
        (" https://a.example", False),
        ("", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_can_be_clicked(url: str | None, is_kept: bool) -> None:
    kept = url if is_kept else None
    assert safe(facts(links={"upgrade": url, "usage": url})).links == LinkFacts(kept, kept)


@pytest.mark.parametrize(
    ("logo", "color", "kept"),
    [
        ("https://a.example/l.png", "#0b57d0", ("https://a.example/l.png", "#0b57d0")),
        ("http://a.example/l.png", "#0b57d", (None, None)),
        ("data:image/png;base64,A", "red;x:y", (None, None)),
        ("", "", (None, None)),
        (None, None, (None, None)),
    ],
)
def test_only_what_looks_like_a_brand_is_shown(
    logo: str | None, color: str | None, kept: tuple[str | None, str | None]
) -> None:
    name = {"en": "Example", "ja": "例"}
    found = safe(facts(brand={"name": name, "logo": logo, "color": color}))
    assert found.brand == BrandFacts(Name("Example", "例"), *kept)


def test_nothing_else_is_changed() -> None:
    given = facts(proposal=OFFER)
    assert safe(given) == given
    assert for_reader(given, "usage.threshold", "owner") == given
