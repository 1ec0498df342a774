# SPDX-License-Identifier: GPL-2.0-or-later
"""The zone file that a profile stands for, made by replacing text: an oracle for the module."""

import re

import dns.name

VARIABLE = re.compile(r"\\.|\{([A-Za-z0-9_-]+|domain:--?)\}")


class Undefined(Exception):
    """The record uses a variable that the domain does not define."""


def expand_line(line, domain, variables):
    domain = domain.rstrip(".")

    def value(match):
        name = match.group(1)
        if name is None:
            return match.group(0)
        if name == "domain":
            return domain
        if name.startswith("domain:"):
            return domain.replace(".", name.removeprefix("domain:"))
        if name not in variables:
            raise Undefined(name)
        return variables[name]

    return VARIABLE.sub(value, line)


def expand(profile, domain, variables):
    """Zone file of a profile for a domain. A record is one line; an undefined variable leaves it
    out, but its owner stays as an empty non-terminal, as which a record below it does here."""
    out = []
    ghosts = []
    for line in profile.splitlines():
        try:
            out.append(expand_line(line, domain, variables))
        except Undefined:
            assert not line[0].isspace(), "the test needs the owner in every line: " + line
            ghosts.append(line.split()[0].replace("@", ""))
    return "\n".join(out) + "\n", ghosts


def owners(zone):
    """Relative owners of a zone file, each once, the apex as ''."""
    seen = {}
    for line in zone.splitlines():
        word = line.split(" ")[0].split("\t")[0]
        if word and not word.startswith((";", "$")):
            seen["" if word == "@" else word.lower()] = True
    return list(seen)


def wire(name):
    """Wire format of a name, None if it is too long for one."""
    try:
        return dns.name.from_text(name).to_wire()
    except (dns.name.NameTooLong, dns.name.LabelTooLong):
        return None
