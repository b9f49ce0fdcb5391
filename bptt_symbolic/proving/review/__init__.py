"""Note -> settled relations: every one by itself, then in the light of the whole note."""
