"""A CRM whose users leave, merge companies, and reassign and finish tasks.

The task is created in any case, and people's changes are kept.
"""

from typing import Any

import pytest

from plimsoll.demo.crm import Crm, Fault
from plimsoll.demo.crm_http import Answer
from services.notifier.channels.base import Delivered, Misconfigured, Refused, Unanswered
from shared.runtime.settings import Settings
from tests.integration.notifier.test_hubspot import (
    CREATE,
    delivery,
    external_id,
    portal,
    send,
    unique,
)
from tests.support.post import Office, open_office

__all__ = ["unique"]

KATO, MORI = "64492917", "70000088"


def refused(message: str, **more: object) -> dict[str, object]:
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": message,
        "correlationId": "c0ffee",
        **more,
    }


OWNER_REFUSED = {
    "message": refused(
        "Property values were not valid: "
        f"hubspot_owner_id {KATO} was not a valid owner (INVALID_OWNER_ID)"
    ),
    "errors": refused(
        "Property values were not valid",
        errors=[{"message": "x", "code": "INVALID_OWNER_ID", "context": {}}],
    ),
    "context": refused("Invalid input", context={"propertyName": ["hubspot_owner_id"]}),
    "named nothing": refused("Invalid input JSON on line 1"),
    "html": b"<html>Bad request",
}


def batch(error: dict[str, object]) -> Answer:
    return Answer(207, {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]})


@pytest.mark.parametrize("body", OWNER_REFUSED.values(), ids=OWNER_REFUSED)
async def test_a_refused_owner_costs_the_owner_only(
    unique: bool, body: dict[str, object] | bytes
) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], Answer(400, body)))
        outcome = await send(channel, delivery())
        (task,) = crm.tasks()
    assert isinstance(outcome, Delivered)
    assert "owner" in (outcome.note or "")
    assert "hubspot_owner_id" not in task["properties"]
    assert task["companies"] == ["812"]


async def test_a_refusal_within_a_batch_is_handled_the_same() -> None:
    async with portal() as (crm, channel):
        crm.faults.append(Fault(CREATE[True], batch(refused("hubspot_owner_id is not valid"))))
        assert isinstance(await send(channel, delivery()), Delivered)
        (task,) = crm.tasks()
    assert "hubspot_owner_id" not in task["properties"]


async def test_an_owner_known_from_before_is_forgotten_when_it_is_refused(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        await send(channel, delivery())
        crm.gone_owners = {KATO}
        for writes in (3, 4):  # refused and written without; then without from the start
            assert isinstance(await send(channel, delivery()), Delivered)
            assert len(crm.calls(CREATE[unique])) == writes


async def test_a_temporary_batch_error_is_not_final() -> None:
    async with portal() as (crm, channel):
        crm.faults.append(
            Fault(
                CREATE[True],
                batch({"status": "error", "category": "INTERNAL_ERROR", "message": "later"}),
            )
        )
        assert isinstance(await send(channel, delivery()), Unanswered)


COMPANY_REFUSED = {
    "not found": Answer(
        404,
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "company 999 does not exist",
        },
    ),
    "merged": Answer(
        400, refused("Invalid association: one or more objects were not found or merged")
    ),
    "archived": Answer(
        409, {"status": "error", "category": "CONFLICT", "message": "the company is archived"}
    ),
    "no body": Answer(404, b""),
}
ASSOCIATE = {True: "PUT /crm/v4", False: "POST /crm/objects/2026-03/tasks"}


@pytest.mark.parametrize("answer", COMPANY_REFUSED.values(), ids=COMPANY_REFUSED)
async def test_a_company_that_is_gone_costs_the_association_only(
    unique: bool, answer: Answer
) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(ASSOCIATE[unique], answer))
        # HubSpot does not always say which of the two it means.
        crm.companies = set()
        outcome = await send(channel, delivery(company="999"))
        (task,) = crm.tasks()
    assert isinstance(outcome, Delivered)
    assert "999" in (outcome.note or "")
    assert outcome.unlinked
    assert task["companies"] == []
    assert task["properties"]["hs_task_subject"] == "80% – Aozora (acct-42)"


async def test_owner_and_company_may_both_be_gone(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.gone_owners, crm.companies = {KATO}, set()
        outcome = await send(channel, delivery(company="999"))
        (task,) = crm.tasks()
    assert isinstance(outcome, Delivered)
    assert "owner" in (outcome.note or "")
    assert "999" in (outcome.note or "")
    assert "hubspot_owner_id" not in task["properties"]


async def test_a_refusal_for_another_cause_reports_the_first_reason(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(
            Fault(CREATE[unique], Answer(400, refused("the subject is too long")), times=5)
        )
        outcome = await send(channel, delivery())
        assert crm.tasks() == []
        assert 1 < len(crm.calls(CREATE[unique])) <= 3
    assert outcome == Refused("HubSpot answered 400 VALIDATION_ERROR the subject is too long")


@pytest.mark.parametrize("status", [404, 405, 410])
async def test_an_address_that_is_not_the_api_waits_for_a_person_instead_of_losing_every_task(
    unique: bool, status: int
) -> None:
    """A wrong URL, or an API version that HubSpot has ended: versions last 18 months."""
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], Answer(status, b"<html>Not found"), times=5))
        outcome = await send(channel, delivery())
    assert isinstance(outcome, Misconfigured)
    assert "check url and version" in outcome.reason


