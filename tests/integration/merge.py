# SPDX-License-Identifier: GPL-2.0-or-later
"""The zone file that an overlay stands for: a zone, and a profile beneath it."""

import re

import expand


def records(zone):
    """(owner, type, line) of a zone file with one record a line, owners relative and in lowercase,
    the apex as ''."""
    for line in zone.splitlines():
        words = line.split()
        if not words or words[0].startswith((";", "$")):
            continue
        assert not line[0].isspace(), "the test needs the owner in every line: " + line
        kind = next(w for w in words[1:] if not re.fullmatch(r"\d+|IN", w))
        yield ("" if words[0] == "@" else words[0].lower()), kind, line


def ancestors(owner):
    """A name and all above it, but for the apex."""
    while owner:
        yield owner
        owner = owner.partition(".")[2]


def is_covered(owner, cuts, dnames):
    """At or below a delegation of the zone, or below a DNAME."""
    above = list(ancestors(owner))
    return any(name in cuts for name in above) or \
        any(name in dnames for name in above[1:] + [""] if name != owner)


def merge(zone, profile, ghosts=()):
    """The rule: for each name and type the zone has its way; what it lacks, the profile fills in.

    - SOA and NS of the profile are never used.
    - Nothing of the profile is at or below a delegation of the zone, or below a DNAME.
    - A CNAME of the zone hides all of the profile at its name, any data of the zone hides a CNAME of
      the profile.

    Ghosts are owners of the profile whose records are all left out: they are empty non-terminals, as
    which a record below them makes them here.
    """
    types = {}
    for owner, kind, _ in records(zone):
        types.setdefault(owner, set()).add(kind)
    cuts = {owner for owner, kinds in types.items() if owner and "NS" in kinds}
    dnames = {owner for owner, kinds in types.items() if "DNAME" in kinds}

    ttl = ""
    for line in profile.splitlines():
        if line.startswith("$TTL"):
            ttl = line
    out = [zone.rstrip("\n"), ttl]
    for owner, kind, line in records(profile):
        have = types.get(owner, set())
        if kind in ("SOA", "NS") or kind in have or "CNAME" in have or \
                (kind == "CNAME" and have) or is_covered(owner, cuts, dnames):
            continue
        out.append(line)
    have = {owner for owner, _, _ in records("\n".join(out))}
    for ghost in ghosts:
        if not any(name == ghost or name.endswith("." + ghost) for name in have) and \
                not is_covered(ghost, cuts, dnames):
            out.append(f"zzghost.{ghost} TXT ghost")
    return "\n".join(out) + "\n"


def owners(zone, profile):
    """A zone file with every owner of both, for the questions."""
    return "\n".join(f"{owner or '@'} TXT x"
                     for owner in dict.fromkeys(expand.owners(zone) + expand.owners(profile))) + "\n"
