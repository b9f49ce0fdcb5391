"""Network -> a derivation of its gradients, written in a notation, of which every line has been read back and proved."""
