"""Sentences end where readers of their language end them; | stands for a boundary."""

import unicodedata

import pytest

from chainrule.text import tokenize

ENGLISH = """
He climbed Mt. Everest in 1953. | Then he came back.
Mr. Smith met Mrs. Jones and Dr. Lee. | They talked.
It was I. Newton who saw it fall.
Sir I. Newton was born in 1642.
The laws of I. Newton are old. | They hold.
I. Newton wrote it.
G. Leibniz and I. Newton disagreed.
So do I. | Then go.
So do I. | John left.
My wife and I. | Peter too.
He is older than I. | Mary knows it.
Shares of Yahoo! Inc. rose.
He works at Yahoo! Japan now.
He left Yahoo! | Then he wrote a book.
Yum! Brands and Guess? Inc. fell.
What a day! | Inge came.
See No. 5 and Nos. 7 and 8.
NO. 5 is alive.
Is it? | No. | That is wrong.
The answer is no. | Nobody knows why.
On Jan. 5 and Feb. 6 it rained. | It stopped.
It was in Jan. | The snow fell.
I met Jan. | Peter was late.
Sales rose in Sept. and fell in Oct. and Nov. of that year.
Prices fell from Mon. to Fri. | We sold.
The U.S. Army vs. St. Louis was on. | Nobody watched.
He lives in the U.S. | She does not.
He moved to the U.S. Virgin Islands.
It starts at 10 a.m. | We will be there.
It starts at 10 a.m. Monday.
Acme Inc. | The firm is old.
Acme Corp. President Jane Doe spoke to Bros. Ltd. staff.
He is J. R. R. Tolkien. | He wrote.
Ursula K. Le Guin wrote it.
George W. Bush won. | Then he lost.
We chose plan B. | Then we left.
Gen. Lee, Sen. Kennedy, Gov. Brown and Rev. King met at Ft. Worth.
They live on Main St. | The house is red.
Martin Luther King Jr. Boulevard is long.
John Doe Jr. | He was there.
See Fig. 3, p. 7 and Vol. II of it.
1. Introduction
2. The parties agree. | They sign.
He said "Go." | Then he left.
"Why?" | "Because it is late."
He asked (why?) | Nobody knew.
It was 3.5 pct. of sales. | They fell.
Really?! | Yes!! | Fine...
MR. SMITH AND DR. NO MET. | IT RAINED.
She has a Ph.D. from M.I.T. | Her sister has none.
It cost approx. 5 dollars, i.e. The price was low, e.g. Friday.
Lt. Col. Jane Doe of Springfield, Ill. Governor Roe agrees. | They left.
Smith et al. | The paper says more.
J. (Jim) Doe and B. "Bo" Roe, cf. Lee et al. Nature, a.k.a. Nat.
Call Tel. 5 in Rm. 7 of Acme v. Jones.
Wait... What did he say? | Nothing.
"""
GERMAN = """
Am 3. Oktober feiern wir. | Dann ist Ruhe.
Der 2. Weltkrieg endete 1945. | Die Stadt lag in Trümmern.
Hr. Müller und Fr. Maier kamen. | Sie blieben.
Es gibt z. B. Äpfel, d. h. Obst, u. a. Birnen.
Das kostet 5 Mio. Euro, bzw. Dollar, ca. Hundert, z.B. Hier.
Er sagte: „Geh.“ | Dann ging sie.
Siehe Nr. 5, Abs. 2 und Bd. 3. | Es stimmt.
Was nun? | Äpfel sind gut!
"""
FRENCH = """
M. Dupont et Mme Durand sont là. | Ils dorment.
J.-C. Killy a gagné. | Étienne aussi.
Voir p. 5 et vol. 2. | C’est tout.
« Pourquoi ? » | Elle est partie.
Mlle. Rose arrive. | Où est-elle ?
"""
SPANISH = """
La Sra. García vive en EE.UU. | Ella trabaja.
El Sr. López llegó. | ¿Quién es? | ¡Nadie!
Véase pág. 5 y núm. 7. | Él lo sabe.
Dr. Ruiz y Dra. Gil. | Los dos vinieron.
"""
KOREAN = """
서울은 수도이다. | 그는 갔다.
정말? | 네! | 그렇습니다.
그는 "가자." | 우리는 갔다.
김 박사는 3.1 운동을 연구했다. | 책도 썼다.
"""
CHINESE = """
他来了。 | 她走了！ | 谁知道？
他说：“走吧。” | 然后走了。
“你来吗？”他问。 | 没人知道。
中国银行(香港)在2019年成立。 | 2020年上市。
「来た。」と言った。 | 行こう。
"""
OTHERS = """
यह हिन्दी है। | वह गया।
डॉ. शर्मा आए। | वे बैठे।
هل جاء؟ | نعم. | ثم ذهب.
Л. Толстой написал роман. | Он жил в России.
הוא בא. | היא הלכה.
"""
CASES = [
    line
    for language in (ENGLISH, GERMAN, FRENCH, SPANISH, KOREAN, CHINESE, OTHERS)
    for line in language.strip().splitlines()
]


@pytest.mark.parametrize("case", CASES)
def test_sentences_end_where_readers_end_them(case: str) -> None:
    expected = ["".join(sentence.split()) for sentence in case.split(" | ")]
    text = case.replace(" | ", "" if "。" in case or "！" in case else " ")
    assert ["".join(words) for words in tokenize(text)] == expected


@pytest.mark.parametrize("case", [each for each in CASES if not each.isascii()])
def test_sentences_end_alike_where_characters_are_not_composed(case: str) -> None:
    text = unicodedata.normalize("NFD", case.replace(" | ", " "))
    words = [unicodedata.normalize("NFC", word) for each in tokenize(text) for word in each]
    composed = [word for each in tokenize(unicodedata.normalize("NFC", text)) for word in each]
    assert words == composed
    assert len(tokenize(text)) == len(tokenize(unicodedata.normalize("NFC", text)))


def test_there_are_enough_cases() -> None:
    assert len(CASES) > 60


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mt. Everest, No. 5, Jan. 5", "Mt. Everest , No. 5 , Jan. 5"),
        ("(Jan., Feb.) No.5 vs. Inc.'s", "( Jan. , Feb. ) No. 5 vs. Inc. 's"),
        ("Yes or No.", "Yes or No ."),
        ("on 5 Jan.", "on 5 Jan."),
        ("am 3. Mai z. B. um 10.", "am 3. Mai z. B. um 10 ."),
        ("by Smith, J., and I. Newton.", "by Smith , J. , and I. Newton ."),
        ("So do I.", "So do I ."),
        ("J.-C. Killy, EE.UU., Ph.D.", "J.-C. Killy , EE.UU. , Ph.D."),
    ],
)
def test_a_period_stays_with_its_abbreviation(text: str, words: str) -> None:
    assert tokenize(text) == [words.split(" ")]
