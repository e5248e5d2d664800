# SPDX-License-Identifier: MIT
# What setup and cmd of a golden case may use. Runs in an empty folder; run.py ends what is left running.

# Control sockets of twins lie here, where no other case sees them.
mkdir -p .run
export XDG_RUNTIME_DIR=.run

# twin OPTION...: starts a virtual board as fast as it can go; $BUS is its address. Twins after the first: $BUS2, ...
twins=0
twin() {
    twins=$((twins + 1))
    dfukit-twin --port 0 --seed 1 --speed 0 "$@" > "twin$twins.log" 2>&1 &
    tries=0
    until uri=$(grep -m 1 -o 'usbip://[0-9.:]*' "twin$twins.log" | head -1) && [ -n "$uri" ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 200 ]; then
            cat "twin$twins.log" >&2
            exit 99
        fi
        sleep 0.05
    done
    if [ "$twins" -eq 1 ]; then BUS=$uri; else eval "BUS$twins=$uri"; fi
}

# firmware OUT.hex ADDR:LENGTH ...
firmware() {
    python3 "$DFUKIT_SOURCE/tests/golden/parts.py" firmware "$@"
}

# application OUT.hex ADDR:LENGTH ...: firmware that can be sealed
application() {
    python3 "$DFUKIT_SOURCE/tests/golden/parts.py" application "$@"
}

# board OUT.flash SIZE ADDR:LENGTH: flash with a FAT drive in it
board() {
    python3 "$DFUKIT_SOURCE/tests/golden/parts.py" board "$@"
}

# bytes FORMAT [ARGUMENT...]: what printf makes of it
bytes() {
    # shellcheck disable=SC2059
    printf "$@"
}

# damaged FORMAT: damaged and odd files of a format, named by what is wrong
damaged() {
    python3 "$DFUKIT_SOURCE/tests/golden/damaged.py" "$1"
}

# liar REPLY ...: starts a USB/IP server that answers wrongly (liar.py); $BUS is its address
liar() {
    python3 "$DFUKIT_SOURCE/tests/golden/liar.py" "$@" > liar.log 2>&1 &
    until BUS=$(grep -o 'usbip://[0-9.:]*' liar.log); do sleep 0.05; done
}

# fake_twin ANSWER: listens at the control socket c.sock and answers every command so, printf's way; "hang": not at all
fake_twin() {
    python3 "$DFUKIT_SOURCE/tests/golden/fake_twin.py" "$(bytes "$1")" c.sock &
    until [ -S c.sock ]; do sleep 0.05; done
}

# dfu_util WORD...: dfukit's stand-in for dfu-util on $BUS; of the bars only the full ones are shown
dfu_util() {
    DFUKIT_BUS=$BUS dfukit dfu-util "$@" > dfu_util.out
    dfu_util_status=$?
    tr '\r' '\n' < dfu_util.out | grep -v '\] *[0-9]\{1,2\}%' | sed '/^$/d'
    return $dfu_util_status
}
