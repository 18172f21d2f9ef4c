"""The public form of a catalogue in the API description: what is accepted and what is returned.

`parse` reads it and checks more than a schema can (for example that a plan names every meter);
`canonical` writes it.
"""

from decimal import Decimal
from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict

from shared.answers import Amount
from shared.catalog.types import (
    Aggregation,
    AssetKind,
    Csm,
    DealValueBasis,
    Enforcement,
    FeatureGroup,
    FilterValue,
    Language,
    MaterialKind,
    Purchase,
    Routing,
)
from shared.values.periods import Reset

CLOSED = ConfigDict(extra="forbid")
Quantity = Annotated[
    int | Decimal | str,
    WithJsonSchema(
        {
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}],
            "examples": [10000, "10K", "10 GB"],
        }
    ),
]
Limit = Annotated[
    int | Decimal | str,
    WithJsonSchema(
        {
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}],
            "examples": ["10 GB", "unlimited"],
        }
    ),
]
Money = Annotated[
    int | Decimal | str,
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}], "examples": [49, "49.00"]}
    ),
]


@with_config(CLOSED)
class NamesGiven(TypedDict):
    """A name in each of the catalogue's languages."""

    en: NotRequired[str]
    ja: NotRequired[str]


Name = Annotated[
    NamesGiven | str,
    Field(description="In the catalogue's languages, or one text for all of them."),
]


@with_config(CLOSED)
class AbsoluteThreshold(TypedDict):
    """Reached at this amount, regardless of the limit."""

    at: Quantity


@with_config(CLOSED)
class RateThreshold(TypedDict):
    """Of a counter that adds up: reached by this much within an hour (UTC), regardless of the
    limit.
    """

    per_hour: Quantity


Thresholds = list[Annotated[int, Field(ge=1, le=1000)] | AbsoluteThreshold | RateThreshold]


_RESET = (
    "Every `day`, `week`, `month` or `year`, "
    "independent of the billing interval, from the subscription's anchor in the account's time "
    "zone; `period`: with the billing period; `never`: a level, such as seats."
)


@with_config(CLOSED)
class MeterShape(TypedDict):
    """What is counted: which event feeds it, how, and when it resets. `filter`: equality on fields
    of `data`.
    """

    event: str
    aggregation: Aggregation
    reset: Annotated[Reset, Field(description=_RESET)]
    value: NotRequired[
        Annotated[str, Field(description="The field of `data` that is read; not used by a count.")]
    ]
    unit: NotRequired[str]
    name: NotRequired[Name]
    filter: NotRequired[
        dict[
            str,
            Annotated[
                FilterValue, WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
            ],
        ]
    ]


@with_config(CLOSED)
class PriceShape(TypedDict):
    """The price per month, per year, or both."""

    month: NotRequired[Money]
    year: NotRequired[Money]


Price = PriceShape | Money
Whole = Annotated[int, Field(ge=0)]


@with_config(CLOSED)
class PlanLimit(TypedDict):
    """A limit with its own thresholds; with `hard` the notice says that use stops at the limit."""

    limit: Limit
    thresholds: NotRequired[Thresholds]
    enforcement: NotRequired[Enforcement]


@with_config(CLOSED)
class SupportShape(TypedDict):
    channels: NotRequired[list[str]]
    first_response_hours: NotRequired[Amount]
    csm: NotRequired[Csm]


@with_config(CLOSED)
class PlanShape(TypedDict):
    """`limits` names every meter. `rank` orders the plans of a family: the next rank is one plan
    up.
    """

    id: str
    rank: Annotated[int, Field(ge=1, le=1_000_000)]
    limits: dict[str, PlanLimit | Limit]
    name: NotRequired[Name]
    price: NotRequired[
        Annotated[Price, Field(description="`custom` if it is quoted individually.")]
    ]
    purchase: NotRequired[Purchase]
    support: NotRequired[SupportShape]
    features: NotRequired[list[str]]
    family: NotRequired[str]
    currency: NotRequired[str]
    extra: NotRequired[
        Annotated[dict[str, Price], Field(description="The price of one more unit of a meter.")]
    ]
    graduation: NotRequired[list[str]]
    target: NotRequired[bool]


Link = Annotated[str, Field(description="An address.", examples=["https://www.example.com/demo"])]


@with_config(CLOSED)
class AssetShape(TypedDict):
    """Something that shows a feature."""

    kind: AssetKind
    title: Name
    url: Link


@with_config(CLOSED)
class MaterialShape(TypedDict):
    """A link for the documents of an offer."""

    title: Name
    url: Link
    text: NotRequired[Name]


@with_config(CLOSED)
class FeatureShape(TypedDict):
    group: NotRequired[FeatureGroup]
    name: NotRequired[Name]
    assets: NotRequired[list[AssetShape]]


@with_config(CLOSED)
class AddOnShape(TypedDict):
    """Sold in addition to a plan; `limits` is what one unit adds to a meter."""

    id: str
    price: Price
    name: NotRequired[Name]
    plans: NotRequired[list[str]]
    limits: NotRequired[dict[str, Quantity]]


@with_config(CLOSED)
class UsageLowShape(TypedDict):
    percent: NotRequired[Amount]
    trend: NotRequired[Amount]


@with_config(CLOSED)
class BugBlockShape(TypedDict):
    severe: NotRequired[Whole]
    reports_30d: NotRequired[Whole]


