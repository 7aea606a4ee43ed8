"""torch's operator database on chainrule: every sample of every mapped operator."""
