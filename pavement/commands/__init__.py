"""The commands, by subject: their arguments, and one call each. Nothing heavy is imported until then."""
