"""Result documents: validated, addressed by what they depend on, stored, remembered."""
