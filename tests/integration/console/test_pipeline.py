"""Opportunities: found, moved on, given a next step."""

from typing import Any

import pytest

from services.console import downloads
from tests.integration.console.test_today import opened
from tests.support.console import House, Visitor


async def with_deal(house: House) -> tuple[Visitor, str]:
    """An account of Kato's that asked for an upgrade; the opportunity's id."""
    kato = await opened(house)
    made: Any = await house.desk(
        "POST",
        "/v1/accounts/acct-42/opportunities",
        {"to_plan": "pro"},
        headers={"Plimsoll-Person": kato.id},
        want=201,
    )
    abe = await house.visitor("m1", "manager", name="Abe")
    given = {"type": "owner", "person": kato.id}
    path = f"/v1/opportunities/{made['id']}/entries"
    await house.desk("POST", path, given, headers={"Plimsoll-Person": abe.id}, want=201)
    return kato, made["id"]


async def test_the_board_the_table_and_the_sums_are_those_of_the_api(house: House) -> None:
    kato, id = await with_deal(house)
    board = await kato.get("/console/pipeline")
    assert (board.page, board.states()["pipeline"]) == ("pipeline", "ready")
    assert board.ids("opportunity") == [id]
    listed: Any = await house.desk("GET", "/v1/opportunities?sums=true&names=true")
    assert board.values("amount.year") == [listed["data"][0]["amount"]["year"]]
    assert board.values("sum.USD") == [listed["sums"][0]["year"]]
    assert "Aozora" in board.text
    table = await kato.get("/console/pipeline?view=table&owner=me")
    assert table.ids("opportunity") == [id]
    for page in (board, table):
        assert f'href="/console/opportunities/{id}?act=owner#owner"' in page.html
    assert (await kato.get("/console/pipeline?plan=none")).states()["pipeline"] == "empty"
    csv = await kato.get("/console/pipeline?format=csv")
    assert id in csv.html
    form = await house.desk.http.get("/v1/opportunities?open=true&names=true&format=csv")
    assert csv.html == form.text


async def test_the_file_has_all_pages_of_the_list(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many rows as there are, though a page of the API has fewer."""
    monkeypatch.setattr(downloads, "_PAGE", 1)
    kato, first = await with_deal(house)
    await house.desk.opens("acct-43")
    path = "/v1/accounts/acct-43/opportunities"
    made: Any = await house.desk("POST", path, {"to_plan": "pro"}, want=201)
    file = (await kato.get("/console/pipeline?format=csv")).html
    assert [line.split(",")[0] for line in file.splitlines()[1:]] == [made["id"], first]


async def test_the_stage_to_come_says_in_words_what_is_missing_and_where(house: House) -> None:
    kato, id = await with_deal(house)
    page = await kato.get(f"/console/opportunities/{id}")
    assert page.ids("move")[0] == "qualified"
    part = page.html.split('data-move="qualified"')[1].split("</div>")[0]
    assert 'data-hindrance="not_qualified"' in part
    assert f"/console/opportunities/{id}/conversation" in part
    assert "the verdict is" not in page.text
    quote = await kato.get(f"/console/opportunities/{id}/quote")
    assert quote.ids("hindrance").count("discovery_incomplete") == 1


async def test_a_next_step_is_set_and_a_refused_move_says_which_guard(house: House) -> None:
    kato, id = await with_deal(house)
    path = f"/console/opportunities/{id}"
    page = await kato.get(path)
    assert page.page == "opportunities_one"
    fields = {
        "act": "next_step",
        "kind": "trial",
        "owner": "u7",
        "due": "2026-12-09",
        "idempotency_key": page.field("idempotency_key", "next_step"),
        "revision": page.field("revision", "next_step"),
    }
    assert (await kato.post(path, fields)).headers["location"] == f"{path}?said=step_saved"
    assert (await kato.post(path, fields)).status == 303
    shown: Any = await house.desk("GET", f"/v1/opportunities/{id}")
    assert (shown["next_step"]["due"], shown["revision"]) == ("2026-12-09", 3)
    refused = await kato.post(path, {"act": "move", "to": "negotiation"})
    assert refused.status == 409
    assert 'id="problems"' in refused.html
    stale = await kato.post(path, {"act": "note", "text": "Called", "revision": "1"})
    assert stale.status == 412
    assert "data-appended" in stale.html
    assert "Called" in stale.html


async def test_a_card_that_was_changed_meanwhile_or_may_not_go_there_says_so(house: House) -> None:
    kato, id = await with_deal(house)
    for value, status in ((f"engaged 1 {id}", 412), (f"negotiation 2 {id}", 409)):
        page = await kato.post("/console/pipeline", {"move": value, "idempotency_key": value})
        assert page.status == status
        assert 'id="problems"' in page.html
        assert page.ids("opportunity") == [id]
