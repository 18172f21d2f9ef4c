"""Tasks over HTTP and on real rows: begun, worked on, asleep, overdue, handed on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from services.trigger.opportunities import tasks
from services.trigger.opportunities.logs import Logs, store
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log import append
from services.trigger.process.log.entries import JUDGEMENT, Draft, Effect, TaskEnded, TaskOpened
from services.trigger.process.tasks import words
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.openings import Ended, Opening
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process import tasks as task_rows
from services.trigger.tables.process.tasks import Filters
from shared.messages import Priority
from shared.messages.facts import AccountFacts, SaidFacts, TaskFacts
from shared.postgres.database import transaction
from shared.security.api_keys import create_key
from tests.support.desk import ACCOUNT, Desk

PATH = "/v1/accounts/acct-42"
EVERYTHING = (
    "reason=usage&type=expansion&account=acct-42&due_before=2027-01-01&state=open&overdue=false"
    "&open=true&owner=u7&sort=due"
)
TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
LINES = TaskFacts(happened=(SaidFacts("signal.nps_high", {"score": 9}),))


async def opens(desk: Desk) -> dict[str, dict[str, str]]:
    """The account of Kato (u7), whose manager is m1; headers of everybody."""
    desk.at(TUESDAY)
    await desk.opens(account="acct-42")
    await desk("PUT", "/v1/people/m1", {"name": "Abe", "roles": ["manager"]}, want=201)
    await desk("PUT", "/v1/people/s1", {"name": "Mori", "roles": ["sales"]}, want=201)
    await desk("PUT", "/v1/people/u7", {"name": "Kato", "roles": ["csm"], "manager": "m1"})
    key = await create_key(desk.context.engine, "desk", ["work:write", "read"])
    return {
        id: {"Authorization": f"Bearer {key}", "Plimsoll-Person": id} for id in ("u7", "m1", "s1")
    }


def opening(desk: Desk, reason: str, about: str, priority: Priority, **more: Any) -> Opening:
    account = AccountFacts("acct-42", "Aozora", "ja-JP", "UTC")
    return Opening(
        **{
            "account": "acct-42",
            "reason": reason,
            "about": about,
            "cause": "c1",
            "type": "expansion",
            "words": words.of_lines(account, LINES),
            "priority": priority,
            "owner": Owner("cs", "u7", "Kato"),
            "due_at": desk.now + timedelta(days=3),
            **more,
        }
    )


async def open_all(desk: Desk, *openings: Opening) -> None:
    async with transaction(desk.context.engine) as conn:
        await tasks.open_all(conn, openings, JUDGEMENT, desk.now)


async def listed(desk: Desk, query: str = "", **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk("GET", f"/v1/tasks{query}", **more))["data"]
    return found


async def entries(desk: Desk, id: str) -> list[str]:
    found = (await desk("GET", f"/v1/tasks/{id}/entries"))["data"]
    return [one["type"] for one in reversed(found)]


async def is_its_fold(desk: Desk, id: str) -> None:
    """The row is what the log comes to."""
    async with transaction(desk.context.engine) as conn:
        found = await task_rows.find(conn, id)
        log = (await entry_rows.of(conn, "task", [id]))[id]
    assert found is not None
    assert TASKS.fold(log, "acct-42", id) == found.task


async def test_one_begins_by_hand_and_is_worked_on(desk: Desk) -> None:
    as_ = await opens(desk)
    body = {"title": "Send them the guide", "text": 'They asked: "how?"'}
    made = await desk("POST", f"{PATH}/tasks", body, headers=as_["u7"], want=201)
    assert made["title"] == body["title"]
    assert made["lines"] == {
        "happened": body["text"],
        "why_now": "",
        "say": "",
        "do_not_say": "",
        "next_step": "",
    }
    assert (made["reason"], made["type"], made["priority"], made["state"]) == (
        "by_hand",
        "lifecycle",
        "medium",
        "open",
    )
    assert made["owner"] == {"role": "cs", "id": "u7", "name": "Kato"}
    assert datetime.fromisoformat(made["due_at"]) > TUESDAY + timedelta(days=3)
    assert await desk("GET", f"/v1/tasks/{made['id']}") == made


async def test_what_people_do_is_its_log(desk: Desk) -> None:
    as_ = await opens(desk)
    made = await desk("POST", f"{PATH}/tasks", {"title": "x"}, headers=as_["u7"], want=201)
    path = f"/v1/tasks/{made['id']}"
    for one in ({"type": "start"}, {"type": "note", "text": "x"}):
        await desk("POST", f"{path}/entries", one, headers=as_["u7"], want=201)
    sleep = {"type": "snooze", "until": "2026-12-08", "reason": "Away."}
    found = await desk("POST", f"{path}/entries", sleep, headers=as_["u7"], want=201)
    assert found["body"] == {
        "until": "2026-12-08",
        "reason": "Away.",
        "snoozed_until": "2026-12-08T09:00:00Z",
    }
    shown = await desk("GET", path)
    assert (shown["state"], shown["snoozed_until"], shown["revision"]) == (
        "snoozed",
        "2026-12-08T09:00:00Z",
        4,
    )
    end = {"type": "close", "outcome": "success"}
    assert (await desk("POST", f"{path}/entries", end, headers=as_["m1"], want=201))["by"] == {
        "kind": "person",
        "id": "m1",
    }
    refused = await desk("POST", f"{path}/entries", end, headers=as_["m1"], want=409)
    assert refused["errors"][0]["reason"].startswith("closed: ")
    await is_its_fold(desk, made["id"])


async def test_who_may_begin_one_and_for_whom(desk: Desk) -> None:
    as_ = await opens(desk)
    body = {"title": "x", "owner": "s1", "due_at": "2026-12-24", "priority": "high"}
    refused = await desk("POST", f"{PATH}/tasks", body, headers=as_["s1"], want=403)
    assert refused["errors"][0]["reason"] == "not_owner"
    made = await desk("POST", f"{PATH}/tasks", body, headers=as_["u7"], want=201)
    assert made["owner"] == {"role": "sales", "id": "s1", "name": "Mori"}
    assert made["due_at"] == "2026-12-24T09:00:00Z"
    for field, value in (
        ("owner", "nobody"),
        ("opportunity", "none"),
        ("due_at", "2026-01-01"),
        ("title", ""),
    ):
        refused = await desk("POST", f"{PATH}/tasks", body | {field: value}, want=422)
        assert [one["path"] for one in refused["errors"]] == [f"/{field}"]
    # A key that acts as itself begins it for the CSM.
    made = await desk("POST", f"{PATH}/tasks", {"title": "x"}, want=201)
    assert made["owner"]["id"] == "u7"
    await desk("POST", "/v1/accounts/nobody/tasks", {"title": "x"}, want=404)
    await desk("POST", "/v1/tasks/none/entries", {"type": "start"}, want=404)


async def test_the_same_key_answers_again(desk: Desk) -> None:
    as_ = await opens(desk)
    headers = as_["u7"] | {"Idempotency-Key": "k"}
    made = await desk("POST", f"{PATH}/tasks", {"title": "x"}, headers=headers, want=201)
    path = f"/v1/tasks/{made['id']}/entries"
    first = await desk("POST", path, {"type": "start"}, headers=headers, want=201)
    assert await desk("POST", path, {"type": "start"}, headers=headers, want=201) == first
    again = await desk("POST", f"{PATH}/tasks", {"title": "x"}, headers=headers, want=201)
    assert again == made
    for where, other in ((path, {"type": "wake"}), (f"{PATH}/tasks", {"title": "y"})):
        refused = await desk("POST", where, other, headers=headers, want=422)
        assert refused["errors"][0]["path"] == "header.Idempotency-Key"
    stale = as_["u7"] | {"If-Match": '"1"'}
    await desk("POST", path, {"type": "note", "text": "x"}, headers=stale, want=412)
    assert len(await listed(desk)) == 1


async def test_a_task_is_open_once_for_what_it_is_about(desk: Desk) -> None:
    await opens(desk)
    low = opening(desk, "usage", "api_calls", "low", alert="a1")
    await open_all(desk, low, opening(desk, "usage", "storage", "low"))
    later = opening(desk, "usage", "api_calls", "medium", cause="c2", decision="d2")
    await open_all(desk, later, later)
    (found,) = await listed(
        desk,
        f"?{EVERYTHING}&limit=1",
    )
    assert (found["about"], found["priority"], found["decision"]) == ("api_calls", "medium", "d2")
    assert found["lines"]["happened"] == "NPSで9点をいただきました。"
    assert await entries(desk, found["id"]) == ["opened", "raised", "raised"]
    assert (await desk("GET", f"/v1/tasks/{found['id']}?lang=en"))["title"].startswith("Aozora: ")
    await is_its_fold(desk, found["id"])
    async with transaction(desk.context.engine) as conn:
        over = Ended("acct-42", "usage", "api_calls", "success")
        for _ in range(2):
            await tasks.end_all(conn, [over], JUDGEMENT, desk.now)
    closed = await desk("GET", f"/v1/tasks/{found['id']}")
    assert closed["state"] == "closed_success"
    assert closed["closed_at"] is not None
    await open_all(desk, low)
    ids = {one["id"] for one in await listed(desk, "?reason=usage&open=true")}
    assert len(ids) == 2
    assert found["id"] not in ids
    reopened = opening(desk, "usage", "none", "low")
    await open_all(desk, reopened)
    async with transaction(desk.context.engine) as conn:
        await tasks.end_all(
            conn, [Ended("acct-42", "usage", "none", "no_success")], JUDGEMENT, desk.now
        )
    await open_all(desk, opening(desk, "usage", "none", "high", reopens=True))
    assert await entries(desk, reopened.subject()) == ["opened", "closed", "reopened"]
    await is_its_fold(desk, reopened.subject())


async def test_lists_are_in_order_page_by_page(desk: Desk) -> None:
    as_ = await opens(desk)
    days = [("low", 1), ("high", 3), ("medium", 2), ("high", 2), ("high", 2)]
    await open_all(
        desk,
        *(
            opening(desk, "goal", str(n), priority, due_at=desk.now + timedelta(days=day))  # type: ignore[arg-type]
            for n, (priority, day) in enumerate(days)
        ),
    )
    for query, wanted in (("sort=due", None), ("", ["4", "3", "2", "1", "0"])):
        seen, cursor = list[dict[str, Any]](), ""
        while True:
            page = await desk(
                "GET", f"/v1/tasks?limit=2&owner=me&{query}{cursor}", headers=as_["u7"]
            )
            seen += page["data"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        if wanted is not None:
            assert [one["about"] for one in seen] == wanted
        else:
            assert [one["about"] for one in seen][2:] == ["1", "2", "0"]
            assert [one["id"] for one in seen][:2] == sorted(one["id"] for one in seen[:2])
    assert await listed(desk, "?owner=s1") == []
    assert await counts(desk, "priority=high") == 3
    assert await counts(desk, "due_from=2026-12-03T09:00:00Z") == 4
    assert await counts(desk, "due_from=2026-12-03&due_before=2026-12-04") == 3
    assert await counts(desk, "priority=high&sort=due&due_from=2026-12-04") == 1
    closing = {"type": "close", "outcome": "success"}
    await desk("POST", f"/v1/tasks/{seen[0]['id']}/entries", closing, headers=as_["u7"], want=201)
    assert await counts(desk, "closed_from=2026-12-01") == 1
    assert await counts(desk, "closed_from=2026-12-02") == 0
    refused = await desk("GET", "/v1/tasks?owner=me", want=422)
    assert refused["errors"][0]["path"] == "query.owner"


async def counts(desk: Desk, query: str) -> int:
    page = await desk("GET", f"/v1/tasks?limit=1&total=true&{query}")
    return int(page["total"])


async def test_it_wakes_by_itself(desk: Desk) -> None:
    as_ = await opens(desk)
    made = await desk(
        "POST", f"{PATH}/tasks", {"title": "x", "priority": "high"}, headers=as_["u7"], want=201
    )
    sleep = {"type": "snooze", "until": "2026-12-03T09:30:00Z", "reason": "Away."}
    await desk("POST", f"/v1/tasks/{made['id']}/entries", sleep, headers=as_["u7"], want=201)
    desk.at(datetime(2026, 12, 3, 9, 29, 50, tzinfo=UTC))
    await desk.due()
    assert (await desk("GET", f"/v1/tasks/{made['id']}"))["state"] == "snoozed"
    desk.at(datetime(2026, 12, 3, 9, 30, 1, tzinfo=UTC))
    await desk.due()
    shown = await desk("GET", f"/v1/tasks/{made['id']}")
    assert (shown["state"], shown["due_at"]) == ("open", "2026-12-04T09:30:00Z")
    assert await entries(desk, made["id"]) == ["opened", "snooze", "woken"]
    await is_its_fold(desk, made["id"])


async def test_bp_09_what_is_overdue_is_told_to_the_manager_once(desk: Desk) -> None:
    as_ = await opens(desk)
    made = await desk(
        "POST",
        f"{PATH}/tasks",
        {"title": "Call", "due_at": "2026-12-02"},
        headers=as_["u7"],
        want=201,
    )
    desk.at(datetime(2026, 12, 2, 9, 0, 1, tzinfo=UTC))
    await desk.due()
    shown = await desk("GET", f"/v1/tasks/{made['id']}")
    assert shown["overdue"]
    assert shown["escalated_at"] is not None
    (told,) = await listed(desk, "?reason=escalation")
    assert (told["about"], told["type"], told["priority"]) == (made["id"], "lifecycle", "high")
    assert told["owner"] == {"role": "cs", "id": "m1", "name": "Abe"}
    english = await desk("GET", f"/v1/tasks/{told['id']}?lang=en")
    assert english["lines"]["happened"] == "“Call” was due on December 2, 2026 9:00 AM (UTC)."
    assert english["title"] == "Aozora: Talk to Kato about “Call”, or take it over"
    # Later again, and much later: nothing more, neither for it nor for the manager's.
    path = f"/v1/tasks/{made['id']}/entries"
    await desk("POST", path, {"type": "due", "due_at": "2026-12-04"}, headers=as_["u7"], want=201)
    desk.at(datetime(2026, 12, 30, tzinfo=UTC))
    await desk.due()
    assert await entries(desk, made["id"]) == ["opened", "escalated", "due"]
    assert await entries(desk, told["id"]) == ["opened"]
    await desk("POST", path, {"type": "close", "outcome": "success"}, headers=as_["u7"], want=201)
    assert (await desk("GET", f"/v1/tasks/{told['id']}"))["state"] == "closed_success"
    assert await desk.rows("select * from due where purpose like 'task%'") == []


async def test_without_a_manager_there_is_only_the_entry(desk: Desk) -> None:
    as_ = await opens(desk)
    made = await desk(
        "POST", f"{PATH}/tasks", {"title": "x", "owner": "s1"}, headers=as_["m1"], want=201
    )
    desk.at(TUESDAY + timedelta(days=20))
    await desk.due()
    assert await entries(desk, made["id"]) == ["opened", "escalated"]
    assert len(await listed(desk)) == 1


async def test_tasks_follow_the_people(desk: Desk) -> None:
    as_ = await opens(desk)
    made = await desk("POST", f"{PATH}/tasks", {"title": "x"}, headers=as_["u7"], want=201)
    await desk("PUT", PATH, ACCOUNT | {"csm": {"id": "u8", "name": "Ito"}})
    shown = await desk("GET", f"/v1/tasks/{made['id']}")
    assert shown["owner"] == {"role": "cs", "id": "u8", "name": "Ito"}
    gone = {"name": "Ito", "roles": ["csm"], "manager": "m1", "active": False}
    await desk("PUT", "/v1/people/u8", gone)
    shown = await desk("GET", f"/v1/tasks/{made['id']}")
    assert shown["owner"] == {"role": "cs", "id": "m1", "name": "Abe"}
    assert await entries(desk, made["id"]) == ["opened", "owner", "owner"]
    await is_its_fold(desk, made["id"])


async def test_a_persons_list_of_many_is_found_by_an_index(desk: Desk) -> None:
    await opens(desk)
    async with transaction(desk.context.engine) as conn:
        await conn.execute(
            text(
                """
                insert into task (id, account, type, reason, about, words, priority, state,
                    owner_role, owner_id, opened_at, due_at, revision)
                select 't' || n, 'acct-42', 'risk', 'goal', n::text,
                    '{"title": "x", "text": ""}', (array['low', 'medium', 'high'])[1 + n % 3],
                    'open', 'cs', 'u' || n % 50, now(), now() + n * interval '1 minute', 1
                from generate_series(1, 20000) n
                """
            )
        )
        await conn.execute(text("analyze task"))
        mine = Filters(owner="u3", open=True)
        for statement, given in (
            task_rows.by_age(mine, desk.now, None, 51),
            task_rows.by_age(Filters(owner="u3"), desk.now, None, 51),
            task_rows.of_priority(mine, desk.now, "high", None, 51),
            task_rows.of_priority(mine, desk.now, "low", (desk.now, "t1"), 51),
            *(
                task_rows.of_priority(one, desk.now, "high", None, 51)
                for one in (Filters(), Filters(open=True), Filters(state="open"))
            ),
            task_rows.by_age(Filters(reason="none"), desk.now, None, 51),
        ):
            plan = (await conn.execute(text(f"explain {statement}"), given)).scalars().all()
            assert any("Index Scan" in one and " on task t" in one for one in plan), plan
            assert "priority" not in given or not any("Sort" in one for one in plan), plan
    for query in ("owner=u3", "owner=u3&open=true", "owner=u3&open=true&sort=due"):
        assert len(await listed(desk, f"?{query}")) == 50


async def test_what_follows_from_a_deal_opens_raises_and_ends_tasks(desk: Desk) -> None:
    await opens(desk)
    made = await desk("POST", f"{PATH}/opportunities", {"to_plan": "pro"}, want=201)
    logs = Logs(desk.watch.judgement.loader)
    goal = TaskOpened("goal", made["id"], LINES)
    for effects in ((goal, goal, TaskOpened("competitor", made["id"], LINES)), (goal,)):
        await follows(desk, logs, made["id"], *effects)
    tasks_ = {one["reason"]: one for one in await listed(desk)}
    assert set(tasks_) == {"goal", "competitor"}
    assert tasks_["goal"]["opportunity"] == made["id"]
    assert tasks_["goal"]["owner"] == {"role": "cs", "id": "u7", "name": "Kato"}
    assert (tasks_["competitor"]["type"], tasks_["competitor"]["priority"]) == ("risk", "high")
    assert await entries(desk, tasks_["goal"]["id"]) == ["opened", "raised", "raised"]
    ended = TaskEnded("goal", made["id"], "success")
    await follows(desk, logs, made["id"], ended, ended, TaskEnded("training", "", "success"))
    assert await entries(desk, tasks_["goal"]["id"]) == ["opened", "raised", "raised", "closed"]
    await follows(desk, logs, made["id"], goal)
    (again,) = await listed(desk, "?open=true&reason=goal")
    assert again["id"] != tasks_["goal"]["id"]


async def follows(desk: Desk, logs: Logs, id: str, *effects: Effect) -> None:
    """An entry of a deal has these effects."""
    async with transaction(desk.context.engine) as conn:
        row = await head_rows.find(conn, id)
        context = await logs.context(conn, "acct-42", desk.now, ["u7"])
        assert row is not None
        assert context is not None
        state = await logs.state(conn, row, context)
        found = append.noted(state, [Draft("note", {"text": "x"})], JUDGEMENT, desk.now)
        await store(conn, replace(found, effects=effects), row.revision, context)
