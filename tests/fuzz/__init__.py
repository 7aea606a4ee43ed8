"""Readers of files under attack: valid files are damaged at random, and nobody may be surprised.

python -m tests.fuzz READER --count 1000000   runs as many cases, from --seed on
"""
