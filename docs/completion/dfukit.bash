# bash completion of dfukit; generated from its tables of options
_dfukit()
{
    local word=${COMP_WORDS[COMP_CWORD]} options= words= commands="list info flash verify read erase leave detach inspect convert image twin explain dfu-util dfu-suffix dfu-prefix pydfu"
    local general=" --json --quiet --verbose --no-hints --help"
    local device=" --device --serial --path --alt --bus --wait --trace"
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "$commands --version --help" -- "$word"))
        return
    fi
    case ${COMP_WORDS[1]} in
    list) options="$general $device" ;;
    info) options="$general $device" ;;
    flash) options="$general $device --at --keep --only --full --blank --no-verify --no-leave --leave-at --dry-run --any-device --format --uf2-family --require-signed --key" ;;
    verify) options="$general $device --at --keep --only --any-device --format --uf2-family --require-signed --key" ;;
    read) options="$general $device --output --at --length --format --overwrite" ;;
    erase) options="$general $device --all --yes --keep --dry-run" ;;
    leave) options="$general $device" ;;
    detach) options="$general $device" ;;
    inspect) options="$general --at --format --uf2-family --require-signed --key" ;;
    convert) options="$general --output --at --format --vendor --product --bcd-device --uf2-family --fill --overwrite" ;;
    image) words="seal keygen" options="$general --board --image-version --sign --any-version --again --output --at --format --overwrite" ;;
    twin) words="reset power-cycle boot0 press leds log unplug plug" options=" --board --control --follow" ;;
    explain) options="$general" ;;
    dfu-util) options="" ;;
    dfu-suffix) options="" ;;
    dfu-prefix) options="" ;;
    pydfu) options="" ;;
    esac
    case $word in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -- "$word")) ;;
    esac
}
complete -o filenames -F _dfukit dfukit
