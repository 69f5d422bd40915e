"""Reading ease against figures that others have published for known texts."""

import pytest

from domain.readability import readability, sentences, syllables, words

# Lincoln at Gettysburg, 1863 (the Bliss copy).
GETTYSBURG = """
Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived
in Liberty, and dedicated to the proposition that all men are created equal. Now we are engaged in a
great civil war, testing whether that nation, or any nation so conceived and so dedicated, can long
endure. We are met on a great battle-field of that war. We have come to dedicate a portion of that
field, as a final resting place for those who here gave their lives that that nation might live. It
is altogether fitting and proper that we should do this. But, in a larger sense, we can not dedicate
-- we can not consecrate -- we can not hallow -- this ground. The brave men, living and dead, who
struggled here, have consecrated it, far above our poor power to add or detract. The world will
little note, nor long remember what we say here, but it can never forget what they did here. It is
for us the living, rather, to be dedicated here to the unfinished work which they who fought here
have thus far so nobly advanced. It is rather for us to be here dedicated to the great task
remaining before us -- that from these honored dead we take increased devotion to that cause for
which they gave the last full measure of devotion -- that we here highly resolve that these dead
shall not have died in vain -- that this nation, under God, shall have a new birth of freedom -- and
that government of the people, by the people, for the people, shall not perish from the earth.
"""


@pytest.mark.parametrize(
    ("text", "ease"),
    [
        # The two examples of Wikipedia's article on the Flesch scale.
        ("The cat sat on the mat.", 116.1),
        (
            "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.",
            37.5,
        ),
    ],
)
def test_published_examples_have_their_published_ease(text: str, ease: float) -> None:
    assert readability(text).ease == ease


def test_the_gettysburg_address_is_as_hard_as_others_find_it() -> None:
    measured = readability(GETTYSBURG)
    assert (measured.words, measured.sentences) == (271, 10)
    assert measured.grade == pytest.approx(10.9, abs=0.3)
    assert measured.ease == pytest.approx(65, abs=2)


def test_german_has_amstads_formula_and_others_lix_alone() -> None:
    german = readability("Die Katze sitzt auf der Matte. Der Hund schläft.", "de")
    # 9 words, 2 sentences, 11 syllables: 180 - 4.5 - 58.5 * 11 / 9.
    assert (german.syllables, german.ease, german.grade) == (11, 104.0, None)
    french = readability("Le chat est assis sur le tapis magnifique.", "fr")
    assert (french.ease, french.grade) == (None, None)
    assert french.lix == 8 + 100 / 8


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("area", 3), ("business", 2), ("created", 3), ("people", 2), ("loved", 1), ("wanted", 2)),
        *(("table", 2), ("rhythm", 2), ("being", 2), ("various", 3), ("million", 2), ("html", 4)),
        *(("battle-field", 3), ("we're", 1), ("science", 2), ("quickly", 2), ("useful", 2)),
    ],
)
def test_english_words_have_the_syllables_that_dictionaries_say(word: str, count: int) -> None:
    assert syllables(word) == count


def test_sentences_end_where_they_end() -> None:
    text = "It costs 4.5 dollars, e.g. today. Dr. Who came! Did he? \n\n# A heading\n- one\n- two"
    assert len(sentences(text)) == 6
    assert words("It's a well-known fact: 42.") == ["It's", "a", "well-known", "fact", "42"]


@pytest.mark.parametrize("text", ["", " \n", "!!!", "…", "\u200b", "🎉"])
def test_what_has_no_words_has_no_figures(text: str) -> None:
    measured = readability(text)
    assert (measured.words, measured.ease, measured.lix) == (0, None, 0.0)
