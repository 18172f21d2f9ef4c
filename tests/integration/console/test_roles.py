"""Who sees which page, and who may send which form: every address of the console for every role.
An address without a row here fails. What is refused changes nothing.
"""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from shared.embedded import Addresses
from shared.postgres.database import transaction
from shared.runtime.settings import load_settings
from tests.support.console import Shown, Visitor, open_house
from tests.support.furnished import Furnished, addresses, furnish

PEOPLE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "planner": ("p1", ("planner",)),
    "operator": ("o1", ("operator",)),
    "csm operator": ("x1", ("csm", "operator")),
    "sales": ("s1", ("sales",)),
    "csm": ("u7", ("csm",)),
    "manager": ("m1", ("manager",)),
    "admin": ("a1", ("admin",)),
}
"""Whoever may least comes first. The CSM owns what there is to do; the other one is theirs in no
account; Sales are the account's.
"""
EVERYBODY = frozenset(PEOPLE)
OPERATORS = frozenset({"operator", "csm operator", "admin"})
AUDITORS = OPERATORS | {"manager"}
PLANNERS = frozenset({"planner", "admin"})
LEADERS = frozenset({"manager", "admin"})
OWNERS = LEADERS | {"csm"}
BEGINNERS = OWNERS | {"sales"}
WORKERS = BEGINNERS | {"csm operator"}
ADMINS = frozenset({"admin"})
B, DEAL = "/console", "/console/opportunities/{id}"

LOG_IN = {f"{B}/{one}" for one in ("login", "callback", "logged-out", "kept")}
PUBLIC = {f"{B}/static/{{name}}", f"{B}/{{rest:path}}"} | LOG_IN
NOT_SHOWN = {
    f"{B}/stream": "it does not end",
    f"{B}/operations/deliveries/{{id}}/mail": "part of the page of a delivery",
}
ONLY: Mapping[str, frozenset[str]] = {
    f"{B}/operations/audit": AUDITORS,
    f"{B}/operations/keys": OPERATORS,
    f"{B}/operations/rejected/{{id}}": OPERATORS,
}
"""Pages that are for some; all others are for everybody."""
OPEN = {
    *(f"{B}{one}" for one in ("", "/today", "/tasks/{id}", "/decisions/{id}", "/pipeline")),
    *(f"{B}/accounts{one}" for one in ("", "/{id}", "/{id}/edit", "/{id}/timeline")),
    *(f"{B}/catalogue{one}" for one in ("", "/{version:int}", "/compare", "/edit")),
    *(f"{B}/catalogue/backtests/{{id}}{one}" for one in ("", "/messages.csv")),
    *(f"{B}/{one}" for one in ("policy", "handoffs", "handoffs/{id}", "decisions/{id}/json")),
    *(f"{DEAL}{one}" for one in ("", "/conversation", "/objections", "/trial", "/case", "/quote")),
    *(f"{DEAL}{one}" for one in ("/handoff", "/documents/{name}", "/bundle")),
    *(f"{B}/{one}" for one in ("reports", "reports/{name}", "search", "setup", "help")),
    *(f"{B}/operations{one}" for one in ("", "/rejected", "/deliveries", "/deliveries/{id}")),
    *(f"{B}/operations{one}" for one in ("/channels", "/channels/{name}", "/people")),
    f"{B}/operations/people/{{id}}",
    f"{B}/accounts/{{id}}/usage",
    f"{B}/preferences",
}
PAGES = {**dict.fromkeys(OPEN, EVERYBODY), **ONLY}
HOME = f"{B}"


@dataclass(frozen=True)
class Sent:
    """A form: who may send it, and one that is complete enough to get as far as that question."""

    to: str
    may: frozenset[str]
    fields: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.to} {self.fields.get('act') or self.fields.get('action', '')}"


def sent(to: str, may: Collection[str], /, **fields: str) -> Sent:
    return Sent(to, frozenset(may), {name.replace("__", "."): one for name, one in fields.items()})


