/* SPDX-License-Identifier: MIT
 * A serial port: by waiting, by interrupt, by DMA, each in the order of ST's library. */
#include "tests/arm/hal/hal.h"

enum { IDLE = 1 << 4, RXNE = 1 << 5, TC = 1 << 6, TXE = 1 << 7, RING_BYTES = 16 };
enum { CR = 0x10, NDTR = 0x14, PAR = 0x18, MAR = 0x1C, FCR = 0x24, EN = 1 };
enum { DMA_TEIE = 1 << 2, DMA_HTIE = 1 << 3, DMA_TCIE = 1 << 4, DMEIE = 1 << 1 };
enum { FROM_MEMORY = 1 << 6, MEMORY_STEPS = 1 << 10, CIRCULAR = 1 << 8, PERIPHERAL_STEPS = 1 << 9 };
enum { BETWEEN = 2 << 6, WORDS = 2 << 11 | 2 << 13, COPY_WORDS = 128 };

static const char *sending;
static volatile uint32_t left;
static volatile bool done, line_came;
static char line[64];
static uint32_t line_length;

/* RAM that a DMA controller of either chip reaches. */
static uint8_t *shared(void)
{
    return (uint8_t *)(hal_chip.core_hz > 200000000 ? 0x24000000u : 0x20008000u);
}

static uint32_t at(uint32_t offset)
{
    return hal_chip.uart + offset;
}

static uint32_t stream_at(uint32_t stream, uint32_t offset)
{
    return hal_chip.dma + 0x18 * stream + offset;
}

/* Off, shape, speed, on. */
static void start_port(void)
{
    const struct hal_uart *where = &hal_chip.uart_at;
    uart_start_pins();
    clear_bits(at(where->control1), where->enable);
    change_bits(at(where->control1), 0x1000960C, 0xC);
    change_bits(at(where->control2), 3u << 12, 0);
    change_bits(at(where->control3), 0x300, 0);
    WORD(at(where->baud)) = hal_chip.uart_divisor;
    set_bits(at(where->control1), where->enable);
    if (where->clear != 0) {
        (void)wait_for(at(where->status), 3u << 21, 3u << 21, 100);
    }
    irq_enable(hal_chip.uart_irq, 6);
}

static void send_waiting(const char *text)
{
    const struct hal_uart *where = &hal_chip.uart_at;
    while (*text != '\0') {
        (void)wait_for(at(where->status), TXE, TXE, 100);
        WORD(at(where->to)) = (uint8_t)*text++;
    }
    (void)wait_for(at(where->status), TC, TC, 100);
}

static void send_by_interrupt(const char *text, uint32_t length)
{
    sending = text;
    left = length;
    done = false;
    set_bits(at(hal_chip.uart_at.control1), TXE);
    while (!done) {
    }
}

static void take_byte(void)
{
    char byte = (char)WORD(at(hal_chip.uart_at.from));
    line[line_length++ % sizeof line] = byte;
    if (byte == '\n') {
        clear_bits(at(hal_chip.uart_at.control1), RXNE);
        line_came = true;
    }
}

static void forget_silence(void)
{
    if (hal_chip.uart_at.clear != 0) {
        WORD(at(hal_chip.uart_at.clear)) = IDLE;
    } else {
        (void)WORD(at(hal_chip.uart_at.status));
        (void)WORD(at(hal_chip.uart_at.from));
    }
}

void on_uart(void)
{
    const struct hal_uart *where = &hal_chip.uart_at;
    uint32_t flags = WORD(at(where->status)) & WORD(at(where->control1));
    if ((flags & RXNE) != 0) {
        take_byte();
    }
    if ((flags & IDLE) != 0) {
        seen(HAL_SEEN_IDLE);
        forget_silence();
    }
    if ((flags & TXE) != 0) {
        if (left == 0) {
            clear_bits(at(where->control1), TXE);
            set_bits(at(where->control1), TC);
        } else {
            WORD(at(where->to)) = (uint8_t)*sending++;
            left--;
        }
        return;
    }
    if ((flags & TC) != 0) {
        clear_bits(at(where->control1), TC);
        done = true;
    }
}

/* Flags of a stream: shifted by 0, 6, 16, 22 in the low or the high register. */
static uint32_t take_flags(uint32_t controller, uint32_t stream)
{
    static const uint8_t shifts[4] = {0, 6, 16, 22};
    uint32_t reg = controller + (stream >= 4 ? 4 : 0);
    uint32_t flags = WORD(reg) >> shifts[stream % 4] & 0x3D;
    WORD(reg + 8) = flags << shifts[stream % 4];
    return flags;
}

static void count_flags(uint32_t flags)
{
    if ((flags & 1u << 4) != 0) {
        seen(HAL_SEEN_HALF);
    }
    if ((flags & 1u << 5) != 0) {
        seen(HAL_SEEN_WHOLE);
    }
    if ((flags & 1u << 3) != 0) {
        note(0xBAD50000);
    }
}

