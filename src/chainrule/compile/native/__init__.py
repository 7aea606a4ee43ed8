"""Machine code and the libraries beside it: LLVM, BLAS, vector mathematics, the object cache."""
