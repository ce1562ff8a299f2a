"""A stand-in for Colab's own package. COLAB_STANDIN is a folder with what tests put in and look for."""
