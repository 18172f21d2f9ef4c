"""Whether an offer helped (R-214)."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "feedback.title": Sentence(ja="ご案内についてのご意見", en="About this offer"),
    "feedback.ask": Sentence(ja="このご案内は役に立ちましたか?", en="Was this offer helpful?"),
    "feedback.helpful": Sentence(ja="役に立った", en="Helpful"),
    "feedback.unwanted": Sentence(ja="不要", en="Not needed"),
    "feedback.done": Sentence(ja="ご意見をありがとうございました。", en="Thank you."),
}
