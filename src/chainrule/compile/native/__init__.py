"""Native code: LLVM, BLAS, vector mathematics, and the cache of compiled code on disk."""
