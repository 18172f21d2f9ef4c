"""Every code that a page can show has words."""

from typing import get_args

from services.trigger.judgement.facts.types import TYPES
from services.trigger.judgement.findings.signals import PRIORITY
from services.trigger.process.tasks.reasons import BY_HAND, ESCALATION, REASONS
from shared.messages.records import Kind
from shared.wording.texts.console import happenings


def test_codes_have_words() -> None:
    assert set(TYPES) <= set(happenings.FACTS)
    assert set(get_args(Kind)) <= set(happenings.MESSAGES)
    assert set(PRIORITY) <= set(happenings.SIGNALS)
    assert {*REASONS, BY_HAND, ESCALATION} == set(happenings.TASKS)