FIGURES = {
    "members": "5",
    "hours": "10",
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}
TRIAL = {"features": "advanced_security", "days": "14", "criteria.0.text": "They like it."}
SAID = {"text": "As they said.", "said_by": "c1"}
A, T = f"{B}/accounts/{{id}}", f"{B}/tasks/{{id}}"
C, S = f"{B}/catalogue", f"{B}/operations"
FORMS = [
    sent(A, BEGINNERS, act="task", title="Call"),
    sent(A, BEGINNERS, act="opportunity", to_plan="enterprise"),
    sent(A, WORKERS, act="quote", plan="enterprise", mode="second"),
    sent(A, WORKERS, act="fact", type="nps.responded", data='{"score": 99}', idempotency_key="f"),
    sent(A, WORKERS, act="fact_form", type="nps.responded", data__score="99", idempotency_key="f"),
    sent(f"{B}/accounts/views", EVERYBODY, name="V", view="near=80"),
    sent(f"{B}/accounts/views/remove", EVERYBODY, name="V"),
    sent(f"{A}/edit", ADMINS, name="Another", locale="en", time_zone="UTC"),
    sent(T, WORKERS, act="note", text="Called."),
    sent(T, OWNERS, act="start"),
    sent(T, OWNERS, act="snooze", until="2026-12-09", reason="Away"),
    sent(T, OWNERS, act="wake"),
    sent(T, OWNERS, act="due", due_at="2026-12-09"),
    sent(T, LEADERS, act="assign", person="u7"),
    sent(T, OWNERS, act="close", outcome="success"),
    sent(f"{B}/today", OWNERS, act="close", outcome="success", task="{task}"),
    sent(DEAL, WORKERS, act="note", text="Called."),
    sent(DEAL, WORKERS, act="stakeholder", name="Sato", role="user"),
    sent(DEAL, OWNERS, act="next_step", kind="trial", owner="u7", due="2026-12-09"),
    sent(DEAL, OWNERS, act="move", to="qualified"),
    sent(f"{B}/pipeline", OWNERS, move="qualified 1 {deal}"),
    sent(DEAL, LEADERS, act="owner", person="u7"),
    sent(f"{DEAL}/conversation", OWNERS, act="answer", question="discovery.1", **SAID),
    sent(f"{DEAL}/conversation", OWNERS, act="step", step="1", status="skipped", reason="Known"),
    sent(f"{DEAL}/conversation", OWNERS, act="need", feature="sso", status="refuted", **SAID),
    sent(f"{DEAL}/conversation", OWNERS, act="asset", kind="demo", title="Live"),
    sent(f"{DEAL}/conversation", WORKERS, act="fact", type="budget.stated", idempotency_key="b"),
    sent(f"{DEAL}/objections", OWNERS, act="objection", objection="budget_process"),
    sent(f"{DEAL}/objections", OWNERS, act="reply", objection="{objection}", channel="call"),
    sent(f"{DEAL}/objections", OWNERS, act="outcome", objection="{objection}", result="resolved"),
    sent(f"{DEAL}/objections", OWNERS, act="answer", question="goal.quarter", **SAID),
    sent(f"{DEAL}/trial", OWNERS, act="criterion", trial="{trial}", n="1", met="true"),
    sent(f"{DEAL}/trial", OWNERS, act="end_trial", trial="{trial}"),
    sent(f"{DEAL}/trial", OWNERS, act="trial", **TRIAL),
    sent(f"{DEAL}/case", OWNERS, act="value", **FIGURES),
    sent(f"{DEAL}/quote", OWNERS, act="line", item="enterprise", quantity="5", discount_pct="10"),
    sent(f"{DEAL}/quote", LEADERS, act="approve", item="enterprise"),
    sent(f"{DEAL}/quote", OWNERS, act="propose", channel="person"),
    sent(f"{DEAL}/quote", OWNERS, act="approval", approvers__0__name="Sato"),
    sent(f"{DEAL}/handoff", OWNERS, action="request", to="s1"),
    sent(f"{DEAL}/handoff", LEADERS, action="accept"),
    sent(f"{DEAL}/handoff", LEADERS, action="reject", reason="other", text="No."),
    sent(f"{C}/edit", PLANNERS, act="check", text="plans: []", revision="2"),
    sent(f"{C}/edit", PLANNERS, act="backtest", text="plans: []", revision="2", since="7d"),
    sent(f"{C}/edit", PLANNERS, act="apply", text="plans: []", revision="2"),
    sent(f"{C}/edit", PLANNERS, act="confirm", text="plans: []", revision="2"),
    sent(f"{C}/{{version:int}}", PLANNERS, act="backtest", since="7d"),
    sent(f"{C}/backtests/{{id}}", PLANNERS, act="restart"),
    sent(f"{C}/backtests/{{id}}", PLANNERS, act="delete"),
    sent(f"{S}/rejected", OPERATORS, reason="field: Aozora (at /time)", service="ingest"),
    sent(f"{S}/rejected/{{id}}", OPERATORS, act="replay", payload="{}"),
    sent(f"{S}/rejected/{{id}}", OPERATORS, act="dismiss", reason="A test."),
    sent(f"{S}/deliveries", OPERATORS, since="2026-11-01T00:00"),
    sent(f"{S}/deliveries/{{id}}", OPERATORS, act="retry"),
    sent(f"{S}/deliveries/{{id}}", OPERATORS, act="cancel"),
    sent(f"{S}/channels/{{name}}", OPERATORS, act="change", url="ftp://x"),
    sent(f"{S}/channels/{{name}}", OPERATORS, act="test"),
    sent(f"{S}/channels/{{name}}", OPERATORS, act="off"),
    sent(f"{S}/keys", OPERATORS, name="another", scopes="read"),
    sent(f"{S}/keys/{{name}}", OPERATORS, name="{key}"),
    sent(f"{S}/people/{{id}}", ADMINS, name="N", roles="csm", locale="en", time_zone="UTC"),
    sent(f"{S}/people/{{id}}/link", ADMINS),
    sent(f"{S}/people/{{id}}/sessions", OPERATORS),
    sent(f"{B}/preferences", EVERYBODY, language="en"),
    sent(f"{B}/preferences/sessions", EVERYBODY, session="none"),
]
OF_EVERYBODY = (f"{B}/preferences", f"{B}/logout", f"{B}/accounts/views")
OUT = {f"{B}/{one}" for one in ("login", "logout", "backchannel-logout")}
"""Forms by which somebody comes in or goes: they ask for no role."""
RECKONS = "/case"
"""Anybody may try out a business case; only some are shown the button that keeps it."""
WORK = tuple(f"{B}/{one}" for one in ("accounts", "tasks", "today", "opportunities", "pipeline"))
SENDS = {
    "planner": (C,),
    "operator": (S,),
    "csm operator": (*WORK, S),
    "sales": WORK,
    "admin": (B,),
}
SENDS |= {"csm": SENDS["sales"], "manager": SENDS["sales"]}
"""Where the forms lead that somebody is shown."""


