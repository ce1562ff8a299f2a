"""Knowledge of Italian: words, verb forms, gender and number, articles."""
