#!/bin/sh
# SPDX-License-Identifier: MIT
# The guest's second program: what a booted system has, then the command that the host asked for, then the end.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C PYTHONDONTWRITEBYTECODE=1
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mkdir -p /run/udev/rules.d /run/vhci_hcd
busybox ifconfig lo 127.0.0.1 up
busybox ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
/usr/lib/systemd/systemd-udevd --daemon
. /results/command
status=$?
echo "$status" > /results/status
sync
busybox poweroff -f
