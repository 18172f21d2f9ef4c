"""`/console/setup`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="導入の手順", en="Set-up"),
    "done_of": Sentence(ja="{all}項目中{n}項目が完了", en="{n} of {all} done"),
    "done": Sentence(ja="完了", en="done"),
    "open": Sentence(ja="未完了", en="to do"),
    "there": Sentence(ja="ページを開く", en="Go there"),
}
