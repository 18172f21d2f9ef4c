"""Value angles, gaps and the five scenarios, for a person to say (R-120..R-123, R-133,
R-140..R-145).

Trigger checks each claim before it is used.
"""

from shared.wording.sentence import Sentence

_AUTOMATION = {"ja": "自動化", "en": "automation"}
_SECURITY = {"ja": "セキュリティ", "en": "security"}

SENTENCES = {
    "angle.unlock": Sentence(
        ja=(
            "チームは数ヶ月間{feature:name}について尋ねています。それは{plan:bare}でのみ利用可能ですが、"
            "{obstacle:name}を解決し、オンボーディングをよりスムーズにします。"
        ),
        en=(
            "Your team has been asking about {feature:name} for months. It is only available "
            "in {plan:bare}, but it resolves {obstacle:name} and makes onboarding smoother."
        ),
        defaults={
            "obstacle": {"ja": "セキュリティチームの懸念", "en": "your security team's concerns"}
        },
    ),
    "angle.efficiency": Sentence(
        ja=(
            "専任CSMサポートにより、アカウントを深く理解し、最適化を支援できる人がいます。"
            "ほとんどの顧客は、これによりトラブルシューティングと最適化作業が月{hours:name}時間節約されると報告しています。"
        ),
        en=(
            "With a dedicated CSM, somebody knows your account in depth "
            "and helps you get the best out of it. "
            "Most customers report that this saves them {hours:name} hours of troubleshooting "
            "and tuning a month."
        ),
        defaults={"hours": {"ja": "5〜10", "en": "5–10"}},
    ),
    "angle.competitive": Sentence(
        ja="競合他社は{feature:name}を使用して、数分でリードに対応しています。それは{plan:bare}のみですが、コンバージョン率の向上を推進しています。",
        en=(
            "Your competitors use {feature:name} to respond to leads within minutes. "
            "It comes only with {plan:bare}, but it is what drives their better conversion rates."
        ),
        defaults={"feature": {"ja": "高度な自動化機能", "en": "advanced automation"}},
    ),
    "angle.risk": Sentence(
        ja=(
            "{framework:name}のタイムラインを考えると、{plan:name}セキュリティ機能が認証を加速します。"
            "監査証跡とアクセス制御は、監査人が求めるものそのものです。"
        ),
        en=(
            "Given your {framework:name} timeline, the {plan:name} security features speed "
            "up certification. Audit trails and access control are exactly what auditors ask for."
        ),
    ),
    "angle.risk.days": Sentence(
        ja="期限まであと{days:number} 日({deadline:when})です。",
        en="{days:number} days are left until {deadline:when}.",
    ),
    "gap.automation": Sentence(
        ja="説明された{need:name}は、{plan:name}ワークフロー機能に最適です。",
        en="The {need:name} you described is an ideal fit for the {plan:name} workflow features.",
        defaults={"need": _AUTOMATION},
    ),
    "gap.security": Sentence(
        ja="言及された{need:name}要件は、{plan:name}セキュリティパッケージが対処するものそのものです。",
        en=(
            "The {need:name} requirements you mentioned "
            "are exactly what the {plan:name} security package addresses."
        ),
        defaults={"need": _SECURITY},
    ),
    "scenario.advanced_feature": Sentence(
        ja=(
            "{feature:name}について{count:number}回尋ねられました。"
            "それは{plan:bare}のみですが、他の顧客にとってどのように機能するか正確にお見せできます。"
        ),
        en=(
            "You have asked about {feature:name} {count:number} times. It comes only "
            "with {plan:bare}, but we can show you exactly how it works for other customers."
        ),
    ),
    "scenario.team_growth": Sentence(
        ja=(
            "{count:number}人の新しい{role:role}を採用していることを見ました。"
            "{plan:bare}の{limit:limit}は、{from:name}シートを追加するよりもコスト効率が良いでしょう。"
        ),
        en=(
            "We saw that you are hiring {count:number} new {role:role}. With {plan:bare}, "
            "{limit:limit} should be more cost-effective than adding {from:name} seats."
        ),
        defaults={"role": {"ja": "メンバー", "en": "team members"}},
    ),
    "scenario.better_support": Sentence(
        ja="プラットフォームが業務にとってどれほど重要かを考えると、{plan:bare}の{sla:number}時間SLAと{csm:csm}が安心感を与えるかもしれません。",
        en=(
            "Given how important the platform is to your business, "
            "the {sla:number}-hour SLA and {csm:csm} of {plan:bare} may give you peace of mind."
        ),
    ),
    "scenario.compliance": Sentence(
        ja="{framework:name}コンプライアンスには、{plan:bare}のセキュリティ機能が必要になります。多くの顧客が具体的にそのためにアップグレードしています。",
        en=(
            "{framework:name} compliance will need the security features of {plan:bare}. "
            "Many customers upgrade for exactly that."
        ),
    ),
}
