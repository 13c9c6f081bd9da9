"""What a route may ask for, and who may ask."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import Refusal
from api.service import Service
from pavement.store.devices import Device, device_of_key
from pavement.store.drives import DriveRow, NoSuchDrive, find_drive

bearer = HTTPBearer(auto_error=False, scheme_name="device key", description="The key of `pavement device add`.")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def service_of(request: Request) -> Service:
    """The server's open resources."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


ServiceDep = Annotated[Service, Depends(service_of)]


async def device_of(
    request: Request, service: ServiceDep, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Device:
    """The device that asks; 401 for no key, a wrong one or a revoked one, all alike."""
    if given is not None:
        device = await run_in_threadpool(device_of_key, service.database, given.credentials)
        if device is not None:
            request.state.device = device.id
            return device
    address = request.client.host if request.client else ""
    if service.wrong_keys.add(address):
        raise Refusal(429, "too many wrong keys from this address; wait a minute")
    raise Refusal(401, "give the device's key: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})


DeviceDep = Annotated[Device, Depends(device_of)]


async def drive_of(service: ServiceDep, device: DeviceDep, drive_id: Annotated[str, Path()]) -> DriveRow:
    """The device's own drive; another's is as unknown as one that does not exist."""
    if not ID.fullmatch(drive_id):
        raise NoSuchDrive(drive_id)
    return await run_in_threadpool(find_drive, service.database, drive_id, device.id)


DriveDep = Annotated[DriveRow, Depends(drive_of)]
