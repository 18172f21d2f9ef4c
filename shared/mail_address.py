"""One mail address as a mail needs it: what is taken at a door can be sent to. Pure.

The checks are email-validator's: RFC 5321's lengths and letters, domains by IDNA 2008 (UTS 46, non-transitional), so that straße.example
is not strasse.example.
"""

import email_validator
from email_validator import EmailNotValidError, validate_email

# Names that the public DNS does not know are still names of a company's own network, and of a test.
_PRIVATE = ("local", "localhost", "test")
for _name in _PRIVATE:
    if _name in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_name)


def wire_address(spec: str) -> str:
    """The address as SMTP gets it: the domain in ASCII and lower case, the local part as it was written.

    ValueError says what is wrong with it, without repeating any of it.
    """
    if "=?" in spec:
        raise ValueError("must be an e-mail address: it looks like an encoded word")
    try:
        found = validate_email(spec, allow_smtputf8=False, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as error:
        # What stands after a colon is a part of the address.
        reason = str(error).partition(":")[0].removesuffix(".")
        raise ValueError(f"must be an e-mail address: {reason[:1].lower()}{reason[1:]}") from None
    assert found.ascii_email is not None
    return found.ascii_email
