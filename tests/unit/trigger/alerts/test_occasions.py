"""Something newly reached, as the first gates see it."""

from dataclasses import replace

from services.trigger.alerts.notices import gated_notice
from services.trigger.alerts.occasions import GATED, Occasion, Verdict
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account
from tests.unit.trigger.alerts.test_notices import reading


def test_why_no_notice_goes_out_is_said_only_if_none_does() -> None:
    one = reading()
    notice = gated_notice(one, "k", decision="d1", now=NOW)
    loud = Occasion("d1", GATED, one, None, notice, "not said")
    assert (loud.reached.silent, loud.reached.percent) == (None, 90)
    silent = replace(loud, notice=None)
    assert silent.reached.silent == "not said"
    assert silent.reached.meter == "storage"


def test_a_verdict_without_messages() -> None:
    decision = account(catalog("global"), "starter").crossing("storage", 9 * 10**9, 90)
    assert Verdict(decision).messages == ()
