"""What a gate is to the compiler: its lowering, and the forms that steps are made of."""
