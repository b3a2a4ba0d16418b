"""What Synapse reads for the embedded homeserver: loopback only, SQLite, no limits, nothing goes outside."""

import base64
import secrets
from pathlib import Path
from typing import Any

import yaml

_UNLIMITED = {"per_second": 1e6, "burst_count": 1_000_000}

# Every limit that Synapse 1.163 knows (synapse/config/ratelimiting.py).
_RATE_LIMITS: dict[str, Any] = {
    "rc_message": _UNLIMITED,
    "rc_registration": _UNLIMITED,
    "rc_registration_token_validity": _UNLIMITED,
    "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
    "rc_admin_redaction": _UNLIMITED,
    "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
    "rc_joins_per_room": _UNLIMITED,
    "rc_key_requests": _UNLIMITED,
    "rc_3pid_validation": _UNLIMITED,
    "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
    "rc_third_party_invite": _UNLIMITED,
    "rc_media_create": _UNLIMITED,
    "rc_presence": {"per_user": _UNLIMITED},
    "rc_delayed_event_mgmt": _UNLIMITED,
    "rc_room_creation": _UNLIMITED,
    "rc_reports": _UNLIMITED,
    "rc_user_directory": _UNLIMITED,
    "rc_profile": _UNLIMITED,
}

_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    # The caller sends standard error to a file: start-up faults and log records end up in one place.
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}


def _homeserver(directory: Path, server_name: str, port: int, shared_secret: str) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}/"
    return {
        "server_name": server_name,
        # Clients are told this address at login; the default would send them to https://<server_name>.
        "public_baseurl": url,
        "pid_file": str(directory / "synapse.pid"),
        "listeners": [
            {
                "type": "http",
                "port": port,
                "bind_addresses": ["127.0.0.1"],
                "tls": False,
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(directory / "homeserver.db")}},
        "log_config": str(directory / "logging.yaml"),
        "no_redirect_stdio": True,
        "signing_key_path": str(directory / "signing.key"),
        "media_store_path": str(directory / "media"),
        "max_upload_size": "64M",
        "max_image_pixels": "64M",
        "registration_shared_secret": shared_secret,
        "macaroon_secret_key": secrets.token_hex(32),
        "form_secret": secrets.token_hex(32),
        "enable_registration": False,
        "bcrypt_rounds": 4,
        **_RATE_LIMITS,
        **_NOTHING_OUTSIDE,
    }


_NOTHING_OUTSIDE: dict[str, Any] = {
    "report_stats": False,
    "trusted_key_servers": [],
    "federation_domain_whitelist": [],
    "enable_3pid_lookup": False,
    "url_preview_enabled": False,
    "presence": {"enabled": False},
    # Whatever still tried to reach out (a phone's push gateway) is stopped by address.
    "ip_range_blacklist": ["0.0.0.0/0", "::/0"],
}


def write_homeserver_config(directory: Path, server_name: str, port: int, shared_secret: str) -> Path:
    """Write a new server's configuration, logging and signing key (0600); returns the first one's path."""
    key = base64.b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    _write_private(directory / "signing.key", f"ed25519 a_{secrets.token_hex(2)} {key}\n")
    _write_private(directory / "logging.yaml", yaml.safe_dump(_LOGGING))
    config = directory / "homeserver.yaml"
    _write_private(config, yaml.safe_dump(_homeserver(directory, server_name, port, shared_secret)))
    return config


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
