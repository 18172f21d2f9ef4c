"""Sales are asked; what is missing is said."""

from tests.integration.console.test_pipeline import with_deal
from tests.support.console import House


async def test_a_request_that_comes_too_early_says_what_is_missing(house: House) -> None:
    kato, id = await with_deal(house)
    await house.visitor("s1", "sales", name="Mori")
    path = f"/console/opportunities/{id}/handoff"
    page = await kato.get(path)
    assert (page.page, page.states()["handoff"]) == ("opportunities_handoff", "empty")
    refused = await kato.post(path, {"action": "request", "to": "s1", "note": "Please"})
    assert refused.status == 409
    assert 'id="problems"' in refused.html
    assert "Please" in refused.html
    assert (await kato.get(f"/console/handoffs/{id}")).page == "handoffs_one"


async def test_a_question_of_sales_is_a_note_and_they_stay_in_their_inbox(house: House) -> None:
    _, id = await with_deal(house)
    mori = await house.visitor("s1", "sales", name="Mori")
    inbox = f"/console/handoffs/{id}"
    asks = {"act": "note", "text": "Who decides?", "to_page": inbox}
    asked = await mori.post(f"/console/opportunities/{id}", asks)
    assert (asked.status, asked.headers["location"]) == (303, f"{inbox}?said=noted")
    entries = await house.desk("GET", f"/v1/opportunities/{id}/entries")
    notes = [(one["by"]["id"], one["body"]) for one in entries["data"] if one["type"] == "note"]
    assert notes == [("s1", {"text": "Who decides?"})]


async def test_nobody_waits(house: House) -> None:
    kato, _ = await with_deal(house)
    page = await kato.get("/console/handoffs")
    assert (page.page, page.states()["handoffs"]) == ("handoffs", "empty")
    assert "Nobody waits for you." in page.text
