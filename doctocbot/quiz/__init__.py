"""Quizzes made from the room's own closed cases: what they are (model), what happens (desk), what is shown (poll)."""
