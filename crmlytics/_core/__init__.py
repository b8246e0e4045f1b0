"""Frames and calendars, knowing nothing of customers."""
