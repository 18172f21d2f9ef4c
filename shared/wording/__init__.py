"""Turns facts into words, in Japanese and English. Pure: all sentences are here, and nothing here
decides what may be said.

`sentence` renders one sentence of the catalogue; `inbox_text`, `mail_text` and `task_text` build a
whole message from its facts (docs/data.md, "Facts of a message").
"""

from shared.wording.catalogue import SENTENCES, sentence
from shared.wording.gates import gate_text, gate_title, result_text
from shared.wording.inbox import InboxText, inbox_text
from shared.wording.layout import Action
from shared.wording.mail import MailText, mail_text
from shared.wording.price import price_text
from shared.wording.sentence import Sentence, WordingError
from shared.wording.severity import Severity, severity
from shared.wording.task import TaskText, task_text

__all__ = [
    "SENTENCES",
    "Action",
    "InboxText",
    "MailText",
    "Sentence",
    "Severity",
    "TaskText",
    "WordingError",
    "gate_text",
    "gate_title",
    "inbox_text",
    "mail_text",
    "price_text",
    "result_text",
    "sentence",
    "severity",
    "task_text",
]
