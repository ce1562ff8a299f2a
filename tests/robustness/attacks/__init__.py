"""Attacks by people without permission: each test is one attack, and the attack fails."""
