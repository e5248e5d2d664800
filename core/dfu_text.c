/* SPDX-License-Identifier: MIT
 * The standard's names of DFU states, statuses and requests. */
#include "core/dfu_text.h"

#include "core/dfu.h"

static const char *const states[DFU_STATE_COUNT] = {
    "appIDLE",        "appDETACH",        "dfuIDLE",     "dfuDNLOAD-SYNC",         "dfuDNBUSY",
    "dfuDNLOAD-IDLE", "dfuMANIFEST-SYNC", "dfuMANIFEST", "dfuMANIFEST-WAIT-RESET", "dfuUPLOAD-IDLE",
    "dfuERROR",
};

struct status_text {
    const char *name;
    const char *meaning;
};

static const struct status_text statuses[DFU_STATUS_COUNT] = {
    {"OK", "no error"},
    {"errTARGET", "the address or file is not for this device"},
    {"errFILE", "the file fails a check of the vendor"},
    {"errWRITE", "the memory could not be written"},
    {"errERASE", "the memory could not be erased"},
    {"errCHECK_ERASED", "the memory was not blank after an erase"},
    {"errPROG", "programming the memory failed"},
    {"errVERIFY", "the programmed memory does not hold what was written"},
    {"errADDRESS", "the address is out of range"},
    {"errNOTDONE", "the download ended before the device had all data"},
    {"errFIRMWARE", "the firmware on the device is damaged"},
    {"errVENDOR", "an error of the vendor's own, often read protection"},
    {"errUSBR", "an unexpected USB reset"},
    {"errPOR", "an unexpected loss of power"},
    {"errUNKNOWN", "something went wrong that the device cannot name"},
    {"errSTALLEDPKT", "the device refused a request"},
};

static const char *const requests[] = {
    "DFU_DETACH",    "DFU_DNLOAD",   "DFU_UPLOAD", "DFU_GETSTATUS",
    "DFU_CLRSTATUS", "DFU_GETSTATE", "DFU_ABORT",
};

const char *dfu_state_name(uint8_t state)
{
    return state < DFU_STATE_COUNT ? states[state] : "unknown state";
}

const char *dfu_status_name(uint8_t status)
{
    return status < DFU_STATUS_COUNT ? statuses[status].name : "unknown status";
}

const char *dfu_status_meaning(uint8_t status)
{
    return status < DFU_STATUS_COUNT ? statuses[status].meaning : "a status beyond the standard";
}

const char *dfu_request_name(uint8_t request)
{
    return request < sizeof requests / sizeof requests[0] ? requests[request] : "unknown request";
}
