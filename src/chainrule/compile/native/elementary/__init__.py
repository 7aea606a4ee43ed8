"""Elementary functions in LLVM's language, written so that loops around them vectorise."""
