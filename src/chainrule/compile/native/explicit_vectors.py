"""Kernels whose vectors are written out: products by panels, and attention.

LLVM has nothing to vectorise in them. The passes that keep local variables in registers and combine
instructions give code of the same speed as all passes of -O3, which take ten times as long.
"""

from __future__ import annotations

from typing import Any

MARK = "; explicit vectors"
"""The first line of such a kernel."""


def is_explicit(text: str) -> bool:
    """Return whether a kernel, or the module that holds it, is marked."""
    return MARK in text


def optimise(binding: Any, module: Any, builder: Any) -> None:
    """Run the passes on all functions of a module, then inline the functions that it calls.

    binding  llvmlite's
    builder  makes passes for the target machine
    """
    passes = binding.create_new_function_pass_manager()
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    for each in module.functions:
        if not each.is_declaration:
            passes.run(each, builder)
    inliner = binding.create_new_module_pass_manager()
    inliner.add_always_inliner_pass()
    inliner.run(module, builder)
