"""What an operator types."""

import typer

from doctocbot.cli import content, health, keeping, serving, setup

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The case desk for closed, encrypted Matrix rooms of clinicians.",
    pretty_exceptions_enable=False,
)
for part in (setup, serving, health, keeping, content):
    app.add_typer(part.app)


def main() -> None:
    """Run the command line."""
    app()
