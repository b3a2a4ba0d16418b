"""The signs of a life-threatening emergency as clinicians write them: patterns over folded text.

Folded is what `emergency` makes of a text: no case, no accents, spaces for hyphens and apostrophes. A pattern must
say by itself that it happens now ("ne respire plus", "SCA ST+"): a disease's bare name ("AVC") stands in every
history. Each tuple holds one kind of danger, French before English.
"""

SOON = (
    r"(?:depuis|il y a|for|since|x) ?(?:environ |about |at least |the last |over |plus de )?"
    r"(?:\d+ ?(?:s|sec|secondes?|seconds?|mn|min|minutes?|h|heures?|hours?|hrs?)\b|une heure|an hour|quelques minutes"
    r"|a few minutes|ce matin|this morning|midi|tout a l heure|a l instant|just now)"
)
"""A span of minutes or hours that reaches up to now."""

_BREATH_AND_HEART = (
    r"(?:ne )?respire (?:quasiment |presque |pratiquement )?(?:plus|pas)\b"
    r"(?! (?:bien|tres|assez|par|mal|vite|difficile|facile|fort|lente|rapide|libre"
    r"|correct|normal|calme|seule?|aussi))",
    r"arret (?:cardiaque(?! (?:foetal|in utero))|cardio ?(?:respiratoire|circulatoire)|circulatoire)",
    r"arret respiratoire(?! (?:du|pendant le) sommeil)",
    rf"en acr\b|acr (?:en cours|au cabinet|a domicile|devant (?:moi|nous|temoins?)|{SOON})",
    # Without "cardiaque" it is more often a sick leave: only when nothing follows that speaks of work.
    r"patiente? en arret(?= ?(?:,|$)| (?:au cabinet|devant moi))(?!.{0,100}?\b(?:travail|maladie|repri|repren|prolong"
    r"|cpam|mi temps|certificat|jusqu))",
    r"(?:massage cardiaque|mce|reanimation|rcp) (?:en cours|commencee?)",
    r"(?:pas|plus|absence) de pouls\b|sans pouls\b",
    r"detresse (?:respiratoire|vitale|circulatoire|hemodynamique)|pronostic vital engage",
    r"(?<!\bdiu )(?<!\bdiu d )urgence vitale\b(?! differee)",
    r"(?:bleue?|cyanosee?)\b(?:(?!\bnez\b).){0,30}? respire (?:tres )?(?:mal|pas bien|difficilement)\b(?! par le nez)",
    r"(?:s etouffe|s asphyxie|s etouffer)\b|s est etouffee? .{0,40}?(?:bleue?|cyanosee?)",
    r"asthme aigu (?:tres )?grave|silence auscultatoire|gasps?\b",
    r"oedeme (?:de quincke|larynge|de la glotte)\b(?:(?!\b(?:sans|pas|aucune?|ni|dernier)\b).){0,40}?"
    r"(?:stridor|dyspnee|respirer|gene respi|suffo)",
    r"(?:not|isn t|stopped|no longer|never started) breathing\b(?! (?:well|properly|normally through))",
    r"(?:cardiac|respiratory|cardiopulmonary|cardiorespiratory) arrest|peri ?arrest|pulseless\b|no pulse\b",
    r"(?:cpr|chest compressions?) (?:in progress|ongoing|started|being given)",
    r"(?:severe|acute) respiratory distress|(?:in|with|has) respiratory distress|respiratory distress (?:now|since)",
    r"(?:is|are|he s|she s) choking\b|(?:life threatening|near fatal) asthma|silent chest|gasping\b",
    r"(?:emergence|emergency|urgence) absolue|life threatening emergency",
)

