# fish completion of dfukit; generated from its tables of options

# whether the command on the line is one of these; '': there is none yet
function __dfukit_command_is
    set -l command ''
    for word in (commandline -opc)[2..]
        if not string match -q -- '-*' $word
            set command $word
            break
        end
    end
    contains -- "$command" $argv
end
function __dfukit_takes_general
    __dfukit_command_is '' list info flash verify read erase leave detach inspect convert image explain
end
function __dfukit_takes_device
    __dfukit_command_is list info flash verify read erase leave detach
end

complete -c dfukit -f
complete -c dfukit -n '__dfukit_command_is ""' -l version -d 'show the version'
complete -c dfukit -n '__dfukit_takes_general' -l json -d 'results, progress and errors as JSON on standard output, one object per line'
complete -c dfukit -n '__dfukit_takes_general' -s q -l quiet -d 'say nothing but results that were asked for, and errors'
complete -c dfukit -n '__dfukit_takes_general' -s v -l verbose -d 'show every step of the plan'
complete -c dfukit -n '__dfukit_takes_general' -l no-hints -d 'do not say what to try next'
complete -c dfukit -n '__dfukit_takes_general' -s h -l help -d 'show this help'
complete -c dfukit -n '__dfukit_takes_device' -s d -l device -x -d 'vendor and product, in hexadecimal; either may be left out'
complete -c dfukit -n '__dfukit_takes_device' -s S -l serial -x -d 'serial number'
complete -c dfukit -n '__dfukit_takes_device' -s p -l path -x -d 'place on the bus, as `dfukit list` shows it'
complete -c dfukit -n '__dfukit_takes_device' -s a -l alt -x -d 'alternate setting, by number or name; usually found by the address'
complete -c dfukit -n '__dfukit_takes_device' -l bus -x -d 'usb: (this computer, the default) or usbip://HOST[:PORT][/BUSID]'
complete -c dfukit -n '__dfukit_takes_device' -l wait -d 'wait for the device to appear, and flash also for one that is lost to come back; 30 seconds if none are given'
complete -c dfukit -n '__dfukit_takes_device' -l trace -r -F -d 'write the conversation with the device to a pcapng file'
complete -c dfukit -n '__dfukit_command_is ""' -a list -d 'show the DFU devices that are there'
complete -c dfukit -n '__dfukit_command_is ""' -a info -d 'show everything about one device'
complete -c dfukit -n '__dfukit_command_is ""' -a flash -d 'put firmware onto a board'
complete -c dfukit -n '__dfukit_command_is flash' -l at -x -d 'where raw bytes go; for one of several files: FILE@ADDR'
complete -c dfukit -n '__dfukit_command_is flash' -l keep -x -d 'never erase or write this range; a file that wants it is refused; repeatable'
complete -c dfukit -n '__dfukit_command_is flash' -l only -x -d 'leave out what the file has outside this range; repeatable'
complete -c dfukit -n '__dfukit_command_is flash' -l full -d 'erase and write also what the board holds already'
complete -c dfukit -n '__dfukit_command_is flash' -l blank -d 'erase sectors that the file fills with nothing but 0xFF'
complete -c dfukit -n '__dfukit_command_is flash' -l no-verify -d 'do not read back what was written'
complete -c dfukit -n '__dfukit_command_is flash' -l no-leave -d 'stay in DFU mode afterwards'
complete -c dfukit -n '__dfukit_command_is flash' -l leave-at -x -d 'start the application here; the default is the lowest address of the file'
complete -c dfukit -n '__dfukit_command_is flash' -l dry-run -d 'show every step and change nothing'
complete -c dfukit -n '__dfukit_command_is flash' -l any-device -d 'accept a file whose suffix names another vendor or product'
complete -c dfukit -n '__dfukit_command_is flash' -l format -r -f -a 'dfuse dfu bin hex srec elf uf2' -d 'of the files: dfuse, dfu, bin, hex, srec, elf or uf2; the default is by content'
complete -c dfukit -n '__dfukit_command_is flash' -l uf2-family -x -d 'take only the blocks of this family out of a UF2 file'
complete -c dfukit -n '__dfukit_command_is flash' -l require-signed -d 'refuse a file that has no signature; --key checks whose it is'
complete -c dfukit -n '__dfukit_command_is flash' -l key -x -d 'refuse a file that is not signed with the key in this file'
complete -c dfukit -n '__dfukit_command_is flash' -F
complete -c dfukit -n '__dfukit_command_is ""' -a verify -d 'compare a board with firmware files'
complete -c dfukit -n '__dfukit_command_is verify' -l at -x -d 'where raw bytes belong; for one of several files: FILE@ADDR'
complete -c dfukit -n '__dfukit_command_is verify' -l keep -x -d 'refuse a file that has bytes in this range; repeatable'
complete -c dfukit -n '__dfukit_command_is verify' -l only -x -d 'compare only this range; repeatable'
complete -c dfukit -n '__dfukit_command_is verify' -l any-device -d 'accept a file whose suffix names another vendor or product'
complete -c dfukit -n '__dfukit_command_is verify' -l format -r -f -a 'dfuse dfu bin hex srec elf uf2' -d 'of the files: dfuse, dfu, bin, hex, srec, elf or uf2; the default is by content'
complete -c dfukit -n '__dfukit_command_is verify' -l uf2-family -x -d 'take only the blocks of this family out of a UF2 file'
complete -c dfukit -n '__dfukit_command_is verify' -l require-signed -d 'refuse a file that has no signature; --key checks whose it is'
complete -c dfukit -n '__dfukit_command_is verify' -l key -x -d 'refuse a file that is not signed with the key in this file'
complete -c dfukit -n '__dfukit_command_is verify' -F
complete -c dfukit -n '__dfukit_command_is ""' -a read -d 'save memory of a board to a file'
complete -c dfukit -n '__dfukit_command_is read' -s o -l output -r -F -d 'where to; the format is by its ending; - is standard output'
complete -c dfukit -n '__dfukit_command_is read' -l at -x -d 'first address, together with --length, instead of RANGE'
complete -c dfukit -n '__dfukit_command_is read' -l length -x -d 'how much, together with --at; K and M are taken'
complete -c dfukit -n '__dfukit_command_is read' -l format -r -f -a 'dfuse dfu bin hex srec elf uf2' -d 'of the file: dfuse, dfu, bin, hex or uf2'
complete -c dfukit -n '__dfukit_command_is read' -l overwrite -d 'replace the file if it exists'
complete -c dfukit -n '__dfukit_command_is ""' -a erase -d 'make memory of a board blank'
complete -c dfukit -n '__dfukit_command_is erase' -l all -d 'everything in the selected alternate setting; needs --yes'
complete -c dfukit -n '__dfukit_command_is erase' -l yes -d 'yes, also the bootloader, the flash drive and the settings'
complete -c dfukit -n '__dfukit_command_is erase' -l keep -x -d 'refuse to erase anything of this range; repeatable'
complete -c dfukit -n '__dfukit_command_is erase' -l dry-run -d 'show every step and change nothing'
complete -c dfukit -n '__dfukit_command_is ""' -a leave -d 'start the application'
complete -c dfukit -n '__dfukit_command_is ""' -a detach -d 'bring a board from its application into DFU mode'
complete -c dfukit -n '__dfukit_command_is ""' -a inspect -d 'look into a firmware file'
complete -c dfukit -n '__dfukit_command_is inspect' -l at -x -d 'where raw bytes belong'
complete -c dfukit -n '__dfukit_command_is inspect' -l format -r -f -a 'dfuse dfu bin hex srec elf uf2' -d 'of the files: dfuse, dfu, bin, hex, srec, elf or uf2; the default is by content'
complete -c dfukit -n '__dfukit_command_is inspect' -l uf2-family -x -d 'take only the blocks of this family out of a UF2 file'
complete -c dfukit -n '__dfukit_command_is inspect' -l require-signed -d 'refuse a file that has no signature; --key checks whose it is'
complete -c dfukit -n '__dfukit_command_is inspect' -l key -x -d 'refuse a file that is not signed with the key in this file'
complete -c dfukit -n '__dfukit_command_is inspect' -F
complete -c dfukit -n '__dfukit_command_is ""' -a convert -d 'turn firmware files into one of another format'
complete -c dfukit -n '__dfukit_command_is convert' -s o -l output -r -F -d 'where to; the format is by its ending; - is standard output'
complete -c dfukit -n '__dfukit_command_is convert' -l at -x -d 'where raw bytes belong; for one of several files: FILE@ADDR'
complete -c dfukit -n '__dfukit_command_is convert' -l format -r -f -a 'dfuse dfu bin hex srec elf uf2' -d 'of the new file: dfuse, dfu, bin, hex or uf2'
complete -c dfukit -n '__dfukit_command_is convert' -l vendor -x -d 'vendor for the DFU suffix, in hexadecimal; the default is that of the file, else 0483'
complete -c dfukit -n '__dfukit_command_is convert' -l product -x -d 'product for the DFU suffix; the default is that of the file, else df11'
complete -c dfukit -n '__dfukit_command_is convert' -l bcd-device -x -d 'device version for the DFU suffix; the default is that of the file, else ffff (any)'
complete -c dfukit -n '__dfukit_command_is convert' -l uf2-family -x -d 'family to take out of a UF2 file, or to write into one'
complete -c dfukit -n '__dfukit_command_is convert' -l fill -x -d 'value between the segments of a bin, 1 to 255; the default is 0xFF'
complete -c dfukit -n '__dfukit_command_is convert' -l overwrite -d 'replace the file if it exists'
complete -c dfukit -n '__dfukit_command_is convert' -F
complete -c dfukit -n '__dfukit_command_is ""' -a image -d 'seal and sign firmware, make keys for that'
complete -c dfukit -n '__dfukit_command_is image' -s b -l board -x -d 'of seal: the board it is for, as its bootloader calls it (see: dfukit info)'
complete -c dfukit -n '__dfukit_command_is image' -l image-version -x -d 'of seal: the version of the firmware, at most 255.255.65535; the default is 0.0.0'
complete -c dfukit -n '__dfukit_command_is image' -l sign -x -d 'of seal: sign it with the secret key in this file'
complete -c dfukit -n '__dfukit_command_is image' -l any-version -d 'of seal: it may replace a newer version'
complete -c dfukit -n '__dfukit_command_is image' -l again -d 'of seal: take off the seal that is there'
complete -c dfukit -n '__dfukit_command_is image' -s o -l output -r -F -d 'of seal: where to; the format is by its ending; - is standard output'
complete -c dfukit -n '__dfukit_command_is image' -l at -x -d 'of seal: where raw bytes belong'
complete -c dfukit -n '__dfukit_command_is image' -l format -r -f -a 'dfuse dfu bin hex srec elf uf2' -d 'of seal: of the new file: dfuse, dfu, bin, hex or uf2'
complete -c dfukit -n '__dfukit_command_is image' -l overwrite -d 'of seal: replace the file if it exists; keys are never overwritten'
complete -c dfukit -n '__dfukit_command_is image' -a 'seal keygen'
complete -c dfukit -n '__dfukit_command_is ""' -a twin -d 'start a virtual board (see: dfukit twin --help), or handle one by hand'
complete -c dfukit -n '__dfukit_command_is twin' -s b -l board -x -d 'of a command: which of several boards, by number or path (1, 1-1)'
complete -c dfukit -n '__dfukit_command_is twin' -l control -x -d 'of a command: the control socket, when several twins run'
complete -c dfukit -n '__dfukit_command_is twin' -l follow -d 'of log: keep printing until interrupted'
complete -c dfukit -n '__dfukit_command_is twin' -a 'reset power-cycle boot0 press leds log unplug plug'
complete -c dfukit -n '__dfukit_command_is twin' -F
complete -c dfukit -n '__dfukit_command_is ""' -a explain -d 'say what an error or exit code means'
complete -c dfukit -n '__dfukit_command_is explain' -f -a 'ok internal usage no-device several-devices bad-file refused device-error device-lost verify-mismatch interrupted timeout read-protected no-permission protocol file-io wrong-device outside-layout overlap kept-region read-only erase-failed connection unsupported out-of-memory device-in-use'
complete -c dfukit -n '__dfukit_command_is ""' -a dfu-util -d 'do what dfu-util does, by its own options (see: dfukit dfu-util --help)'
complete -c dfukit -n '__dfukit_command_is dfu-util' -F
complete -c dfukit -n '__dfukit_command_is ""' -a dfu-suffix -d 'do what dfu-suffix does, by its own options'
complete -c dfukit -n '__dfukit_command_is dfu-suffix' -F
complete -c dfukit -n '__dfukit_command_is ""' -a dfu-prefix -d 'do what dfu-prefix does, by its own options'
complete -c dfukit -n '__dfukit_command_is dfu-prefix' -F
complete -c dfukit -n '__dfukit_command_is ""' -a pydfu -d 'do what MicroPython\'s pydfu.py does, by its own options'
complete -c dfukit -n '__dfukit_command_is pydfu' -F
