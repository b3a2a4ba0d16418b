"""How the bot is spoken to and how it speaks: commands, parsing, wording, rendering. It knows no feature."""
