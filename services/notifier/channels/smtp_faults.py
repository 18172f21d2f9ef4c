"""What the failures of an SMTP session mean, each with what to do about it. Pure.

`Misconfigured`: nothing can be sent until someone changes the settings on either side. No attempts
are used up.
"""

import errno
import os
import re
import socket
import ssl

import aiosmtplib

from services.notifier.channels.base import Failed, Misconfigured, Outcome, Refused, reason

Fault = aiosmtplib.SMTPException | OSError | UnicodeError

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
_NO_STARTTLS = (
    "the server offers no STARTTLS, and starttls=required: "
    "use the port that offers it (587), or smtps:// (465)"
)
_NO_AUTH_PLAIN = (
    "the server offers no AUTH without encryption: set starttls=required, or use smtps://"
)
_NO_AUTH = (
    "the server offers no AUTH: "
    "use its submission port (587 or 465), or leave out user and password"
)
_NO_METHOD = (
    "the server offers no supported AUTH method (PLAIN, LOGIN, CRAM-MD5): enable one of them there"
)


def outcome(fault: Fault) -> Outcome:
    """The outcome of a failure before the handover, with the server's words in one short line."""
    match fault:
        case aiosmtplib.SMTPResponseException():
            return _answered(fault)
        case ssl.SSLError():
            return _encryption(fault)
        case aiosmtplib.SMTPTimeoutError():
            return Failed(_timeout(fault))
        case aiosmtplib.SMTPConnectError() if isinstance(
            cause := fault.__cause__, OSError | UnicodeError
        ):
            return _connected(cause)
        case aiosmtplib.SMTPServerDisconnected():
            return Failed(
                "the server closed the connection before it took the mail: its log should say why"
            )
        case aiosmtplib.SMTPNotSupported():
            return Refused("the server does not accept non-ASCII addresses (SMTPUTF8)")
        case aiosmtplib.SMTPException():
            return _plain(str(fault))
    return _connected(fault)


def is_bounce(code: int, message: str) -> bool:
    """Whether the address itself is dead, rather than full or closed to this sender (RFC 3463)."""
    enhanced = _ENHANCED.search(message)
    if enhanced is None:
        return code in (550, 551, 553)
    return enhanced[1] == "5" and (enhanced[2] == "1" or (enhanced[2], enhanced[3]) == ("2", "1"))


def is_full(code: int, message: str) -> bool:
    """A mailbox over quota recovers, whatever class the server gives it (RFC 5321, 4.5.3.1.10)."""
    enhanced = _ENHANCED.search(message)
    return code == 552 if enhanced is None else (enhanced[2], enhanced[3]) == ("2", "2")


def refused_content(code: int, message: str) -> Outcome:
    """The outcome of a refusal of DATA or of the mail itself."""
    if code >= 500 and not is_full(code, message):
        return Refused(said(code, message))
    return Failed(said(code, message), destination=code == 421)


def said(code: int, message: str) -> str:
    return reason(f"{code} {message}" if code > 0 else f"the server does not speak SMTP: {message}")


def _answered(fault: aiosmtplib.SMTPResponseException) -> Outcome:
    code, message = fault.code, fault.message
    match fault:
        case aiosmtplib.SMTPAuthenticationError():
            if code >= 500:
                return Misconfigured(
                    reason(
                        "the server refuses the login: "
                        f"correct user and password ({code} {message})"
                    )
                )
            return Failed(reason(f"the server cannot check the login right now ({code} {message})"))
        case aiosmtplib.SMTPSenderRefused() if code in (530, 535, 538):
            return Misconfigured(
                reason(f"the server requires a login: put it in the URL ({code} {message})")
            )
        case aiosmtplib.SMTPRecipientRefused() if code >= 500 and not is_full(code, message):
            return Refused(said(code, message), bounce=is_bounce(code, message))
        case aiosmtplib.SMTPSenderRefused() if code >= 500 and not is_full(code, message):
            return Refused(said(code, message))
        case aiosmtplib.SMTPRecipientRefused() | aiosmtplib.SMTPSenderRefused():
            return Failed(said(code, message), destination=code == 421)
        case aiosmtplib.SMTPConnectResponseError() | aiosmtplib.SMTPHeloError():
            return Failed(
                reason(f"the server accepts no mail from this host: {said(code, message)}")
            )
    return Failed(said(code, message))


def _encryption(fault: ssl.SSLError) -> Outcome:
    if isinstance(fault, ssl.SSLCertVerificationError):
        why = getattr(fault, "verify_message", str(fault)).rstrip(".")
        return Misconfigured(
            reason(
                f"the server's certificate is not accepted ({why}): "
                "use the name it is for, or renew it"
            )
        )
    why = getattr(fault, "reason", None)  # only what OpenSSL itself raises has one
    if why in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
        return Misconfigured(
            "the server does not speak TLS on this port: "
            "use smtp://…:587?starttls=required, or port 465"
        )
    return Failed(reason(f"the encrypted connection failed ({why or 'no reason given'})"))


def _connected(cause: OSError | UnicodeError) -> Outcome:
    match cause:
        case ssl.SSLError():
            return _encryption(cause)
        case socket.gaierror() | UnicodeError():
            return Failed(
                "the server's name cannot be resolved: check the host in the mail server's URL"
            )
        case _ if _errors(cause) == {errno.ECONNREFUSED}:
            return Failed(
                "the server refuses the connection: "
                "nothing listens on that port, or a firewall rejects it"
            )
        case (
            aiosmtplib.SMTPServerDisconnected() | ConnectionResetError() | ConnectionAbortedError()
        ):
            return Failed(
                "the server closed the connection before its greeting: "
                "check the port, and whether it accepts this IP address"
            )
        case TimeoutError():
            return Failed("the server does not answer: check host, port and any firewall between")
    why = (
        ", ".join(os.strerror(number) for number in sorted(_errors(cause))) or type(cause).__name__
    )
    return Failed(f"the server cannot be reached: {why}")


def _errors(cause: OSError | UnicodeError) -> set[int]:
    """If a name has several addresses, asyncio joins the errors of all into one text."""
    if isinstance(cause, OSError) and cause.errno is not None:
        return {cause.errno}
    return {int(number) for number in re.findall(r"\[Errno (\d+)\]", str(cause))}


def _timeout(fault: aiosmtplib.SMTPTimeoutError) -> str:
    if "ready message" in str(fault):
        return "the server sends no greeting: a port for smtps:// (465) waits for TLS first"
    if isinstance(fault, aiosmtplib.SMTPConnectTimeoutError):
        return "the server does not answer: check host, port and any firewall between"
    return "the server stopped answering in the middle"


def _plain(message: str) -> Outcome:
    """The library has no exception classes for what a server does not offer."""
    if "STARTTLS" in message and "AUTH" not in message:
        return Misconfigured(_NO_STARTTLS)
    if "AUTH" in message:
        return Misconfigured(_NO_AUTH_PLAIN if "TLS" in message else _NO_AUTH)
    if "authentication method" in message:
        return Misconfigured(_NO_METHOD)
    return Failed(reason(f"the SMTP session failed: {message}"))
