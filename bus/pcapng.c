/* SPDX-License-Identifier: MIT
 * A pcapng file of Linux USB packets. */
#include "bus/pcapng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

enum {
    SECTION_HEADER = 0x0A0D0D0A,
    INTERFACE_DESCRIPTION = 1,
    ENHANCED_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
    LINKTYPE_USB_LINUX_MMAPPED = 220,
    USBMON_BYTES = 64,
    OPTION_TIME_RESOLUTION = 9,
    NANOSECONDS = 9,
    TRANSFER_CONTROL = 2,
    BLOCK_BYTES_MAX = 28 + USBMON_BYTES + 4096 + 8,
};

struct pcapng {
    FILE *file;
};

/* A block: type, length, body padded to 4 bytes, length again. */
static void write_block(struct pcapng *file, uint32_t type, const uint8_t *body, uint32_t length)
{
    static const uint8_t padding[4];
    uint32_t padded = (length + 3) & ~3u;
    uint8_t head[8];
    uint8_t tail[4];
    put_le32(head, type);
    put_le32(head + 4, padded + 12);
    put_le32(tail, padded + 12);
    (void)fwrite(head, 1, sizeof head, file->file);
    (void)fwrite(body, 1, length, file->file);
    (void)fwrite(padding, 1, padded - length, file->file);
    (void)fwrite(tail, 1, sizeof tail, file->file);
    (void)fflush(file->file);
}

int pcapng_open(const char *path, struct pcapng **file, struct dfk_error *err)
{
    struct pcapng *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a trace");
    }
    made->file = fopen(path, "wb");
    if (made->file == NULL) {
        free(made);
        return dfk_fail(err, DFK_E_FILE_IO, "%s: cannot write the trace: %s", path,
                        strerror(errno));
    }
    uint8_t section[16];
    put_le32(section, BYTE_ORDER_MAGIC);
    put_le16(section + 4, 1);
    put_le16(section + 6, 0);
    memset(section + 8, 0xFF, 8); /* length of the section: not known yet */
    write_block(made, SECTION_HEADER, section, sizeof section);
    uint8_t interface[20] = {0};
    put_le16(interface, LINKTYPE_USB_LINUX_MMAPPED);
    put_le16(interface + 8, OPTION_TIME_RESOLUTION);
    put_le16(interface + 10, 1);
    interface[12] = NANOSECONDS;
    write_block(made, INTERFACE_DESCRIPTION, interface, sizeof interface);
    *file = made;
    return 0;
}

/* The header that the kernel's usbmon puts before each packet; host byte order, taken as little. */
static void put_usbmon(uint8_t *at, const struct pcapng_packet *packet)
{
    bool in = (packet->setup.request_type & USB_DIR_IN) != 0;
    uint64_t seconds = packet->time_ns / 1000000000;
    /* Data travels with the request of an OUT and the answer of an IN; else there is a mark. */
    char elsewhere = packet->answer ? '>' : '<';
    uint16_t sent = !in && packet->status == 0 ? packet->setup.length : packet->length;
    memset(at, 0, USBMON_BYTES);
    put_le32(at, (uint32_t)packet->id);
    put_le32(at + 4, (uint32_t)(packet->id >> 32));
    at[8] = packet->answer ? 'C' : 'S';
    at[9] = TRANSFER_CONTROL;
    at[10] = in ? USB_DIR_IN : 0;
    at[11] = packet->device;
    put_le16(at + 12, packet->bus);
    at[14] = packet->answer ? '-' : 0; /* 0: the setup bytes are valid */
    at[15] = (uint8_t)(packet->answer == in ? 0 : elsewhere);
    put_le32(at + 16, (uint32_t)seconds);
    put_le32(at + 20, (uint32_t)(seconds >> 32));
    put_le32(at + 24, (uint32_t)(packet->time_ns % 1000000000 / 1000));
    put_le32(at + 28, (uint32_t)packet->status);
    put_le32(at + 32, packet->answer ? sent : packet->setup.length);
    put_le32(at + 36, packet->length);
    if (!packet->answer) {
        usb_setup_put(&packet->setup, at + 40);
    }
}

void pcapng_write(struct pcapng *file, const struct pcapng_packet *packet)
{
    uint8_t body[BLOCK_BYTES_MAX];
    uint32_t length = USBMON_BYTES + (uint32_t)packet->length;
    if (packet->length > 4096) {
        return;
    }
    put_le32(body, 0);
    put_le32(body + 4, (uint32_t)(packet->time_ns >> 32));
    put_le32(body + 8, (uint32_t)packet->time_ns);
    put_le32(body + 12, length);
    put_le32(body + 16, length);
    put_usbmon(body + 20, packet);
    if (packet->length > 0) {
        memcpy(body + 20 + USBMON_BYTES, packet->data, packet->length);
    }
    write_block(file, ENHANCED_PACKET, body, 20 + length);
}

void pcapng_close(struct pcapng *file)
{
    if (file != NULL) {
        (void)fclose(file->file);
        free(file);
    }
}
