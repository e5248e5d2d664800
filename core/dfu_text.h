/* SPDX-License-Identifier: MIT
 * The standard's names of DFU states, statuses and requests. */
#ifndef CORE_DFU_TEXT_H
#define CORE_DFU_TEXT_H

#include <stdint.h>

/* Gives the name of a state ("dfuDNBUSY"), "unknown state" above 10. Never NULL.
 * Owns      nothing: a constant */
const char *dfu_state_name(uint8_t state);

/* Gives the name of a status ("errTARGET"), "unknown status" above 15. Never NULL.
 * Owns      nothing: a constant */
const char *dfu_status_name(uint8_t status);

/* Gives the meaning of a status in a few words, for a person. Never NULL.
 * Owns      nothing: a constant
 * Source    DFU 1.1, "DFU_GETSTATUS Request" */
const char *dfu_status_meaning(uint8_t status);

/* Gives the name of a DFU class request ("DFU_DNLOAD"), "unknown request" above 6. Never NULL.
 * Owns      nothing: a constant */
const char *dfu_request_name(uint8_t request);

#endif
