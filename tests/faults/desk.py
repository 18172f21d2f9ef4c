"""People at work while processes are killed: deals from the first word to the hand-off, and tasks.

Each request has a key and is repeated until it is answered, as a client does that lost an answer.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.faults.chain import Chain
from tests.support.trust import TRUST

PEOPLE = {
    "desk-csm": {"name": "Kay Kato", "roles": ["csm"], "email": "kato@vendor.example"},
    "desk-ae": {"name": "Moe Mori", "roles": ["sales"], "email": "mori@vendor.example"},
}
_SAID = {"text": "As they said.", "said_by": "c1"}
_FACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("evidence.recorded", {"criterion": "satisfaction", "kind": "interview", "verdict": "yes"}),
    ("evidence.recorded", {"criterion": "wall", "kind": "workaround_built", "verdict": "yes"}),
    ("evidence.recorded", {"criterion": "profile", "kind": "interview", "verdict": "yes"}),
    ("evidence.recorded", {"criterion": "roi_articulated", "kind": "said", "verdict": "yes"}),
)
VALUE = {
    "members": 50,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}


def entries(day: str) -> list[dict[str, Any]]:
    """What is appended to each deal, in order."""
    answers = [
        {"type": "answer", "question": f"discovery.{n}", **_SAID, "needs": needs}
        for n, needs in ((1, [{"feature": "more"}]), (2, []), (3, []))
    ]
    return [
        *answers,
        {"type": "stakeholder", "name": "Ito", "role": "decision_maker", "contact": "c1"},
        {"type": "value", **VALUE},
        {"type": "next_step", "kind": "formal_proposal", "owner": "desk-ae", "due": day},
        {"type": "move", "to": "engaged"},
        {"type": "handoff", "action": "request"},
        {"type": "handoff", "action": "accept"},
        {"type": "note", "text": "Handed on."},
    ]


async def set_up(chain: Chain, deals: int) -> None:
    for id, person in PEOPLE.items():
        await chain.call("trigger", "PUT", f"/v1/people/{id}", person)
    for number in range(deals):
        path = f"/v1/accounts/desk-{number}"
        await chain.call("trigger", "PUT", path, _account(number))
        started = (datetime.now(UTC) - timedelta(days=90)).isoformat()
        order = {"plan": "desk1", "started_at": started, "quantity": 1}
        await chain.call("trigger", "PUT", f"{path}/subscription", order)
        facts = [_fact(number, n, *one) for n, one in enumerate(_FACTS)]
        budget = {"status": "yes", "said_by": "c1"}
        facts.append(_fact(number, len(facts), "budget.stated", budget, bare=True))
        await _told(chain, facts)


async def _told(chain: Chain, facts: list[dict[str, Any]]) -> None:
    headers = {
        "Authorization": f"Bearer {chain.environment['PLIMSOLL_ADMIN_KEY']}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    async with httpx.AsyncClient(
        verify=TRUST, timeout=30, trust_env=False, headers=headers
    ) as client:
        address = f"{chain.of('trigger')[0].url}/v1/signals"
        answer = await client.post(address, content=json.dumps(facts))
    assert answer.status_code == 202, answer.text


async def work(chain: Chain, deals: int) -> None:
    """All at once."""
    day = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    await asyncio.gather(*(_deal(chain, f"desk-{number}", day) for number in range(deals)))


async def _deal(chain: Chain, account: str, day: str) -> None:
    begun = await _posted(
        chain, f"/v1/accounts/{account}/opportunities", {"to_plan": "desk2"}, f"{account}-begin"
    )
    for number, body in enumerate(entries(day)):
        path = f"/v1/opportunities/{begun['id']}/entries"
        await _posted(chain, path, body, f"{account}-{number}")
        await asyncio.sleep(0.2)
    task = await _posted(
        chain, f"/v1/accounts/{account}/tasks", {"title": "Call them"}, f"{account}-task"
    )
    for number, body in enumerate(({"type": "start"}, {"type": "close", "outcome": "success"})):
        await _posted(chain, f"/v1/tasks/{task['id']}/entries", body, f"{account}-task-{number}")


async def _posted(chain: Chain, path: str, body: Mapping[str, Any], key: str) -> Any:
    """Asks until there is an answer; the key makes it once."""
    headers = {
        "Authorization": f"Bearer {chain.environment['PLIMSOLL_ADMIN_KEY']}",
        "Idempotency-Key": key,
    }
    for _ in range(600):
        process = chain.of("trigger")[0]
        try:
            async with httpx.AsyncClient(
                verify=TRUST, timeout=10, trust_env=False, headers=headers
            ) as client:
                answer = await client.post(f"{process.url}{path}", json=dict(body))
            if answer.status_code < 500:
                assert answer.status_code == 201, f"{path} {body}: {answer.text[:500]}"
                return answer.json()
        except httpx.TransportError:
            pass  # killed meanwhile: the same request again
        await asyncio.sleep(0.1)
    raise AssertionError(f"no answer to {path} {body}")


async def findings(chain: Chain, deals: int) -> dict[str, tuple[Any, Any]]:
    """Name of a promise -> (actual, expected)."""
    return await _of_logs(chain, deals) | await _of_tasks(chain, deals) | await _of_the_crm(chain)


async def _of_logs(chain: Chain, deals: int) -> dict[str, tuple[Any, Any]]:
    rows = await chain.query(
        "select e.subject, e.type, e.seq, e.by_kind from entry e join opportunity o "
        "on o.id = e.subject where o.account like 'desk-%'"
    )
    by_hand = Counter((row["subject"], row["type"]) for row in rows if row["by_kind"] == "key")
    # Who accepts owns it from then on: an entry of theirs as well.
    asked = Counter([*(one["type"] for one in entries("")), "opened", "owner"])
    seqs: dict[str, list[int]] = {}
    for row in rows:
        seqs.setdefault(row["subject"], []).append(row["seq"])
    owners = await chain.query(
        "select owner ->> 'id' as id from opportunity where account like 'desk-%'"
    )
    letters = {
        str(mail["Message-ID"])
        for _, mail in chain.mailbox.mails
        if "Introducing" in str(mail["Subject"])
    }
    return {
        "deals": (len(seqs), deals),
        "entries of people that are not there exactly once": (
            by_hand,
            Counter({(deal, type): count for deal in seqs for type, count in asked.items()}),
        ),
        "logs with gaps": (
            [deal for deal, found in seqs.items() if sorted(found) != [*range(1, len(found) + 1)]],
            [],
        ),
        "deals whose owner is not the one they were handed to": (
            [row["id"] for row in owners if row["id"] != "desk-ae"],
            [],
        ),
        "introductions": (len(letters), deals),
    }


async def _of_tasks(chain: Chain, deals: int) -> dict[str, tuple[Any, Any]]:
    tasks = await chain.query("select account, reason, state from task where account like 'desk-%'")
    twice = Counter((row["account"], row["reason"]) for row in tasks)
    closed = Counter({"closed_success": deals})
    return {
        "tasks twice": ([one for one, count in twice.items() if count > 1], []),
        "hand-off tasks closed": (
            Counter(row["state"] for row in tasks if row["reason"] == "handoff"),
            closed,
        ),
        "tasks by hand closed": (
            Counter(row["state"] for row in tasks if row["reason"] == "by_hand"),
            closed,
        ),
    }


async def _of_the_crm(chain: Chain) -> dict[str, tuple[Any, Any]]:
    """An open task is there once; one that was closed is done there, or never went out."""
    rows = await chain.query("select id, state from task where account like 'desk-%'")
    copies: dict[str, list[str]] = {}
    for one in chain.crm.tasks():
        properties = one["properties"]
        copies.setdefault(properties.get("plimsoll_task_key") or "", []).append(
            properties["hs_task_status"]
        )
    wrong = {
        row["id"]: found
        for row in rows
        for found in [[one == "COMPLETED" for one in copies.get(row["id"], ())]]
        if found not in ([[True], []] if row["state"].startswith("closed") else [[False]])
    }
    return {"tasks whose copy in the CRM is not the same": (wrong, {})}


def _account(number: int) -> dict[str, Any]:
    contact = {
        "id": "c1",
        "name": "Ito",
        "email": f"ito@desk-{number}.example",
        "role": "decision_maker",
        "locale": "en-US",
    }
    return {
        "name": f"Desk {number}",
        "locale": "en-US",
        "time_zone": "UTC",
        "country": "US",
        "contacts": [contact],
        "csm": {"id": "desk-csm"},
        "ae": {"id": "desk-ae"},
        "external_ids": {"hubspot": str(900_000 + number)},
    }


def _fact(
    number: int, n: int, type: str, data: Mapping[str, Any], *, bare: bool = False
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"desk-{number}-{n}",
        "source": "/desk",
        "type": type,
        "subject": f"desk-{number}",
        "time": datetime.now(UTC).isoformat(),
        "data": dict(data) if bare else {**data, "text": "said", "said_by": "c1"},
    }
