/* SPDX-License-Identifier: MIT
 * The control socket: commands to the boards, a line each. */
#ifndef TWIN_APP_CONTROL_H
#define TWIN_APP_CONTROL_H

#include <stdint.h>

#include "include/dfukit.h"

struct control;
struct desk;

enum { CONTROL_PATH_BYTES = 108 }; /* of a UNIX socket, with its NUL; Source: unix(7) */

/* Writes the path of the control socket of a twin that serves on a TCP port: in $XDG_RUNTIME_DIR,
 * or in /tmp with the user's number in its name.
 *
 * Returns   0, -DFK_E_FILE_IO (longer than a socket's path may be) */
int control_usual_path(uint16_t port, char path[CONTROL_PATH_BYTES], struct dfk_error *err);

/* Starts to listen. A socket that a twin has left behind is replaced; one that is in use is not.
 *
 * Owns      *control is the caller's: control_close. desk outlives it; path is copied
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_NO_MEMORY */
int control_open(const char *path, struct desk *desk, struct control **control,
                 struct dfk_error *err);

/* Gives a descriptor that can be read when control_serve has something to do.
 * Owns      nothing: lives as long as the control */
int control_fd(const struct control *control);

/* Serves whoever is connected, without waiting. NULL does nothing. */
void control_serve(struct control *control);

/* Closes all connections and removes the socket. NULL does nothing. */
void control_close(struct control *control);

#endif
