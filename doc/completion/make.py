#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the completions of bash, zsh and fish from what --help says.

    make.py PROGRAM [FOLDER]    taxiway, _taxiway and taxiway.fish into FOLDER
                                (default: where this file is)

The files are kept in the tree, so that a build needs no Python;
tests/structure/check_completion.py says when they are to be written again.
"""
import re
import subprocess
import sys
from pathlib import Path

HEAD = "# SPDX-License-Identifier: BSD-2-Clause\n" \
       "# Written by doc/completion/make.py from `taxiway --help`.\n"
STIX = ("attack-pattern campaign course-of-action identity indicator "
        "infrastructure intrusion-set location malware malware-analysis "
        "observed-data relationship report sighting threat-actor tool "
        "vulnerability")
WORDS = {"kind": "taxii21 taxii20 stix mispfeed misp lines csv "
                 "json rules opencti exec", "keep": "objects values",
         "bogons": "reject accept", "paging": "auto date",
         "log-to": "auto stderr syslog journal",
         "log-format": "text kv json",
         "log-level": "error warn notice info debug",
         "http-version": "auto 1.1", "ip-family": "auto 4 6",
         "ageing-revive": "continue new",
         "tls-min": "1.2 1.3", "csv-doublequote": "on off",
         "slash": "keep add remove", "version": "all first last",
         "spec-version": "2.0 2.1", "format": "stix ndjson store yara sigma suricata snort",
         "misp-scope": "attributes events",
         "map-type-unknown": "skip reject",
         "rules-format": "yara sigma suricata snort",
         "tlp": "clear green amber amber+strict red",
         "listing": "append snapshot window delta diff",
         "reliability": "A B C D E F",
         "guards-repeat": "hold accept",
         "ageing-valid-until": "honour cap floor ignore"}
# A verb of two words belongs to a group: "taxii get".
FILE_OPERANDS = ("pull", "check", "try", "snapshot", "import",
                 "allow load", "taxii push")
TABS = "\t\t"
VALUE_TYPES = "$(taxiway types 2>/dev/null)"


class Option:
    def __init__(self, letter, name, arg, text):
        self.letter, self.name, self.arg, self.long = letter, name, arg, text

    @property
    def text(self):
        """The description, without defaults and second thoughts."""
        return re.split(r" \(|; |: ", self.long)[0]

    def words(self, verb):
        """What its argument may be: words, "FILE", or None for anything."""
        if self.name in WORDS:
            return WORDS[self.name]
        if self.name == "type":
            return VALUE_TYPES if verb in ("lookup", "explain", "list") \
                else STIX
        return "FILE" if self.arg == "FILE" else None

    @property
    def forms(self):
        return ([f"-{self.letter}"] if self.letter else []) + \
            [f"--{self.name}"]


def options_of(text):
    found = []
    for line in text.splitlines():
        if re.match(r"^ {2}(-\w, | {4})--", line):
            left, right = line[:31].rstrip(), line[31:].strip()
            if len(line) > 31 and line[30] != " ":
                left, right = line.rstrip(), ""
            match = re.match(r"^ +(?:-(\w), )?--([a-z0-9-]+)(?: (.+))?$", left)
            found.append(Option(match[1], match[2], match[3], right))
        elif found and line.startswith(" " * 31):
            found[-1].long = f"{found[-1].long} {line.strip()}".strip()
    return found


def groups_of(verbs):
    """{group: [its verbs]}; a verb of one word is no group."""
    groups = {}
    for verb in verbs:
        if " " in verb:
            group, name = verb.split()
            groups.setdefault(group, []).append(name)
    return groups


def first_words(verbs):
    return list(dict.fromkeys(verb.split()[0] for verb in verbs))


def read_program(program):
    """(global options, {verb: (summary, options)})"""
    def help_of(*verb):
        return subprocess.run([program, *verb, "--help"], check=True,
                              capture_output=True, text=True).stdout
    text = help_of()
    part = re.search(r"^verbs:\n((?: .*\n)+)", text, re.M).group(1)
    rows = [re.split(" {2,}", line.strip(), maxsplit=1)
            for line in part.splitlines()]
    return options_of(text), {verb: (summary, options_of(
        help_of(*verb.split())))
                              for verb, summary in rows}


# ---- bash --------------------------------------------------------------------

def fold(words, indent):
    """A list of words in lines of a shell string."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 64:
            lines.append(line.rstrip())
            line = ""
        line += word + " "
    return ("\n" + indent).join(lines + [line.rstrip()])


