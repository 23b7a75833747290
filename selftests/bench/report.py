#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmarks found, as JSON, tables, plots and a page.

report.py json LABEL <LINES	lines "NAME VALUE" to JSON, with kernel LABEL
report.py show [quick]		print tables of what is in build/bench
report.py plot DIRECTORY		draw them, or else what the page has
report.py page			renew Documentation/performance.rst from them
report.py check REFERENCE <LINES	fail where a value rose by more than 2 %
"""

import json
import re
import sys
from pathlib import Path
from statistics import median_low

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "bench"
PAGE = ROOT / "Documentation" / "performance.rst"
LIMIT = 1.02

NAMES = {
    "forward": "forwarding",
    "lb-dr": "lb DR", "lb-nat": "lb NAT", "lb-tun": "lb TUN",
    "ipvs-dr": "IPVS DR", "ipvs-nat": "IPVS NAT", "ipvs-tun": "IPVS TUN",
    "nft-dnat": "nft DNAT", "nft-flowtable": "nft DNAT, flowtable",
    "lb-gre": "lb GRE", "lb-gue": "lb GUE",
    "ipvs-gre": "IPVS GRE", "ipvs-gue": "IPVS GUE",
    "forward6": "forwarding, IPv6",
    "lb-dr6": "lb DR, IPv6", "lb-nat6": "lb NAT, IPv6",
    "lb-tun6": "lb TUN, IPv6",
    "ipvs-dr6": "IPVS DR, IPv6", "ipvs-nat6": "IPVS NAT, IPv6",
    "ipvs-tun6": "IPVS TUN, IPv6",
    "lb": "lb", "lb-ipvsadm": "lb by ipvsadm", "ipvs": "IPVS",
}

# Name and benchmark of each table, then its columns: heading, and the figure
# where {} stands for the row's subject. What was not measured is left out.
TABLES = {
    "packet": ("packet", [
        ("UDP, 1 flow", "{}.udp.1"),
        ("UDP", "{}.udp.4096"),
        ("by pktgen", "{}.pktgen.4096"),
        ("TCP ACK", "{}.ack.4096"),
        ("UDP reply", "{}.udp-reply.4096"),
        ("TCP reply", "{}.ack-reply.4096"),
        ("new flow", "{}.new.4096"),
    ]),
    "classic": ("packet", [
        ("alone", "{}.udp.4096"),
        ("fastpath off", "{}+off.udp.4096"),
        ("hook at input", "{}+hook.udp.4096"),
        ("hooks at all five", "{}+hooks.udp.4096"),
        ("new flow, off", "{}+off.new.4096"),
        ("new flow, hook", "{}+hook.new.4096"),
        ("new flow, hooks", "{}+hooks.new.4096"),
    ]),
    "tcp": ("tcp", [
        ("a connection", "{}.connection"),
    ]),
    "services": ("services", [
        ("1", "{}.udp.1"),
        ("1000", "{}.udp.1000"),
        ("10,000", "{}.udp.10000"),
        ("first of 1", "{}.first.1"),
        ("of 1000", "{}.first.1000"),
        ("of 10,000", "{}.first.10000"),
    ]),
    "flows": ("flows", [
        ("1024", "{}.udp.1024"),
        ("65,536", "{}.udp.65536"),
        ("1M", "{}.udp.1048576"),
        ("10M", "{}.udp.10485760"),
        ("bytes a flow", "{}.bytes.65536"),
    ]),
    "native": ("native", [
        ("1024", "{}.udp.1024"),
        ("65,536", "{}.udp.65536"),
        ("65,536 by pktgen", "{}.pktgen.65536"),
        ("1M", "{}.udp.1048576"),
        ("1024, %", "{}.udp-percent.1024"),
        ("65,536, %", "{}.udp-percent.65536"),
        ("by pktgen, %", "{}.pktgen-percent.65536"),
        ("1M, %", "{}.udp-percent.1048576"),
    ]),
    "restore": ("restore", [
        ("restore", "{}.restore"),
        ("list", "{}.list"),
        ("save", "{}.save"),
        ("delete all", "{}.clear"),
        ("replace", "{}.replace"),
        ("replace by the same", "{}.replace-same"),
    ]),
    "sync": ("sync", [
        ("100,000 short", "{}.short"),
        ("10,000 long", "{}.long"),
    ]),
    "load": ("load", [
        ("load", "{}.load"),
        ("load the same", "{}.load-same"),
        ("one change", "{}.change"),
        ("a process alone", "{}.process"),
    ]),
    "join": ("join", [
        ("1M known", "{}.join.1000000"),
        ("100,000 held", "{}.hold.100000"),
    ]),
    "smp": ("smp", [
        ("speed-up, %", "{}.speedup"),
    ]),
}


def read_lines(file):
    """What was measured in several boots counts by its median."""
    seen = {}
    for line in file:
        name, value = line.split()
        seen.setdefault(name, []).append(
            float(value) if "." in value else int(value))
    return {name: median_low(values) for name, values in seen.items()}


def load(bench):
    path = RESULTS / f"{bench}.json"
    return json.loads(path.read_text())["figures"] if path.exists() else {}


def of_page(name):
    """What the page has in this table: figures that were not measured again."""
    text = re.search(rf"\.\. table {name}\n\n(.*?)\n\.\. end", PAGE.read_text(),
                     re.S)[1].splitlines()
    ends = [m.span() for m in re.finditer("=+", text[0])]
    cells = [[line[a:b].strip() for a, b in ends] for line in text]
    forms = dict(TABLES[name][1])
    subject = {title: s for s, title in NAMES.items()}
    return {forms[head].format(subject[row[0]]): int(value)
            for row in cells[3:-1]
            for head, value in zip(cells[1][1:], row[1:])
            if head in forms and value.isdigit()}


def table(name, quick=False):
    """The table as lines of what reStructuredText calls a simple table."""
    bench, columns = TABLES[name]
    figures = load("quick" if quick else bench)
    rows = [[title] + [figures.get(form.format(subject))
                       for _, form in columns]
            for subject, title in NAMES.items()]
    rows = [row for row in rows if any(v is not None for v in row[1:])]
    head = [""] + [heading for heading, _ in columns]
    known = [i for i in range(len(head))
             if i == 0 or any(row[i] is not None for row in rows)]
    cells = [[head[i] for i in known]]
    cells += [["-" if row[i] is None else str(row[i]) for i in known]
              for row in rows]
    if len(cells) == 1:
        return []

    widths = [max(len(line[i]) for line in cells) for i in range(len(known))]
    rule = "  ".join("=" * max(w, 2) for w in widths)
    text = ["  ".join([line[0].ljust(max(widths[0], 2))] +
                      [c.rjust(w) for c, w in zip(line[1:], widths[1:])])
            for line in cells]
    # An empty first cell would continue the row before.
    return [rule, text[0], rule, *text[1:], rule]


def show(quick):
    for name, (bench, _) in TABLES.items():
        if quick and bench != "packet":
            continue
        lines = table(name, quick)
        if lines:
            print(f"\n{name}", *lines, sep="\n")


# What each picture tells, and in which unit. A mark in the place of columns has
# lines over the number of flows, which stands at the end of a figure's name; others
# have a panel of bars for each column.
PLOTS = {
    "packet": ("A packet of 4096 flows, and a new flow", "instructions",
               ["UDP", "TCP ACK", "UDP reply", "new flow"]),
    "classic": ("A packet on the classic path", "instructions",
                ["alone", "fastpath off", "hook at input",
                 "hooks at all five", "new flow, off"]),
    "tcp": ("A TCP connection, with both of its ends", "instructions",
            ["a connection"]),
    "flows": ("A packet, by the number of flows", "instructions", "udp"),
    "native": ("Time for a packet, in User-Mode Linux",
               "per cent of forwarding", "udp-percent"),
}
COLOURS = {"forwarding": "0.45", "lb": "tab:green", "IPVS": "tab:red",
           "nft": "tab:purple"}
STYLES = {"DR": "-", "NAT": "--", "TUN": ":", "DNAT": "--"}
LICENCE = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"


def colour(subject):
    return COLOURS[re.match(r"\w+", NAMES[subject])[0]]


def plot_bars(pyplot, columns, figures):
    subjects = [s for s in NAMES
                if any(form.format(s) in figures for _, form in columns)]
    figure, panels = pyplot.subplots(
        1, len(columns), sharey=True, squeeze=False,
        figsize=(3 + 2 * len(columns), 1 + 0.25 * len(subjects)))
    for axes, (head, form) in zip(panels[0], columns):
        known = [s for s in subjects if form.format(s) in figures]
        axes.barh([subjects.index(s) for s in known],
                  [figures[form.format(s)] for s in known],
                  color=[colour(s) for s in known])
        axes.set_title(head, fontsize="medium")
        axes.grid(axis="x", alpha=0.4)
    panels[0][0].set_yticks(range(len(subjects)),
                            [NAMES[s] for s in subjects])
    panels[0][0].invert_yaxis()
    return figure


def plot_lines(pyplot, columns, figures, mark):
    from matplotlib import ticker

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for subject, name in NAMES.items():
        points = [(int(form.rsplit(".", 1)[1]), figures[form.format(subject)])
                  for _, form in columns
                  if f".{mark}." in form and form.format(subject) in figures]
        if not points:
            continue
        method = [s for word, s in STYLES.items() if word in name.split()]
        axes.plot(*zip(*points), color=colour(subject), label=name,
                  linestyle=method[0] if method else "-",
                  marker="x" if "flowtable" in name else "o")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(ticker.ScalarFormatter())
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())
    axes.set_xlabel("flows")
    axes.grid(which="both", alpha=0.3)
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def plot_one(name, path):
    import matplotlib
    matplotlib.use("svg")
    # The same figures give the same file.
    matplotlib.rcParams.update({"svg.hashsalt": "lb", "svg.fonttype": "none"})
    from matplotlib import pyplot

    bench, columns = TABLES[name]
    title, unit, what = PLOTS[name]
    figures = load(bench) or of_page(name)
    if isinstance(what, str):
        figure = plot_lines(pyplot, columns, figures, what)
        figure.axes[0].set_ylabel(unit)
    else:
        figure = plot_bars(pyplot, [c for c in columns if c[0] in what],
                           figures)
        for axes in figure.axes:
            axes.set_xlabel(unit)
    figure.suptitle(title)
    figure.savefig(path, format="svg", bbox_inches="tight",
                   metadata={"Date": None})
    pyplot.close(figure)
    first, rest = path.read_text().split("\n", 1)
    path.write_text(f"{first}\n{LICENCE}{rest}")


def plot(directory):
    Path(directory).mkdir(exist_ok=True)
    for name in PLOTS:
        plot_one(name, Path(directory) / f"{name}.svg")


def page():
    """Put each table after its mark in the page, in place of the last one."""
    text = PAGE.read_text()
    for name in TABLES:
        lines = table(name)
        if lines:
            text = re.sub(rf"(\.\. table {name}\n\n).*?(\.\. end\n)",
                          "\n".join([r"\1" + lines[0], *lines[1:], "", r"\2"]),
                          text, flags=re.S)
    PAGE.write_text(text)


def check(reference):
    with open(reference, encoding="utf-8") as file:
        known = read_lines(l for l in file if not l.startswith("#"))
    seen = read_lines(sys.stdin)
    bad = 0
    for name, limit in known.items():
        value = seen.get(name)
        if value is None:
            print(f"{name}: not measured")
        elif value > limit * LIMIT:
            print(f"{name}: {value}, was {limit}")
        else:
            continue
        bad += 1
    if bad:
        print("If that is meant, renew the reference:\n"
              "  selftests/bench/cost.sh renew")
    return bad > 0


def main(args):
    if args[0] == "json":
        json.dump({"kernel": args[1], "figures": read_lines(sys.stdin)},
                  sys.stdout, indent=1)
    elif args[0] == "show":
        show("quick" in args)
    elif args[0] == "plot":
        plot(args[1])
    elif args[0] == "page":
        page()
        plot(PAGE.parent / "performance")
    elif args[0] == "check":
        return check(args[1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
