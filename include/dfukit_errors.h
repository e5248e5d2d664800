/* SPDX-License-Identifier: MIT
 * The one table of dfukit's error kinds: code, name, exit code, what to try, explanation. */
#ifndef DFUKIT_ERRORS_H
#define DFUKIT_ERRORS_H

/* X(id, name, exit_code, next, sentence)
 *
 * id        DFK_E_<id> is the code in C
 * name      the word in JSON and in `dfukit explain NAME`
 * exit_code what the program ends with; one per row, never reused
 * next      what to try, unless the failure knows better
 * sentence  what the kind means, for the man page and `explain`
 *
 * Grouped by whose move it is: the person's, the cable's, the device's, ours. */
#define DFK_ERROR_TABLE(X)                                                                         \
    X(INTERNAL, "internal", 1, "report this with the output of --trace FILE",                      \
      "A fault in dfukit itself: something that cannot happen did.")                               \
    X(USAGE, "usage", 2, "run the command with --help",                                            \
      "The command line, or an argument of a library call, makes no sense.")                       \
    X(NO_DEVICE, "no-device", 3, "plug the board in, put it in DFU mode, then run: dfukit list",   \
      "No device that matches the selection is on the bus.")                                       \
    X(SEVERAL, "several-devices", 4, "choose one with -p PATH (see: dfukit list)",                 \
      "More than one device matches the selection, so none is touched.")                           \
    X(BAD_FILE, "bad-file", 5, "build or download the file again",                                 \
      "The firmware file is damaged or is not of the format that it claims.")                      \
    X(REFUSED, "refused", 6, "see what the message names; nothing was changed",                    \
      "The request could damage the board, so it was refused before the first erase.")             \
    X(DEVICE, "device-error", 7, "reset the board into DFU mode and run the command again",        \
      "The device itself reported an error, by state and status.")                                 \
    X(LOST, "device-lost", 8, "check the cable, put the board in DFU mode, run the command again", \
      "The device was there and disappeared in the middle of the work.")                           \
    X(VERIFY, "verify-mismatch", 9, "flash again; if it repeats, the flash memory is worn out",    \
      "What the board holds is not what the file says.")                                           \
    X(INTERRUPTED, "interrupted", 10, "run the command again to finish",                           \
      "The person stopped the work; the message says what state the board is in.")                 \
    X(TIMEOUT, "timeout", 11, "unplug the board, plug it in in DFU mode, run the command again",   \
      "The device did not finish within the longest time its datasheet allows.")                   \
    X(PROTECTED, "read-protected", 12,                                                             \
      "remove the protection with the chip maker's tool: this erases the whole chip",              \
      "Read protection is active, so flash can be neither read nor written over USB.")             \
    X(PERMISSION, "no-permission", 13,                                                             \
      "install the udev rule 60-dfukit.rules, over ssh also join the group plugdev, then plug "    \
      "the board in again",                                                                        \
      "The operating system does not let this user open the device.")                              \
    X(PROTOCOL, "protocol", 14, "run again with --trace FILE to see the conversation",             \
      "The device or server broke the protocol: an answer that makes no sense.")                   \
    X(FILE_IO, "file-io", 15, "check the path, the permissions and the space on the disk",         \
      "A file could not be read or written.")                                                      \
    X(WRONG_DEVICE, "wrong-device", 16, "get the file that was built for this board",              \
      "The file names another vendor, product or chip family than the device.")                    \
    X(OUTSIDE, "outside-layout", 17, "check the address the firmware was linked for",              \
      "An address lies outside the memory that the device reports.")                               \
    X(OVERLAP, "overlap", 18, "remove one of the two parts, or flash them one by one",             \
      "Two parts of the image want the same address with different bytes.")                        \
    X(KEPT, "kept-region", 19, "drop the --keep option, or use a file that spares the region",     \
      "The image would overwrite a region that was to be kept.")                                   \
    X(READ_ONLY, "read-only", 20, "choose another alternate setting or address",                   \
      "The image covers memory that the device reports as not writeable.")                         \
    X(ERASE, "erase-failed", 21, "check write protection (option bytes), then flash again",        \
      "The device reported a finished erase, but the sector is not blank.")                        \
    X(CONNECTION, "connection", 22, "check that the USB/IP server runs and the address is right",  \
      "The USB/IP server could not be reached or closed the connection.")                          \
    X(UNSUPPORTED, "unsupported", 23, "see: dfukit info",                                          \
      "The device cannot do what was asked, by its own descriptors.")                              \
    X(NO_MEMORY, "out-of-memory", 24, "close other programs or use a smaller file",                \
      "The computer has no memory left.")                                                          \
    X(BUSY_BUS, "device-in-use", 25, "close the other program that uses the device",               \
      "Another program or driver holds the device.")

#endif
