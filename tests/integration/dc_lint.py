# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules for Domain Connect templates, as the linter of the template repository applies them: what it
finds in a template, as (severity, what). Written anew from the rules."""

import ipaddress
import json
import re

IDENTIFIER = re.compile(r"^[-.0-9_a-zA-Z]{1,64}$")
HOST = re.compile(r"^([-0-9A-Za-z_.%]+|\*|@)$")
VARIABLE = re.compile(r"^[-0-9A-Za-z_]*$")

TEMPLATE_KEYS = {"providerId", "providerName", "serviceId", "serviceName", "version", "logoUrl", "description",
                 "variableDescription", "shared", "syncBlock", "sharedProviderName", "sharedServiceName",
                 "syncPubKeyDomain", "syncRedirectDomain", "multiInstance", "warnPhishing", "hostRequired", "records"}
RECORD_KEYS = {"type", "groupId", "essential", "host", "name", "pointsTo", "ttl", "data", "txtConflictMatchingMode",
               "txtConflictMatchingPrefix", "priority", "weight", "port", "protocol", "service", "target", "spfRules"}
# The one of these that a type has; the others are unnecessary.
VALUES = {"CNAME": "pointsTo", "NS": "pointsTo", "MX": "pointsTo", "A": "pointsTo", "AAAA": "pointsTo", "TXT": "data",
          "SRV": "target", "SPFM": "spfRules"}
EXCLUSIVE = ("data", "name", "pointsTo", "target")

# Names with an underscore, and the types that they are registered for (RFC 8552), as far as mail has them.
UNDERSCORED = {"_acme-challenge": {"TXT"}, "_dmarc": {"TXT"}, "_domainkey": {"TXT"}, "_mta-sts": {"TXT"},
               "_spf": {"TXT"}, "_tcp": {"TXT", "SRV", "TLSA", "URI"}, "_udp": {"TXT", "SRV", "TLSA", "URI"}}


def is_variable(text):
    return text.count("%") > 1


def only_variables(text):
    return re.fullmatch(r"(%[^%]*%)+", text) is not None


def lint(text, file_name):
    """Everything that is found in a template."""
    template = json.loads(text)
    found = []

    def say(severity, what):
        found.append((severity, what))

    for key in set(template) - TEMPLATE_KEYS:
        say("fatal", f"unknown member {key}")
    for key, most in (("providerId", 64), ("providerName", 64), ("serviceId", 64), ("serviceName", 255)):
        if not 1 <= len(template.get(key, "")) <= most:
            say("error", f"{key} is missing or too long")
    for key in ("providerId", "serviceId"):
        if not IDENTIFIER.match(template.get(key, "")):
            say("error", f"characters of {key}")
    for key in ("providerName", "serviceName"):
        if is_variable(template.get(key, "")):
            say("error", f"variable in {key}")
    if file_name != f"{template['providerId']}.{template['serviceId']}.json".lower():
        say("error", "name of the file")
    if not template.get("version"):
        say("info", "no version")
    if template.get("warnPhishing") and template.get("syncPubKeyDomain"):
        say("error", "warnPhishing beside syncPubKeyDomain")
    if not template.get("syncBlock") and not template.get("syncPubKeyDomain"):
        say("info", "no syncPubKeyDomain")
    if template.get("syncPubKeyDomain") and "." not in template["syncPubKeyDomain"]:
        say("error", "syncPubKeyDomain is a top-level domain")
    if template.get("logoUrl") and not re.match(r"https?://", template["logoUrl"]):
        say("error", "logoUrl")
    records = template.get("records", [])
    if not records:
        say("error", "no records")
    if template.get("hostRequired") and not any(
            record["type"] in ("NS", "CNAME") and record.get("host", "@") == "@" for record in records):
        say("info", "hostRequired without NS or CNAME at @")
    groups = {record.get("groupId", "") for record in records}
    if len(groups) == 1 and groups != {""}:
        say("info", "one group for all records")
    if len(groups) > 1 and "" in groups:
        say("info", "records with a group and without one")
    lint_hosts(records, say)
    for number, record in enumerate(records):
        lint_record(template, record, say)
        if record in records[:number]:
            say("warning", "duplicate")
    return found


def lint_hosts(records, say):
    """CNAME beside others."""
    types = {}
    for record in records:
        place = (record.get("groupId", ""), record.get("host", ""))
        if place in types and "CNAME" in (types[place], record["type"]):
            say("error", "CNAME beside another record")
        types[place] = record["type"]


def lint_record(template, record, say):
    kind, host = record["type"], record.get("host", "")
    for key in set(record) - RECORD_KEYS:
        say("fatal", f"unknown member {key}")
    if kind not in VALUES:
        say("info", f"type {kind}")
        return
    value = record.get(VALUES[kind], "")
    if not value:
        say("error", f"{kind} without {VALUES[kind]}")
    for key in EXCLUSIVE:
        if key != VALUES[kind] and record.get(key) and not (kind == "SRV" and key == "name"):
            say("info", f"{kind} with {key}")
    if kind != "SRV" and not host:
        say("error", f"{kind} without host")
    if kind in ("CNAME", "NS") and host == "@" and not template.get("hostRequired"):
        say("error", f"{kind} at @ without hostRequired")
    if host and not HOST.match(host):
        say("error", f"host {host}")
    if not 0 <= int(record["ttl"]) < 1 << 31 or len(host) > 255 or len(value) > 255 and VALUES[kind] == "pointsTo":
        say("error", "a value out of its range")
    if kind in ("A", "AAAA") and not is_variable(value) and \
            ipaddress.ip_address(value).version != (4 if kind == "A" else 6):
        say("error", "address")
    if kind in ("MX", "SRV"):
        numbers = ["priority"] + (["weight", "port"] if kind == "SRV" else [])
        if not all(0 <= int(record.get(key, -1)) < 1 << 16 for key in numbers):
            say("error", f"numbers of {kind}")
    if kind == "SRV" and (record.get("protocol") not in ("_tcp", "_udp", "_tls") or not record.get("service") or
                          len(record.get("name", "")) > 63):
        say("error", "names of SRV")
    if kind == "TXT" and "v=spf1" in value:
        say("info", "SPF as TXT")
    mode, prefix = record.get("txtConflictMatchingMode"), record.get("txtConflictMatchingPrefix", "")
    if mode not in (None, "None", "All", "Prefix") or (mode == "Prefix") != bool(prefix) or is_variable(prefix):
        say("error", "conflict mode")
    if kind == "SPFM":
        lint_spf(value.lower(), say)
    if is_variable(record.get("groupId", "")) or is_variable(kind):
        say("error", "variable in a group or a type")
    if only_variables(record.get("pointsTo", "")) or only_variables(host):
        say("error", "nothing but variables")
    lint_underscores(kind, host, say)
    for key in ("host", "name", "pointsTo", "data", "service", "target", "spfRules"):
        lint_variables(record.get(key, ""), say)


def lint_variables(text, say):
    parts = text.split("%")
    if len(parts) % 2 == 0:
        say("error", "variable without an end")
    if not all(map(VARIABLE.match, parts[1::2])):
        say("warning", "characters of a variable")
    if "%host%" in text:
        say("info", "%host%")


def lint_underscores(kind, host, say):
    for label in host.split("."):
        if re.search(r"._", re.sub(r"%[^%]*%", "", label)):
            say("info", f"underscore inside of {label}")
        elif label.startswith("_") and kind not in UNDERSCORED.get(label.lower(), set()) | \
                ({"CNAME", "NS"} if label.lower() in UNDERSCORED else set()):
            say("info", f"{label} is not registered for {kind}")


def lint_spf(rules, say):
    if rules.startswith("v=spf1") or rules.endswith("all"):
        say("error", "v=spf1 or all in spfRules")
    modifiers = []
    for term in rules.split():
        modifier = re.match(r"([a-z][a-z0-9_.-]*)=", term)
        if is_variable(term):
            continue
        if modifier:
            modifiers.append(modifier[1])
        elif term.lstrip("+-~?").split(":")[0] not in ("include", "a", "mx", "ptr", "ip4", "ip6", "exists"):
            say("error", f"term {term} in spfRules")
    if set(modifiers) - {"redirect", "exp"} or len(modifiers) != len(set(modifiers)):
        say("error", "modifiers in spfRules")
