"""Devices and their pairing, for admins: each within the offices where they are admin."""

from __future__ import annotations

import io

from fastapi import APIRouter, Request

from api.deps import AdminDep, ServiceDep, address_of
from api.errors import Refusal
from api.people_schemas import Claim, DeviceBody, NewDevice, NewKey, PairingBody
from pavement.store.devices import add_device, device_of_key, list_devices, revoke_device
from pavement.store.pairing import begin_pairing, claim
from pavement.store.scope import Place, Scope

router = APIRouter(tags=["devices"])


@router.get("/devices")
def get_devices(service: ServiceDep, admin: AdminDep) -> list[DeviceBody]:
    """All devices, revoked ones too."""
    return [DeviceBody.of(device) for device in list_devices(service.database, admin.scope)]


@router.post("/devices", status_code=201)
def post_device(body: NewDevice, service: ServiceDep, admin: AdminDep) -> NewKey:
    """A new device; its key is shown now and kept nowhere."""
    place = place_of(body, admin.scope)
    key = add_device(service.database, body.name, place.manager, place.office, who=admin.who, scope=admin.scope)
    device = device_of_key(service.database, key)
    assert device is not None
    return NewKey(key=key, device=DeviceBody.of(device))


@router.post("/devices/{device_id}/revoke")
def post_revoke(device_id: str, service: ServiceDep, admin: AdminDep) -> DeviceBody:
    """Its key opens nothing any more; what it sent stays."""
    known = {device.id: device for device in list_devices(service.database, admin.scope)}
    device = known.get(device_id)
    if device is None:
        raise Refusal(404, "no such device")
    if device.revoked_at is None:
        device = revoke_device(service.database, device_id, admin.scope, admin.who)
    return DeviceBody.of(device)


@router.post("/pairings", status_code=201)
def post_pairing(body: NewDevice, request: Request, service: ServiceDep, admin: AdminDep) -> PairingBody:
    """A code that a phone reads from the screen within ten minutes, and which makes it a device."""
    made = begin_pairing(service.database, body.name, place_of(body, admin.scope), admin.who)
    base = service.site.public_url or str(request.base_url).rstrip("/")
    url = f"{base}/patrol#pair={made.code}"  # behind the #: no server and no log sees it
    return PairingBody(code=made.code, url=url, expires_at=made.expires_at, qr_svg=qr_svg(url))


@router.post("/pairings/claim", status_code=201)
def post_claim(body: Claim, request: Request, service: ServiceDep) -> NewKey:
    """The key that a code is worth, once."""
    made = claim(service.database, body.code)
    if made is None:
        if service.wrong_keys.add(address_of(request)):
            raise Refusal(429, "too many wrong codes from this address; wait a minute")
        raise Refusal(404, "no such code, or it was used, or is older than ten minutes")
    key, device = made
    return NewKey(key=key, device=DeviceBody.of(device))


def place_of(body: NewDevice, scope: Scope) -> Place:
    """Where a new device belongs: what is named, or the admin's own place where that is just one."""
    manager, office = body.manager, body.office
    if len(scope.places) == 1:
        manager, office = manager or scope.places[0].manager, office or scope.places[0].office
    if not scope.holds(manager, office):
        raise Refusal(403, "name a manager and an office where you are admin")
    return Place(manager, office)


def qr_svg(text: str) -> str:
    """The text as a QR code, an SVG without a declaration, to stand in a page."""
    import segno

    made = io.BytesIO()
    segno.make(text, error="m").save(made, kind="svg", scale=8, border=4, xmldecl=False, svgns=True, light="#fff")
    return made.getvalue().decode()
