"""How the checks read an exercise: words, phrases, subjects, groups of verbs."""