_CONSCIOUSNESS = (
    r"(?<!l )inconsciente?s?\b(?! (?:des?|du) )",
    r"(?:ne )?(?:repond|reagit) (?:plus|pas)\b(?:(?: du tout)|(?: aux? (?:stimul\w+|appels?|ordres?|la voix|douleur)"
    r"| a (?:l appel|la (?:voix|douleur|stimul\w+))))?(?! (?:encore |toujours |bien |assez )?(?:aux?|a|sous|par|tres"
    r"|bien|sur|quand|encore|toujours)\b)",
    r"(?:dans le|en) coma\b|comateu(?:x|se)s?\b",
    r"(?:glasgow|gcs|scg)(?: score)?(?: est)?(?: (?:a|de|of|at|is))? ?[:=]? ?[3-8]\b(?! ?(?:a|to) ?15)",
    r"(?:on n arrive|n arrivent?|impossible) (?:pas )?(?:a|de) (?:le|la) reveiller",
    r"convuls(?:e|ent|ant) (?:la(?= ?(?:,|$|que |je |on ))|encore|toujours|actuellement|maintenant|depuis"
    r"|en ce moment|devant|sans)|convulse(?= ?(?:,|$))",
    r"(?:perdu connaissance|malaise|tombee?|chute|convulse)\b.{0,40}? se reveille (?:pas|plus)\b(?! la nuit)",
    rf"(?:crise (?:convulsive|d epilepsie|tonico clonique)(?: generalisee)?|convulsions?) (?:en cours|{SOON})",
    r"etat de mal\b(?! (?:migraineux|de tete|etre))|crise d eclampsie|eclampsie en cours",
    r"unconscious\b(?! bias)|comatose\b|in a coma\b|won t wake up|cannot be woken",
    r"unresponsive\b(?! to (?!pain|voice|stimul|verbal))",
    r"status (?:epilepticus|asthmaticus)|eclamptic (?:fit|seizure)",
    r"(?:still|now|currently|been|is) (?:seizing|fitting|convulsing)",
    r"(?:child|baby|infant|toddler|boy|girl|man|woman|patient|year old|yo|he s|she s) (?:seizing|convulsing)\b",
    r"having a (?:seizure|fit)\b(?! (?:every|each|once|twice|per|a (?:day|week|month|year)|at night|when|if)\b)",
    rf"(?:seizing|fitting|convulsing|seizure) (?:now|right now|{SOON})",
)

_SHOCK_AND_BLOOD = (
    r"(?:choc|reaction) anaphylactique(?! possible)|anaphylaxie (?:en cours|grave|severe|actuelle|(?:de )?grade"
    r" (?:3|4|iii|iv)\b)",
    r"choc (?:septique|hemorragique|cardiogenique|hypovolemique)",
    r"(?:en|etat de) choc\b(?! (?:emotionnel|psych|affectif|post ?traum|apres l annonce))",
    r"(?:hemorragie|hematemese|hemoptysie|saignement|rectorragies?|metrorragies?) (?:massive?s?|cataclysmique"
    r"|incontrolable|de la delivrance"
    r"|non controle\w*\b(?! (?:sous|avec|par)(?: un| le| son)? (?:diu|sterilet|implant|pilule)))",
    r"hemorragie du post ?partum|se vide de son sang|saigne (?:a flots?|en jet)",
    r"purpura (?:fulminans|febrile|extensif)|fievre (?:et|avec|\+) (?:un )?purpura|meningococcemie",
    r"(?:dissection aortique|anevrisme) (?:aigue?|rompue?|en cours)|(?:suspicion|suspecte?|tableau) (?:de |d )?"
    r"(?:une )?dissection aortique|rupture d (?:un )?anevrisme|geu rompue|amputation traumatique"
    r"|plaie par (?:balle|arme a feu)",
    r"tete a la vulve|procidence du cordon|accouchement (?:inopine |imminent )?en cours",
    r"anaphylactic (?:shock|reaction)|anaphylaxis (?:now|in progress|right now)|(?:in|having|severe) anaphylaxis",
    r"(?:septic|haemorrhagic|hemorrhagic|cardiogenic|hypovola?emic) shock|in shock\b(?! (?:at|about|after the news))",
    r"(?:massive|uncontroll(?:ed|able)|catastrophic|torrential) (?:ha?emorrhage|bleed(?:ing)?|ha?ematemesis"
    r"|ha?emoptysis)|post ?partum ha?emorrhage|bleeding (?:out\b|to death)|exsanguinat\w+|spurting blood",
    r"fever (?:and|with|\+) (?:a )?(?:purpura|non blanching rash|petechial rash)|meningococcal sepsis",
    r"ruptured (?:aneurysm|aaa|ectopic)|suspected aortic dissection|acute aortic dissection|traumatic amputation"
    r"|gunshot wound|cord prolapse",
)

