"""Keys at rest: encrypted where this server is given a key of its own.

The key of the vault is one that ``cryptography.fernet.Fernet.generate_key()`` makes. It
is read from the environment variable :data:`VARIABLE`, or from the file that
:data:`FILE_VARIABLE` names; several may be given, separated by spaces or lines. The
first encrypts, each of them decrypts, which is how a key is replaced.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from .errors import SecretUnreadable

VARIABLE = "CRM_DEALER_PUSH_KEY"
FILE_VARIABLE = "CRM_DEALER_PUSH_KEY_FILE"
# What is stored begins with this when it is encrypted.
PREFIX = "fernet:"


class VaultError(Exception):
    """The key of the vault cannot be used; the message is fit to be shown."""


def read_vault(environment: Mapping[str, str] | None = None) -> MultiFernet | None:
    """The vault of this server, or None where no key is given.

    :param environment: where the variables are looked for; that of the process, if None
    :return: what encrypts and decrypts
    :raises VaultError: when a key is given that is none, or a file cannot be read
    """
    environment = os.environ if environment is None else environment
    keys = environment.get(VARIABLE, "")
    path = environment.get(FILE_VARIABLE, "")
    if not keys.strip() and path.strip():
        try:
            keys = Path(path.strip()).read_text(encoding="ascii")
        except (OSError, ValueError):
            raise VaultError(
                f"{FILE_VARIABLE} names a file that cannot be read"
            ) from None
    if not keys.split():
        if path.strip():
            raise VaultError(f"{FILE_VARIABLE} names an empty file")
        return None
    try:
        return MultiFernet([Fernet(key) for key in keys.split()])
    except (ValueError, TypeError):
        # the message of cryptography is left out: it may quote
        raise VaultError(f"{VARIABLE} holds no Fernet key") from None


def seal(secret: str, vault: MultiFernet | None) -> str:
    """What is stored of a secret: encrypted with a vault, as it is without.

    :param secret: the secret
    :param vault: what encrypts it, or None
    :return: what to store
    :raises ValueError: for a secret that looks like an encrypted one
    """
    if secret.startswith(PREFIX):
        raise ValueError("A key cannot begin like this.")
    if vault is None:
        return secret
    return PREFIX + vault.encrypt(secret.encode()).decode("ascii")


def unseal(stored: str, vault: MultiFernet | None) -> str:
    """The secret behind what is stored.

    :param stored: what is stored
    :param vault: what decrypts it, or None
    :return: the secret
    :raises SecretUnreadable: when it is encrypted, and the vault cannot decrypt it
    """
    if not stored.startswith(PREFIX):
        return stored
    if vault is None:
        raise SecretUnreadable()
    try:
        return vault.decrypt(stored.removeprefix(PREFIX).encode()).decode()
    except (InvalidToken, ValueError):
        raise SecretUnreadable() from None
