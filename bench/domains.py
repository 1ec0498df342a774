# SPDX-License-Identifier: GPL-2.0-or-later
"""Any number of domains that look like customers' and are always the same.

A domain is a function of its index, so that none has to be kept: a word, four syllables that are
unique for the index, and a suffix. About one in four has three labels. The text has 19 bytes on
average, so that the name in wire format has 21.
"""

import random

# Indexes are permuted among so many syllables; the upper half is never hosted.
SPACE = 10**8
MOST = SPACE // 2

SYLLABLES = [c + v for c in "bcdfghjklmnprstvwxyz" for v in "aeiou"]
PAIRS = [a + b for a in SYLLABLES for b in SYLLABLES]

WORDS = """
art auto bay bike blue book cafe care city clean club code cook craft data deco design dental
digital dog east eco event farm fin fit fleet flora food forest fresh game garden gold green group
hair happy haus heat home hotel house ideal inn jazz job kids lab lake law legal life light line
logo luna mail maler med media metal mind mobil moto music nature net nord north nova office
online optic paper park pet photo pizza plan pro print pure quick radio real red river roof sail
shop silver sky smart snow soft solar sol sport star steel stone studio sun taxi team tech tele
tour town trade travel tree trust urban vet video villa vision vita vital water web west wine wolf
wood work world yoga zen
""".split()

SUFFIXES = random.Random(1).sample(
    [".com"] * 84 + [".de"] * 28 + [".net"] * 18 + [".org"] * 16 + [".nl"] * 10 + [".eu"] * 8 +
    [".info"] * 8 + [".it"] * 8 + [".fr"] * 8 + [".us"] * 5 + [".io"] * 4 + [".shop"] * 4 +
    [".ch"] * 4 + [".cz"] * 4 + [".online"] * 2 + [".co.uk"] * 20 + [".com.au"] * 10 +
    [".com.br"] * 6 + [".co.za"] * 4 + [".co.nz"] * 3 + [".org.uk"] * 2, 256)

# Between the word and the syllables.
JOINS = ["", "-", "ra", "lo", "my", "ton", "-b", "star"]

# Subdomains that a customer delegates instead of the whole domain.
FRONTS = [""] * 112 + ["mail."] * 10 + ["post."] * 3 + ["team."] * 3


def domain(index):
    """Domain of an index, as text without the final dot."""
    unique = (index * 61_803_399 + 31_415_927) % SPACE
    mixed = index * 0x9E3779B97F4A7C15 >> 13
    suffix = SUFFIXES[mixed >> 10 & 255]
    front = FRONTS[mixed & 127] if suffix.count(".") == 1 else ""
    return (front + WORDS[(mixed >> 18) % len(WORDS)] + JOINS[mixed >> 7 & 7] +
            PAIRS[unique // 10000] + PAIRS[unique % 10000] + suffix)


def stranger(index):
    """A domain that no set has."""
    return domain(MOST + index)


def write(count, path, line="{}\n", chunk=100_000):
    """Write a file with a line for each of so many domains."""
    before, after = line.split("{}")
    between = after + before
    with open(path, "a", encoding="ascii") as file:
        for start in range(0, count, chunk):
            names = map(domain, range(start, min(start + chunk, count)))
            file.write(before + between.join(names) + after)
