"""What was rejected, sent and set up, and what an operator does with it."""

from datetime import timedelta
from typing import Any

from shared.loop.rejected import Rejected, keep
from shared.postgres.database import transaction
from tests.integration.console.test_today import opened
from tests.support.console import House

REJECTED = "/console/operations/rejected"
REASON = "field: time is missing (at /time)"


async def refused(house: House, *payloads: bytes) -> list[str]:
    """The ids of records that ingest could not use, the newest first."""
    records = [
        Rejected("usage.events", 0, place, REASON, payload, ["aozora"])
        for place, payload in enumerate(payloads)
    ]
    async with transaction(house.desk.context.engine) as conn:
        await keep(conn, "ingest", records, house.desk.now - timedelta(hours=1))
    return [one["id"] for one in (await house.desk("GET", "/v1/events/rejected"))["data"]]


async def test_rejected_records_are_counted_corrected_and_set_aside(house: House) -> None:
    kato = await opened(house)
    ito = await house.visitor("o1", "operator", name="Ito")
    empty = await ito.get(REJECTED)
    assert empty.states() == {"reasons": "empty", "rejected": "empty"}
    two, one = await refused(house, b'{"id": "<b>"}', b'{"id": "2"}')

    page = await ito.get(REJECTED)
    assert (page.page, page.ids("rejected")) == ("operations_rejected", [two, one])
    assert (page.values("count"), page.values("open")) == (["2"], ["2"])
    counted = await ito.get(f"{REJECTED}?service=ingest&reason={REASON}&replay=count")
    assert counted.values("matched") == ["2"]
    again = await ito.post(REJECTED, {"service": "ingest", "reason": REASON})
    assert "replayed=0&refused=2&said=sent" in again.headers["location"]

    shown = await ito.get(f"{REJECTED}/{one}")
    assert (shown.page, shown.values("reason")) == ("operations_rejected_one", [REASON])
    assert "&lt;b&gt;" in shown.html
    wrong: dict[str, Any] = {"act": "replay", "payload": '{"id": "3"}'}
    still = await ito.post(f"{REJECTED}/{one}", wrong)
    assert (still.status, "&#34;3&#34;" in still.html, 'id="e-payload"' in still.html) == (
        422,
        True,
        True,
    )
    assert (await ito.post(f"{REJECTED}/{one}", {"act": "dismiss", "reason": ""})).status == 422
    done = await ito.post(f"{REJECTED}/{one}", {"act": "dismiss", "reason": "a test"})
    assert done.headers["location"] == f"{REJECTED}/{one}?said=aside"
    assert (await ito.get(f"{REJECTED}?state=dismissed")).ids("rejected") == [one]
    assert (await ito.post(f"{REJECTED}/{two}", {"act": "dismiss", "reason": "x"})).status == 303
    assert "None since " in (await ito.get(REJECTED)).text

    assert (await kato.get(REJECTED)).status == 200
    assert (await kato.get(f"{REJECTED}/{one}")).status == 403
    assert (await kato.post(REJECTED, {"reason": REASON})).status == 403
    assert (await ito.get(f"{REJECTED}/999999")).status == 404
