#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold pages, manual and sources against each other; print what differs.

Between ".. reasons KIND" and ".. end" a page has a term or a row for each drop
reason, path, counter of synchronisation, event or setting of the specification, or
for each file of IPVS's settings, and for nothing else. Ranges and defaults are those of kmod/nl_config.c.
"""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
DOC = ROOT / "Documentation"
SPEC = yaml.safe_load((DOC / "netlink/specs/lb.yaml").read_text())
WORDS = yaml.safe_load((ROOT / "tool/words.yaml").read_text())["config"]
PAGES = sorted(DOC.glob("*.rst")) + [ROOT / "CONTRIBUTING.rst"]
KINDS = ("drop", "path", "sync-count")


def enum(name):
    return [e if isinstance(e, str) else e["name"] for d in SPEC["definitions"]
            if d["name"] == name for e in d["entries"]]


def word(setting):
    return WORDS["settings"].get(setting, {}).get(
        "word", setting.replace("-", "_"))


def config():
    return {word(a["name"]): a.get("doc", "") for s in SPEC["attribute-sets"]
            if s["name"] == "config" for a in s["attributes"]}


def kernel_settings():
    """Word: range and default, as the module has them."""
    text = (ROOT / "kmod/nl_config.c").read_text()
    found = {}
    for kind, name, rest in re.findall(
            r"^\t(SETTING|OF_USERS)\((\w+),([^;]*?)\)[,;]?$", text, re.M):
        name = ("USER_" if kind == "OF_USERS" else "") + name
        low, high, first = [part.strip() for part in rest.split(",")[:3]]
        found[word(name.lower().replace("_", "-"))] = (low, high, first)
    return found


def compare(where, kind, said, real):
    for name in sorted(set(real) - set(said)):
        print(f"{where}: {kind} {name} is missing")
    for name in sorted(set(said) - set(real)):
        print(f"{where}: there is no {kind} {name}")


def check_terms():
    """What pages list is what there is."""
    real = {kind: enum(kind) for kind in KINDS}
    real["event"] = [o["name"] for o in SPEC["operations"]["list"]
                     if "notify" in o]
    real["config"] = list(config())
    real["sysctl"] = re.findall(
        r'^\t(?:KEPT\(|(?:SETTING\(|LEVEL\(|{ \.name = )")(\w+)',
        (ROOT / "kmod/ipvs/sysctl.c").read_text(), re.M)
    seen = set()
    for page in PAGES:
        for kind, text in re.findall(r"^\.\. reasons (\S+)\n(.*?)^\.\. end$",
                                     page.read_text(), re.S | re.M):
            heads = re.findall(r"^((?:``[^`]+``(?:, ?)?)+)", text, re.M)
            compare(page.name, kind,
                    re.findall(r"``([^`]+)``", "\n".join(heads)), real[kind])
            seen.add(kind)
    for kind in sorted(set(real) - seen):
        print(f"no page lists each {kind}")


def check_table():
    """Ranges and defaults in tuning.rst"""
    kernel = kernel_settings()
    rows = re.findall(r"^``(\w[\w-]*)`` +(\d+) to (\d+) +(\d+)\b",
                      (DOC / "tuning.rst").read_text(), re.M)
    for name, *said in rows:
        if tuple(said) != kernel.get(name):
            print(f"tuning.rst: {name}: {said}, not {kernel.get(name)}")
    # It has words for values.
    compare("tuning.rst", "range of", [r[0] for r in rows],
            [name for name in kernel if name != "fastpath"])


def check_numbers(where, name, text, kernel):
    """The first range and the first default that a text about it names"""
    text = " ".join(text.split()).replace("\\", "")
    low, high, first = kernel
    span = re.search(r"(\d+) to (\d+)(, which is the default)?", text)
    if span and span.groups()[:2] != (low, high):
        print(f"{where}: {name}: {span[0]}, not {low} to {high}")
    default = re.search(r"(\d+)(?:, the default| by default)|"
                        r"[Dd]efault (\d+)", text)
    if default and first not in default.groups():
        print(f"{where}: {name}: {default[0]}, not {first}")
    if span and span[3] and first != high:
        print(f"{where}: {name}: {high} is not the default")


def check_config():
    """What manual and specification say of settings"""
    kernel = kernel_settings()
    compare("nl_config.c", "setting", kernel, config())
    for name, doc in config().items():
        if name in kernel:
            check_numbers("lb.yaml", name, doc, kernel[name])
    manual = (DOC / "lbctl.8").read_text()
    manual = re.search(r"^\.SH SETTINGS$(.*?)^\.SH ", manual, re.S | re.M)[1]
    manual = manual.replace("\\-", "-").replace("\\\n", "")
    heads = []
    for part in re.split(r"^\.TP\n", manual, flags=re.M)[1:]:
        head, text = (part + "\n").split("\n", 1)
        names = [n for n in re.findall(r"[\w-]+", head) if n in kernel]
        heads += names
        if len(names) == 1:
            check_numbers("lbctl.8", names[0], text, kernel[names[0]])
    compare("lbctl.8", "setting", heads, kernel)


def check_trace():
    """The tracepoint's names of reasons"""
    said = re.findall(r'{ LB_DROP_(\w+), "(\S+)" }',
                      (ROOT / "kmod/trace.h").read_text())
    compare("trace.h", "drop", [name for _, name in said], enum("drop"))
    for const, name in said:
        if const.lower().replace("_", "-") != name:
            print(f"trace.h: LB_DROP_{const} is not {name}")


def check_names():
    """Parameters of modules and tracepoints are in the manual."""
    manual = (DOC / "lbctl.8").read_text()
    for source in (ROOT / "kmod").rglob("*.[ch]"):
        if source.parent.name == "selftest":
            continue
        for name in re.findall(r"^(?:module_param(?:_array)?|TRACE_EVENT)\((\w+)",
                               source.read_text(), re.M):
            if name != "selftest" and name not in manual:
                print(f"lbctl.8: {name} of {source.name} is missing")


def anchors(page):
    """The headings of a page, as links name them"""
    heads = re.findall(r"^(\S.*)\n([=\-~])\2{2,}$", page.read_text(), re.M)
    return {re.sub(r"[^a-z0-9]+", "-", h.lower()).strip("-") for h, _ in heads}


def check_links():
    for page in PAGES:
        text = page.read_text()
        links = re.findall(r"<([^>\s]+\.(?:rst|8))(?:#([^>]+))?>", text)
        links += re.findall(r"^(?:__|\.\. _.*:) (\S+\.rst)(?:#(\S+))?$", text,
                            re.M)
        for file, anchor in links:
            target = page.parent / file
            if not target.exists():
                print(f"{page.name}: there is no {file}")
            elif anchor and anchor not in anchors(target):
                print(f"{page.name}: {file} has no section {anchor}")
    index = (DOC / "index.rst").read_text()
    for page in PAGES:
        if page.name not in index and page.name != "index.rst":
            print(f"index.rst: does not lead to {page.name}")


def check_tests():
    """Tests that pages name are there."""
    for page in PAGES:
        for test in set(re.findall(r"\b\d\d_[a-z][a-z0-9_]+\b",
                                   page.read_text())):
            if not list((ROOT / "selftests/tests").glob(f"{test}.sh")):
                print(f"{page.name}: there is no test {test}")


check_terms()
check_table()
check_config()
check_trace()
check_names()
check_links()
check_tests()
