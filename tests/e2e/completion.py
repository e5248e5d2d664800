#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The completion scripts in the shells they are for: bash, zsh at a terminal with a pressed TAB, fish."""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import tempfile

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
DFUKIT = pathlib.Path(os.environ["DFUKIT_BUILD"]) / "cli/dfukit"
SCRIPTS = SOURCE / "docs/completion"
LIMIT_S = 60
HANDED_ON = ("dfu-util", "dfu-suffix", "dfu-prefix", "pydfu")  # their words are nobody's but theirs
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "vt100"}
ASK_BASH = r"""
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_dfukit
printf '%s\n' "${COMPREPLY[@]}"
"""
ZSHRC = r"""
fpath=("$DFUKIT_SCRIPTS" $fpath)
autoload -Uz compinit; compinit -u -D
PS1='> '; unsetopt beep auto_list
line-ready() { print -r -u 9 -- ready }
tab-tell() { zle complete-word; print -r -u 9 -- "$BUFFER"; BUFFER= }
zle -N zle-line-init line-ready
zle -N tab-tell
bindkey '^I' tab-tell
"""


def help_of(*command):
    """The long options in a command's help, without those that only its examples show."""
    # the help of twin alone is that of the program it starts
    said = subprocess.run([DFUKIT, *command, *(["reset"] if command == ("twin",) else []), "--help"], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", said, re.M)), said


def commands():
    return re.findall(r"^  ([\w-]+)", help_of()[1].split("commands:")[1].split("\noptions:")[0], re.M)


class Bash:
    def offers(self, line):
        words = line.split(" ")
        done = subprocess.run(["bash", "--norc", "-c", ASK_BASH, "ask", SCRIPTS / "dfukit.bash", *words], env=ENV,
                              check=True, capture_output=True, text=True)
        assert not done.stderr, done.stderr
        return set(done.stdout.split())

    def close(self):
        pass


class Fish:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="dfukit-fish-")

    def offers(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {SCRIPTS / 'dfukit.fish'}; complete -C '{line}'"],
                              env=dict(ENV, HOME=self.home), check=True, capture_output=True, text=True)
        assert not done.stderr, done.stderr
        return {offer.split("\t")[0] for offer in done.stdout.splitlines()}

    def close(self):
        shutil.rmtree(self.home)


