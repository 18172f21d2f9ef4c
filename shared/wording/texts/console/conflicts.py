"""Fields that two people changed at the same time."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "conflicts": Sentence(
        ja="同時に変更された項目: あなたの内容が入力されています",
        en="Changed by both of you: the form has yours",
    ),
    "conflict.field": Sentence(ja="項目", en="Field"),
    "yours": Sentence(ja="あなたの内容", en="Yours"),
    "theirs": Sentence(ja="相手の内容", en="Theirs"),
    "before": Sentence(ja="変更前", en="Before"),
}
