"""Results in one file, carried one way: from where drives are analysed into an office's inner network.

A bundle is a TAR: `bundle.json` (what it is), `rows.jsonl` (a row a line), `store/…` (masked photos, sheets, networks)
and, last, `SHA256SUMS` of all of these, signed where a key was given. Drives' own files, which are not masked, keys of
devices and people's accounts are never in it. Taken in twice it changes nothing the second time.
"""

from pavement.store.bundle.exporting import Exported, export_bundle
from pavement.store.bundle.importing import Imported, import_bundle
from pavement.store.bundle.signing import make_signing_keys

__all__ = ["Exported", "Imported", "export_bundle", "import_bundle", "make_signing_keys"]
