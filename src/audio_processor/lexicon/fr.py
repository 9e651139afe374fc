"""French words of feeling."""

from typing import Final

from audio_processor.lexicon.entries import Lexicon

FRENCH: Final = Lexicon(
    feelings={
        "happy": """
            heureu* bonheur joie joyeu* content contente contents contentes ravi ravie ravis gai gaie gaieté rire
            rires ris rit rigol* souri* amus* adore* ador* aime aimes aimons aimez aimer amour* fier fière fiers
            fierté merci reconnaissan* félicit* bravo fête fêter fêtes célébr* enthousias* enchant* réjoui*
        """,
        "sad": """
            triste* tristesse pleur* larme* chagrin* malheureu* malheur* désol* désesp* déprim* mélancol* nostalg*
            regret* manque seul seule solitude mort morte morts mourir deuil enterrement perdu perdue perte adieu
            déçu* déception* souffr* peine peiné* navré*
        """,
        "angry": """
            colère* furieu* fureur rage* enragé* fâché* énerv* agac* irrit* hais hait haine* déteste* détest* indign*
            insult* idiot* imbécile* stupide* maudit* menteu* mensonge* trahi* injust* cri crie crier crient dispute*
            inacceptable* insupportable* marre merde
        """,
        "fearful": """
            peur* crain* crainte* effray* effroi terreur* terrifi* panique* paniqu* angoiss* anxieu* inquièt* inquiét*
            horreur* épouvant* danger* menac* alarm* nerveu* frayeur* urgence redout*
        """,
        "disgusted": "dégoût* répugn* écoeur* écœur* nausée* vomi* beurk puant* pue puer sale sales immonde* pourri*",
        "surprised": "surpri* étonn* stupéf* incroyable* inattendu* soudain* choqu* bouche-bée ébahi* épat* ouah",
        "good": """
            bon bonne bons bonnes bien mieux meilleur* excellent* merveill* magnifique* superbe* formidable* génial*
            fantastique* parfait* beau belle beaux belles réussi* succès gagn* victoire* espoir espère espérer paix
            gentil* ami amie amis calme* doux douce sûr agréable*
        """,
        "bad": """
            mal mauvais* pire* terrible* affreu* horrible* nul nulle échec* échou* problème* laid* inutile* ennuy*
            ennui difficile* crise* désastre* catastroph* cruel* méchant* honte* guerre* douleur* grave* erreur*
        """,
    },
    negations="ne pas n'est n'ai n'a non ni jamais rien personne aucun aucune sans guère",
    stronger="très si tellement vraiment totalement absolument complètement extrêmement trop profondément",
    weaker="peu assez légèrement presque plutôt",
)
