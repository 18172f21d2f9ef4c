"""Four indicators make a segment; unknown is not a yes."""

from itertools import product

import pytest

from services.trigger.judgement.facts.record import Verdict
from services.trigger.judgement.findings.loyalty import Segment, loyalty, segment
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account, day

GLOBAL = catalog("global")


@pytest.mark.parametrize(
    ("tenure", "logins", "nps", "enquiries", "expected"),
    [
        ("yes", "yes", "yes", "yes", "high"),
        ("no", "yes", "yes", "yes", "high"),
        ("yes", "yes", "no", "yes", "medium"),
        ("yes", "yes", "unknown", "unknown", "medium"),
        ("unknown", "unknown", "yes", "unknown", "low"),
        ("no", "no", "no", "no", "low"),
    ],
)
def test_high_needs_the_nps_or_all_four(
    tenure: Verdict, logins: Verdict, nps: Verdict, enquiries: Verdict, expected: Segment
) -> None:
    assert segment(tenure, logins, nps, enquiries) == expected


def test_one_more_yes_never_lowers_the_segment() -> None:
    order: list[Segment] = ["low", "medium", "high"]
    verdicts: tuple[Verdict, ...] = ("yes", "no", "unknown")
    for four in product(verdicts, repeat=4):
        for index in range(4):
            better = [*four[:index], "yes", *four[index + 1 :]]
            assert order.index(segment(*better)) >= order.index(segment(*four))


def test_six_calendar_months_by_the_local_day() -> None:
    for since, expected in (("2025-03-16", "yes"), ("2025-03-17", "no"), ("2025-09-16", "no")):
        story = account(GLOBAL, "starter", since=since)
        assert loyalty(story.facts, GLOBAL.policy, NOW).tenure == expected, since


def test_of_an_account_of_which_nothing_was_said_only_the_tenure_is_known() -> None:
    found = loyalty(account(GLOBAL, "starter").facts, GLOBAL.policy, day("2025-09-16"))
    assert (found.logins, found.nps, found.enquiries) == ("unknown",) * 3
    assert found.json()["segment"] == "low"
