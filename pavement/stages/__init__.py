"""The stages of a run, each a module; `pavement.pipeline` tells their story."""
