"""Telling people of a dangerous pothole: by webhook and by e-mail, the page comes later.

A message bears the defect's id (`Idempotency-Key`, `Message-ID`): where a worker dies between sending and noting that
it sent, the receiver can tell the second copy from a second pothole.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from pavement.errors import Fault
from pavement.jobs.settings import Channel, Mail
from pavement.store.alerts import Alert, find_alert, is_sent, note_sent
from pavement.store.database import Database

TIMEOUT_S = 20.0
JST = ZoneInfo("Asia/Tokyo")


def tell(database: Database, defect_id: str, channel: Channel, mail: Mail | None) -> None:
    """Deliver one alert by one channel, unless it was; raises Fault where the receiver does not take it."""
    alert = find_alert(database, defect_id)
    if alert is None or is_sent(database, defect_id, channel.name):
        return
    try:
        if channel.webhook is not None:
            _post(alert, channel.webhook)
        if channel.email and mail is not None:
            _mail(alert, channel.email, mail)
    except (httpx.HTTPError, httpx.InvalidURL, smtplib.SMTPException, OSError) as error:
        reason = f"{channel.name}: {why(error)}"
        note_sent(database, defect_id, channel.name, reason[:300])
        raise Fault(reason) from error
    note_sent(database, defect_id, channel.name)


def why(error: Exception) -> str:
    """What went wrong, without the address: a webhook's is a secret, and patrols and the log read this.

    >>> why(smtplib.SMTPServerDisconnected("of smtp.example"))
    'SMTPServerDisconnected'
    """
    kind = type(error).__name__
    if isinstance(error, httpx.HTTPStatusError):
        return f"{kind} {error.response.status_code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{kind} {error.smtp_code}"
    return f"{kind}: {error.strerror}" if isinstance(error, OSError) and error.strerror else kind


def message(alert: Alert) -> dict[str, Any]:
    """What a webhook gets: the defect's row, whose road it is, and when it was found."""
    found = alert.found_at.isoformat().replace("+00:00", "Z")
    return {
        "defect_id": alert.defect_id,
        "manager": alert.manager,
        "office": alert.office,
        "found_at": found,
    } | alert.facts


def text(alert: Alert) -> str:
    """What a person reads in an e-mail."""
    facts = alert.facts
    road = f"{facts['road_type']} {facts['route_no']}号 {facts['kind']} {facts['direction']}"
    size = "" if facts.get("area_m2") is None else f"{facts['area_m2']:.2f} m²"
    lines = (
        f"{road} {facts['kp_km']:.3f} KP にポットホールを検出しました。",
        f"面積 {size}  {facts.get('length_m') or ''} × {facts.get('width_m') or ''} m",
        f"位置 https://maps.gsi.go.jp/#18/{facts['lat']:.6f}/{facts['lon']:.6f}/",
        f"発見 {alert.found_at.astimezone(JST):%Y-%m-%d %H:%M}",
        f"損傷番号 {alert.defect_id}",
        "機械による検出です。現地を確認してください。",
    )
    return "\n".join(lines)


def _post(alert: Alert, url: str) -> None:
    headers = {"Idempotency-Key": alert.defect_id}
    httpx.post(url, json=message(alert), headers=headers, timeout=TIMEOUT_S).raise_for_status()


def _mail(alert: Alert, to: tuple[str, ...], mail: Mail) -> None:
    letter = EmailMessage()
    facts = alert.facts
    letter["Subject"] = (
        f"【ポットホール】{facts['road_type']}{facts['route_no']}号 {facts['kp_km']:.3f}KP {facts['direction']}"
    )
    letter["From"], letter["To"] = mail.sender, ", ".join(to)
    letter["Date"] = format_datetime(alert.found_at)
    letter["Message-ID"] = f"<{alert.defect_id}@{mail.sender.rpartition('@')[2]}>"
    letter.set_content(text(alert))
    with smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S) as server:
        if mail.tls:
            server.starttls(context=ssl.create_default_context())
        if mail.user is not None:
            server.login(mail.user, mail.password or "")
        server.send_message(letter)
