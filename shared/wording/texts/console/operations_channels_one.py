"""`/console/operations/channels/{name}`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.conflicts import SENTENCES as CONFLICTS
from shared.wording.texts.console.operations import TABS
from shared.wording.texts.console.operations_channels import CHANNEL

SENTENCES = {
    **TABS,
    **CHANNEL,
    **CONFLICTS,
    "title": Sentence(ja="送信先", en="Channel"),
    "settings": Sentence(ja="設定", en="Settings"),
    "no_settings": Sentence(ja="設定されていません。", en="It is not set."),
    "turn_on": Sentence(ja="有効にする", en="Turn on"),
    "field.url": Sentence(ja="URL", en="URL"),
    "hint.url": Sentence(
        ja="*** の部分は、同じホストなら保存済みの値のままです。",
        en="What is shown as *** stays as it is stored, for the same host.",
    ),
    "example.email.url": Sentence(
        ja="例: smtp://user:password@mail.example.com:587?starttls=required",
        en="Such as smtp://user:password@mail.example.com:587?starttls=required",
    ),
    "example.email.from": Sentence(
        ja="例: Acme <alerts@acme.example>", en="Such as Acme <alerts@acme.example>"
    ),
    "example.hubspot.url": Sentence(
        ja="例: https://api.hubapi.com", en="Such as https://api.hubapi.com"
    ),
    "example.hubspot.version": Sentence(ja="空欄なら既定値", en="Empty: the default"),
    "example.webhook.url": Sentence(
        ja="例: https://hooks.example.com/plimsoll", en="Such as https://hooks.example.com/plimsoll"
    ),
    "field.from": Sentence(ja="差出人", en="Sender"),
    "field.token": Sentence(ja="トークン", en="Token"),
    "hint.token": Sentence(
        ja="*** のままなら、保存済みのトークンを使います。",
        en="Left as ***, the stored token stays.",
    ),
    "field.version": Sentence(ja="APIのバージョン", en="Version of its API"),
    "field.rotate": Sentence(
        ja="署名の秘密鍵を作り直す(1日は両方で署名)",
        en="Make a new signing secret; both sign for a day",
    ),
    "field.to": Sentence(ja="テストの宛先(空欄なら差出人)", en="Test to (empty: the sender)"),
    "secret_is": Sentence(ja="署名の秘密鍵", en="Signing secret"),
    "secret_note": Sentence(
        ja="表示されるのは今だけです。受け取る側に保存してください。",
        en="It is shown this once: store it where the messages are received.",
    ),
    "test": Sentence(ja="テストを送信", en="Send a test"),
    "turn_off": Sentence(ja="無効にする", en="Turn off"),
    "turn_off.asks": Sentence(
        ja="この送信先で待っている配信は取り消されます。",
        en="The deliveries that wait for it are cancelled.",
    ),
    "fault.undelivered": Sentence(ja="届きませんでした。", en="It was not delivered."),
    "said.tested": Sentence(ja="テストが届きました。", en="The test was delivered."),
    "said.off": Sentence(ja="無効にしました。", en="It is off."),
}
