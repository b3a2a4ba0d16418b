"""Telling a greeting or a question about the bot from the words of a case."""

import re

from doctocbot.chat.parsing import fold

_GREETINGS = frozenset(
    (
        "allo", "bonjour", "bonsoir", "coucou", "hello", "hey", "hi", "salut", "yo", "good morning", "good evening",
        "merci", "merci beaucoup", "mille mercis", "thanks", "thank you", "thank you very much", "thx", "ok", "okay",
        "d accord", "parfait", "super", "great", "au revoir", "bye", "a bientot", "bonne journee", "bonne soiree",
        "aide", "help", "test", "oui", "non", "yes", "no", "ca va", "tu es la", "il y a quelqu un", "anybody there",
    )
)  # fmt: skip
_TO_NOBODY = re.compile(r" (?:a tous|a toutes|all|everybody|docteur|doctor|doc|le bot|bot|robot|doctocbot)$")
_ABOUT_THE_BOT = re.compile(
    r"comment (?:ca|cela) (?:marche|fonctionne)|comment (?:tu )?(?:marches|fonctionnes)"
    r"|comment (?:faire|dois je|puis je|on|je) (?:pour )?(?:te |vous )?(?:poster|publier|utiliser|envoyer|fais|faire)"
    r"|qui (?:es tu|etes vous)|que (?:sais|peux) tu|qu est ce que tu|tu sais faire quoi|a quoi (?:sers tu|tu sers)"
    r"|es tu (?:un |une )?(?:robot|bot|humain)|how (?:does (?:this|it)|do you) work|how do i (?:use|post|publish)"
    r"|who are you|what (?:are you|can you do|do you do)|are you (?:a )?(?:bot|robot|human)"
)
_LONGEST = 90


def is_smalltalk(text: str) -> bool:
    """Whether a message is a greeting, thanks or a question about the bot, and not the beginning of a case."""
    bare = " ".join(re.sub(r"[^\w\s]+", " ", fold(text)).split())
    if len(bare) > _LONGEST:
        return False
    if not bare:
        return True
    greeting = _TO_NOBODY.sub("", bare)
    if greeting in _GREETINGS:
        return True
    opened = next((bare.removeprefix(f"{each} ") for each in _GREETINGS if bare.startswith(f"{each} ")), bare)
    return opened in _GREETINGS or _ABOUT_THE_BOT.match(opened) is not None
