"""The identity provider: who people are who log in."""

from plimsoll.checks.finding import Finding
from services.console.login.provider import Metadata, Unavailable, fetch, fetch_keys, fetch_metadata
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
        if metadata.userinfo_endpoint is not None:
            await fetch("GET", metadata.userinfo_endpoint)  # that it answers is enough
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
    found = Finding(_SUBJECT, f"{issuer} answers")
    return [found, *_differences(metadata, settings), *_address(settings.public_url)]


def _differences(metadata: Metadata, settings: Settings) -> list[Finding]:
    """What it says of itself that does not fit how it is asked."""
    found = []
    if not metadata.knows_s256:
        what = f"{metadata.issuer} does not list S256: it may refuse log-ins, or not check them"
        remedy = "let the provider accept PKCE with S256 for this client"
        found.append(Finding(_SUBJECT, what, remedy, warning=True))
    known = metadata.scopes
    strange = [] if known is None else sorted(set(settings.oidc_scopes.split()) - known)
    if strange:
        what = f"{metadata.issuer} does not list the scope {', '.join(strange)}"
        remedy = "make it there, or leave it out of PLIMSOLL_OIDC_SCOPES"
        found.append(Finding(_SUBJECT, what, remedy, warning=True))
    return found


def _address(public_url: str | None) -> list[Finding]:
    """Browsers keep a log-in over TLS alone, but on their own machine."""
    if (public_url or "").startswith("https://"):
        return []
    what = f"PLIMSOLL_PUBLIC_URL is {public_url or 'not set'}: people log in on this machine only"
    remedy = "set PLIMSOLL_PUBLIC_URL to the https address under which people open /console"
    return [Finding(_SUBJECT, what, remedy, warning=True)]
