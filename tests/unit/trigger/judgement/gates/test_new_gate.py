"""A gate is added in three places: its object, its words, its row in docs/judgement.md.

This one is added to the first two, as CONTRIBUTING says, and everything knows it.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.trigger.accounts import Person
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, blocked, passed
from services.trigger.judgement.gates.gate import Gate, Instead, business_days
from services.trigger.judgement.pipeline import GATES, suppressions
from services.trigger.proposals import explanation
from services.trigger.proposals.changes import Changes
from services.trigger.proposals.effects.rows import changes
from shared.wording import SENTENCES, gate_title
from shared.wording.sentence import Sentence
from shared.wording.texts.gates import GATES as WORDS
from shared.wording.texts.gates import GateWords
from tests.support.catalogs import catalog
from tests.support.rulings import Told, crossed
from tests.support.stories import NOW, account
from tests.unit.deploy.test_judgement_page import gates as gates_of_the_page

ENDS = NOW + timedelta(days=3)


def audit(case: Case) -> Answer:
    csm = case.facts.account.csm
    if csm is None or csm.id != "auditor":
        return passed("no audit")
    return blocked("they are being audited", {"until": ENDS}, retry_at=ENDS)


AUDIT = Gate("audit", audit, suppresses=True, remedy=Instead("quiet", business_days(1)))


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    words = GateWords(
        title=Sentence(ja="監査の最中か", en="Are they being audited?"),
        blocked="監査のため{until:day}まで静かにしてほしいとのことです",
    )
    monkeypatch.setitem(WORDS, "audit", words)
    monkeypatch.setitem(
        SENTENCES,
        "remedy.quiet",
        Sentence(ja="監査の終わりを待つ(期限 {due:day})", en="wait for its end (due {due:day})"),
    )
    GATES.add(AUDIT, before="top_plan")
    yield
    GATES.remove("audit")


def crossed_with(csm: str) -> Told:
    story = account(catalog("global"), "starter", csm=Person(csm, "Kato")).active(12)
    return crossed(story, "storage", 9 * 10**9, 90)


@pytest.mark.usefixtures("added")
def test_it_is_asked_at_its_place_blocks_and_withholds() -> None:
    assert "audit" not in crossed_with("u1").decision.blocked_by
    decision = crossed_with("auditor").decision
    asked = [gate.gate for gate in decision.gates]
    assert asked == list(GATES.names)
    assert asked[asked.index("top_plan") - 1] == "audit"
    assert (decision.outcome, decision.blocked_by) == ("withheld", ("audit",))
    assert decision.retry_at == ENDS


@pytest.mark.usefixtures("added")
def test_the_decision_shows_it_and_what_is_done_instead() -> None:
    shown = crossed_with("auditor").decision.json()
    assert shown["blocked_by"] == ["audit"]
    assert {
        "gate": "audit",
        "result": "block",
        "reason": "they are being audited",
        "evidence": {"until": "2025-09-19T00:00:00Z", "retry_at": "2025-09-19T00:00:00Z"},
    } in shown["gates"]
    assert shown["remedy"] == {"task": "quiet", "owner": "cs", "due_at": "2025-09-17T00:00:00Z"}


@pytest.mark.usefixtures("added")
def test_it_is_explained_in_both_languages() -> None:
    shown = dict(crossed_with("auditor").decision.json())
    english = explanation.lines(shown, "In audit", "Asia/Tokyo", "en")
    assert "audit: block: they are being audited; decided again on September 19, 2025" in english
    japanese = explanation.lines(shown, "In audit", "Asia/Tokyo", "ja")
    said = "監査のため2025年9月19日まで静かにしてほしいとのことです"
    assert f"audit: 見送り: {said}。2025年9月19日に再判断します。" in japanese
    assert gate_title("audit", "en") == "Are they being audited?"
    assert gate_title("audit", "ja") == "監査の最中か"


@pytest.mark.usefixtures("added")
def test_the_task_says_what_to_do_and_not_to_do() -> None:
    found = crossed_with("auditor")
    assert [task for task in found.tasks("en") if "Wait for its end (due September 17" in task]
    japanese = [task for task in found.tasks("ja") if "監査の終わりを待つ" in task]
    assert japanese
    assert all("言わないこと: アップグレード" in task for task in japanese)
    assert all("監査のため2025年9月19日まで" in task for task in japanese)


@pytest.mark.usefixtures("added")
def test_it_is_held_against_the_account_until_it_ends() -> None:
    found = crossed_with("auditor")
    into = Changes()
    changes(found.ruling, into)
    assert into.suppressed == [("acct-1", ("audit",))]
    assert [remedy.gate for _, remedy, _ in into.remedies] == ["audit"]
    assert [gate.gate for gate in suppressions(found.ruling.question)] == ["audit"]


@pytest.mark.usefixtures("added")
def test_the_page_lacks_it() -> None:
    """What names the third place to anyone who forgot it: the test of docs/judgement.md."""
    assert set(GATES.names) - {name for name, _ in gates_of_the_page()} == {"audit"}


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="there is a gate named fit"):
        GATES.add(Gate("fit", audit))
