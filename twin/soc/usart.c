/* SPDX-License-Identifier: MIT
 * A serial port: what is sent takes its time, what comes waits until it is read. */
#include "twin/soc/usart.h"

#include <stdlib.h>
#include <string.h>

#include "twin/soc/dma.h"
#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

/* The registers both kinds have, first; in the order of both tables. */
enum row { CR1, CR2, CR3, BRR, GTPR, COMMON };
enum { F4_SR = COMMON, F4_DR, F4_ROWS };
enum { H7_RTOR = COMMON, H7_RQR, H7_ISR, H7_ICR, H7_RDR, H7_TDR, H7_PRESC, H7_ROWS };
enum { IDLE = 1 << 4, RXNE = 1 << 5, TC = 1 << 6, TXE = 1 << 7 };
enum { TEACK = 1 << 21, REACK = 1 << 22, TXFE = 1 << 23 };
enum { RE = 1 << 2, TE = 1 << 3, F4_UE = 1 << 13, H7_UE = 1, WAITING_MAX = 256 };
enum { DMAR = 1 << 6, DMAT = 1 << 7, M0 = 1 << 12, OVER8 = 1 << 15, M1 = 1 << 28 };
enum { FIFOEN = 1 << 29, FIFO_BYTES = 16, STOP_TWO = 2 << 12 };

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

#define APB2_BASE 0x40010000u

struct usart {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[H7_ROWS];
    uint32_t irq;
    bool h7, fast;             /* fast: on APB2 */
    bool complete, idle;       /* TC, IDLE */
    bool looked;               /* F4: SR has been read, which a flag waits for to be cleared */
    uint64_t byte_end_ns;      /* of what is on the line; UINT64_MAX: nothing is */
    uint64_t idle_ns;          /* when the line will have been silent for a frame; UINT64_MAX: no */
    uint8_t ready[FIFO_BYTES]; /* for the line next */
    uint32_t ready_count;
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

static uint32_t ready_max(const struct usart *usart)
{
    return usart->h7 && (usart->values[CR1] & FIFOEN) != 0 ? FIFO_BYTES : 1;
}

static uint32_t status_of(const struct usart *usart)
{
    bool fifo = ready_max(usart) > 1;
    uint32_t status = usart->ready_count < ready_max(usart) ? TXE : 0;
    status |= (usart->complete ? TC : 0u) | (usart->idle ? IDLE : 0u);
    status |= usart->count > 0 && is_on(usart, RE) ? RXNE : 0u;
    status |= usart->h7 && is_on(usart, TE) ? TEACK : 0u;
    status |= usart->h7 && is_on(usart, RE) ? REACK : 0u;
    status |= fifo && usart->ready_count == 0 ? TXFE : 0u;
    return status;
}

/* RXNEIE, TCIE, TXEIE and IDLEIE stand where their flags stand. */
static void settle(struct usart *usart)
{
    const struct soc_lines *lines = &usart->chip->lines;
    uint32_t status = status_of(usart);
    usart->values[usart->h7 ? (uint32_t)H7_ISR : (uint32_t)F4_SR] = status;
    bool level = (status & usart->values[CR1] & (IDLE | RXNE | TC | TXE)) != 0;
    lines->irq(lines->chip, usart->irq, level);
}

static uint32_t clock_hz(const struct usart *usart)
{
    static const uint16_t divisors[16] = {1,  2,  4,   6,   8,   10,  12,  16,
                                          32, 64, 128, 256, 256, 256, 256, 256};
    const struct soc_clocks *clocks = &usart->chip->nets.clocks;
    uint32_t hz = usart->fast ? clocks->pclk2 : clocks->pclk1;
    return usart->h7 ? hz / divisors[usart->values[H7_PRESC] & 0xF] : hz;
}

/* Time of a frame on the line; 0 when nothing says how fast it is. The kernel clock of an H743 is
 * taken to be that of its bus. Source RM0090 and RM0433, "Baud rate generation" */
static uint64_t frame_ns(const struct usart *usart)
{
    uint32_t brr = usart->values[BRR], cr1 = usart->values[CR1], hz = clock_hz(usart);
    uint32_t clocks = (cr1 & OVER8) != 0 ? (brr >> 4) * 8 + (brr & 7) : brr;
    uint32_t bits = 10 + ((cr1 & M0) != 0 ? 1u : 0u) - (usart->h7 && (cr1 & M1) != 0 ? 1u : 0u);
    bits += (usart->values[CR2] & STOP_TWO) != 0 ? 1 : 0;
    return hz == 0 ? 0 : (uint64_t)bits * clocks * 1000000000u / hz;
}

/* Puts what is ready on the line, from a moment on. */
static void shift(struct usart *usart, uint64_t from_ns)
{
    while (usart->byte_end_ns == UINT64_MAX && usart->ready_count > 0) {
        uint8_t byte = usart->ready[0];
        usart->ready_count--;
        memmove(usart->ready, usart->ready + 1, usart->ready_count);
        if (usart->take != NULL) {
            usart->take(usart->context, byte);
        }
        uint64_t length_ns = frame_ns(usart);
        usart->byte_end_ns = length_ns == 0 ? UINT64_MAX : from_ns + length_ns;
        usart->complete = usart->complete || (length_ns == 0 && usart->ready_count == 0);
    }
}

/* What is written over a byte that waits takes its place. An F4's TC goes down when SR was read
 * before. */
static void send(struct usart *usart, uint8_t byte)
{
    if (!is_on(usart, TE)) {
        return;
    }
    usart->complete = usart->complete && !usart->h7 && !usart->looked;
    usart->looked = false;
    uint32_t kept = ready_max(usart) - 1;
    usart->ready_count = usart->ready_count < kept ? usart->ready_count : kept;
    usart->ready[usart->ready_count++] = byte;
    shift(usart, usart->chip->lines.time->now_ns);
}

static uint32_t receive(struct usart *usart)
{
    if (usart->count == 0 || !is_on(usart, RE)) {
        return 0;
    }
    uint8_t byte = usart->waiting[usart->first];
    usart->first = (usart->first + 1) % WAITING_MAX;
    usart->count--;
    uint64_t length_ns = frame_ns(usart);
    bool silent = usart->count == 0 && length_ns > 0;
    usart->idle_ns = silent ? usart->chip->lines.time->now_ns + length_ns : UINT64_MAX;
    return byte;
}

static uint32_t read_data(struct usart *usart)
{
    usart->idle = usart->idle && (usart->h7 || !usart->looked);
    uint32_t byte = receive(usart);
    settle(usart);
    return byte;
}

static uint32_t usart_read(void *self, uint32_t offset, uint32_t width)
{
    struct usart *usart = self;
    uint32_t data_row = usart->h7 ? (uint32_t)H7_RDR : (uint32_t)F4_DR;
    settle(usart);
    uint32_t row = soc_block_find(&usart->block, offset);
    if (row == data_row && offset % 4 == 0) {
        return read_data(usart);
    }
    usart->looked = usart->looked || (!usart->h7 && row == F4_SR);
    return row == SOC_NO_ROW ? 0 : soc_lanes(usart->values[row], offset, width);
}

static void usart_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct usart *usart = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t row = soc_block_write(&usart->block, &store);
    if (row == (usart->h7 ? (uint32_t)H7_TDR : (uint32_t)F4_DR)) {
        send(usart, (uint8_t)store.value);
    } else if (row == CR1 && !is_on(usart, ~0u)) {
        usart->ready_count = 0; /* a port that is off forgets what waits */
    } else if (!usart->h7 && row == F4_SR) {
        usart->complete = usart->complete && (store.value & TC) != 0;
    } else if (usart->h7 && row == H7_ICR) {
        usart->complete = usart->complete && (store.value & TC) == 0;
        usart->idle = usart->idle && (store.value & IDLE) == 0;
    }
    settle(usart);
    soc_dma_look(usart->chip);
}

