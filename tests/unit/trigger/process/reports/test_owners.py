"""How often and how fast each kind of owner wins."""

from datetime import timedelta

from services.trigger.process.reports.owners import Closed, report
from tests.unit.trigger.process.reports.asked import SINCE, question


def closed(role: str, days: int, *, won: bool = True) -> Closed:
    return Closed(role, won, SINCE, SINCE + timedelta(days=days))


def test_days_are_of_those_that_were_won() -> None:
    deals = [closed("cs", 2), closed("cs", 5), closed("cs", 90, won=False), closed("hybrid", 15)]
    first, second = report(deals, question()).rows
    assert (first["role"], first["won"], first["lost"], first["median_days"]) == (
        "cs",
        2,
        1,
        3.5,
    )
    assert (second["role"], second["win_percent"], second["median_days"]) == ("hybrid", 100, 15)
    assert report([], question()).rows == []
