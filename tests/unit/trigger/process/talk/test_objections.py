"""Objections, what was answered, and what became of them (R-136, R-150..R-158)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from services.trigger.alerts.notices import account_facts
from services.trigger.judgement.case import Case
from services.trigger.judgement.question import Question
from services.trigger.opportunities import statements
from services.trigger.process.deals import view
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import MailAsked, Refused, TaskEnded
from services.trigger.process.log.voice import Voice
from shared.messages import Facts
from shared.messages.facts import SaidFacts
from shared.values.quantities import dumps
from shared.wording.task import task_lines
from tests.support.accepted import World, hear, worlds
from tests.support.stories import NOW, contact
from tests.support.strategies import examples
from tests.unit.trigger.process.cases import PEOPLE, ask, context, deal, having, story

READY = deal("qualified")


def told(state: Opportunity, **body: Any) -> Opportunity:
    found = ask(state, body, context())
    assert isinstance(found, Appended), found
    return found.state


def raised(objection: str, state: Opportunity = READY, **more: Any) -> Opportunity:
    return told(state, type="objection", objection=objection, **more)


def newest(state: Opportunity) -> str:
    return state.entries[-1].id


def shown(state: Opportunity) -> list[dict[str, Any]]:
    found: Any = view.shown(state, context())
    listed: list[dict[str, Any]] = found["objections"]
    return listed


def refusals(found: object) -> tuple[int, list[tuple[str, str]]]:
    assert isinstance(found, Refused)
    return found.status, [(fault.path, fault.reason) for fault in found.faults]


def test_r_156_a_process_is_answered_and_resolved() -> None:
    state = raised("budget_process", text="The board decides.")
    id = newest(state)
    (one,) = shown(state)
    assert (one["id"], one["state"], one["is_process"], one["reply"]) == (id, "raised", True, None)
    assert (one["text"], one["product_gap"]) == ("The board decides.", [])
    state = told(state, type="reply", objection=id, channel="call")
    (one,) = shown(state)
    assert one["state"] == "answered"
    assert one["reply"]["text"].startswith("誰がこれを承認する必要がありますか?")
    for result in ("unresolved", "resolved"):
        state = told(state, type="outcome", objection=id, result=result)
        assert shown(state)[0]["state"] == result


BUYERS = (
    contact("c1", "owner"),
    contact("c2", "decision_maker"),
    contact("c3", "member"),
    replace(contact("c4", "admin"), email=None),
)


def mailed(**more: Any) -> tuple[Any, Context]:
    told_ = story().having(account=replace(story().facts.account, contacts=BUYERS))
    told_ = told_.told("contact.unsubscribed", contact="c2")
    seen = context(told=told_)
    state = raised("budget_process")
    body = {"type": "reply", "objection": newest(state), "channel": "email", **more}
    return ask(state, body, seen), seen


def test_r_150_a_reply_by_mail_is_signed_by_the_owner_and_waits_for_business_hours() -> None:
    found, _ = mailed()
    assert isinstance(found, Appended)
    (entry, *_), (mail, *_) = found.entries, found.effects
    assert isinstance(mail, MailAsked)
    assert (mail.kind, mail.cls, mail.contacts, mail.key) == (
        "person.message",
        "proposal",
        ("c1",),
        entry.id,
    )
    assert mail.body == (SaidFacts("objection.budget"),)
    assert (entry.body["contacts"], entry.body["signed_by"]) == (["c1"], "u7")
    named, _ = mailed(contacts=["c3", "c3"])
    assert isinstance(named, Appended)
    assert named.entries[0].body["contacts"] == ["c3"]


def test_r_150_nobody_gets_a_mail_that_they_do_not_want() -> None:
    assert refusals(mailed(contacts=["c4", "c9"])[0]) == (
        422,
        [
            ("/contacts/0", "has no address"),
            ("/contacts/1", "no contact of the account has this id"),
        ],
    )
    status, faults = refusals(mailed(contacts=["c2"])[0])
    assert (status, [(path, reason.partition(":")[0]) for path, reason in faults]) == (
        409,
        [("/contacts", "no_reader")],
    )


def test_r_179_no_two_voices() -> None:
    _, seen = mailed()
    state = raised("budget_process")
    body = {"type": "reply", "objection": newest(state), "channel": "email"}
    seen = replace(seen, voices=(Voice("s1", "s1", NOW),))
    assert refusals(ask(state, body, seen)) == (
        409,
        [("/type", "two_voices: until 2025-09-17T00:00:00Z")],
    )
    assert isinstance(ask(state, body | {"channel": "call"}, seen), Appended)


def test_r_150_what_is_missing_keeps_a_reply_back() -> None:
    state = raised("unsure_need")
    body = {"type": "reply", "objection": newest(state), "channel": "call"}
    assert refusals(ask(state, body, context())) == (
        409,
        [
            ("/objection", f"placeholder_unresolved: {name}")
            for name in ("goal", "conversation", "feature")
        ],
    )


def test_r_136_none_is_an_answer_and_no_objection() -> None:
    state = raised("none")
    assert shown(state) == []
    about = {"objection": newest(state)}
    for body in (
        {"type": "reply", **about, "channel": "call"},
        {"type": "outcome", **about, "result": "resolved"},
        {"type": "outcome", "objection": "nothing", "result": "resolved"},
    ):
        assert refusals(ask(state, body, context()))[0] == 422


def test_r_157_what_they_look_for_elsewhere_is_named() -> None:
    assert refusals(ask(READY, {"type": "objection", "objection": "other_tools"}, context())) == (
        422,
        [("/wanted", "is missing: name the features that they look for")],
    )
    state = raised("other_tools", wanted=["webhooks", "offline_mode", "kiosk"])
    assert shown(state)[0]["product_gap"] == ["offline_mode", "kiosk"]
    body = {"type": "reply", "objection": newest(state), "channel": "call"}
    assert refusals(ask(state, body, context()))[1] == [
        ("/objection", "placeholder_unresolved: enough_features")
    ]
    later = raised("other_tools", state, wanted=["webhooks"])
    assert refusals(ask(later, body, context()))[0] == 409, "that of the entry itself"
    (event,) = statements.of(state.entries[-1], "acct-1", "o1")
    assert (event.type, event.data) == (
        "evidence.recorded",
        {
            "criterion": "wall",
            "kind": "competitor_comparison",
            "text": "webhooks, offline_mode, kiosk",
        },
    )
    assert story().told("evidence.recorded", **event.data).facts.record.proofs


def effects(state: Opportunity, **body: Any) -> list[Any]:
    found = ask(state, body, context())
    assert isinstance(found, Appended)
    return list(found.effects)


def test_r_154_without_a_goal_somebody_is_to_ask_for_it() -> None:
    unsure = {"type": "objection", "objection": "unsure_need"}
    (task,) = effects(READY, **unsure)
    assert (task.reason, task.about) == ("goal", "")
    goal = {"type": "answer", "question": "goal.quarter", "text": "Fewer errors.", "said_by": "c1"}
    assert effects(READY, **goal) == [TaskEnded("goal", "", "success")]
    assert effects(told(READY, **goal), **unsure) == []


@pytest.mark.parametrize(
    ("wanted", "says", "gap"),
    [
        (
            ["webhooks", "offline_mode"],
            "それらの多くは、Enterpriseプランで利用可能です。",
            "offline_mode",
        ),
        (["offline_mode"], None, "offline_mode"),
        (["webhooks"], "webhook。", None),
    ],
)
def test_r_157_the_csm_is_to_find_out_why(
    wanted: list[str], says: str | None, gap: str | None
) -> None:
    body = {"type": "objection", "objection": "other_tools", "wanted": wanted}
    (task,) = effects(READY, **body)
    assert (task.reason, task.about) == ("competitor", "")
    facts = Facts(account=account_facts(context().account), task=task.words)
    lines = task_lines(facts, "ja").lines
    assert lines["happened"].startswith("他のツールも検討しています。探している機能: ")
    assert (says or "") in lines["say"]
    assert (gap or "") in lines["do_not_say"]
    assert (lines["do_not_say"] == "特にありません。") is (gap is None)


def test_r_157_many_long_names_are_still_a_fact() -> None:
    state = raised("other_tools", wanted=[f"{n:03}".ljust(256, "x") for n in range(100)])
    (event,) = statements.of(state.entries[-1], "acct-1", "o1")
    assert story().told("evidence.recorded", **event.data).facts.record.proofs


@pytest.mark.parametrize(
    "body",
    [
        {"objection": "other_tools", "wanted": []},
        {"objection": "other_tools", "wanted": ["x"] * 101},
        {"objection": "weather"},
        {"objection": "too_expensive", "text": " "},
    ],
)
def test_bodies_that_are_none(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(READY, {"type": "objection", **body}, context())


@given(worlds())
@examples(30, shrinks=False)
def test_r_153_whatever_is_known_a_reply_is_said_or_refused(world: World) -> None:
    loaded, _ = hear(world)
    case = Case("schedule", world.now, loaded.catalog, loaded.facts)
    seen = Context(world.now, loaded.profile, Question.of(case), PEOPLE, loaded=loaded)
    for objection in ("wait_renewal", "too_expensive", "budget_process"):
        state = having(deal("engaged"), "objection", objection=objection)
        body = {"type": "reply", "objection": newest(state)}
        for plan in (*seen.catalog.plans, "gone"):
            for channel in ("call", "email"):
                found = ask(replace(state, to_plan=plan), body | {"channel": channel}, seen)
                assert isinstance(found, Appended | Refused)
                if isinstance(found, Appended):
                    dumps(dict(found.entries[0].body))