@pytest.fixture(scope="module")
async def made(stack: Addresses, module_database_url: str) -> AsyncIterator[Furnished]:
    settings = load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_ADMIN_KEY": "a" * 40,
            "PLIMSOLL_PORT": "0",
            "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
        }
    )
    async with open_house(settings) as house:
        yield await furnish(house)


@pytest.fixture(scope="module")
async def people(made: Furnished) -> dict[str, Visitor]:
    return {name: await made.house.visitor(id, *roles) for name, (id, roles) in PEOPLE.items()}


def test_every_address_has_a_row() -> None:
    assert set(addresses("GET")) == PAGES.keys() | PUBLIC | NOT_SHOWN.keys()
    assert set(addresses("POST")) == {one.to for one in FORMS} | OUT


SHARES = [pytest.param(3, id="by day"), pytest.param(1, id="all", marks=pytest.mark.nightly)]
"""What is for everybody is looked at by every third of them in turn; what is not, always by all."""


def looks(at: int, who: int, share: int, may: Collection[str]) -> bool:
    return len(may) < len(EVERYBODY) or (at + who) % share == 0


@pytest.mark.parametrize("share", SHARES)
async def test_a_page_is_shown_to_those_whom_it_is_for(
    made: Furnished, people: dict[str, Visitor], share: int
) -> None:
    wrong: list[tuple[str, str, object]] = []
    for at, (address, may) in enumerate(sorted(PAGES.items())):
        for number, (name, visitor) in enumerate(people.items()):
            if not looks(at, number, share, may):
                continue
            page = await visitor.get(made.at(address))
            wanted = 303 if address == HOME else 200 if name in may else 403
            if page.status != wanted:
                wrong.append((name, address, page.status))
            if "data-page" in page.html:
                wrong += [(name, address, one) for one in _hidden(page, name)]
    assert wrong == []


