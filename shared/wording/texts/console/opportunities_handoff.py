"""`/console/opportunities/{id}/handoff`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="引き継ぎ", en="Hand-off"),
    "ask_sales": Sentence(ja="営業に引き継ぎを依頼", en="Ask Sales to take it"),
    "field.to": Sentence(ja="営業担当", en="Who"),
    "the_ae": Sentence(ja="顧客の営業担当", en="The account's AE"),
}
