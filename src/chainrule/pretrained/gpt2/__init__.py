"""GPT-2: a causal Transformer that continues texts."""

from chainrule.pretrained.gpt2.network import Gpt2Network as Gpt2Network
