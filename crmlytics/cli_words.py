"""What the library says, in the words of the command."""

from __future__ import annotations

#: How messages of the library name a parameter, and what the command calls it.
_OPTION_OF = {
    "tz='": "--tz '",
    "pass dayfirst=True or dayfirst=False": "pass --dayfirst or --monthfirst",
    "dayfirst=True": "--dayfirst",
    "dayfirst=False": "--monthfirst",
    "decimal='": "--decimal '",
    "encoding='": "--encoding '",
    "delimiter='": "--delimiter '",
    "ragged='": "--ragged '",
    "as_of=": "--as-of ",
    "a later as_of": "a later --as-of",
    "name them in known_after, or in trusted if they are known when a lead is scored": (
        "name them in --known-after"
    ),
}


def in_options(message: str) -> str:
    """Name the options of the command where the library names its parameters."""
    for parameter, option in _OPTION_OF.items():
        message = message.replace(parameter, option)
    return message


def counted(n: int, what: str) -> str:
    """Write a number of things: `1 cohort`, `17 customers`."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
