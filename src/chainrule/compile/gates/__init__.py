"""What the compiler knows of a single gate: its lowering, and the forms that steps are made of."""
