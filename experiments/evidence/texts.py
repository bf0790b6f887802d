"""Common words of five languages, without accents, and sentences about three subjects; written for this project."""

WORDS = {
    "english": """
        the and that have with this from they which there would their about other when what your people could
        time than first water been call who its now find long down day did get come made may part over new sound
        take only little work know place year live back give most very after things our just name good sentence
        man think say great where help through much before line right too means old any same tell boy follow
        came want show also around form three small set put end does another well large must big even such
        because turn here why ask went men read need land different home us move try kind hand picture again
        change off play spell air away animal house point page letter mother answer found study still learn
        should world high every near add food between own below country plant last school father keep tree never
        start city earth eye light thought head under story saw left few while along might close something seem
        next hard open example begin life always those both paper
    """,
    "german": """
        der die und das nicht von sie ist des sich mit dem dass ein eine als auch auf werden aus hat dass wir
        nach bei einer um noch wie einem oder aber vor zur bis mehr durch man sein wurde sei nur schon wenn habe
        seine ihre dann unter wird kann gegen vom soll haben ihm ihr ich diese dieser mein alle wieder zeit gut
        ganz jahre zwei meine immer jetzt heute hier wo was weil wer machen gehen sehen sagen geben kommen
        wissen finden stehen lassen liegen bleiben heissen denken nehmen zeigen fuehren sprechen bringen leben
        fahren meinen fragen kennen gelten stellen spielen arbeiten brauchen folgen lernen bestehen verstehen
        setzen bekommen beginnen erzaehlen versuchen schreiben laufen erklaeren entsprechen sitzen ziehen
        scheinen fallen gehoeren entstehen erhalten treffen suchen legen vorstellen handeln erreichen tragen
        schaffen lesen verlieren darstellen erkennen entwickeln reden aussehen erscheinen bilden anfangen
        erwarten wohnen betreffen warten vergehen helfen gewinnen schliessen fuehlen bieten mensch haus kind
        frau mann tag stadt weg land wasser schule freund strasse buch wort seite
    """,
    "french": """
        les des est une dans que qui pour sur pas plus par avec tout faire son mettre autre nous comme mais
        aussi leur bien ces sans deux vous encore peu meme sous entre premier quand grand chose jour homme temps
        tres savoir voir quelque celui main dire oeil monde toute donner passer vers heure trop peine pouvoir
        vouloir venir prendre arriver croire jamais parce annee mort enfant femme vie fois petit nouveau dernier
        rester tenir porter parler montrer demander trouver rendre laisser penser commencer suivre comprendre
        vivre entendre sentir jouer appeler ecrire ouvrir lire perdre courir chercher attendre mourir partir
        sortir tomber entrer devenir revenir connaitre reconnaitre maison ville pays terre eau pied porte mere
        pere frere soeur ami livre mot rue place ecole route travail question nuit matin soir lumiere bruit voix
        coeur corps esprit raison facon moment cote fond bout milieu ciel soleil mer beau jeune vieux seul haut
        bas long court blanc noir rouge vert bleu heureux malheureux possible necessaire simple notre votre
        chaque plusieurs aucun certain toujours souvent maintenant hier demain aujourdhui ici dehors
    """,
    "italian": """
        che non una per con del sono come anche piu dei nel alla della suo questo quando molto quella dove
        essere fare stato dopo ancora cosa tutto prima solo senza bene loro sempre tempo anni due vita casa
        giorno uomo donna mondo parte mano occhio parola paese citta strada acqua terra mare cielo sole notte
        mattina sera madre padre figlio fratello sorella amico libro scuola lavoro domanda risposta storia
        problema punto modo fatto caso nome numero grande piccolo nuovo vecchio bello brutto buono cattivo lungo
        corto alto basso bianco nero rosso verde primo ultimo stesso altro ogni qualche nessuno alcuni molti
        pochi troppo poco meglio peggio oggi ieri domani adesso allora poi quindi perche mentre pero invece
        infatti insieme dentro fuori sopra sotto vicino lontano avanti dietro andare venire vedere sapere potere
        volere dovere dire dare stare prendere mettere trovare pensare parlare sentire guardare chiamare cercare
        capire vivere morire leggere scrivere aprire chiudere chiedere rispondere lasciare portare tenere
        credere restare tornare entrare uscire passare cominciare finire aspettare mangiare bere dormire
    """,
    "spanish": """
        que los del las por con para una como mas pero sus este esta entre cuando muy sin sobre tambien hasta
        hay donde quien desde todo nos durante todos uno les contra otros ese eso ante ellos esto antes algunos
        unos otro otras otra tanto esa estos mucho quienes nada muchos cual poco ella estar estas algunas algo
        nosotros vida casa tiempo hombre mujer mundo dia noche mano ojo palabra ciudad calle agua tierra mar
        cielo sol madre padre hijo hermano hermana amigo libro escuela trabajo pregunta respuesta historia
        problema punto modo hecho caso nombre numero grande pequeno nuevo viejo bueno malo largo corto alto bajo
        blanco negro rojo verde primero ultimo mismo cada alguno ninguno demasiado mejor peor hoy ayer manana
        ahora entonces luego porque mientras sino juntos dentro fuera arriba abajo cerca lejos adelante detras
        hacer decir poder ir ver dar saber querer llegar pasar deber poner parecer quedar creer hablar llevar
        dejar seguir encontrar llamar venir pensar salir volver tomar conocer vivir sentir tratar mirar contar
        empezar esperar buscar existir entrar trabajar escribir perder producir ocurrir
    """,
}

SUBJECTS = {
    "food": """
        the soup needs salt and a little more pepper
        we bake bread with flour water and salt
        the cook cuts the onions and fries them in oil
        a ripe apple and a slice of cheese make a good lunch
        boil the rice for ten minutes and keep the water
        she mixes sugar butter and eggs for the cake
        he drinks coffee with milk but tea without sugar
        the tomatoes are ripe and taste sweet
    """,
    "music": """
        the singer holds the last note of the song for a long time
        he plays the piano and she plays the violin
        the band tunes the guitars before the concert
        a quiet song with a slow rhythm ends the evening
        the choir sings the first line again and louder
        she writes songs and he writes the words to them
        the drummer keeps the rhythm and the bass follows
        they listen to the record and learn the melody
    """,
    "weather": """
        the wind turns and dark clouds come from the west
        after the rain the sun shines on wet streets
        snow falls in the hills and the roads are icy
        a cold wind blows and the lake is frozen
        the fog lifts in the morning and the day is warm
        thunder and lightning follow the heat of the day
        it rains all day and the river rises
        the sky is clear and the night will be cold
    """,
}
