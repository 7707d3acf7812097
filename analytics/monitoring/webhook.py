"""Posting alerts to a webhook of the operator's choice.

Only over HTTPS with a certificate that the system trusts; an answer that sends elsewhere is not
followed, so that no receiver can point the server at hosts of its inner network.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from analytics.errors import InputError, PortreeveError

if TYPE_CHECKING:
    import urllib3

    from analytics.monitoring.alerts import Alert

MOST_ANSWER: Final = 65_536  # bytes read of an answer, which nobody looks at


class WebhookError(PortreeveError):
    """The alerts could not be delivered."""


def post_alerts(url: str, alerts: "Sequence[Alert]", *, timeout_s: float) -> None:
    """Post the alerts as one JSON document, {"alerts": […]}.

    Messages name the host alone: an address may hold a secret.

    Raises:
        InputError: The address is no HTTPS address.
        WebhookError: The host did not answer in time, cannot be trusted, or did not take them.
    """
    import urllib3
    from urllib3.exceptions import HTTPError, LocationParseError

    try:
        parsed = urllib3.util.parse_url(url)
    except LocationParseError:
        parsed = urllib3.util.Url()
    if parsed.scheme != "https" or not parsed.host:
        raise InputError(
            "The webhook is no HTTPS address.", hint="Check the setting alert_webhook."
        )
    body = json.dumps({"alerts": [alert.to_dict() for alert in alerts]}).encode()
    try:
        status = _post(urllib3.PoolManager(retries=False), url, body, timeout_s)
    except (HTTPError, OSError) as error:
        raise WebhookError(
            f"The webhook at {parsed.host} cannot be reached: {_kind(error)}.",
            hint="Check alert_webhook and the certificate of its host.",
        ) from error
    if not 200 <= status < 300:
        sent = " It sends elsewhere, which is not followed." if 300 <= status < 400 else ""
        raise WebhookError(f"The webhook at {parsed.host} answered with status {status}.{sent}")


def _post(pool: "urllib3.PoolManager", url: str, body: bytes, timeout_s: float) -> int:
    import urllib3

    with pool:
        answer = pool.request(
            "POST",
            url,
            body=body,
            headers={"Content-Type": "application/json", "User-Agent": "portreeve"},
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(total=timeout_s),
        )
        answer.read(MOST_ANSWER)
        answer.release_conn()
        return int(answer.status)


def _kind(error: BaseException) -> str:
    """Name what went wrong without the address that libraries put into their messages."""
    reason = getattr(error, "reason", None) or error
    return type(reason).__name__
