/* SPDX-License-Identifier: MIT
 * Descriptors of fixed content, by which Windows and browsers need no driver. */
#include "boot/inside.h"

enum { BOS = 0x0F, MS_VENDOR = 0x42, MS_COMPATIBLE_ID = 4, MS_OS_2_0 = 7 };

/* Two platform capabilities: WebUSB without a landing page, Microsoft OS 2.0 with vendor code 0x42.
 * Source    USB 3.1, "Binary Device Object Store"; WebUSB, "Platform Descriptor"; Microsoft OS 2.0
 *           Descriptors, "Platform capability" */
static const uint8_t bos[] = {5,    0x0F, '9', 0,    2,   0x18, 0x10, 5,    0,    '8',  0xB6, 8,
                              '4',  0xA9, 9,   0xA0, 'G', 0x8B, 0xFD, 0xA0, 'v',  0x88, 0x15, 0xB6,
                              'e',  0,    1,   'C',  0,   0x1C, 0x10, 5,    0,    0xDF, 0x60, 0xDD,
                              0xD8, 0x89, 'E', 0xC7, 'L', 0x9C, 0xD2, 'e',  0x9D, 0x9E, 'd',  0x8A,
                              0x9F, 0,    0,   3,    6,   0xA2, 0,    'B',  0};

/* Driver WinUSB, and the interface GUID by which programs find the device.
 * Source    Microsoft OS 2.0 Descriptors, "Descriptor set" */
static const uint8_t ms_os_2_0[] = {
    0x0A, 0,   0,    0, 0,    0, 3,   6, 0xA2, 0, 0x14, 0, 3,    0, 'W', 'I', 'N', 'U',
    'S',  'B', 0,    0, 0,    0, 0,   0, 0,    0, 0,    0, 0x84, 0, 4,   0,   7,   0,
    0x2A, 0,   'D',  0, 'e',  0, 'v', 0, 'i',  0, 'c',  0, 'e',  0, 'I', 0,   'n', 0,
    't',  0,   'e',  0, 'r',  0, 'f', 0, 'a',  0, 'c',  0, 'e',  0, 'G', 0,   'U', 0,
    'I',  0,   'D',  0, 's',  0, 0,   0, 'P',  0, 0x7B, 0, '8',  0, 'C', 0,   '6', 0,
    'A',  0,   '3',  0, 'B',  0, '1', 0, 'E',  0, 0x2D, 0, '5',  0, 'D', 0,   '2', 0,
    'F',  0,   0x2D, 0, '4',  0, 'E', 0, '0',  0, '7',  0, 0x2D, 0, '9', 0,   'A', 0,
    '4',  0,   '1',  0, 0x2D, 0, '6', 0, 'F',  0, '0',  0, 'D',  0, '2', 0,   'B', 0,
    '7',  0,   'C',  0, '9',  0, 'E', 0, '5',  0, '3',  0, 0x7D, 0, 0,   0,   0,   0};

/* The same for Windows before 8.1. Source Microsoft OS 1.0 Descriptors, "Extended compat ID" */
static const uint8_t compatible_id[] = {0x28, 0, 0, 0, 0,   1,   4,   0,   1,   0,   0, 0, 0, 0,
                                        0,    0, 0, 1, 'W', 'I', 'N', 'U', 'S', 'B', 0, 0, 0, 0,
                                        0,    0, 0, 0, 0,   0,   0,   0,   0,   0,   0, 0};

uint32_t descriptor_find(uint8_t type, uint8_t index, const uint8_t **data)
{
    *data = bos;
    return type == BOS && index == 0 ? sizeof bos : 0;
}

uint32_t descriptor_vendor(const struct usb_setup *setup, const uint8_t **data)
{
    if (setup->request != MS_VENDOR) {
        return 0;
    }
    *data = setup->index == MS_OS_2_0 ? ms_os_2_0 : compatible_id;
    return setup->index == MS_OS_2_0          ? sizeof ms_os_2_0
           : setup->index == MS_COMPATIBLE_ID ? sizeof compatible_id
                                              : 0;
}
