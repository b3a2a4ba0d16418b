"""The bot's own cross-signing identity: made once, kept for good, and used to sign each of its devices.

nio has none, and without one Element neither reads the bot nor writes to it (spec, "Cross-signing"). Every step can
be repeated: a start after a crash at any point does what is missing and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.errors import AuthenticationNeeded, ForeignDevice, ForeignIdentity, MatrixError
from doctocbot.matrix.signing import is_signed_by, public_key, sign_json
from doctocbot.matrix.trust import evaluate
from doctocbot.matrix.vault import Vault

VAULT_NAME = "cross-signing-seeds"
_SEED_BYTES = 32
_ROLES = ("master", "self_signing", "user_signing")


@dataclass(frozen=True, slots=True)
class CrossSigning:
    """The three key pairs of one account."""

    user_id: str
    master: Ed25519PrivateKey
    self_signing: Ed25519PrivateKey
    user_signing: Ed25519PrivateKey

    @classmethod
    def generate(cls, user_id: str) -> "CrossSigning":
        """Three new pairs."""
        return cls(user_id, *(Ed25519PrivateKey.generate() for _ in _ROLES))

    @classmethod
    def from_seeds(cls, user_id: str, seeds: bytes) -> "CrossSigning":
        """The pairs whose `seeds` these are; ValueError for a wrong length."""
        if len(seeds) != _SEED_BYTES * len(_ROLES):
            raise ValueError("cross-signing seeds have a wrong length")
        parts = (seeds[start : start + _SEED_BYTES] for start in range(0, len(seeds), _SEED_BYTES))
        return cls(user_id, *map(Ed25519PrivateKey.from_private_bytes, parts))

    def seeds(self) -> bytes:
        """All three seeds in one value, so that they are kept together or not at all."""
        return b"".join(
            key.private_bytes_raw() for key in (self.master, self.self_signing, self.user_signing)
        )

    @property
    def master_key(self) -> str:
        """The public master key, by which others know the account."""
        return public_key(self.master)

    def upload_body(self) -> dict[str, Any]:
        """The body for /keys/device_signing/upload: the two lesser keys signed by the master."""
        body = {"master_key": self._key_object("master", self.master)}
        for role in ("self_signing", "user_signing"):
            key = self._key_object(role, getattr(self, role))
            body[f"{role}_key"] = sign_json(key, self.user_id, self.master_key, self.master)
        return body

    def sign_device(self, device_keys: Mapping[str, Any]) -> dict[str, Any]:
        """The device's keys with our signature added, as /keys/signatures/upload takes them."""
        bare = {key: value for key, value in device_keys.items() if key != "unsigned"}
        return sign_json(bare, self.user_id, public_key(self.self_signing), self.self_signing)

    def sign_user(self, user_id: str, master_key: str) -> dict[str, Any]:
        """Somebody's master key (base64) with our signature alone, as /keys/signatures/upload takes it."""
        name = f"ed25519:{master_key}"
        bare = {"user_id": user_id, "usage": ["master"], "keys": {name: master_key}}
        return sign_json(bare, self.user_id, public_key(self.user_signing), self.user_signing)

    def sign(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Something of the account's own, with the master key's signature added."""
        return sign_json(value, self.user_id, self.master_key, self.master)

    def _key_object(self, role: str, key: Ed25519PrivateKey) -> dict[str, Any]:
        public = public_key(key)
        return {"user_id": self.user_id, "usage": [role], "keys": {f"ed25519:{public}": public}}


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """How the server presents the bot to everybody else; `sound` is what it takes to be read by Element."""

    fingerprint: str
    master_key: str | None
    master_is_ours: bool
    device_signed: bool
    device_is_ours: bool

    @property
    def sound(self) -> bool:
        """Whether everything is as it was left."""
        return self.master_is_ours and self.device_signed and self.device_is_ours


async def check_own_identity(client: EncryptedClient, vault: Vault) -> OwnIdentity:
    """Compare what the server shows of us with what we hold; changes nothing. Raises what `request` raises."""
    keys = await load_keys(client.user_id, vault)
    answer = await client.keys.ask_for([client.user_id])
    trust = evaluate(answer, client.user_id)
    return OwnIdentity(
        fingerprint=client.machine.account.identity_keys["ed25519"],
        master_key=trust.master_key,
        master_is_ours=keys is not None and trust.master_key == keys.master_key,
        device_signed=client.device_id in trust.signed_devices,
        device_is_ours=_device_in(answer, client).get("keys") == client.machine.own_device_keys()["keys"],
    )


async def ensure_cross_signed(
    client: EncryptedClient, vault: Vault, password: str | None = None
) -> CrossSigning:
    """Make sure that this device is signed by its account's identity, and that the identity is ours.

    The password is used only if the server asks for it at the first upload. Raises ForeignIdentity when the server
    shows another identity, ForeignDevice when it shows other keys for this device, AuthenticationNeeded when it asks
    for what we do not have; otherwise what `request` raises.
    """
    await client.keys_upload()
    keys = await load_keys(client.user_id, vault)
    answer = await client.keys.ask_for([client.user_id])
    refuse_foreign(answer, client.user_id, keys)
    if keys is None:
        keys = CrossSigning.generate(client.user_id)
        await vault.put(VAULT_NAME, keys.seeds())  # before anybody may see them: lost keys are lost for good
    if evaluate(answer, client.user_id).master_key is None:
        await _publish(client, keys, password)
        answer = await client.keys.ask_for([client.user_id])
        refuse_foreign(answer, client.user_id, keys)
    await _sign(client, keys, answer)
    return keys


async def load_keys(user_id: str, vault: Vault) -> CrossSigning | None:
    """The keys kept in the vault, or None."""
    seeds = await vault.get(VAULT_NAME)
    return None if seeds is None else CrossSigning.from_seeds(user_id, seeds)


def refuse_foreign(answer: Mapping[str, Any], user_id: str, keys: CrossSigning | None) -> None:
    """Raise ForeignIdentity if /keys/query shows any cross-signing key of this account that is not ours.

    Any: a key that we could not even read would be replaced by an upload all the same.
    """
    for role in _ROLES:
        shown = answer.get(f"{role}_keys", {}).get(user_id)
        ours = None if keys is None else public_key(getattr(keys, role))
        if shown is not None and (ours is None or shown.get("keys") != {f"ed25519:{ours}": ours}):
            raise ForeignIdentity(role)


async def _publish(client: EncryptedClient, keys: CrossSigning, password: str | None) -> None:
    target = path("keys", "device_signing", "upload")
    try:
        await client.request("POST", target, keys.upload_body())
    except AuthenticationNeeded as needed:
        if password is None or ("m.login.password",) not in needed.flows:
            raise
        # Servers ask only before replacing keys, or always: look again, lest we answer for a replacement.
        refuse_foreign(await client.keys.ask_for([client.user_id]), client.user_id, keys)
        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": client.user_id},
            "password": password,
            "session": needed.session,
        }
        await client.request("POST", target, {**keys.upload_body(), "auth": auth})


async def _sign(client: EncryptedClient, keys: CrossSigning, answer: Mapping[str, Any]) -> None:
    """Sign the device by the identity and the identity by the device, as far as that is missing, and read back."""
    user_id, device_id = client.user_id, client.device_id
    signatures: dict[str, Any] = {}
    shown = _device_in(answer, client)
    own = client.machine.own_device_keys()
    if any(shown.get(part) != own[part] for part in ("keys", "algorithms", "user_id", "device_id")):
        raise ForeignDevice
    if device_id not in evaluate(answer, user_id).signed_devices:
        signatures[device_id] = keys.sign_device(own)
    master = answer["master_keys"][user_id]
    if not is_signed_by(master, user_id, device_id, client.machine.account.identity_keys["ed25519"]):
        signatures[keys.master_key] = _signed_by_device(client, master)
    if not signatures:
        return
    reply = await client.request("POST", path("keys", "signatures", "upload"), {user_id: signatures})
    if reply.get("failures"):
        raise MatrixError("SIGNATURE_REFUSED", 200)
    if device_id not in evaluate(await client.keys.ask_for([user_id]), user_id).signed_devices:
        raise MatrixError("SIGNATURE_NOT_SHOWN", 200)


def _device_in(answer: Mapping[str, Any], client: EncryptedClient) -> Mapping[str, Any]:
    found = answer.get("device_keys", {}).get(client.user_id, {}).get(client.device_id)
    return found if isinstance(found, Mapping) else {}


def _signed_by_device(client: EncryptedClient, master: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key: master[key] for key in ("user_id", "usage", "keys")}
    signature = client.machine.sign_json(bare)
    return {**bare, "signatures": {client.user_id: {f"ed25519:{client.device_id}": signature}}}
