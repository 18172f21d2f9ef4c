"""Every report has a page, whose figures are the API's."""

from services.console.views.reports_one import NAMES
from tests.integration.console.test_pipeline import with_deal
from tests.support.console import House


async def test_every_report_is_a_page_in_both_languages(house: House) -> None:
    kato, _ = await with_deal(house)
    japanese = await house.visitor("u9", "manager", language="ja")
    first = await kato.get("/console/reports")
    assert (first.page, first.states()["balance"]) == ("reports", "empty")
    for name in NAMES:
        for visitor in (kato, japanese):
            page = await visitor.get(f"/console/reports/{name}?family=")
            assert (page.status, page.page) in ((200, "reports_one"), (422, "reports_one")), name
    pipeline = await kato.get("/console/reports/pipeline")
    found = await house.desk("GET", "/v1/reports/pipeline")
    assert pipeline.values("count") == [str(one["count"]) for one in found["rows"]]
    assert pipeline.ids("chart") == ["pipeline"]
    csv = await kato.get("/console/reports/pipeline?format=csv")
    assert csv.headers["content-disposition"] == 'attachment; filename="pipeline.csv"'


async def test_a_period_that_cannot_be_says_why(house: House) -> None:
    kato, _ = await with_deal(house)
    page = await kato.get("/console/reports/nrr?from=2026-13-01")
    assert page.status == 422
    assert 'id="problems"' in page.html
    assert (await kato.get("/console/reports/none")).status == 404
