"""To whom Sales are introduced, and in which words."""

from services.trigger.accounts import Contact
from services.trigger.process.handoff.introduction import introduction, readers
from shared.messages.facts import SaidFacts
from shared.wording import sentence
from tests.unit.trigger.process.handoff.cases import later, seen

STEP = {"type": "formal_proposal", "owner": "s1", "due": "2025-09-30"}


def contact(id: str, role: str, email: str | None) -> Contact:
    return Contact(id, id, role, email)  # type: ignore[arg-type]


def test_who_decides_and_who_speaks_for_us_once_per_address() -> None:
    owner = contact("o", "owner", "o@example.com")
    decides = contact("d", "decision_maker", "d@example.com")
    speaks = contact("s", "champion", "D@example.com")
    other = contact("t", "champion", "t@example.com")
    assert readers((owner, decides, speaks, other)) == ("d", "t")
    assert readers((owner, contact("d", "decision_maker", None))) == ("o",)
    assert readers((contact("m", "member", "m@example.com"),)) == ()
    assert readers(()) == ()


def said(known: object, locale: str) -> tuple[str, str]:
    mail = introduction(("u7", "Kato"), ("s1", "Mori"), STEP, "e1", known)  # type: ignore[arg-type]
    assert mail is not None
    texts = []
    for one in (mail.subject, *mail.body):
        assert isinstance(one, SaidFacts)
        texts.append(sentence(one.key, {"contact": "Sato", **one.variables}, locale))
    subject, body = texts
    return subject, body


def test_the_words_are_those_of_the_requirement() -> None:
    assert said(seen(), "en-US") == (
        "Introducing Mori",
        "Hello Sato, this is Kato. From now on Mori will work with you together with me. "
        "Mori knows all that we have discussed, so you need not repeat it. "
        "Next step: a formal proposal by September 30, 2025.",
    )
    assert said(seen(), "ja-JP") == (
        "担当者のご紹介: Mori",
        "Sato様、いつもお世話になっております。Katoです。今後はMoriが私とともに担当いたします。"
        "これまで伺った内容はすべて共有しておりますので、改めてご説明いただく必要はありません。"
        "次の一歩: 正式なご提案(2025年9月30日まで)",
    )


def test_a_day_that_is_past_is_not_named() -> None:
    assert said(later(days=30), "en")[1].endswith("Next step: a formal proposal.")
