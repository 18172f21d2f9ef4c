"""A catalogue's canonical bytes: the same content is the same version."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.catalog import canonical, catalog_document, parse_catalog, parse_stored
from tests.support.catalogs import FOLDER, document, parsed, plan
from tests.unit.shared.catalog.test_parse import DESIGN

DEMO = Path(__file__).parents[4] / "plimsoll" / "demo" / "catalog.yaml"


@pytest.mark.parametrize("file", [*sorted(FOLDER.glob("*.yaml")), DEMO], ids=lambda file: file.stem)
def test_canonical_bytes_are_the_same_catalogue_again(file: Path) -> None:
    read = parse_catalog(file.read_bytes(), "application/yaml")
    body = canonical(read)
    again = parse_catalog(body, "application/json")
    assert again == read
    assert canonical(again) == body


def test_the_same_content_written_otherwise_has_the_same_bytes() -> None:
    other = (
        DESIGN.replace("10000", "10K")
        .replace("10 GB", "10000000000")
        .replace("49,", "49.00,")
        .replace("[80, 90, 95, 100]", "[100, 95, 90, 80]")
    )
    assert other != DESIGN
    assert canonical(parse_catalog(other.encode(), "application/yaml")) == canonical(
        parse_catalog(DESIGN.encode(), "application/yaml")
    )
    changed = DESIGN.replace("seats: 5", "seats: 6")
    assert canonical(parse_catalog(changed.encode(), "application/yaml")) != canonical(
        parse_catalog(DESIGN.encode(), "application/yaml")
    )


def test_a_brand_is_part_of_the_document_and_one_that_is_not_given_changes_no_bytes() -> None:
    plain, branded = (
        document(),
        document(
            brand={
                "name": {"en": "Example", "ja": "例"},
                "logo": "https://a.example/l.png",
                "color": "#0B57D0",
            }
        ),
    )
    assert b"brand" not in canonical(parsed(plain))
    written = catalog_document(parsed(branded))
    assert written["brand"] == {
        "name": {"en": "Example", "ja": "例"},
        "logo": "https://a.example/l.png",
        "color": "#0b57d0",
    }
    assert parse_catalog(canonical(parsed(branded)), "application/json") == parsed(branded)
    assert catalog_document(parsed(document(brand={"name": "Example"})))["brand"] == {
        "name": {"en": "Example", "ja": "Example"}
    }


def written(**changes: Any) -> Any:
    return catalog_document(parsed(document(**changes)))


def test_what_has_its_default_is_left_out() -> None:
    assert written().keys() == {"currency", "thresholds", "meters", "plans"}
    starter = written()["plans"][0]
    assert not starter.keys() & {"family", "currency", "extra", "target", "graduation"}
    assert starter["limits"] == {"storage": Decimal(10**10), "seats": Decimal(5)}


def test_an_empty_graduation_is_not_the_same_as_none() -> None:
    """Empty: nothing counts as better in the next plan; none: everything that is."""
    (silent,) = written(plans=[plan("a", 1, graduation=[])])["plans"]
    assert silent["graduation"] == []


def test_a_limit_is_written_with_what_is_its_own() -> None:
    limits = [
        plan("a", 1, seats={"limit": 5, "thresholds": [100, 80, 90, 95]}),
        plan("b", 2, seats={"limit": 5, "thresholds": [50]}),
        plan("c", 3, seats={"limit": 5, "enforcement": "hard"}),
    ]
    usual = {"thresholds": [80, 90, 95, 100]}
    assert [one["limits"]["seats"] for one in written(plans=limits, **usual)["plans"]] == [
        5,
        {"limit": 5, "thresholds": [50]},
        {"limit": 5, "enforcement": "hard"},
    ]


def test_only_changed_rules_are_written() -> None:
    policy = {"nps_max_age_days": 90, "decline_cooldown_days": 91, "usage_low": 40}
    assert written(policy=policy)["policy"] == {
        "decline_cooldown_days": 91,
        "usage_low": {"percent": 40, "trend": -20},
    }


def test_the_order_that_people_see_is_part_of_the_bytes() -> None:
    meters = document()["meters"]
    turned = parsed(document(meters=dict(reversed(meters.items()))))
    assert canonical(turned) != canonical(parsed(document()))
    assert list(parse_stored(canonical(turned)).meters) == ["seats", "storage"]


def test_the_order_that_means_nothing_is_not() -> None:
    links = {"usage": "https://a.example/u", "upgrade": "https://a.example/b"}
    one, other = (
        canonical(parsed(document(links=dict(found))))
        for found in (links.items(), reversed(links.items()))
    )
    assert one == other