static uint64_t usart_due(void *self)
{
    const struct usart *usart = self;
    return usart->byte_end_ns < usart->idle_ns ? usart->byte_end_ns : usart->idle_ns;
}

/* A byte has gone; whoever feeds the port by DMA has the next in time for a line without gaps. */
static void usart_advance(void *self)
{
    struct usart *usart = self;
    uint64_t now_ns = usart->chip->lines.time->now_ns;
    while (usart->byte_end_ns <= now_ns) {
        uint64_t end_ns = usart->byte_end_ns;
        usart->byte_end_ns = UINT64_MAX;
        usart->complete = usart->ready_count == 0;
        shift(usart, end_ns);
        soc_dma_look(usart->chip);
    }
    if (usart->idle_ns <= now_ns) {
        usart->idle = true;
        usart->idle_ns = UINT64_MAX;
    }
    settle(usart);
}

bool soc_usart_asks(const struct soc_chip *chip, uint32_t number, bool sends)
{
    const struct usart *usart =
        number >= 1 && number <= SOC_USARTS_MAX ? chip->nets.usarts[number - 1] : NULL;
    if (usart == NULL || (usart->values[CR3] & (sends ? DMAT : DMAR)) == 0) {
        return false;
    }
    return sends ? is_on(usart, TE) && usart->ready_count < ready_max(usart) && frame_ns(usart) > 0
                 : is_on(usart, RE) && usart->count > 0;
}

static void usart_reset(void *self, enum reset_cause cause)
{
    struct usart *usart = self;
    (void)cause;
    soc_block_reset(&usart->block);
    usart->complete = true;
    usart->idle = usart->looked = false;
    usart->byte_end_ns = usart->idle_ns = UINT64_MAX;
    usart->ready_count = 0;
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
    usart->idle_ns = UINT64_MAX;
    settle(usart);
    soc_dma_look(chip);
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
    usart->fast = row->base >= APB2_BASE;
    usart->byte_end_ns = usart->idle_ns = UINT64_MAX;
    usart->block = (struct soc_block){usart->h7 ? h7_rows : f4_rows,
                                      usart->h7 ? (uint32_t)H7_ROWS : (uint32_t)F4_ROWS,
                                      usart->values, row->name, &chip->lines};
    chip->nets.usarts[row->variant - 1] = usart;
    part->self = usart;
    part->read = usart_read;
    part->write = usart_write;
    part->reset = usart_reset;
    part->due = usart_due;
    part->advance = usart_advance;
    return true;
}