def bash_values(general, verbs):
    """The cases of VERB:OPTION whose argument is known."""
    cases = {}
    for verb, options in [("*", general)] + [
            (v, o) for v, (_, o) in verbs.items()]:
        for option in options:
            words = option.words(verb)
            if option.arg:
                for form in option.forms:
                    cases.setdefault(words, []).append(
                        f"{verb}:{form}".replace(" ", "\\ "))
    for words, keys in cases.items():
        pattern = fold([f"{k}|" for k in keys], "\t").rstrip("|") \
            .replace("| ", "|").replace("|\n", "|\\\n")
        action = {"FILE": "_taxiway_files; ", None: ""}.get(words)
        if action is None:
            if words != VALUE_TYPES:
                words = fold(words.split(), "\t\t\t")
            action = f'_taxiway_words "{words}"; '
        yield f"\t{pattern})\n\t\t{action}return ;;\n"


def bash(general, verbs):
    out = HEAD + """# shellcheck shell=bash

_taxiway_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_taxiway_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_taxiway()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local general verb="" i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
"""
    takes = "|".join(f for o in general if o.arg for f in o.forms)
    out += f"\t\t{takes}) ((i++)) ;;\n"
    out += "\t\t-*) ;;\n\t\t*) verb=${COMP_WORDS[i]}; break ;;\n"
    out += "\t\tesac\n\tdone\n"
    for group in groups_of(verbs):
        out += f"\tif [[ $verb == {group} ]] && ((i + 1 < COMP_CWORD)); " \
            "then\n\t\tverb+=\" ${COMP_WORDS[i+1]}\"\n\tfi\n"
    out += "\tcase ${verb:-none}:$prev in\n"
    out += "".join(bash_values(general, verbs))
    out += "\tesac\n"
    forms = [f for o in general for f in o.forms]
    out += f'\tgeneral="{fold(forms, TABS)}"\n\tcase $verb in\n'
    words = fold(first_words(verbs), TABS)
    out += f"\t'') _taxiway_words \"$general\n\t\t{words}\"; return ;;\n"
    for group, names in groups_of(verbs).items():
        out += f"\t{group}) _taxiway_words \"{' '.join(names)}\"; " \
            "return ;;\n"
    for verb, (_, options) in verbs.items():
        forms = [f for o in options for f in o.forms]
        verb = verb.replace(" ", "\\ ")
        if forms:
            out += f'\t{verb}) general="$general\n' \
                f'\t\t{fold(forms, TABS)}" ;;\n'
    files = "|".join(FILE_OPERANDS).replace(" ", "\\ ")
    out += "\tesac\n\tif [[ $cur == -* ]]; then\n" \
        '\t\t_taxiway_words "$general"\n' \
        f"\telif [[ $verb == @({files}) ]]; then\n" \
        "\t\t_taxiway_files\n\tfi\n}\n\ncomplete -F _taxiway taxiway\n"
    return out


# ---- zsh ---------------------------------------------------------------------

def zsh_option(option, verb):
    text = re.sub(r"([\[\]:\\])", r"\\\1", option.text).replace("'", "'\\''")
    words = option.words(verb)
    action = ""
    if option.arg:
        action = f":{option.arg.split()[0].strip(chr(39)).rstrip(':')}:" + (
            "_files" if words == "FILE" else f"({words})" if words and
            words != VALUE_TYPES else "_taxiway_types" if words else " ")
    if option.letter:
        forms = f"'({' '.join(option.forms)})'" \
            f"{{{','.join(option.forms)}}}'"
    else:
        forms = f"'--{option.name}"
    return f"{forms}[{text}]{action}'"


