"""How the downloads of learning management systems are laid out: one module for each system, all with one interface (`shape.System`)."""
