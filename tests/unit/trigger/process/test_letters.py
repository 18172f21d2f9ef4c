"""A mail that a person signs, as a message: to whom they name, without an offer."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from services.trigger.accounts import Terms
from services.trigger.dossier.dossier import Loaded
from services.trigger.process.letters import mail
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import MailAsked
from shared.messages import Recipient
from shared.messages.facts import LetterFacts, SignedFacts
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import context, story

ASKED = MailAsked("person.message", "notice", ("c1", "c2"), "Friday", ("Until then.",), "e1")


def seen() -> Context:
    told = story()
    loaded = Loaded(Terms("UTC", told.facts.subscription, {}), told.catalog, told.facts)
    return replace(context(told=told), loaded=loaded)


def test_it_names_the_deal_whose_owner_signs_it() -> None:
    found = mail(replace(ASKED, not_before=NOW + timedelta(hours=1)), "o1", seen())
    assert (found.key, found.kind, found.cls, found.webhook) == (
        "e1",
        "person.message",
        "notice",
        False,
    )
    assert found.recipients == tuple(
        Recipient(contact, not_before=NOW + timedelta(hours=1)) for contact in ("c1", "c2")
    )
    assert found.facts.signed == SignedFacts("o1")
    assert found.facts.letter == LetterFacts("Friday", ("Until then.",))
    assert found.facts.proposal is None
    assert found.proposes is None
    assert found.facts.sender is msgspec.UNSET


def test_an_introduction_is_signed_by_a_person_and_copied_to_another() -> None:
    asked = replace(ASKED, kind="handoff.intro", signer="u7", copy_to="s1")
    assert mail(asked, "o1", seen()).facts.signed == SignedFacts("o1", "u7", "s1")


def test_what_sells_says_who_sends_it() -> None:
    assert mail(replace(ASKED, cls="proposal"), "o1", seen()).facts.sender is None
