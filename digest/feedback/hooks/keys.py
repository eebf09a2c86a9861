"""Keys: whether octets bear the signature of a public key."""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def is_key(written: str) -> bool:
    """Tell whether a text is a public key on the curve P-256, as DER in base64."""
    return _curve_key(written) is not None


def by_key(written: str, signature: str, octets: bytes) -> bool:
    """Tell whether octets are signed by ECDSA with SHA-256 (FIPS 186-5 6).

    written: the public key on the curve P-256, as DER in base64; signature: as DER in base64.
    """
    key, found = _curve_key(written), octets_of(signature)
    if key is None or found is None:
        return False
    try:
        key.verify(found, octets, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def by_certificate(certificate: bytes, signature: str, octets: bytes, *, sha256: bool, now: datetime) -> bool:
    """Tell whether octets are signed by the RSA key of a certificate (RFC 8017 8.2) that is valid now.

    certificate: PEM; signature: in base64; sha256: SHA-256, else SHA-1.
    """
    found = octets_of(signature)
    try:
        opened = x509.load_pem_x509_certificate(certificate)
        key = opened.public_key()
        if found is None or not isinstance(key, RSAPublicKey):
            return False
        if not opened.not_valid_before_utc <= now <= opened.not_valid_after_utc:
            return False
        key.verify(found, octets, PKCS1v15(), SHA256() if sha256 else SHA1())  # noqa: S303
    except (ValueError, UnsupportedAlgorithm, InvalidSignature):
        return False
    return True


def octets_of(written: str) -> bytes | None:
    """Return what base64 holds; None for what is none."""
    try:
        return base64.b64decode(written, validate=True)
    except ValueError:
        return None


def _curve_key(written: str) -> EllipticCurvePublicKey | None:
    try:
        key = load_der_public_key(octets_of(written.strip()) or b"")
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None
