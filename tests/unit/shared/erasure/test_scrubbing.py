"""What names an erased person is removed from stored JSON, and nothing else is."""

from typing import Any

import pytest

from shared.erasure.scrubbing import CROSSED_OUT, Person, scrubbed

HER = Person("acme", "c1", ("Li Wang", "li@example.com"))
ALIAS = HER.alias


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"contact": "c1", "score": 3, "comment": "bad"},
            {"contact": ALIAS, "score": 3, "comment": ""},
        ),
        (
            {"said_by": "c1", "text": "I need it", "feature": "sso"},
            {"said_by": ALIAS, "text": "", "feature": "sso"},
        ),
        (
            {"said_by": "c1", "activity": {"en": "a", "ja": "b"}},
            {"said_by": ALIAS, "activity": {"en": "", "ja": ""}},
        ),
        (
            {"contact": "c2", "comment": "ask li@Example.com"},
            {"contact": "c2", "comment": f"ask {CROSSED_OUT}"},
        ),
        ({"admin": {"name": "Li Wang"}}, {"admin": {"name": CROSSED_OUT}}),
        ({"contacts": ["c1", "c2"]}, {"contacts": [ALIAS, "c2"]}),
        (
            {"recipients": [{"contact": "c1"}, {"contact": "c2"}]},
            {"recipients": [{"contact": ALIAS}, {"contact": "c2"}]},
        ),
        ({"opted_out": {"c1": "2026-01-01"}}, {"opted_out": {ALIAS: "2026-01-01"}}),
        ({"active_users": {"2026-01": ["c1", "u2"]}}, {"active_users": {"2026-01": [ALIAS, "u2"]}}),
        ({"ticket": "c1", "feature": "c1"}, {"ticket": "c1", "feature": "c1"}),
        (
            {"requested": [{"key": "/crm 7", "text": "mine"}]},
            {"requested": [{"key": "/crm 7", "text": ""}]},
        ),
        (
            {"requested": [{"key": "/crm 8", "text": "not"}]},
            {"requested": [{"key": "/crm 8", "text": "not"}]},
        ),
        ({"n": 1, "none": None, "yes": True}, {"n": 1, "none": None, "yes": True}),
    ],
)
def test_what_is_left(before: Any, after: Any) -> None:
    assert scrubbed(before, HER, {"/crm 7"}) == after
    assert scrubbed(after, HER, {"/crm 7"}) == after


@pytest.mark.parametrize(
    ("name", "text", "after"),
    [
        ("Li", "the limit of Li", f"the limit of {CROSSED_OUT}"),
        ("花子", "青空花子さん", f"青空{CROSSED_OUT}さん"),
        ("A.B", "A.B and AxB", f"{CROSSED_OUT} and AxB"),
    ],
)
def test_a_name_is_a_word(name: str, text: str, after: str) -> None:
    person = Person("acme", "c1", (name,))
    assert scrubbed({"comment": text}, person) == {"comment": after}


def test_nothing_is_known_of_who_was_removed_before() -> None:
    assert scrubbed({"comment": "said Li Wang", "contact": "c2"}, Person("acme", "c1")) == {
        "comment": "said Li Wang",
        "contact": "c2",
    }


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("No", {"budget": {"status": "no", "said_by": "c2"}}),
        ("high", {"tickets": {"7": {"severity": "high", "cls": "defect"}}}),
        ("Month", {"stated": {"hours_period": "month"}}),
        ("Ticket", {"type": "ticket.opened", "specversion": "1.0"}),
        ("Usage", {"cause": "usage.threshold", "lines": [{"key": "usage.storage.90"}]}),
        ("Pass", {"gates": [{"gate": "fit", "result": "pass"}]}),
        ("pro", {"quote": {"plan": "pro"}, "plan": {"id": "pro"}}),
        ("Storage", {"meter": {"id": "storage", "reset": "never"}, "solves": ["storage"]}),
        ("Never", {"reset": {"storage": "never"}}),
        ("Acme", {"subject": "acme", "type": "nps.responded"}),
        ("Mori", {"action": "request", "to": "mori", "from": "u7", "signed_by": "mori"}),
        ("Engaged", {"to": "engaged", "from": "qualified", "person": "engaged"}),
        ("Sales", {"route": {"owner": "sales", "reasons": ["sales"]}}),
    ],
)
def test_words_that_rules_read_are_nobodys_name(name: str, stored: Any) -> None:
    assert scrubbed(stored, Person("acme", "c1", (name, "box@example.com"))) == stored


@pytest.mark.parametrize("field", ["author", "name", "email", "note", "text", "contact", "id"])
@pytest.mark.parametrize("outer", ["owner", "meter", "lines", "reset"])
def test_a_name_is_found_wherever_one_may_stand(field: str, outer: str) -> None:
    person = Person("acme", "c1", ("Zilpzalp", "zilpzalp@example.com"))
    for value in ("Zilpzalp", "zilpzalp@example.com", "Zilpzalp said no"):
        assert "zilpzalp" not in str(scrubbed({outer: {field: value}}, person)).lower()
    if field in ("name", "text", "contact"):
        assert "zilpzalp" not in str(scrubbed({outer: {field: "zilpzalp"}}, person))
