"""The models as a user of chainrule writes them: `cr.nn`, `cr.optim.Adam`, `@cr.compile`."""