@with_config(CLOSED)
class RepeatShape(TypedDict):
    periods: NotRequired[Whole]
    days: NotRequired[Whole]
    percent: NotRequired[Whole]


@with_config(CLOSED)
class CapShape(TypedDict):
    count: Whole
    days: Whole


@with_config(CLOSED)
class HoldoutShape(TypedDict):
    percent: NotRequired[Amount]
    salt: NotRequired[str]


@with_config(CLOSED)
class SenderShape(TypedDict):
    name: str
    address: str
    contact: str


@with_config(CLOSED)
class GuardrailsShape(TypedDict):
    complaint_percent: NotRequired[Amount]
    unsubscribe_percent: NotRequired[Amount]
    min_sends: NotRequired[Whole]


@with_config(CLOSED)
class DueDaysShape(TypedDict):
    """Business days until a task is due, by its priority."""

    high: NotRequired[Whole]
    medium: NotRequired[Whole]
    low: NotRequired[Whole]


@with_config(CLOSED)
class ProcessShape(TypedDict):
    """How long people have for their part."""

    due_days: NotRequired[DueDaysShape | Whole]
    accept_days: NotRequired[Whole]
    contact_days: NotRequired[Whole]
    trial_days: NotRequired[Whole]
    expiry_days: NotRequired[Whole]
    missed_hours: NotRequired[Whole]


@with_config(CLOSED)
class ExperimentShape(TypedDict):
    """Two arms, each with the percentage from which its accounts get offers."""

    id: str
    salt: str
    arms: Annotated[
        dict[str, Annotated[int, Field(ge=1, le=1000)]], Field(min_length=2, max_length=2)
    ]


@with_config(CLOSED)
class CostsShape(TypedDict):
    """What a new customer costs, and an offer to an existing one."""

    currency: str
    acquisition: Money
    proposal: Money


@with_config(CLOSED)
class PolicyShape(TypedDict):
    """How carefully offers are made. Omitted keys have their defaults."""

    new_contract_grace_days: NotRequired[Whole]
    login_target_30d: NotRequired[Whole]
    login_low_30d: NotRequired[Whole]
    usage_low: NotRequired[UsageLowShape | Amount]
    tickets_high_30d: NotRequired[Whole]
    tickets_high_ratio: NotRequired[Amount]
    open_bugs_block: NotRequired[BugBlockShape | Whole]
    repeat_periods: NotRequired[RepeatShape | Whole]
    cs_max_discount_pct: NotRequired[Amount]
    nps_max_age_days: NotRequired[Whole]
    decline_cooldown_days: NotRequired[Whole]
    downsell_cooldown_days: NotRequired[Whole]
    step_cooldown_days: NotRequired[Whole]
    proposal_cap: NotRequired[list[CapShape] | dict[str, Whole]]
    deal_value_basis: NotRequired[DealValueBasis]
    clear_value_multiple: NotRequired[Amount]
    routing: NotRequired[Routing]
    sales_from: NotRequired[dict[str, Quantity]]
    holdout: NotRequired[HoldoutShape]
    health: NotRequired[
        dict[Literal["logins", "features", "limits", "nps", "support", "outcomes"], Amount]
    ]
    sender: NotRequired[SenderShape]
    holidays: NotRequired[bool]
    guardrails: NotRequired[GuardrailsShape | Amount]
    evaluate_on_create: NotRequired[bool]
    mail_hold_seconds: NotRequired[int]
    process: NotRequired[ProcessShape]
    human_first: NotRequired[
        Annotated[
            dict[str, Quantity],
            Field(description="Yearly revenue from which a person offers first, by currency."),
        ]
    ]
    experiment: NotRequired[ExperimentShape]
    costs: NotRequired[CostsShape]


@with_config(CLOSED)
class BrandShape(TypedDict):
    """The product's brand in mails: shown in the header, with the colour of the button."""

    name: Name
    logo: NotRequired[
        Annotated[
            str, Field(description="An https URL.", examples=["https://www.example.com/logo.png"])
        ]
    ]
    color: NotRequired[Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$", examples=["#0b57d0"])]]


@with_config(CLOSED)
class CatalogDocument(TypedDict):
    """What is sold; the same in YAML and JSON. Quantities are numbers or strings such as `10K`, `10
    GB`, `10 GiB`, `unlimited`.
    """

    currency: Annotated[
        str, Field(description="The currency of all prices, unless a plan has its own.")
    ]
    meters: dict[str, MeterShape]
    plans: Annotated[list[PlanShape], Field(min_length=1)]
    languages: NotRequired[
        Annotated[
            list[Language],
            Field(
                min_length=1,
                description="The languages required for every name; by default, all that occur.",
            ),
        ]
    ]
    brand: NotRequired[BrandShape]
    thresholds: NotRequired[Thresholds]
    links: NotRequired[
        Annotated[
            dict[str, str], Field(description="`{account}`, `{plan}` and `{meter}` are filled in.")
        ]
    ]
    features: NotRequired[dict[str, FeatureShape]]
    frameworks: NotRequired[dict[str, list[str]]]
    add_ons: NotRequired[list[AddOnShape]]
    materials: NotRequired[dict[MaterialKind, list[MaterialShape]]]
    policy: NotRequired[PolicyShape]


class AppliedCatalog(CatalogDocument):
    """A version's complete catalogue: defaults of plans and meters are written out."""

    version: int
