"""Every report has a page, whose figures are the API's."""

from services.console.ask import Api
from services.console.views.reports import PARTS
from services.console.views.reports_one import NAMES
from tests.integration.console.test_pipeline import with_deal
from tests.support.console import House


async def test_every_report_is_a_page_in_both_languages(house: House) -> None:
    kato, _ = await with_deal(house)
    japanese = await house.visitor("u9", "manager", language="ja")
    first = await kato.get("/console/reports")
    assert first.page == "reports"
    assert first.states() == dict.fromkeys(PARTS, "empty") | {"time_to_upsell": "ready"}
    assert "Moved up: 0 of 1 (few cases)." in first.text
    assert "すべてのプラン" in (await japanese.get("/console/reports?plan=pro")).text
    for name in NAMES:
        for visitor in (kato, japanese):
            page = await visitor.get(f"/console/reports/{name}?family=")
            assert (page.status, page.page) == (200, "reports_one"), name
    pipeline = await kato.get("/console/reports/pipeline")
    found = await house.desk("GET", "/v1/reports/pipeline")
    assert pipeline.values("count") == [str(one["count"]) for one in found["rows"]]
    assert pipeline.ids("chart") == ["pipeline"]
    csv = await kato.get("/console/reports/pipeline?format=csv")
    assert csv.headers["content-disposition"] == 'attachment; filename="pipeline.csv"'


async def test_what_is_empty_says_since_when_there_is_data(house: House) -> None:
    kato, _ = await with_deal(house)
    page = await kato.get("/console/reports/pipeline?from=2020-01-01&to=2020-02-01")
    assert page.states()["report"] == "ready"  # what is open now has no period
    page = await kato.get("/console/reports/conversion?from=2020-01-01&to=2020-02-01")
    assert page.states()["report"] == "empty"
    assert "The first day with data: 1 Dec 2026" in page.text
    assert 'href="/console/reports/conversion?from=2026-12-01"' in page.html
    page = await kato.get("/console/reports/amounts?from=2020-01-01&to=2020-02-01")
    assert "There is no data for this report yet." in page.text


async def test_what_takes_long_comes_later(house: House) -> None:
    kato, _ = await with_deal(house)
    house.desk.context.only(Api).soon = 0.0
    page = await kato.get("/console/reports?from=2026-01-01")
    assert page.states() == dict.fromkeys(PARTS, "loading")
    assert page.ids("later")[0] == "/console/reports?from=2026-01-01&part=conversion"
    later = await kato.get(page.ids("later")[0])
    assert later.states() == dict.fromkeys(PARTS, "loading") | {"conversion": "empty"}
    one = await kato.get("/console/reports/pipeline")
    assert (one.states(), one.status) == ({"report": "loading"}, 200)
    assert (await kato.get(one.ids("later")[0])).states() == {"report": "ready"}


async def test_a_period_that_cannot_be_says_why(house: House) -> None:
    kato, _ = await with_deal(house)
    for path in ("", "/nrr"):
        page = await kato.get(f"/console/reports{path}?from=2026-13-01")
        assert page.status == 422
        assert 'id="problems"' in page.html
    assert (await kato.get("/console/reports/none")).status == 404
