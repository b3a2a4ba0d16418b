"""Which rooms the bot serves, and who may do what in them."""
