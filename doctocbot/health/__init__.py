"""Whether the bot is well, and how it tells those who watch it; it knows no person, no room's name and no word."""
