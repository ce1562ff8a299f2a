"""Attacks by people without permission. Each test is one attack, and the attack fails."""