/* The last byte is still on the line: the port's own interrupt ends the transfer. */
void on_dma_send(void)
{
    uint32_t flags = take_flags(hal_chip.dma, hal_chip.dma_send);
    count_flags(flags);
    if ((flags & 1u << 5) != 0) {
        clear_bits(stream_at(hal_chip.dma_send, CR), DMA_TEIE | DMA_HTIE | DMA_TCIE | DMEIE);
        clear_bits(at(hal_chip.uart_at.control3), 1u << 7);
        set_bits(at(hal_chip.uart_at.control1), TC);
    }
}

void on_dma_receive(void)
{
    count_flags(take_flags(hal_chip.dma, hal_chip.dma_receive));
}

void on_dma_copy(void)
{
    count_flags(take_flags(hal_chip.dma + 0x400, 0));
    done = true;
}

static void start_stream(uint32_t base, uint32_t shape, uint32_t count, const uint32_t addrs[2])
{
    clear_bits(base + CR, EN);
    (void)wait_for(base + CR, EN, 0, 5);
    WORD(base + CR) = shape;
    clear_bits(base + FCR, 7);
    clear_bits(base + CR, 1u << 18);
    WORD(base + NDTR) = count;
    WORD(base + PAR) = addrs[0];
    WORD(base + MAR) = addrs[1];
    set_bits(base + CR, DMA_TEIE | DMA_TCIE | DMEIE);
    set_bits(base + CR, DMA_HTIE);
    set_bits(base + CR, EN);
}

static uint32_t irq_of(uint32_t stream)
{
    return 11 + stream;
}

static void send_by_dma(const char *text, uint32_t length)
{
    const uint32_t addrs[2] = {at(hal_chip.uart_at.to), (uint32_t)(uintptr_t)shared()};
    for (uint32_t i = 0; i < length; i++) {
        shared()[i] = (uint8_t)text[i];
    }
    done = false;
    irq_enable(irq_of(hal_chip.dma_send), 5);
    start_stream(hal_chip.dma + 0x18 * hal_chip.dma_send,
                 hal_chip.dma_choose | FROM_MEMORY | MEMORY_STEPS, length, addrs);
    if (hal_chip.uart_at.clear != 0) {
        WORD(at(hal_chip.uart_at.clear)) = TC;
    } else {
        WORD(at(hal_chip.uart_at.status)) = ~(uint32_t)TC;
    }
    set_bits(at(hal_chip.uart_at.control3), 1u << 7);
    while (!done) {
    }
}

/* A ring that DMA fills; the silence of the line says when to look. */
static void receive_by_dma(void)
{
    const uint32_t addrs[2] = {at(hal_chip.uart_at.from), (uint32_t)(uintptr_t)(shared() + 256)};
    irq_enable(irq_of(hal_chip.dma_receive), 5);
    start_stream(hal_chip.dma + 0x18 * hal_chip.dma_receive,
                 hal_chip.dma_choose | MEMORY_STEPS | CIRCULAR, RING_BYTES, addrs);
    set_bits(at(hal_chip.uart_at.control3), 1u << 6);
    forget_silence();
    set_bits(at(hal_chip.uart_at.control1), IDLE);
    note(0x1111);
    while (WORD(HAL_SEEN + 4 * HAL_SEEN_IDLE) == 0) {
    }
    note(WORD(stream_at(hal_chip.dma_receive, NDTR)));
    note(shared()[256]);
    note(shared()[256 + RING_BYTES - 1]);
}

/* Sends a line in each way, takes one by interrupts, then what comes by DMA. */
void do_uart(void)
{
    static const char text[] = "by dma, which takes a while because of its length\n";
    note((uint32_t)clocks_start());
    start_port();
    send_waiting("by waiting\n");
    send_by_interrupt("by interrupt\n", 13);
    uint32_t start = tick_now();
    send_by_dma(text, sizeof text - 1);
    note(tick_now() - start);
    note(WORD(HAL_SEEN + 4 * HAL_SEEN_HALF));
    note(WORD(HAL_SEEN + 4 * HAL_SEEN_WHOLE));
    set_bits(at(hal_chip.uart_at.control1), RXNE);
    note(0x1110);
    while (!line_came) {
        __asm__ volatile("wfi");
    }
    send_by_interrupt(line, line_length);
    receive_by_dma();
}

/* Copies words between memories, by interrupt. */
void do_memory(void)
{
    uint32_t *from = (uint32_t *)shared(), *to = from + COPY_WORDS;
    const uint32_t addrs[2] = {(uint32_t)(uintptr_t)from, (uint32_t)(uintptr_t)to};
    note((uint32_t)clocks_start());
    uart_start_pins();
    for (uint32_t i = 0; i < COPY_WORDS; i++) {
        from[i] = i * 0x01010101u;
        to[i] = 0;
    }
    irq_enable(56, 5);
    done = false;
    start_stream(hal_chip.dma + 0x400, BETWEEN | MEMORY_STEPS | PERIPHERAL_STEPS | WORDS,
                 COPY_WORDS, addrs);
    while (!done) {
    }
    (void)wait_for(hal_chip.dma + 0x400 + CR, EN, 0, 5);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < COPY_WORDS; i++) {
        wrong += to[i] != from[i];
    }
    note(wrong);
}
