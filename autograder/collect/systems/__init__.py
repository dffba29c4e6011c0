"""How the downloads of learning management systems are laid out: one module for each system, all of one shape (`shape.System`)."""
