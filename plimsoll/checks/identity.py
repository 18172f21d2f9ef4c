"""The identity provider: who people are who log in."""

from plimsoll.checks.finding import Finding
from services.console.login.provider import Unavailable, fetch_keys, fetch_metadata
from services.console.login.token import usable
from shared.runtime.settings import Settings

_SUBJECT = "log-in"


async def check(settings: Settings) -> list[Finding]:
    issuer = settings.oidc_issuer
    if issuer is None:
        what = "PLIMSOLL_OIDC_ISSUER is not set here: people get in by `plimsoll person link` alone"
        return [Finding(_SUBJECT, what)]
    try:
        metadata = await fetch_metadata(settings)
        keys = await fetch_keys(metadata.jwks_uri)
    except Unavailable as error:
        remedy = (
            "set PLIMSOLL_OIDC_ISSUER to the `issuer` of the provider's "
            "/.well-known/openid-configuration, and open the way there"
        )
        return [Finding(_SUBJECT, f"{issuer}: {error}", remedy)]
    if not any(map(usable, keys)):
        what = f"{issuer} has no key for RS256, PS256, ES256 or EdDSA"
        remedy = "let the provider sign ID tokens of this client with RS256"
        return [Finding(_SUBJECT, what, remedy)]
    return [Finding(_SUBJECT, f"{issuer} answers"), *_address(settings.public_url)]


def _address(public_url: str | None) -> list[Finding]:
    """Browsers keep a log-in over TLS alone, but on their own machine."""
    if (public_url or "").startswith("https://"):
        return []
    what = f"PLIMSOLL_PUBLIC_URL is {public_url or 'not set'}: people log in on this machine only"
    remedy = "set PLIMSOLL_PUBLIC_URL to the https address under which people open /console"
    return [Finding(_SUBJECT, what, remedy, warning=True)]