class Zsh:
    """An interactive zsh; what its line holds after a TAB comes back through a pipe."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="dfukit-zsh-")
        pathlib.Path(self.home, ".zshrc").write_text(ZSHRC, encoding="utf-8")
        heard, tell = os.pipe()
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(self.home)  # which has no files to complete
            os.dup2(tell, 9)
            os.execvpe("zsh", ["zsh", "-d", "-i"],
                       dict(ENV, HOME=self.home, ZDOTDIR=self.home, DFUKIT_SCRIPTS=str(SCRIPTS)))
        os.close(tell)
        self.heard, self.rest = heard, b""
        assert self.listen() == "ready"

    def listen(self):
        """The next line from the pipe; what zsh draws meanwhile is taken and dropped, lest it stops drawing."""
        drawn = b""
        while b"\n" not in self.rest:
            ready = select.select([self.heard, self.terminal], [], [], LIMIT_S)[0]
            assert ready, f"zsh does not answer: {drawn!r}"
            if self.terminal in ready:
                drawn += os.read(self.terminal, 65536)
            if self.heard in ready:
                self.rest += os.read(self.heard, 65536)
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def tab(self, line):
        """The line after typing it and pressing TAB."""
        os.write(self.terminal, line.encode() + b"\t")
        return self.listen()

    def close(self):
        os.write(self.terminal, b"\x04")
        os.close(self.terminal)
        os.waitpid(self.child, 0)
        os.close(self.heard)
        shutil.rmtree(self.home)


OFFERED = [  # line, all that is offered
    ("dfukit fl", {"flash"}),
    ("dfukit flash --dr", {"--dry-run"}),
    ("dfukit erase --al", {"--all", "--alt"}),
    ("dfukit list --dr", set()),
    ("dfukit explain --qu", {"--quiet"}),
    ("dfukit twin power-", {"power-cycle"}),
    ("dfukit twin --fol", {"--follow"}),
]
BEHIND = [  # the same, where the shell completes more than the words of the tables
    ("dfukit explain tim", {"timeout"}),
    ("dfukit explain device", {"device-error", "device-in-use", "device-lost"}),
    ("dfukit flash --format h", {"hex"}),
]
TYPED = [  # line, the same after TAB in zsh
    ("dfukit fl", "dfukit flash "),
    ("dfukit flash --dr", "dfukit flash --dry-run "),
    ("dfukit list --dr", "dfukit list --dr"),
    ("dfukit explain tim", "dfukit explain timeout "),
    ("dfukit flash --format=h", "dfukit flash --format=hex "),
    ("dfukit flash -q --wai", "dfukit flash -q --wait="),
    ("dfukit flash docs/quicks", "dfukit flash docs/quicks"),
    ("dfukit --vers", "dfukit --version "),
    ("dfukit twin power-", "dfukit twin power-cycle "),
    ("dfukit leave 0x08000000 --js", "dfukit leave 0x08000000 --json "),
    ("dfukit --json insp", "dfukit --json inspect "),
]


def differences(got_wanted):
    return [f"{line!r}: got {got!r}, wanted {wanted!r}" for line, got, wanted in got_wanted if got != wanted]


def every_option(shell):
    """Each command is offered, and each option of its help behind it, and nothing else."""
    yield "dfukit ", {word for word in shell.offers("dfukit ") if word[0] != "-"}, set(commands())
    for command in commands():
        wanted = help_of(command)[0] if command not in HANDED_ON else set()
        yield command, {word for word in shell.offers(f"dfukit {command} --") if word[:2] == "--"}, wanted


def every_option_typed(zsh):
    """An option that zsh knows is ended by TAB with a blank or a '='; others stay as typed."""
    everything = set().union(*(help_of(command)[0] for command in commands() if command not in HANDED_ON))
    for command in commands():
        known = help_of(command)[0]
        for option in sorted(everything) if command not in HANDED_ON else []:
            line = f"dfukit {command} {option}"
            yield line, zsh.tab(line) != line, option in known


def check_offers(shell, cases):
    return differences((line, shell.offers(line), wanted) for line, wanted in cases)


def check_files(shell):
    """Files of the folder are offered behind flash."""
    return [] if f"{SCRIPTS}/dfukit.bash" in shell.offers(f"dfukit flash {SCRIPTS}/dfukit.b") else ["no files offered"]


def tests():
    yield "bash: commands and options", Bash, lambda shell: check_offers(shell, OFFERED)
    yield "bash: every option of every help", Bash, lambda shell: differences(every_option(shell))
    yield "bash: files", Bash, check_files
    yield "fish: commands and options", Fish, lambda shell: check_offers(shell, OFFERED)
    yield "fish: every option of every help", Fish, lambda shell: differences(every_option(shell))
    yield "fish: files", Fish, check_files
    yield "fish: formats and names of errors", Fish, lambda shell: check_offers(shell, BEHIND)
    yield "zsh: what TAB makes of a line", Zsh, lambda zsh: differences((a, zsh.tab(a), b) for a, b in TYPED)
    yield "zsh: every option of every help", Zsh, lambda zsh: differences(every_option_typed(zsh))


def main():
    number = 0
    for number, (name, shell, check) in enumerate(tests(), 1):
        if shutil.which(shell.__name__.lower()) is None:
            print(f"ok {number} - {name} # SKIP there is no {shell.__name__.lower()} here")
            continue
        here = shell()
        try:
            wrong = check(here)
        finally:
            here.close()
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
        for line in wrong:
            print(f"# {line}")
    print(f"1..{number}")


if __name__ == "__main__":
    main()
