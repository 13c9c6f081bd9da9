"""An office's own certificate authority, for HTTPS on a closed network: phones give camera and storage to HTTPS only.

`ca.crt` is installed on phones and PCs once; `server.crt` is made anew before it ends, by the same authority, and
nobody has to do anything again. Validity and extensions are those that iOS and Android ask of such certificates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pavement.errors import BadInput
from pavement.files import write_whole

CA_DAYS = 3650
SERVER_DAYS = 820  #: iOS takes no more than 825 of an authority that was installed by hand
CA_CERTIFICATE, CA_KEY, CERTIFICATE, KEY = "ca.crt", "ca.key", "server.crt", "server.key"
EARLIER = timedelta(hours=1)  #: clocks of phones differ


@dataclass(frozen=True)
class Issued:
    """The files, and until when the server's holds."""

    authority: Path  #: ca.crt, for phones and PCs
    certificate: Path
    key: Path
    until: datetime


def issue_certificate(folder: Path, hosts: Sequence[str], now: datetime | None = None) -> Issued:
    """A server's certificate for these names and addresses, by the authority in `folder`, which is made if missing."""
    names = [_general_name(host) for host in hosts]
    if not names:
        raise BadInput("no host is given", do="give --host with the name or address that phones ask for")
    time = now or datetime.now(UTC)
    authority, signer = _authority(folder, time)
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(time + timedelta(days=SERVER_DAYS), authority.not_valid_after_utc)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])]), key.public_key(), time, until)
        .issuer_name(authority.subject)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(usage, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(folder / KEY, key)
    chain = certificate.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    write_whole(folder / CERTIFICATE, chain)
    return Issued(folder / CA_CERTIFICATE, folder / CERTIFICATE, folder / KEY, until)


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_file, key_file = folder / CA_CERTIFICATE, folder / CA_KEY
    if not certificate_file.exists() and not key_file.exists():
        return _new_authority(folder, now)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        certificate.verify_directly_issued_by(certificate)
    except (OSError, ValueError, TypeError, InvalidSignature) as error:
        raise BadInput("holds no authority that can be used", file=folder, do="put ca.crt and ca.key back") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise BadInput("holds a ca.key of another ca.crt", file=folder, do="put the pair back")
    if certificate.not_valid_after_utc < now:
        raise BadInput("has ended", file=certificate_file, do="give an empty folder, and install its ca.crt on phones")
    return certificate, key


def _new_authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"pavement office CA {now:%Y-%m-%d}")])
    certificate = (
        _builder(name, key.public_key(), now, now + timedelta(days=CA_DAYS))
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    _write_key(folder / CA_KEY, key)
    write_whole(folder / CA_CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _builder(
    name: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    labels = host.split(".")
    if len(host) > 253 or not all(each and each.replace("-", "").isalnum() and each.isascii() for each in labels):
        raise BadInput(f"--host is '{host}'", do="give a name or an address, as in road.example.lg.jp or 192.168.10.5")
    return x509.DNSName(host)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    form = serialization.PrivateFormat.PKCS8
    text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)  # before there is anything to read
    path.write_bytes(text)
