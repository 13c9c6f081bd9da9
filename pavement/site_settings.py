"""What can be set of the pages and of who may enter; the environment's names stand beside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from pavement.environment import read_number
from pavement.errors import BadInput


@dataclass(frozen=True)
class Oidc:
    """The office's own login."""

    issuer: str  #: PAVEMENT_OIDC_ISSUER: where /.well-known/openid-configuration lies
    client_id: str  #: PAVEMENT_OIDC_CLIENT_ID
    client_secret: str  #: PAVEMENT_OIDC_CLIENT_SECRET
    name_claim: str = "preferred_username"  #: PAVEMENT_OIDC_NAME_CLAIM: a person's name here, at the first login


@dataclass(frozen=True)
class SiteSettings:
    """All of it, made once and passed down."""

    title: str = "舗装点検"  #: PAVEMENT_TITLE: on top of every page
    public_url: str | None = None  #: PAVEMENT_PUBLIC_URL: https://… as phones reach the server; default: as was asked
    public_review: bool = False  #: PAVEMENT_PUBLIC_REVIEW=1: the yearly review without a login
    oidc: Oidc | None = None
    idle: timedelta = timedelta(hours=8)  #: PAVEMENT_SESSION_IDLE_HOURS: after so long without a request it ends
    longest: timedelta = timedelta(days=7)  #: PAVEMENT_SESSION_DAYS: after so long one logs in again
    wrong_logins: int = 10  #: PAVEMENT_WRONG_LOGINS: of one name from one address in 5 minutes
    audit_days: float = 1826.0  #: PAVEMENT_AUDIT_DAYS: the audit log is kept for so long, five years by default

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> SiteSettings:
        """The settings that the environment asks for; raises BadInput."""
        given = os.environ if environment is None else environment
        positive = partial(read_number, given, positive=True, below=1e6)
        return cls(
            title=given.get("PAVEMENT_TITLE") or cls.title,
            public_url=_address(given, "PAVEMENT_PUBLIC_URL"),
            public_review=given.get("PAVEMENT_PUBLIC_REVIEW", "") not in ("", "0"),
            oidc=_oidc(given),
            idle=timedelta(hours=positive("PAVEMENT_SESSION_IDLE_HOURS", cls.idle.total_seconds() / 3600)),
            longest=timedelta(days=positive("PAVEMENT_SESSION_DAYS", cls.longest.days)),
            wrong_logins=round(positive("PAVEMENT_WRONG_LOGINS", cls.wrong_logins)),
            audit_days=positive("PAVEMENT_AUDIT_DAYS", cls.audit_days),
        )


def _oidc(given: Mapping[str, str]) -> Oidc | None:
    issuer = _address(given, "PAVEMENT_OIDC_ISSUER")
    if issuer is None:
        return None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise BadInput(f"PAVEMENT_OIDC_ISSUER is '{issuer}'", do="give an address that begins with https://")
    client, secret = given.get("PAVEMENT_OIDC_CLIENT_ID", ""), given.get("PAVEMENT_OIDC_CLIENT_SECRET", "")
    if not client or not secret:
        raise BadInput("PAVEMENT_OIDC_ISSUER is set alone", do="set PAVEMENT_OIDC_CLIENT_ID and …_CLIENT_SECRET too")
    return Oidc(issuer, client, secret, given.get("PAVEMENT_OIDC_NAME_CLAIM") or Oidc.name_claim)


def _address(given: Mapping[str, str], name: str) -> str | None:
    text = given.get(name, "").strip().rstrip("/")
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(each in text for each in " ;,'\"\n\r"):
        raise BadInput(f"{name} is '{text}'", do="give an address that begins with https://")
    return text
