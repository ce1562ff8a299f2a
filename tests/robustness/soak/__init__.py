"""Steady load for a long time: what grows?"""