def _hidden(page: Shown, name: str) -> list[str]:
    """What somebody is shown and may not use."""
    roles = " ".join(sorted(PEOPLE[name][1]))
    found = [] if f'data-role="{roles}"' in page.html else [f"not for {roles}"]
    links = re.findall(r'href="([^"?#]*)', page.html)
    found += [one for one in links if name not in ONLY.get(one, EVERYBODY)]
    forms = re.findall(r'<form method="post" action="([^"]*)"', page.html)
    known = (*OF_EVERYBODY, *SENDS[name])
    return found + [one for one in forms if not one.startswith(known) and one[-5:] != RECKONS]


async def test_a_form_is_taken_from_those_who_may_and_changes_nothing_for_others(
    made: Furnished, people: dict[str, Visitor]
) -> None:
    """Each form is sent by one of those who may not, by turns; at night by all of them."""
    await _sent_by_others(made, people, 3)
    wrong = []
    for at, form in enumerate(FORMS):
        may = [name for name in people if name in form.may]
        name = may[at % len(may)]
        page = await people[name].post(made.at(form.to), _filled(made, form))
        if page.status not in (200, 303, 409, 412, 422):
            wrong.append((name, str(form), page.status))
    assert wrong == []


@pytest.mark.nightly
async def test_no_form_changes_anything_for_anybody_who_may_not(
    made: Furnished, people: dict[str, Visitor]
) -> None:
    await _sent_by_others(made, people, 1)


async def _sent_by_others(made: Furnished, people: dict[str, Visitor], share: int) -> None:
    before, wrong = await _everything(made), []
    for at, form in enumerate(FORMS):
        others = [name for name in people if name not in form.may]
        for number, name in enumerate(others):
            if (at + number) % share == 0 or len(others) == 1:
                page = await people[name].post(made.at(form.to), _filled(made, form))
                if page.status != 403:
                    wrong.append((name, str(form), page.status))
    assert wrong == []
    assert await _everything(made) == before


def _filled(made: Furnished, form: Sent) -> dict[str, str]:
    known = {
        "task": made.ids["tasks"],
        "key": made.ids["operations/keys"],
        "trial": made.ids["trial"],
        "objection": made.ids["objection"],
        "deal": made.ids["opportunities"],
    }
    return {
        name: re.sub(r"\{(\w+)\}", lambda one: known[one[1]], value)
        for name, value in form.fields.items()
    }


async def _everything(made: Furnished) -> dict[str, str]:
    """What stands in each table; but when people were last here."""
    engine = made.house.desk.context.engine
    async with transaction(engine) as conn:
        tables = (await conn.execute(text(_TABLES))).scalars().all()
        return {
            name: (await conn.execute(text(_CONTENTS.format(name)))).scalar_one()
            for name in tables
            if name not in ("console_session", "instance")
        }


_TABLES = """
    select relname from pg_class where relkind in ('r', 'p') and not relispartition
        and relnamespace = 'public'::regnamespace
"""
_CONTENTS = "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from \"{}\" t"


@pytest.mark.parametrize("change", [{"roles": []}, {"active": False}], ids=["no role", "inactive"])
async def test_who_has_no_role_any_more_is_sent_to_log_in(
    made: Furnished, change: dict[str, object]
) -> None:
    gone = await made.house.visitor(f"g{len(change)}-{next(iter(change))}", "csm")
    told = {"name": "Gone", "roles": ["csm"], "locale": "en"}
    await made.house.desk("PUT", f"/v1/people/{gone.id}", told | change)
    found = {one: (await gone.get(made.at(one))).status for one in PAGES}
    assert found == dict.fromkeys(PAGES, 303)
    sent_anyway = {
        str(one): (await gone.post(made.at(one.to), {**one.fields})).status for one in FORMS
    }
    assert set(sent_anyway.values()) == {401}
