"""Two plans side by side, the customer's needs first."""

from services.trigger.judgement.economics.comparison import RESPONSE, compare
from services.trigger.judgement.findings.needs import Wanted
from tests.support.catalogs import catalog

GLOBAL = catalog("global")
STARTER, PRO = GLOBAL.plans["starter"], GLOBAL.plans["pro"]


def test_a_need_is_marked_where_the_target_answers_it() -> None:
    wanted = [
        Wanted("feature", "sso", "feature.requested", text="We need SSO"),
        Wanted("feature", "webhooks", "feature.requested"),
        Wanted("support", "support", "ticket.opened", count=2),
    ]
    rows = compare(GLOBAL, STARTER, PRO, wanted, "en")
    told = {row.key: row.need for row in rows if row.need}
    assert told["sso"] == "We need SSO"
    assert RESPONSE in told
    assert "webhooks" not in told
    assert [row.key for row in rows[: len(told)]] == [row.key for row in rows if row.need]


def test_rows_that_differ_come_before_those_that_do_not() -> None:
    rows = compare(GLOBAL, STARTER, PRO, (), "ja")
    assert rows[0].key == STARTER.features[0]
    rest = [row.differs for row in rows[1:]]
    assert rest == sorted(rest, reverse=True)
    assert all(row.need is None for row in rows)
    assert {row.key for row in rows} >= {*STARTER.features, *PRO.features, "storage"}


def test_a_plan_compared_with_itself_has_no_differences() -> None:
    assert not any(row.differs for row in compare(GLOBAL, PRO, PRO, (), "en"))
