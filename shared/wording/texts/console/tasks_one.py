"""`/console/tasks/{id}`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="タスク", en="Task"),
    "log_a_call": Sentence(ja="電話を記録", en="Log a call"),
    "call": Sentence(ja="電話", en="Call"),
    "field.title": Sentence(ja="話した内容", en="What it was about"),
    "field.held_on": Sentence(ja="日付", en="Day"),
    "said.called": Sentence(ja="電話を記録しました。", en="The call is logged."),
    "no_plan": Sentence(ja="契約なし", en="No subscription"),
    "renewal": Sentence(ja="更新", en="renewal"),
    "is_closed": Sentence(ja="このタスクは完了しています。", en="This task is closed."),
    "snoozed_until": Sentence(ja="スヌーズの期限", en="Snoozed until"),
    "entry.opened": Sentence(ja="開始", en="Opened"),
    "entry.start": Sentence(ja="着手", en="Started"),
    "entry.close": Sentence(ja="完了", en="Closed"),
    "entry.closed": Sentence(ja="自動で完了", en="Closed by itself"),
    "entry.snooze": Sentence(ja="スヌーズ", en="Snoozed"),
    "entry.wake": Sentence(ja="スヌーズを解除", en="Woken"),
    "entry.due": Sentence(ja="期限を変更", en="Due date changed"),
    "entry.owner": Sentence(ja="担当を変更", en="Owner changed"),
    "entry.note": Sentence(ja="メモ", en="Note"),
    "entry.raised": Sentence(ja="優先度を変更", en="Raised"),
    "entry.reopened": Sentence(ja="再開", en="Reopened"),
    "entry.escalated": Sentence(ja="上長に通知", en="Escalated"),
}