def zsh(general, verbs):
    out = "#compdef taxiway\n" + HEAD + """
_taxiway_types()
{
	local -a types
	types=(${(f)"$(_call_program types taxiway types 2>/dev/null)"})
	compadd -a types
}

_taxiway()
{
	local curcontext=$curcontext state line
	local -a general verbs

	general=(
"""
    out += "".join(f"\t\t{zsh_option(o, '')}\n" for o in general)
    out += "\t)\n\tverbs=(\n"
    out += "".join(f"\t\t'{v}:{s}'\n" for v, (s, _) in verbs.items()
                   if " " not in v)
    out += "".join(f"\t\t'{g}:requests to a TAXII server'\n"
                   for g in groups_of(verbs))
    out += "\t)\n\t_arguments -C -s $general '1:verb:->verb' " \
        "'*::argument:->rest'\n\tcase $state in\n" \
        "\tverb) _describe verb verbs; return ;;\n\trest) ;;\n" \
        "\t*) return ;;\n\tesac\n\tcase $line[1] in\n"
    out += "".join(zsh_verb(v, v, options, "\t")
                   for v, (_, options) in verbs.items() if " " not in v)
    for group, names in groups_of(verbs).items():
        out += f"\t{group})\n\t\tverbs=(\n"
        out += "".join(f"\t\t\t'{n}:{verbs[f'{group} {n}'][0]}'\n"
                       for n in names)
        out += "\t\t)\n\t\t_arguments -C -s $general '1:verb:->verb' " \
            "'*::argument:->rest'\n\t\tcase $state in\n" \
            "\t\tverb) _describe verb verbs; return ;;\n" \
            "\t\trest) ;;\n\t\t*) return ;;\n\t\tesac\n" \
            "\t\tcase $line[1] in\n"
        out += "".join(zsh_verb(n, f"{group} {n}",
                                verbs[f"{group} {n}"][1], "\t\t")
                       for n in names)
        out += "\t\tesac ;;\n"
    return out + '\tesac\n}\n\n_taxiway "$@"\n'


def zsh_verb(word, verb, options, tabs):
    rows = [zsh_option(o, verb) for o in options]
    rows.append("'*:operand:_files'" if verb in FILE_OPERANDS
                else "'*:operand: '")
    return f"{tabs}{word})\n{tabs}\t_arguments -s $general \\\n" \
        f"{tabs}\t\t" + f" \\\n{tabs}\t\t".join(rows) + " ;;\n"


# ---- fish --------------------------------------------------------------------

def fish_option(option, verb, condition):
    text = option.text.replace("\\", "\\\\").replace("'", "\\'")
    words = option.words(verb)
    line = f"complete -c taxiway{condition}"
    if option.letter:
        line += f" -s {option.letter}"
    line += f" -l {option.name}"
    if words == "FILE":
        line += " -r -F"
    elif option.arg:
        line += " -x"
        if words:
            line += f" -a '({words[2:-1].replace(' 2>/dev/null', '')}" \
                " 2>/dev/null)'" if words == VALUE_TYPES else f" -a '{words}'"
    return line + f" -d '{text}'\n"


def fish_seen(verb, verbs):
    """The condition that stands for a verb."""
    seen = "__fish_seen_subcommand_from"
    group, _, name = verb.rpartition(" ")
    if group:
        return f" -n '{seen} {group}; and {seen} {name}'"
    # `status` is also a verb of a group.
    others = [g for g, names in groups_of(verbs).items() if verb in names]
    return f" -n '{seen} {verb}" + "".join(
        f"; and not {seen} {g}" for g in others) + "'"


def fish(general, verbs):
    out = HEAD + "set -l verbs " + " ".join(first_words(verbs)) + "\n"
    out += "complete -c taxiway -f\n"
    out += "".join(fish_option(o, "", "") for o in general)
    for verb, (summary, _) in verbs.items():
        if " " not in verb:
            out += "complete -c taxiway -n \"not " \
                "__fish_seen_subcommand_from $verbs\" -a " \
                f"{verb} -d '{summary}'\n"
    for group, names in groups_of(verbs).items():
        out += "complete -c taxiway -n \"not __fish_seen_subcommand_from " \
            f"$verbs\" -a {group} -d 'requests to a TAXII server'\n"
        out += "".join(
            "complete -c taxiway -n '__fish_seen_subcommand_from "
            f"{group}; and not __fish_seen_subcommand_from "
            f"{' '.join(names)}' -a {n} -d '{verbs[f'{group} {n}'][0]}'\n"
            for n in names)
    for verb, (_, options) in verbs.items():
        seen = fish_seen(verb, verbs)
        if verb in FILE_OPERANDS:
            out += f"complete -c taxiway{seen} -F\n"
        out += "".join(fish_option(o, verb, seen) for o in options)
    return out


def main():
    program = str(Path(sys.argv[1]).resolve())
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else
                  Path(__file__).parent)
    general, verbs = read_program(program)
    for name, write in (("taxiway", bash), ("_taxiway", zsh),
                        ("taxiway.fish", fish)):
        (folder / name).write_text(write(general, verbs), encoding="utf-8")


if __name__ == "__main__":
    main()
