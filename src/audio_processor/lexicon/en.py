"""English words of feeling."""

from typing import Final

from audio_processor.lexicon.entries import Lexicon

ENGLISH: Final = Lexicon(
    feelings={
        "happy": """
            happy happi* glad gladly joy joyful* joyous* delight* cheer* celebrat* laugh* smil* fun funny hilarious
            love loved loves loving lovely enjoy* thrilled excited exciting overjoyed ecstatic elated bliss* proud
            pride grateful thankful thanks hooray hurray yay congratulations congrats birthday pleased merry jolly
            amused amusing playful welcome
        """,
        "sad": """
            sad sadly sadness sadden* unhappy unhappi* sorrow* grief griev* mourn* cry cries cried crying weep* wept
            tear tears tearful heartbr* lonely loneliness alone depress* despair* hopeless* miserabl* misery gloom*
            melanchol* regret* sorry funeral died death dead dying lost loss losing farewell goodbye disappoint* hurt*
            ache aching suffer* tragic tragedy broken
        """,
        "angry": """
            angry angri* anger furious* fury rage raging outrag* mad madden* hate hated hates hatred hateful annoy*
            irritat* infuriat* enrag* resent* hostile insult* idiot* stupid damn damned shut betray* unacceptabl*
            disgrace* liar lying cheat* unfair injustice fight* attack* blame* scream* yell*
        """,
        "fearful": """
            afraid fear feared fears fearful* scare* scary scaring terrif* terror* panic* fright* horror horrif*
            dread* worry worri* anxious* anxiety nervous* danger* threat* alarm* helpless* emergency
        """,
        "disgusted": """
            disgust* gross nasty revolt* repuls* repugnan* vomit* sick sicken* filthy filth foul stink* stench rotten
            yuck eww ew nauseat* vile loath*
        """,
        "surprised": """
            surpris* amaz* astonish* astound* wow unbelievabl* incredibl* unexpected* suddenly shock* stunned stunning
            whoa omg unimaginabl* startl*
        """,
        "good": """
            good great nice best better wonderful* excellent fantastic* awesome beautiful* brilliant perfect* superb
            success* win wins winning won victory hope hopeful* peace* calm kindly helpful friend* free safe favourite
            favorite bright warm sweet impressive
        """,
        "bad": """
            bad badly worse worst terrible terribly awful* horrible horribly poor poorly wrong fail* failure problem*
            trouble* ugly useless worthless boring bored painful* pain difficult* crisis disaster* catastroph* cruel
            evil wicked guilty shame* weak war crash*
        """,
    },
    negations="""
        not no never none nobody nothing neither nor without hardly barely isn't wasn't aren't weren't don't doesn't
        didn't can't cannot couldn't won't wouldn't shouldn't haven't hasn't hadn't ain't
    """,
    stronger="very really so extremely absolutely totally completely incredibly truly deeply utterly too most much",
    weaker="slightly somewhat rather fairly little bit mildly almost partly quite",
)
