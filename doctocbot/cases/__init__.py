"""Cases: what they are (model), what happens to them (desk), what is shown of them (card, summary)."""