_HEART_AND_BRAIN_AS_IT_HAPPENS = (
    r"sca (?:avec sus|st ?\+)|scast\b|st ?\+(?= |,|$)|sus ?(?:decalage)?(?: du segment)? ?\bst\b"
    r"|sus ?decalage (?:en )?(?:anterieur|inferieur|lateral|posterieur|v1|v2)",
    rf"(?:infarctus|idm)(?: du myocarde)? (?:aigu|en cours|massif|{SOON})",
    rf"avc (?:aigu|en cours|massif|{SOON})|alerte avc|suspicion d avc",
    r"(?:(?<!\bs )(?:il|elle)|qui|patiente?|train de|vient de) (?:me |nous )?fai(?:t|re) une? (?:avc|infarctus|idm|acr"
    r"|sca|oap|embolie pulmonaire|crise (?:convulsive|d epilepsie))\b(?! (?:tous|toutes|par|chaque|a \d+ ans))",
    r"(?:hemiplegie|hemiparesie|aphasie|deficit (?:moteur|neurologique|de l hemicorps)|troubles? de la parole)"
    rf"(?: de l hemicorps)?(?: (?:droite?|gauche|d|g))? ?,? ?(?:d apparition |apparue? )?"
    rf"(?:brutale?s?|brutalement|brusque|soudaine?|{SOON})",
    r"stemi\b|st (?:segment )?elevation (?:mi|myocardial)|heart attack (?:now|in progress)",
    r"(?:having|in the middle of) (?:a heart attack|an mi|a stroke)",
    r"(?:acute|ongoing|evolving) (?:mi|myocardial infarction|stroke)\b",
    rf"stroke (?:in progress|right now|now|alert|{SOON})|suspected stroke",
    r"(?:sudden|new|acute)(?: onset)?(?: of)? (?:hemiplegia|hemiparesis|aphasia|(?:one|left|right) sided weakness"
    r"|facial droop|slurred speech)",
    rf"(?:hemiplegia|facial droop|slurred speech|arm weakness) {SOON}",
)

_ACCIDENT_AND_DESPAIR = (
    r"pendaison|(?:s est|retrouvee?|vient de se) pend(?:ue?|re)\b|noyade|(?:s est|vient de se) noye[er]?\b",
    r"(?:electrocut|electris)(?:e|ee|ion)\b|s est defenestree?",
    r"(?:va|vais|veut|veux|menace|point|tente|train|essaie) (?:de |d )?(?:se |me |s |m )(?:suicider|tuer|pendre|immoler"
    r"|jeter (?:par|sous|du|dans)|ouvrir les veines|tirer une balle)|menace de sauter",
    r"(?:menace suicidaire|suicide|risque suicidaire) (?:imminente?|en cours|maintenant)|suicid\w+ .{0,30}?\b(?:arme"
    r"|fusil|corde) (?:a la main|chargee?|avec lui|avec elle|prete?)",
    r"(?:avalee?|aval(?:er|e)|ingere?r?|pris) (?:une boite|des boites|\d{2,} (?:cp|comprimes?|gelules?)|tous ses"
    r" (?:medicaments|comprimes)|\d (?:boites|plaquettes))[^,]{0,40}?"
    rf"(?:{SOON}|pour mourir|volontairement)|(?:avale|ingere)\w* une pile (?:bouton|plate)",
    r"found hanging|hanging (?:from (?:a|the) (?:rope|beam|tree)|by (?:the|his|her) neck)|hanged (?:him|her)self",
    r"(?:is|near|nearly) drown(?:ing|ed)\b(?! in (?:paper|work|mail|debt))|electrocuted\b",
    r"pulled (?:out of|from) the (?:pool|water|sea|river)",
    r"(?:about|going|threatening|trying|threatens|wants) to (?:kill (?:him|her|my|them)sel(?:f|ves)|jump (?:off|from)"
    r"|(?:hang|shoot) (?:him|her|my)self)|imminent suicide",
    r"(?:swallowed|took|taken|ingested) (?:a whole (?:box|pack|bottle)|\d{2,} (?:\w+ )?(?:tablets|pills)"
    r"|all (?:his|her) (?:pills|tablets))[^,]{0,40}?(?:ago|just now|minutes|tonight)|swallowed a button battery",
)

SIGNS: tuple[str, ...] = (
    *_BREATH_AND_HEART,
    *_CONSCIOUSNESS,
    *_SHOCK_AND_BLOOD,
    *_HEART_AND_BRAIN_AS_IT_HAPPENS,
    *_ACCIDENT_AND_DESPAIR,
)
"""All of them; each begins at a word's beginning."""
