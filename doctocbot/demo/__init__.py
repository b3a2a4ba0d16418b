"""A real homeserver on loopback and its cast, for the demo and for the tests."""
