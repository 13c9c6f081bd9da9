"""The reference client of uploads: `upload(drive, …)` sends a drive, resumes, deletes nothing without a receipt."""

from pavement.upload_client.connection import Connection, Patience
from pavement.upload_client.manifest import LocalDrive, find_drives, open_local_drive
from pavement.upload_client.sending import Outcome, send_drive

__all__ = ["Connection", "LocalDrive", "Outcome", "Patience", "find_drives", "open_local_drive", "send_drive"]
