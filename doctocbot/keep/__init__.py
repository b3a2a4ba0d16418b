"""Keeping what the bot knows: backup and restore, another secret, export and import."""
