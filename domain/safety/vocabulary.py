"""Words by what they do in a sentence that talks an agent into something."""

from typing import Final

# Sign: what the words have in common, and the words. One sign a word: the first that has it wins.
KINDS: Final = {
    # To set aside.
    "I": """ignore ignoring disregard disregarding forget forgetting
        override overriding overrule bypass bypassing discard discarding neglect erase dismiss unlearn
        circumvent abandon ignoriere ignorieren ignorier vergiss vergesse vergessen missachte ignora
        ignorar ignorad olvida olvidar olvide olvídate descarta ignorez oublie oubliez oublier dimentica
        dimenticare ignori esqueça esquece desconsidere negeer vergeet zignoruj zapomnij игнорируй
        забудь 忽略""",
    # What came before.
    "P": """previous previously prior above earlier preceding foregoing former initial original past
        existing old before vorherigen vorherige bisherigen bisherige obigen vorigen vorangegangenen
        zuvor anterior anteriores previas previa antes précédentes précédente précédents
        précédemment precedenti anteriormente vorige eerdere poprzednie предыдущие""",
    # What an agent goes by.
    "R": """instruction instructions instruct rule rules prompt prompts guideline guidelines directive
        directives command commands constraint constraints restriction restrictions policy policies
        order orders programming safeguard safeguards filters filter limitation limitations limits
        protocol protocols guardrail guardrails boundaries training anweisung anweisungen regel
        regeln befehl befehle vorgaben instrucción instrucciones reglas órdenes indicaciones
        instructions consigne consignes règles istruzioni regole instruções regras instructies
        instrukcje инструкции alignment moderation censorship""",
    "Y": """you your yours yourself u ur ya you're you've you'll du dein deine deinen dir dich sie ihre
        ihren usted tu tus tú sus vous votre vos tuo tuoi você seu seus jij je jouw""",
    # To play somebody.
    "A": """act acting acts pretend pretending roleplay roleplaying role-play role-playing simulate
        simulating simulation imitate impersonate behave emulate imagine portray embody mimic
        hypothetical fictional fiction scenario rollenspiel tue spiele verhalte actúa finge simula imagina
        agis imagine simule fais fingi""",
    "N": """no not never without don't doesn't cannot can't nothing none neither nor won't isn't
        aren't zero lacks lacking devoid regardless absent nie nicht keine keinen ohne ningún ninguna sin
        nunca sans aucun aucune jamais senza nessuna sem free freed unbound irrespective despite dont
        cant wont cares""",
    "E": """ethical ethics moral morals morality morally legal legality legally law laws safety
        disclaimer disclaimers warning warnings consequences conscience compliance norms principles
        ethicality ethically societal taboo decency""",
    # Words that say it all.
    "U": """unethical amoral immoral illegal unfiltered uncensored unrestricted unmoderated jailbroken
        jailbreak jailbreaking unchained unaligned nsfw unhinged unlawful unapologetic
        antigpt evilbot unconstrained uncensor immorality illegality""",
    # To reach, and what is forbidden.
    "H": """harmful dangerous offensive inappropriate explicit racist sexist vulgar swear profanity
        obscene hateful violent toxic evil malicious sexual derogatory controversial curse
        profanities cursing lewd erotic explosives weapon weapons drugs meth bomb hack hacking
        malware ransomware""",
    "M": """chatgpt gpt gpt-3 gpt-4 gpt-3.5 gpt4 gpt3 ai a.i llm chatbot chatbots bot assistant openai
        openai's claude gemini bard llama copilot chatgpt's ki ia""",
    "D": """dan dans devmode stan dude godmode aim""",
    "C": """character persona personality alter ego mode personas clone""",
    "X": """refuse refusing refuses refused refusal decline declines apologize apologise apologizing
        apologizes apologies reject object rejects denies dodge""",
    "W": """answer answers answering reply replies respond responding responds response responses say
        says write output outputs print generate generates generating produce provide provides begin
        start prefix repeat display show reveal tell list translate summarize summarise recite
        disclose expose dump spell echo leak gib zeige wiederhole antworte schreibe muestra repite
        responde revela affiche répète révèle réponds mostra ripeti escreva""",
    "S": """system hidden secret confidential internal developer verbatim underlying preprompt
        pre-prompt sistema système systemprompt sysprompt""",
    "T": """now henceforth onwards onward hereafter anymore longer jetzt ab nun ahora desormais
        désormais maintenant""",
    "Q": """question questions request requests query queries task topic ask asks asked frage fragen
        pregunta pregunta""",
    "J": """anything everything whatever any all every each alles alle todo todas todos tout toutes
        tutte tutto todas alle cada jede""",
    "B": """are is am be being become becomes will can could would may bist eres es seras""",
    "O": """must always should shall need have obey comply follow following adhere strictly
        ensure required mandatory""",
    # Of the speaker: whose words these are.
    "m": """me my mine myself i i'm i've i'll i'd mein meine meinen meinem mir mich mi mis mí mon ma mes
        moi mio mia meu minha mijn""",
    # What leads on to the next thing to do.
    "a": """also then first firstly next finally once afterwards additionally secondly and lastly
        subsequently""",
    # What an agent with tools can do for somebody.
    "V": """access send email e-mail mail forward transfer pay wire delete remove grant unlock lock disable
        enable deactivate activate retrieve fetch share export upload download install execute
        run schedule cancel purchase buy book post publish submit add update modify change
        create make set give open close turn initiate withdraw deposit sell donate report save
        search find get read access check register message text call notify invite use
        navigate visit click copy store append insert reset revoke approve authorize authorise
        place clear empty block unblock archive move rename disarm arm stop adjust increase
        decrease lower raise arrange request apply sign look obtain collect gather extract
        dispatch redirect guide leave fill take mark assign convert generate compose draft forward
        reroute subscribe unsubscribe connect disconnect enroll withhold exchange trade invest
        transmit relay broadcast tweet reply launch invoke query lookup review confirm accept
        merge push commit deploy restart shutdown kill wipe format encrypt decrypt alter edit
        replace swap switch release permit allow whitelist blacklist ban follow unfollow like
        sende senden schicke leite lösche überweise envía enviar transfiere borra elimina
        envoie envoyez transfère supprime invia trasferisci cancella envie transfira stuur""",
    "L": """please kindly immediately urgently bitte sofort por favor s'il veuillez""",
}
