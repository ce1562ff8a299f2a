"""A stand-in for Colab's own package. Tests and stand-in exchange files in the folder COLAB_STANDIN."""
