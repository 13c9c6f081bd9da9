"""The bodies of requests and answers about people, devices and the log."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas import printable
from pavement.store.audit import Entry
from pavement.store.devices import Device
from pavement.store.people import Person
from pavement.store.scope import Grant, Place, Role

Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]
Password = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(printable)]


class Strict(BaseModel):
    """A body without fields that nobody reads: a misspelt `office` must not become a grant for all offices."""

    model_config = ConfigDict(extra="forbid")


class Login(Strict):
    """Name and password."""

    name: Annotated[str, Field(max_length=1000), AfterValidator(printable)]
    password: Annotated[str, Field(max_length=1000), AfterValidator(printable)]


class GrantBody(Strict):
    """A role at an office of a manager; null: all."""

    role: Role
    manager: Name | None = None
    office: Name | None = None

    @property
    def grant(self) -> Grant:
        """As the store has it."""
        return Grant(self.role, Place(self.manager, self.office))

    @classmethod
    def of(cls, grant: Grant) -> GrantBody:
        """From the store's."""
        return cls(role=grant.role, manager=grant.place.manager, office=grant.place.office)


class User(BaseModel):
    """Who is logged in."""

    id: str
    name: str
    display_name: str


class SessionBody(BaseModel):
    """Who is logged in, and what they may do."""

    user: User
    grants: list[GrantBody]

    @classmethod
    def of(cls, person: Person) -> SessionBody:
        """Of a person."""
        user = User(id=person.id, name=person.name, display_name=person.display_name)
        return cls(user=user, grants=[GrantBody.of(grant) for grant in person.grants])


class PersonBody(BaseModel):
    """A person as an admin sees them: the grants within the admin's own reach."""

    id: str
    name: str
    display_name: str
    grants: list[GrantBody]
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    has_password: bool
    manageable: bool = Field(description="no grant lies elsewhere: may be disabled and given a password")
    password: str | None = Field(None, description="a generated one, told once")


class NewPerson(Strict):
    """A new person; `generate` a password, give one, or neither: then they come by OIDC only."""

    name: Name
    display_name: Name | None = None
    grants: Annotated[list[GrantBody], Field(min_length=1, max_length=100)]
    password: Password | None = None
    generate: bool = False


class PersonChange(Strict):
    """What is given is changed; `grants` replaces those within the admin's own reach."""

    display_name: Name | None = None
    grants: Annotated[list[GrantBody], Field(max_length=100)] | None = None
    disabled: bool | None = None


class PasswordChange(Strict):
    """A new password; `current` where it is one's own; `generate`: one by chance."""

    password: Password | None = None
    current: Annotated[str, Field(max_length=1000)] | None = None
    generate: bool = False


class Generated(BaseModel):
    """A generated password, told once."""

    password: str | None


class DeviceBody(BaseModel):
    """A device."""

    id: str
    name: str
    manager: str | None
    office: str | None
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None

    @classmethod
    def of(cls, device: Device) -> DeviceBody:
        """Of a device."""
        return cls(**vars(device))


class NewDevice(Strict):
    """A new device; manager and office may be left out where the admin has just one."""

    name: Name
    manager: Name | None = None
    office: Name | None = None


class NewKey(BaseModel):
    """A device and its key, which is shown once."""

    key: str
    device: DeviceBody


class PairingBody(BaseModel):
    """What an admin's screen shows to a phone."""

    code: str
    url: str
    expires_at: AwareDatetime
    qr_svg: str


class Claim(Strict):
    """The code that a phone has read."""

    code: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]


class EntryBody(BaseModel):
    """A line of the audit log."""

    id: int
    at: AwareDatetime
    who: str
    name: str | None
    what: str
    subject: str
    detail: dict[str, object]

    @classmethod
    def of(cls, entry: Entry) -> EntryBody:
        """Of a line."""
        return cls(**{**vars(entry), "detail": dict(entry.detail)})


class Entries(BaseModel):
    """Some lines, and how many there are in all."""

    total: int
    items: list[EntryBody]


class BaseMapBody(BaseModel):
    """Tiles under the results."""

    url: str
    attribution: str
    max_zoom: int


class SiteBody(BaseModel):
    """What a page must know before anybody has logged in."""

    title: str
    version: str
    base_map: BaseMapBody | None
    oidc: bool
    public_review: bool
