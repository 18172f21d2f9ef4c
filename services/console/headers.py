"""Headers of pages: a policy under which a page loads and sends nothing to anywhere else."""

from urllib.parse import urlsplit

from shared.runtime.settings import Settings

BASE = "/console"
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For files whose name changes with their contents."""


def page_headers(settings: Settings) -> dict[str, str]:
    """`form-action` names the identity provider: Chromium stops the log-out form at its redirect
    otherwise. The referrer stays within the origin; without any, a form would send `Origin: null`.
    """
    provider = origin_of(settings.oidc_issuer)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; "
        f"form-action 'self'{f' {provider}' if provider else ''}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if (settings.public_url or "").startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def origin_of(url: str | None) -> str | None:
    """`https://id.example:8443`, or None."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
