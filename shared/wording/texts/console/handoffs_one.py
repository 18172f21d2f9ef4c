"""`/console/handoffs/{id}`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="引き継ぎ", en="Hand-off"),
}