async def test_a_token_that_may_not_associate_still_makes_tasks_but_a_dead_one_does_not() -> None:
    async with portal() as (crm, channel):
        crm.faults.append(
            Fault("PUT /crm/v4", Answer(403, {"category": "MISSING_SCOPES", "message": "no"}))
        )
        outcome = await send(channel, delivery())
        assert isinstance(outcome, Delivered)
        assert "scope" in (outcome.note or "")
        crm.faults.append(Fault("PUT /crm/v4", Answer(401, {"message": "expired"})))
        assert isinstance(await send(channel, delivery()), Misconfigured)


async def test_a_company_that_the_token_may_not_access_does_not_stop_the_channel() -> None:
    forbidden = Answer(403, {"category": "MISSING_SCOPES", "message": "no"})
    async with portal(unique=False) as (crm, channel):
        crm.faults.append(Fault(CREATE[False], forbidden))
        outcome = await send(channel, delivery())
        (task,) = crm.tasks()
        assert isinstance(outcome, Delivered)
        assert (task["companies"], outcome.unlinked) == ([], True)
        assert "scope" in (outcome.note or "")
        crm.faults.append(Fault(CREATE[False], forbidden, times=2))
        assert isinstance(await send(channel, delivery()), Misconfigured)


async def test_a_raise_keeps_the_owner_and_the_status_that_a_person_has_set(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(
            task,
            hubspot_owner_id=MORI,
            hs_task_status="IN_PROGRESS",
            hs_timestamp="2026-11-20T00:00:00Z",
        )
        await send(channel, delivery(percent=95, priority="high", external_id=task, climbs=True))
        (standing,) = crm.tasks()
    properties = standing["properties"]
    assert (properties["hubspot_owner_id"], properties["hs_task_status"]) == (MORI, "IN_PROGRESS")
    assert properties["hs_timestamp"] == "2026-11-20T00:00:00Z"
    assert (properties["hs_task_subject"], properties["hs_task_priority"]) == ("95%", "HIGH")


DUE = [
    ("2026-11-20T00:00:00Z", False, "2026-11-20T00:00:00Z"),
    ("2027-01-01T00:00:00Z", False, "2026-11-22T12:00:00.000Z"),
    ("1798761600000", False, "2026-11-22T12:00:00.000Z"),
    ("", False, "2026-11-22T12:00:00.000Z"),
    ("soon", False, "2026-11-22T12:00:00.000Z"),
    ("2026-10-01T00:00:00Z", True, "2026-11-22T12:00:00.000Z"),
]


@pytest.mark.parametrize(("stands", "reopens", "due"), DUE)
async def test_a_raise_takes_the_earlier_of_two_due_dates_and_the_text_says_it(
    stands: str, reopens: bool, due: str
) -> None:
    """Never later than the present date, whoever set it; only a reopened task gets a new one."""
    async with portal() as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(task, hs_timestamp=stands, **({"hs_task_status": "COMPLETED"} if reopens else {}))
        await send(channel, delivery(percent=95, priority="high", external_id=task, climbs=True))
        (standing,) = crm.tasks()
    assert standing["properties"]["hs_timestamp"] == due
    assert f"due {due[:10]}" in standing["properties"]["hs_task_body"]


async def test_a_raise_leaves_the_due_date_of_a_finished_task(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(task, hs_timestamp="2027-01-01T00:00:00Z", hs_task_status="COMPLETED")
        await send(channel, delivery(percent=95, external_id=task))
        (standing,) = crm.tasks()
    assert standing["properties"]["hs_timestamp"] == "2027-01-01T00:00:00Z"


async def test_a_task_created_again_has_a_new_due_date() -> None:
    async with portal() as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(task, hs_timestamp="2026-10-01T00:00:00Z")
        crm.delete(task)
        await send(channel, delivery(percent=95, external_id=task, climbs=True))
        (standing,) = crm.tasks()
    assert standing["properties"]["hs_timestamp"] == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize(("climbs", "status"), [(False, "COMPLETED"), (True, "NOT_STARTED")])
async def test_a_finished_task_is_reopened_by_a_higher_threshold_only(
    unique: bool, climbs: bool, status: str
) -> None:
    async with portal(unique=unique) as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(task, hs_task_status="COMPLETED", hubspot_owner_id=MORI)
        await send(channel, delivery(percent=90, external_id=task, climbs=climbs))
        (standing,) = crm.tasks()
    assert standing["properties"]["hs_task_status"] == status
    assert standing["properties"]["hubspot_owner_id"] == (KATO if climbs else MORI)
    assert standing["properties"]["hs_task_subject"] == "90%"


async def test_a_task_whose_owner_has_left_is_reopened_without_one(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(task, hs_task_status="COMPLETED")
        crm.gone_owners = {KATO}
        outcome = await send(channel, delivery(percent=90, external_id=task, climbs=True))
        (standing,) = crm.tasks()
    assert isinstance(outcome, Delivered)
    assert standing["properties"]["hs_task_status"] == "NOT_STARTED"


async def test_a_person_s_changes_are_kept_if_the_answer_to_the_creation_was_lost(
    unique: bool,
) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], None, applied=True))
        assert isinstance(await send(channel, delivery()), Unanswered)
        (made,) = crm.tasks()
        crm.edit(made["id"], hubspot_owner_id=MORI, hs_task_status="COMPLETED")
        await send(channel, delivery(in_doubt=True, attempts=2))
        (standing,) = crm.tasks()
    assert (
        standing["properties"]["hubspot_owner_id"],
        standing["properties"]["hs_task_status"],
    ) == (MORI, "COMPLETED")
    assert standing["companies"] == ["812"]


