"""The words of the report: one catalogue module per language, all with the same keys.

A value is a sentence with ``{blanks}``, or a mapping from plural form to such sentences.
"""
