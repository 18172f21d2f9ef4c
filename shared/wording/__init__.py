"""Facts to words, in Japanese and English. Pure: nobody else holds sentences, and nothing here decides what may be said.

`sentence` says one sentence of the catalogue; `inbox_text`, `mail_text` and `task_text` put a whole message together from its facts
(docs/architecture.md, "Facts of a message").
"""

from shared.wording.catalogue import SENTENCES, sentence
from shared.wording.sentence import Sentence, WordingError

__all__ = ["SENTENCES", "Sentence", "WordingError", "sentence"]
