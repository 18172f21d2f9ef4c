"""What is sold beside a plan, and the plan below for those who may leave, for a person to read
(R-221..R-223).
"""

from shared.wording.sentence import Sentence

SENTENCES = {
    "cross_sell.beside": Sentence(
        ja="{plan:plan}とあわせて{item:name}もご利用いただけます",
        en="{item:name} can be used together with the {plan:bare} plan",
    ),
    "downsell.fits": Sentence(
        ja=(
            "{plan:plan}への変更なら今の使用量のまま続けられます: "
            "月{contraction:money}、維持できるのは月{retained:money}(年{year:money})"
        ),
        en=(
            "their usage fits the {plan:bare} plan: {contraction:money} a month, "
            "and {retained:money} a month ({year:money} a year) stays"
        ),
    ),
    "downsell.fits.unpriced": Sentence(
        ja="{plan:plan}への変更なら今の使用量のまま続けられます",
        en="their usage fits the {plan:bare} plan",
    ),
    "downsell.too_much": Sentence(
        ja="{plan:plan}には今の使用量が収まりません",
        en="their usage does not fit the {plan:bare} plan",
    ),
    "downsell.reduce": Sentence(
        ja="{meter:name}を減らす必要があります: {used:share}",
        en="{meter:name} would have to shrink: {used:share}",
    ),
}
