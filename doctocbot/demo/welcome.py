"""What the demo prints when it stays up: how to walk into the room from Element, and what to expect there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from doctocbot.demo.cast import Role
from doctocbot.demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph with what stands before its first line; `style` is one of rich's."""

    text: str = ""
    before: str = ""
    style: str = ""


def welcome(stage: Stage, room_name: str, recovery_keys: Mapping[Role, str]) -> Iterator[Line]:
    """All that somebody needs who has Element and none of our knowledge."""
    yield Line("Entrez dans le salon avec Element (Web ou Desktop, sur cette machine)", style="bold")
    yield Line("À l’écran de connexion, modifiez le serveur d’accueil, « Autre serveur d’accueil » :", "1. ")
    yield _value(stage.homeserver.url)
    yield Line("Connectez-vous avec le compte que personne n’a encore utilisé :", "2. ")
    yield _value(f"{stage.visitor.role.localpart}, mot de passe {stage.visitor.password}")
    yield Line(
        "Element y crée son identité, et la session est vérifiée. Il le faut : le robot n’écrit qu’aux sessions"
        " vérifiées, et n’obéit qu’à elles.",
        "   ",
    )
    yield Line(f"Acceptez l’invitation au salon « {room_name} ». Demandez au robot :", "3. ")
    yield _value("!résumé #1    !lescas clos    !quiz    !aide")
    yield Line("puis ouvrez un cas : une photo, et !cas suivi de votre question.", "   ")
    yield Line("En conversation directe avec le robot, pour apprendre seul :", "   ")
    yield _value("!quiz moi    !quiz journal")
    yield Line("Ce qui s’y est dit avant vous a été chiffré sans vous, et reste donc illisible.", "   ")
    yield Line(
        "Si le navigateur demande l’accès au réseau local, acceptez ; s’il refuse cette adresse, prenez Element"
        " Desktop.",
        "   ",
        "dim",
    )
    yield Line()
    yield Line("Les comptes de la scène, avec mot de passe et clé de récupération", style="bold")
    yield from _accounts(stage, recovery_keys)
    yield Line(
        "Element demande d’y vérifier la session : par la clé de récupération. Réinitialiser l’identité la ferait"
        " changer aux yeux de tous.",
        style="dim",
    )
    yield Line()
    yield Line(
        "Le robot : sa configuration et son journal (des numéros, jamais un mot du salon)", style="bold"
    )
    yield _value(str(stage.bot.config))
    yield _value(str(stage.bot.log_file))


def _accounts(stage: Stage, recovery_keys: Mapping[Role, str]) -> Iterator[Line]:
    for role, account in stage.cast.accounts.items():
        yield Line(f"{role.localpart:<7}{account.password}   {role.name}, {role.trade}", "   ", "green")
        yield Line(recovery_keys[role], "          ", "dim")


def _value(text: str) -> Line:
    """Something to copy."""
    return Line(text, "      ", "bold green")