async def test_a_new_owner_in_plimsoll_is_the_new_owner_in_the_crm(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(task, hubspot_owner_id=MORI)
        outcome = await send(
            channel, delivery(percent=90, external_id=task, told_owner="somebody else")
        )
        (standing,) = crm.tasks()
    assert isinstance(outcome, Delivered)
    assert standing["properties"]["hubspot_owner_id"] == KATO


async def test_completing_keeps_the_owner(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.edit(task, hubspot_owner_id=MORI)
        await send(channel, delivery("complete", external_id=task))
        (standing,) = crm.tasks()
    assert (
        standing["properties"]["hubspot_owner_id"],
        standing["properties"]["hs_task_status"],
    ) == (MORI, "COMPLETED")


async def test_a_company_that_is_corrected_later_gets_its_task_at_the_next_raise() -> None:
    async with portal() as (crm, channel):
        task = external_id(await send(channel, delivery(company="999")))
        outcome = await send(channel, delivery(percent=90, external_id=task, unlinked=True))
        (standing,) = crm.tasks()
    assert isinstance(outcome, Delivered)
    assert outcome.unlinked is False
    assert standing["companies"] == ["812"]


# ---- with the notifier's own rows and texts


async def raised(office: Office, threshold: int, key: str = "1" * 32, **task: Any) -> None:
    await office.raised(f"a{threshold}", threshold, recipients=(), task=office.task(key, **task))


async def test_a_csm_s_changes_are_kept_through_thresholds_and_a_handover(
    settings: Settings,
) -> None:
    async with open_office(settings, workers=("hubspot",)) as office:
        await office.opens()
        await office.sets("hubspot")
        crm = office.crm
        crm.owners["mori@example.com"] = MORI
        await raised(office, 80)
        await office.until("hubspot", "delivered")
        (task,) = crm.tasks()
        crm.edit(task["id"], hubspot_owner_id=MORI, hs_task_status="COMPLETED")
        # The same threshold again, after a limit was changed: a finished task stays finished.
        await office.raised("again", 80, recipients=(), task=office.task("1" * 32))
        await office.until("hubspot", "delivered", "delivered")
        assert _hands(crm) == (MORI, "COMPLETED")
        await raised(office, 90)
        await office.until("hubspot", *["delivered"] * 3)
        assert _hands(crm) == (KATO, "NOT_STARTED")
        crm.edit(task["id"], hubspot_owner_id=MORI, hs_task_status="IN_PROGRESS")
        await raised(office, 95)
        await office.until("hubspot", *["delivered"] * 4)
        assert _hands(crm) == (MORI, "IN_PROGRESS")
        crm.edit(task["id"], hubspot_owner_id="5")
        await raised(office, 100, owner={"email": "mori@example.com", "name": "Mori"})
        await office.until("hubspot", *["delivered"] * 5)
        assert _hands(crm) == (MORI, "IN_PROGRESS")


def _hands(crm: Crm) -> tuple[str, str]:
    (task,) = crm.tasks()
    return task["properties"]["hubspot_owner_id"], task["properties"]["hs_task_status"]


async def test_the_task_and_its_delivery_say_what_the_crm_did_not_know(settings: Settings) -> None:
    async with open_office(settings, workers=("hubspot",)) as office:
        await office.opens()
        await office.sets("hubspot")
        crm = office.crm
        crm.companies, crm.gone_owners = set(), {KATO}
        owner = {"id": "u7", "name": "Kato", "email": "kato@example.com"}
        await raised(office, 80, owner=owner)
        (done,) = await office.until("hubspot", "delivered")
        assert "owner" in done["last_error"]
        assert "812" in done["last_error"]
        await raised(office, 90, owner=owner)
        await office.until("hubspot", "delivered", "delivered")
        (task,) = crm.tasks()
        assert "会社812が見つかりません" in task["properties"]["hs_task_body"]
        assert task["properties"]["hs_task_subject"].endswith("(acct-42)")
        kept = await office.rows("select owner, unlinked from crm_task")
        assert [(len(row.owner), row.unlinked) for row in kept] == [(32, True)]
