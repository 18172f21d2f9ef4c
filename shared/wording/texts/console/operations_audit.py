"""`/console/operations/audit`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS

SENTENCES = {
    **TABS,
    "title": Sentence(ja="操作記録", en="Audit log"),
    "at": Sentence(ja="日時", en="At"),
    "who": Sentence(ja="誰が", en="Who"),
    "action": Sentence(ja="操作", en="Action"),
    "what": Sentence(ja="対象", en="What"),
    "changes": Sentence(ja="変更内容", en="Changes"),
    "before": Sentence(ja="変更前", en="Before"),
    "after": Sentence(ja="変更後", en="After"),
    "from": Sentence(ja="開始日", en="From"),
    "to": Sentence(ja="終了日", en="To"),
    "empty.none": Sentence(ja="記録はありません。", en="Nothing was changed."),
}
