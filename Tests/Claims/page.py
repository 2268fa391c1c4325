"""The page of all rows, and the file that holds what each of them showed."""

import json
import os
import shlex

RESULTS = "results.json"
HEAD = """# What a reload loses

What managers and balancers claim of a reload, and what visitors lost: each row is one `lbcheck reload-test` of {rounds} rounds against the
real program, with the configuration in [Tests/Claims/servers](../../Tests/Claims/servers). In each round the server is reloaded once under
400 requests a second (puma and some others: fewer), half of them POST and half on connections of their own; a request takes 10 ms. GET that meets a closed kept connection is sent
once more, as browsers do, so POST shows what GET hides.

Made on {machine}. `Tests/Claims/run` makes the page anew, and `Tests/Claims/run ROW` one row of it.

Where a row was made before, *the time before* has its verdict then. A row *loses* if each round lost requests, and *varies* if some did. Of one in which none was seen in {rounds} rounds, at most {bound} of all reloads lose requests
(at 95%). A share of requests behind ≤ is the most that can be lost, at 95%, if losses come singly. The longest time without an answer is in seconds.

"""


def read(folder):
    try:
        return json.loads((folder / RESULTS).read_text())
    except FileNotFoundError:
        return {}


def upper(count):
    """The most that can happen of what did not in so many tries, at 95%."""
    return 1 - 0.05 ** (1 / max(count, 1))


def percent(share):
    return f"{100 * share:.2g}%" if share < 0.1 else f"{100 * share:.0f}%"


def losses(counts):
    if counts is None or not counts["sent"]:
        return "–"
    share = percent(counts["lost"] / counts["sent"]) if counts["lost"] else "≤ " + percent(upper(counts["sent"]))
    return f"{counts['lost']:,} of {counts['sent']:,}, {share}"


def verdict(result):
    lossy = f"in {result['lossy']} of {result['made']} rounds"
    return {
        "loses": f"loses, {lossy}", "varies": f"varies: loses {lossy}", "noneSeen": f"none seen in {result['made']} rounds",
    }[result["outcome"]]


KINDS = ("GET", "POST", "fresh", "kept")


def in_short(result):
    counts = ", ".join(f"{kind} {losses(result['requests'].get(kind))}" for kind in KINDS)
    return f"{verdict(result)}; {counts}; {result['longestGapSeconds']:.2f} s without an answer; {result['version']}"


def write(folder, table, results):
    """Writes both files anew, the rows in their table's order."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {row["name"]: results[row["name"]] for row in table if row["name"] in results}
    (folder / RESULTS).write_text(json.dumps(known, indent=2) + "\n")
    date = max(result["date"] for result in known.values())
    rounds = max(result["made"] for result in known.values())
    text = HEAD.format(
        rounds=rounds, machine=f"a machine of {os.cpu_count()} cores on {date}", bound=percent(upper(rounds)))
    text += "| Reload | Claim | Verdict | The time before | GET | POST | Fresh connections | Kept connections | Longest | Version |\n"
    text += "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n"
    for row in table:
        if result := known.get(row["name"]):
            counts = " | ".join(losses(result["requests"].get(kind)) for kind in KINDS)
            text += (
                f"| {row['product']} | [{row['claim']}]({row['source']}) | **{verdict(result)}** | {result.get('before', '–')} | {counts} "
                f"| {result['longestGapSeconds']:.2f} | {result['version']} |\n")
    text += "\n## The commands\n\nEach in the folder of its server; `PID` is its process. `Tests/Claims/run` takes the names of the rows.\n\n"
    text += "| Reload | Row | Command |\n| --- | --- | --- |\n"
    for row in table:
        if result := known.get(row["name"]):
            text += f"| {row['product']} | `{row['name']}` | `{shlex.join(result['command'])}` |\n"
    if notes := [row for row in table if row.get("before") and row["name"] in known]:
        text += "\n## Seen earlier\n\nIn one run each, at 150 requests a second, of which all were POST where that is said.\n\n"
        text += "| Reload | Seen then | Now |\n| --- | --- | --- |\n"
        for row in notes:
            seen = known[row["name"]]
            now = f"{verdict(seen)}, {seen['longestGapSeconds']:.2f} s without an answer" + (f": {row['because']}" if row.get("because") else "")
            text += f"| {row['product']} | {row['before']} | {now} |\n"
    (folder / "README.md").write_text(text)
