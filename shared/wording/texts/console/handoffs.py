"""`/console/handoffs`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="引き継ぎ", en="Hand-offs"),
    "who": Sentence(ja="担当", en="Who"),
    "who.me": Sentence(ja="自分", en="Me"),
    "who.all": Sentence(ja="全員", en="Everybody"),
    "state": Sentence(ja="状態", en="State"),
    "state.waiting": Sentence(ja="返答待ち", en="Waiting"),
    "total": Sentence(ja="{n:number}件", en="{n:number} hand-off{n:s}"),
    "empty.none": Sentence(ja="あなたの返答を待っている人はいません。", en="Nobody waits for you."),
}
