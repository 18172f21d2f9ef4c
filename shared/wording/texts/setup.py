"""The five first steps of an installation (R-231)."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "setup.1": Sentence(
        ja="ロイヤリティを測るデータ(ログインとNPS)を集める",
        en="Collect what loyalty is measured by: logins and NPS",
    ),
    "setup.1.remedy": Sentence(
        ja="POST /v1/signals で login.recorded と nps.responded を送る",
        en="send login.recorded and nps.responded to POST /v1/signals",
    ),
    "setup.2": Sentence(
        ja="ロイヤリティの高い顧客を抽出する", en="Find loyal customers to approach"
    ),
    "setup.2.remedy": Sentence(
        ja="GET /v1/targets を確認する: 契約6ヶ月以上、ログイン、NPS 9〜10、前向きな問い合わせ",
        en=(
            "look at GET /v1/targets: six months of contract, logins, NPS 9 or 10, "
            "positive enquiries"
        ),
    ),
    "setup.3": Sentence(ja="料金プランを3〜4段階にする", en="Offer three or four plans"),
    "setup.3.remedy": Sentence(
        ja="plimsoll catalog check FILE で確認し、1つの系列を3〜4プランにする",
        en="check with plimsoll catalog check FILE: three or four plans in a family",
    ),
    "setup.4": Sentence(
        ja="CRMにつなぎ、ヘルススコア・NPS・契約更新日を管理する",
        en="Connect the CRM; know health, NPS and renewal date",
    ),
    "setup.4.remedy": Sentence(
        ja="PUT /v1/channels/hubspot で接続し、契約(PUT …/subscription)とNPSを送る",
        en="connect it with PUT /v1/channels/hubspot; send subscriptions and NPS answers",
    ),
    "setup.5": Sentence(
        ja="カスタマーサクセスと営業の担当を決める",
        en="Name the people of customer success and sales",
    ),
    "setup.5.remedy": Sentence(
        ja="PUT /v1/people/{{id}} で csm と sales を登録し、アカウントに csm を設定する",
        en="enter them with PUT /v1/people/{{id}} (roles csm and sales) and give accounts a csm",
    ),
}
