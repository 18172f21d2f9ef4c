"""`/console/accounts/{id}/timeline`."""

from shared.wording.sentence import Sentence

KINDS = {
    "kind.alert": Sentence(ja="アラート", en="alert"),
    "kind.decision": Sentence(ja="判定", en="decision"),
    "kind.fact": Sentence(ja="事実", en="fact"),
    "kind.message": Sentence(ja="通知", en="message"),
    "kind.call": Sentence(ja="会話", en="call"),
    "kind.plan": Sentence(ja="プラン変更", en="change of plan"),
    "empty.timeline": Sentence(ja="まだ何も起きていません。", en="Nothing has happened yet."),
}
SENTENCES = {
    **KINDS,
    "title": Sentence(ja="タイムライン", en="Timeline"),
    "kind": Sentence(ja="種類", en="Kind"),
}
