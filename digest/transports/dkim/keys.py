"""Keys: a domain's private keys, and the DNS records of their public halves (RFC 6376 3.6.1, 8301, 8463)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

Key = RSAPrivateKey | Ed25519PrivateKey
Algorithm = str

#: bits of a new RSA key, and the fewest that verifiers accept (RFC 8301 3.2)
RSA_BITS, LEAST_RSA_BITS = 2_048, 1_024
#: characters of one string of a DNS record (RFC 1035 3.3)
DNS_STRING = 255


class BadKey(ValueError):
    """What was given is no key that a message can be signed with; its text says why."""


@dataclass(frozen=True, slots=True)
class DomainKey:
    """A private key, and where in the DNS the public one is found: SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    key: Key = field(repr=False)

    @property
    def algorithm(self) -> Algorithm:
        """Return what `a=` says."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def name(self) -> str:
        """Return the name of its DNS record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """Return the value of its DNS record, a TXT."""
        if isinstance(self.key, RSAPrivateKey):
            public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"

    def sign(self, octets: bytes) -> bytes:
        """Sign octets; Ed25519 signs their SHA-256 (RFC 8463 3)."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(octets, PKCS1v15(), SHA256())
        return self.key.sign(hashlib.sha256(octets).digest())


def new_key(algorithm: Algorithm) -> Key:
    """Make a key: "rsa" or "ed25519"."""
    if algorithm == "rsa":
        return generate_private_key(public_exponent=65_537, key_size=RSA_BITS)
    return Ed25519PrivateKey.generate()


def written(key: Key) -> bytes:
    """Return a private key as a file holds it (PEM, PKCS #8)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read(content: bytes) -> Key:
    """Return the private key in a file.

    Raises BadKey, without anything of the file in its text.
    """
    try:
        key = load_pem_private_key(content, None)
    except TypeError as fault:
        raise BadKey("It is encrypted; this program has no password for it.") from fault
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise BadKey("It holds no private key in PEM.") from fault
    if isinstance(key, RSAPrivateKey):
        if key.key_size < LEAST_RSA_BITS:
            raise BadKey(f"It is an RSA key of {key.key_size} bits; verifiers want {LEAST_RSA_BITS} at least.")
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise BadKey("It is neither an RSA key nor an Ed25519 key.")


def strings(record: str) -> str:
    """Return a record as zone files want it: in strings of at most 255 characters."""
    return " ".join(f'"{record[at : at + DNS_STRING]}"' for at in range(0, len(record), DNS_STRING))
