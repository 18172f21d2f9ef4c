"""`/console/operations/channels`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS

CHANNEL = {
    "is.on": Sentence(ja="有効", en="On"),
    "is.blocked": Sentence(ja="停止中(再試行します)", en="Blocked, tried again"),
    "is.disabled": Sentence(ja="受信側が終了", en="Ended by its receiver"),
    "is.off": Sentence(ja="無効", en="Off"),
    "since": Sentence(ja="開始:", en="since"),
    "next_attempt": Sentence(ja="次の試行", en="next attempt"),
    "last_success": Sentence(ja="最後の成功", en="Last success"),
    "deliveries": Sentence(ja="配信", en="Deliveries"),
    "needs.email": Sentence(
        ja="顧客の担当者にメールを送ります。メールサーバーのURLと差出人が必要です。",
        en="It sends mails to contacts. It needs the URL of a mail server, and a sender.",
    ),
    "needs.webhook": Sentence(
        ja="通知を署名付きでシステムに送ります。受け取るURLが必要です。",
        en="It sends signed messages to a system of yours. It needs a URL that takes them.",
    ),
    "needs.hubspot": Sentence(
        ja="CRMにタスクを作ります。URLとトークンが必要です。",
        en="It makes tasks in the CRM. It needs a URL and a token.",
    ),
}
SENTENCES = {
    **TABS,
    **CHANNEL,
    "title": Sentence(ja="送信先", en="Channels"),
}
