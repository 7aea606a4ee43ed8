"""A folder of a tiny random BERT, and labelled texts that it can learn."""

import json

import numpy as np

from chainrule.storage import write_arrays

WIDTH, INNER, LAYERS, POSITIONS = 16, 32, 2, 24
WORDS = ("good", "great", "fine", "bad", "poor", "awful", "film", "book", "song", "the", "a", "was")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SORTS = {"up": ("good", "great", "fine"), "down": ("bad", "poor", "awful")}


def write_bert(folder, seed=0, words=WORDS, **options):
    """Write a BERT with random weights and these pieces of words, and return its folder."""
    vocabulary = (*SPECIAL, *words)
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": len(vocabulary),
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        **options,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    write_arrays(
        folder / "model.safetensors", _weights(np.random.default_rng(seed), len(vocabulary))
    )
    return folder


def _weights(random, pieces):
    def dense(name, outputs, inputs):
        return {
            f"{name}.weight": random.normal(0, 0.25, (outputs, inputs)).astype("float32"),
            f"{name}.bias": np.zeros(outputs, "float32"),
        }

    def norm(name):
        return {
            f"{name}.weight": np.ones(WIDTH, "float32"),
            f"{name}.bias": np.zeros(WIDTH, "float32"),
        }

    def table(name, rows):
        return {f"embeddings.{name}.weight": random.normal(0, 1, (rows, WIDTH)).astype("float32")}

    found = table("word_embeddings", pieces) | table("position_embeddings", POSITIONS)
    found |= table("token_type_embeddings", 2) | norm("embeddings.LayerNorm")
    for i in range(LAYERS):
        start = f"encoder.layer.{i}"
        for each in ("query", "key", "value"):
            found |= dense(f"{start}.attention.self.{each}", WIDTH, WIDTH)
        found |= dense(f"{start}.attention.output.dense", WIDTH, WIDTH)
        found |= norm(f"{start}.attention.output.LayerNorm")
        found |= dense(f"{start}.intermediate.dense", INNER, WIDTH)
        found |= dense(f"{start}.output.dense", WIDTH, INNER)
        found |= norm(f"{start}.output.LayerNorm")
    return found | dense("pooler.dense", WIDTH, WIDTH)


def text_of(label, random):
    """Return a text in which one word of the label stands among others."""
    words = list(random.choice(WORDS[6:], random.integers(1, 9)))
    words.insert(random.integers(len(words) + 1), str(random.choice(SORTS[label])))
    return " ".join(words)


def write_texts(path, count, seed, pairs=False, regression=False):
    """Write labelled texts, and return the path."""
    random = np.random.default_rng(seed)
    rows = ["label\ttext\tpair" if pairs else "label\ttext"]
    for number in range(count):
        first = ("up", "down")[number % 2]
        second = ("up", "down")[int(random.integers(2))]
        label = ("same" if first == second else "other") if pairs else first
        if regression:
            label = (
                f"{len(text_of(first, random)) / 10:.2f}" if pairs else str(float(first == "up"))
            )
        texts = [text_of(each, random) for each in ((first, second) if pairs else (first,))]
        rows.append("\t".join([label, *texts]))
    path.write_text("\n".join(rows) + "\n")
    return path
