"""What the bot keeps of people and of their patients: shown to them, erased for them, and not kept for longer."""
