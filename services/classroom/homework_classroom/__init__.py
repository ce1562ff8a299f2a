"""The classroom: web pages for students and teachers. It is a client of the REST API and has no data of its
own.
"""
