"""Validates and normalizes one mail address: what is accepted as input can be sent to. Pure.

The checks are email-validator's: RFC 5321's lengths and letters, domains by IDNA 2008 (UTS 46,
non-transitional), so that straße.example is not strasse.example.
"""

import email_validator
from email_validator import EmailNotValidError, validate_email

# A name unknown to the public DNS may belong to a company's own network, or to a test.
_PRIVATE = ("local", "localhost", "test")
for _name in _PRIVATE:
    if _name in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_name)


def wire_address(spec: str) -> str:
    """The address as SMTP needs it: the domain in lower-case ASCII, the local part unchanged.

    ValueError says what is wrong without quoting any of it.
    """
    if "=?" in spec:
        raise ValueError("must be an e-mail address: it looks like an encoded word")
    try:
        found = validate_email(
            spec,
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=False,
            strict=True,
        )
    except EmailNotValidError as error:
        # After a colon the message quotes a part of the address.
        reason = str(error).partition(":")[0].removesuffix(".")
        raise ValueError(f"must be an e-mail address: {reason[:1].lower()}{reason[1:]}") from None
    assert found.ascii_email is not None
    return found.ascii_email
