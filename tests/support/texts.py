"""The texts of a message whose facts are given as JSON, as in a record."""

from collections.abc import Mapping
from typing import Any

from shared import wording
from shared.messages.facts import read_facts
from shared.wording import InboxText, MailText, TaskText


def inbox_text(kind: Any, cls: Any, facts: Mapping[str, Any], *more: Any) -> InboxText:
    return wording.inbox_text(kind, cls, read_facts(facts), *more)


def mail_text(kind: Any, cls: Any, facts: Mapping[str, Any], *more: Any, **named: Any) -> MailText:
    return wording.mail_text(kind, cls, read_facts(facts), *more, **named)


def task_text(facts: Mapping[str, Any], *more: Any) -> TaskText:
    return wording.task_text(read_facts(facts), *more)
