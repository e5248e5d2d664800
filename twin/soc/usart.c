/* SPDX-License-Identifier: MIT
 * A serial port: what is sent is out at once, what comes waits until it is read. */
#include "twin/soc/usart.h"

#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

/* The registers both kinds have, first; in the order of both tables. */
enum row { CR1, CR2, CR3, BRR, GTPR, COMMON };
enum { F4_SR = COMMON, F4_DR, F4_ROWS };
enum { H7_RTOR = COMMON, H7_RQR, H7_ISR, H7_ICR, H7_RDR, H7_TDR, H7_PRESC, H7_ROWS };
enum { RXNE = 1 << 5, TC = 1 << 6, TXE = 1 << 7, TEACK = 1 << 21, REACK = 1 << 22 };
enum { RE = 1 << 2, TE = 1 << 3, F4_UE = 1 << 13, H7_UE = 1, WAITING_MAX = 256 };

/* Source RM0090 "USART registers" */
static const struct soc_register f4_rows[F4_ROWS] = {
    [CR1] = {"CR1", 0x0C, 0, 0x0000BFFF},   [CR2] = {"CR2", 0x10, 0, 0x00007F6F},
    [CR3] = {"CR3", 0x14, 0, 0x00000FFF},   [BRR] = {"BRR", 0x08, 0, 0x0000FFFF},
    [GTPR] = {"GTPR", 0x18, 0, 0x0000FFFF}, [F4_SR] = {"SR", 0x00, 0, 0},
    [F4_DR] = {"DR", 0x04, 0, 0},
};

/* Source RM0433 "USART registers" */
static const struct soc_register h7_rows[H7_ROWS] = {
    [CR1] = {"CR1", 0x00, 0, 0xFFFFFFFF},   [CR2] = {"CR2", 0x04, 0, 0xFFFFFFF9},
    [CR3] = {"CR3", 0x08, 0, 0xFFFFFFFF},   [BRR] = {"BRR", 0x0C, 0, 0x0000FFFF},
    [GTPR] = {"GTPR", 0x10, 0, 0x0000FFFF}, [H7_RTOR] = {"RTOR", 0x14, 0, 0xFFFFFFFF},
    [H7_RQR] = {"RQR", 0x18, 0, 0},         [H7_ISR] = {"ISR", 0x1C, 0, 0},
    [H7_ICR] = {"ICR", 0x20, 0, 0},         [H7_RDR] = {"RDR", 0x24, 0, 0},
    [H7_TDR] = {"TDR", 0x28, 0, 0},         [H7_PRESC] = {"PRESC", 0x2C, 0, 0x0000000F},
};

struct usart {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[H7_ROWS];
    uint32_t irq;
    bool h7, complete; /* TC */
    uint8_t waiting[WAITING_MAX];
    uint32_t first, count;
    void (*take)(void *context, uint8_t byte);
    void *context;
};

static bool is_on(const struct usart *usart, uint32_t direction)
{
    uint32_t enable = usart->h7 ? H7_UE : F4_UE;
    uint32_t cr1 = usart->values[CR1];
    return (cr1 & enable) != 0 && (cr1 & direction) != 0;
}

static uint32_t status_of(const struct usart *usart)
{
    uint32_t status = TXE | (usart->complete ? TC : 0u);
    status |= usart->count > 0 && is_on(usart, RE) ? RXNE : 0u;
    status |= usart->h7 && is_on(usart, TE) ? TEACK : 0u;
    status |= usart->h7 && is_on(usart, RE) ? REACK : 0u;
    return status;
}

/* RXNEIE, TCIE and TXEIE stand where their flags stand. */
static void settle(struct usart *usart)
{
    const struct soc_lines *lines = &usart->chip->lines;
    uint32_t status = status_of(usart);
    usart->values[usart->h7 ? (uint32_t)H7_ISR : (uint32_t)F4_SR] = status;
    bool level = (status & usart->values[CR1] & (RXNE | TC | TXE)) != 0;
    lines->irq(lines->chip, usart->irq, level);
}

static void send(struct usart *usart, uint8_t byte)
{
    if (!is_on(usart, TE)) {
        return;
    }
    usart->complete = true;
    if (usart->take != NULL) {
        usart->take(usart->context, byte);
    }
}

static uint32_t receive(struct usart *usart)
{
    if (usart->count == 0 || !is_on(usart, RE)) {
        return 0;
    }
    uint8_t byte = usart->waiting[usart->first];
    usart->first = (usart->first + 1) % WAITING_MAX;
    usart->count--;
    return byte;
}

static uint32_t usart_read(void *self, uint32_t offset, uint32_t width)
{
    struct usart *usart = self;
    uint32_t data_row = usart->h7 ? (uint32_t)H7_RDR : (uint32_t)F4_DR;
    settle(usart);
    uint32_t row = soc_block_find(&usart->block, offset);
    if (row == data_row && offset % 4 == 0) {
        uint32_t byte = receive(usart);
        settle(usart);
        return byte;
    }
    return row == SOC_NO_ROW ? 0 : soc_lanes(usart->values[row], offset, width);
}

static void usart_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct usart *usart = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t row = soc_block_write(&usart->block, &store);
    if (row == (usart->h7 ? (uint32_t)H7_TDR : (uint32_t)F4_DR)) {
        send(usart, (uint8_t)store.value);
    } else if (!usart->h7 && row == F4_SR) {
        usart->complete = usart->complete && (store.value & TC) != 0;
    } else if (usart->h7 && row == H7_ICR) {
        usart->complete = usart->complete && (store.value & TC) == 0;
    }
    settle(usart);
}

static void usart_reset(void *self, enum reset_cause cause)
{
    struct usart *usart = self;
    (void)cause;
    soc_block_reset(&usart->block);
    usart->complete = true;
    usart->count = 0;
    settle(usart);
}

static struct usart *find(struct soc_chip *chip, uint32_t number)
{
    return number >= 1 && number <= SOC_USARTS_MAX ? chip->nets.usarts[number - 1] : NULL;
}

void soc_usart_listen(struct soc_chip *chip, uint32_t number,
                      void (*take)(void *context, uint8_t byte), void *context)
{
    struct usart *usart = find(chip, number);
    if (usart != NULL) {
        usart->take = take;
        usart->context = context;
    }
}

bool soc_usart_push(struct soc_chip *chip, uint32_t number, uint8_t byte)
{
    struct usart *usart = find(chip, number);
    if (usart == NULL || usart->count == WAITING_MAX) {
        return false;
    }
    usart->waiting[(usart->first + usart->count++) % WAITING_MAX] = byte;
    settle(usart);
    return true;
}

bool soc_usart_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct usart *usart = calloc(1, sizeof *usart);
    if (usart == NULL) {
        return false;
    }
    usart->chip = chip;
    usart->irq = row->irq;
    usart->h7 = chip->map == &soc_map_h743;
    usart->block = (struct soc_block){usart->h7 ? h7_rows : f4_rows,
                                      usart->h7 ? (uint32_t)H7_ROWS : (uint32_t)F4_ROWS,
                                      usart->values, row->name, &chip->lines};
    chip->nets.usarts[row->variant - 1] = usart;
    part->self = usart;
    part->read = usart_read;
    part->write = usart_write;
    part->reset = usart_reset;
    return true;
}
