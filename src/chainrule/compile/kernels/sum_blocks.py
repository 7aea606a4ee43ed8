"""The length of the blocks in which float32 terms are summed.

The terms of a block are added in float32, blocks in float64. A sum is therefore accurate at any
length. A vector of 8 lanes adds at most `BLOCK` terms per lane one by one: equal terms then round
by at most 1e-6 of their sum, half of `BLOCK` times 6e-8.
"""

from __future__ import annotations

BLOCK = 32
