/* SPDX-License-Identifier: MIT
 * DMA streams between memories and with serial ports; serial ports in time. */
#include "tests/support/soc_bench.h"
#include "twin/soc/usart.h"

enum {
    F4_RCC = 0x40023800,
    F4_DMA1 = 0x40026000,
    F4_DMA2 = 0x40026400,
    F4_USART2 = 0x40004400,
    H7_RCC = 0x58024400,
    H7_DMA1 = 0x40020000,
    H7_DMAMUX = 0x40020800,
    H7_USART3 = 0x40004800,
    RAM = 0x20000000,
    AXI_RAM = 0x24000000,
    RAM_BYTES = 4096,
};
enum { LISR = 0, HISR = 4, LIFCR = 8, HIFCR = 12, CR = 0x10, NDTR = 0x14, PAR = 0x18, M0AR = 0x1C };
enum { M1AR = 0x20, STREAM = 0x18 };
enum { EN = 1, TEIE = 4, HTIE = 8, TCIE = 16, M2P = 1 << 6, M2M = 2 << 6, CIRC = 1 << 8 };
enum { PINC = 1 << 9, MINC = 1 << 10, BYTES = 0, WORDS = 2 << 11 | 2 << 13, CHANNEL_4 = 4 << 25 };

static uint8_t ram[RAM_BYTES];
static uint8_t line[256];
static uint32_t line_bytes;

static bool reach(void *self, uint32_t addr, uint8_t *data, uint32_t length, bool store)
{
    (void)self;
    uint32_t at = (addr - RAM) % (AXI_RAM - RAM);
    if (addr < RAM || at + length > RAM_BYTES) {
        return false;
    }
    if (store) {
        memcpy(ram + at, data, length);
    } else {
        memcpy(data, ram + at, length);
    }
    return true;
}

static void keep(void *context, uint8_t byte)
{
    (void)context;
    line[line_bytes++ % sizeof line] = byte;
}

static void pass(struct bench *bench, uint64_t ns)
{
    uint64_t end_ns = bench->time.now_ns + ns;
    while (bench->time.now_ns < end_ns) {
        uint64_t due_ns = soc_chip_due(&bench->chip);
        due_ns = due_ns > bench->time.now_ns ? due_ns : bench->time.now_ns + 1;
        bench->time.now_ns = due_ns < end_ns ? due_ns : end_ns;
        soc_chip_advance(&bench->chip);
    }
}

static void open_f4(struct bench *bench)
{
    bench_open(bench, &soc_map_f405);
    bench->chip.lines.memory = reach;
    line_bytes = 0;
    for (uint32_t i = 0; i < RAM_BYTES; i++) {
        ram[i] = (uint8_t)(i * 5 + 1);
    }
    bench_write(bench, F4_RCC + 0x30, 3 << 21);
    bench_write(bench, F4_RCC + 0x40, 1 << 17);
    soc_usart_listen(&bench->chip, 2, keep, NULL);
}

/* On at 16 MHz: 160 clocks a bit, 100 us a frame. */
static void start_usart(struct bench *bench, uint32_t cr1, uint32_t cr3)
{
    bench_write(bench, F4_USART2 + 0x08, 160);
    bench_write(bench, F4_USART2 + 0x14, cr3);
    bench_write(bench, F4_USART2 + 0x0C, 1 << 13 | 1 << 3 | 1 << 2 | cr1);
}

static void start_stream(struct bench *bench, uint32_t at, const uint32_t set_up[4])
{
    bench_write(bench, at + NDTR, set_up[1]);
    bench_write(bench, at + PAR, set_up[2]);
    bench_write(bench, at + M0AR, set_up[3]);
    bench_write(bench, at + CR, set_up[0]);
    bench_write(bench, at + CR, set_up[0] | EN);
}

static void memory_is_copied_in_time(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t set_up[4] = {M2M | PINC | MINC | WORDS | TCIE | HTIE, 100, RAM, RAM + 1024};
    start_stream(&bench, F4_DMA2, set_up);
    assert_int_equal(bench_read(&bench, F4_DMA2 + LISR), 0);
    assert_int_equal(bench_read(&bench, F4_DMA2 + CR) & EN, EN);
    pass(&bench, 13000); /* 400 cycles are 25 us */
    assert_int_equal(bench_read(&bench, F4_DMA2 + LISR), 1 << 4);
    assert_int_equal(bench_read(&bench, F4_DMA2 + NDTR), 50);
    assert_memory_equal(ram + 1024, ram, 200);
    assert_true(bench.irqs[56]);
    bench_write(&bench, F4_DMA2 + LIFCR, 0x3D);
    assert_false(bench.irqs[56]);
    pass(&bench, 13000);
    assert_int_equal(bench_read(&bench, F4_DMA2 + LISR), 1 << 5);
    assert_int_equal(bench_read(&bench, F4_DMA2 + CR) & EN, 0);
    assert_int_equal(bench_read(&bench, F4_DMA2 + NDTR), 0);
    assert_memory_equal(ram + 1024, ram, 400);
    assert_true(bench.irqs[56]);
    bench_write(&bench, F4_DMA2 + LIFCR, 0x3D);
    assert_false(bench.irqs[56]);
    bench_close(&bench);
}

/* The stream is done a frame before the line is. */
static void a_port_is_fed_as_fast_as_it_sends(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t stream = F4_DMA1 + 6 * STREAM;
    const uint32_t set_up[4] = {M2P | MINC | BYTES | TCIE | HTIE | CHANNEL_4, 10, F4_USART2 + 4,
                                RAM};
    start_usart(&bench, 0, 0);
    start_stream(&bench, stream, set_up);
    pass(&bench, 1000000);
    assert_int_equal(line_bytes, 0); /* the port has not asked */
    bench_write(&bench, F4_USART2, 0xFFFFFFBF);
    bench_write(&bench, F4_USART2 + 0x14, 1 << 7);
    assert_int_equal(line_bytes, 1);
    assert_int_equal(bench_read(&bench, F4_DMA1 + 6 * STREAM + NDTR), 8);
    assert_int_equal(bench_read(&bench, F4_USART2), 0);
    pass(&bench, 350000);
    assert_int_equal(line_bytes, 4);
    assert_true(bench.irqs[17]); /* half */
    assert_int_equal(bench_read(&bench, F4_DMA1 + HISR), 1 << 4 << 16);
    bench_write(&bench, F4_DMA1 + HIFCR, 0x3Du << 16);
    pass(&bench, 500000);
    assert_int_equal(bench_read(&bench, F4_DMA1 + HISR), 1 << 5 << 16);
    assert_int_equal(bench_read(&bench, F4_USART2) & 1 << 6, 0);
    pass(&bench, 200000);
    assert_int_equal(line_bytes, 10);
    assert_memory_equal(line, ram, 10);
    assert_int_equal(bench_read(&bench, F4_USART2), 0xC0);
    bench_close(&bench);
}

static void a_ring_takes_what_comes(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t set_up[4] = {CIRC | MINC | BYTES | TCIE | HTIE | CHANNEL_4, 8, F4_USART2 + 4,
                                RAM};
    start_usart(&bench, 1 << 4, 1 << 6);
    start_stream(&bench, F4_DMA1 + 5 * STREAM, set_up);
    for (uint8_t i = 0; i < 11; i++) {
        assert_true(soc_usart_push(&bench.chip, 2, i));
    }
    assert_int_equal(bench_read(&bench, F4_DMA1 + HISR), (1u << 5 | 1u << 4) << 6);
    assert_int_equal(bench_read(&bench, F4_DMA1 + 5 * STREAM + NDTR), 5);
    assert_memory_equal(ram, "\x08\x09\x0A\x03\x04\x05\x06\x07", 8);
    assert_true(bench.irqs[16]);
    assert_int_equal(bench_read(&bench, F4_DMA1 + 5 * STREAM + CR) & EN, EN);
    assert_false(bench.irqs[38]);
    pass(&bench, 110000);
    assert_true(bench.irqs[38]); /* the line is silent */
    assert_int_equal(bench_read(&bench, F4_USART2) & 1 << 4, 1 << 4);
    (void)bench_read(&bench, F4_USART2 + 4);
    assert_false(bench.irqs[38]);
    bench_close(&bench);
}

/* Two buffers in turn; the one at rest may be moved. */
static void two_buffers_take_turns(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t stream = F4_DMA1 + 5 * STREAM;
    const uint32_t set_up[4] = {1 << 18 | MINC | BYTES | CHANNEL_4, 4, F4_USART2 + 4, RAM};
    start_usart(&bench, 0, 1 << 6);
    bench_write(&bench, stream + M1AR, RAM + 64);
    start_stream(&bench, stream, set_up);
    for (uint8_t i = 0; i < 6; i++) {
        assert_true(soc_usart_push(&bench.chip, 2, i));
    }
    assert_int_equal(bench_read(&bench, stream + CR) >> 19 & 1, 1);
    bench_write(&bench, stream + M0AR, RAM + 128);
    bench_write(&bench, stream + PAR, 0);
    for (uint8_t i = 6; i < 12; i++) {
        assert_true(soc_usart_push(&bench.chip, 2, i));
    }
    assert_memory_equal(ram, "\x00\x01\x02\x03", 4);
    assert_memory_equal(ram + 64, "\x04\x05\x06\x07", 4);
    assert_memory_equal(ram + 128, "\x08\x09\x0A\x0B", 4);
    bench_close(&bench);
}

static void a_stream_switched_off_says_so(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t set_up[4] = {MINC | BYTES | TCIE | CHANNEL_4, 8, F4_USART2 + 4, RAM};
    start_stream(&bench, F4_DMA1 + 5 * STREAM, set_up);
    bench_write(&bench, F4_DMA1 + 5 * STREAM + NDTR, 99);
    assert_int_equal(bench_read(&bench, F4_DMA1 + 5 * STREAM + NDTR), 8);
    assert_false(bench.irqs[16]);
    bench_write(&bench, F4_DMA1 + 5 * STREAM + CR, set_up[0]);
    assert_true(bench.irqs[16]);
    assert_int_equal(bench_read(&bench, F4_DMA1 + 5 * STREAM + NDTR), 8);
    bench_write(&bench, F4_DMA1 + 5 * STREAM + NDTR, 99);
    assert_int_equal(bench_read(&bench, F4_DMA1 + 5 * STREAM + NDTR), 99);
    bench_write(&bench, F4_RCC + 0x10, 1 << 21);
    assert_int_equal(bench_read(&bench, F4_DMA1 + 5 * STREAM + NDTR), 0);
    assert_false(bench.irqs[16]);
    bench_close(&bench);
}

static void the_cores_own_memory_is_out_of_reach(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t set_up[4] = {M2M | PINC | MINC | TEIE, 4, RAM, 0x10000000};
    start_stream(&bench, F4_DMA2 + STREAM, set_up);
    pass(&bench, 10000);
    assert_int_equal(bench_read(&bench, F4_DMA2 + LISR), 1 << 3 << 6);
    assert_int_equal(bench_read(&bench, F4_DMA2 + STREAM + CR) & EN, 0);
    assert_true(bench.irqs[57]);
    bench_close(&bench);
}

static void a_ring_between_memories_ends(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t set_up[4] = {M2M | CIRC | PINC | MINC | WORDS, 100, RAM, RAM + 1024};
    start_stream(&bench, F4_DMA2, set_up);
    pass(&bench, 30000);
    assert_int_equal(bench_read(&bench, F4_DMA2 + CR) & (EN | CIRC), 0);
    assert_memory_equal(ram + 1024, ram, 400);
    bench_close(&bench);
}

/* To another register, then to a port without a speed. */
static void a_ring_that_feeds_nobody_ends(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t stream = F4_DMA1 + 6 * STREAM;
    const uint32_t set_up[4] = {M2P | CIRC | MINC | BYTES | CHANNEL_4, 10, F4_USART2 + 0x18, RAM};
    start_usart(&bench, 0, 1 << 7);
    start_stream(&bench, stream, set_up);
    pass(&bench, 1000000);
    assert_int_equal(bench_read(&bench, stream + CR) & EN, EN);
    bench_write(&bench, stream + CR, 0);
    bench_write(&bench, F4_USART2 + 8, 0);
    const uint32_t port[4] = {set_up[0], 10, F4_USART2 + 4, RAM};
    start_stream(&bench, stream, port);
    pass(&bench, 1000000);
    assert_int_equal(line_bytes, 0);
    bench_write(&bench, F4_USART2 + 8, 160);
    pass(&bench, 950000);
    assert_int_equal(line_bytes, 10);
    bench_close(&bench);
}

static void items_of_no_width_are_an_error(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    const uint32_t set_up[4] = {M2M | PINC | MINC | 3 << 11, 4, F4_USART2 + 4, RAM};
    start_stream(&bench, F4_DMA2, set_up);
    pass(&bench, 10000);
    assert_int_equal(bench_read(&bench, F4_DMA2 + LISR), 1 << 3);
    assert_int_equal(bench_read(&bench, F4_DMA2 + CR) & EN, 0);
    bench_close(&bench);
}

/* 64 MHz: 100 us a frame. */
static void open_h7(struct bench *bench, uint32_t cr1)
{
    bench_open(bench, &soc_map_h743);
    bench->chip.lines.memory = reach;
    line_bytes = 0;
    bench_write(bench, H7_RCC + 0xD8, 3);
    bench_write(bench, H7_RCC + 0xE8, 1 << 18);
    soc_usart_listen(&bench->chip, 3, keep, NULL);
    bench_write(bench, H7_USART3 + 0x0C, 640);
    bench_write(bench, H7_USART3, 1 | 1 << 3 | 1 << 2 | cr1);
}

/* Only a port that is off may be told to have a FIFO; the other way must not harm either. */
static void a_port_forgets_what_its_fifo_held(void **state)
{
    (void)state;
    struct bench bench;
    open_h7(&bench, 1 << 29);
    for (uint8_t i = 0; i < 17; i++) {
        bench_write(&bench, H7_USART3 + 0x28, i);
    }
    bench_write(&bench, H7_USART3, 1 | 1 << 3 | 1 << 2);
    assert_int_equal(bench_read(&bench, H7_USART3 + 0x1C) & 0x80, 0);
    bench_write(&bench, H7_USART3 + 0x28, 'z');
    pass(&bench, 2000000);
    assert_int_equal(line_bytes, 2);
    assert_memory_equal(line, "\0z", 2);
    bench_write(&bench, H7_USART3 + 0x28, 'a');
    bench_write(&bench, H7_USART3 + 0x28, 'b');
    bench_write(&bench, H7_USART3, 1 << 3 | 1 << 2);
    bench_write(&bench, H7_USART3, 1 | 1 << 3 | 1 << 2);
    pass(&bench, 2000000);
    assert_int_equal(line_bytes, 3);
    bench_close(&bench);
}

static void the_multiplexer_of_an_h743_says_who_asks(void **state)
{
    (void)state;
    struct bench bench;
    open_h7(&bench, 0);
    bench_write(&bench, H7_USART3 + 0x08, 1 << 7);
    const uint32_t set_up[4] = {M2P | MINC | BYTES | TCIE, 3, H7_USART3 + 0x28, AXI_RAM};
    start_stream(&bench, H7_DMA1, set_up);
    bench_write(&bench, H7_DMAMUX, 45); /* the receiver */
    pass(&bench, 1000000);
    assert_int_equal(line_bytes, 0);
    bench_write(&bench, H7_DMAMUX, 46);
    assert_int_equal(bench_read(&bench, H7_DMAMUX), 46);
    pass(&bench, 250000);
    assert_int_equal(line_bytes, 3);
    assert_memory_equal(line, ram, 3);
    assert_true(bench.irqs[11]);
    assert_int_equal(bench_read(&bench, H7_USART3 + 0x1C) & 0xC0, 0x80);
    pass(&bench, 100000);
    assert_int_equal(bench_read(&bench, H7_USART3 + 0x1C) & 0xC0, 0xC0);
    const uint32_t far[4] = {M2M | PINC | MINC, 4, AXI_RAM, RAM}; /* the core's DTCM */
    start_stream(&bench, H7_DMA1 + STREAM, far);
    pass(&bench, 10000);
    assert_int_equal(bench_read(&bench, H7_DMA1 + LISR) >> 6 & 0x3D, 1 << 3);
    bench_close(&bench);
}

/* TXE as soon as the byte is on the line, TC when nothing is; the log has all in order. */
static void a_port_takes_the_time_of_its_frames(void **state)
{
    (void)state;
    struct bench bench;
    open_f4(&bench);
    start_usart(&bench, 0, 0);
    assert_int_equal(bench_read(&bench, F4_USART2), 0xC0);
    bench_write(&bench, F4_USART2 + 4, 'a');
    assert_int_equal(bench_read(&bench, F4_USART2), 0x80);
    bench_write(&bench, F4_USART2 + 4, 'b');
    assert_int_equal(bench_read(&bench, F4_USART2), 0x00);
    bench_write(&bench, F4_USART2 + 4, 'c'); /* over the b */
    pass(&bench, 99999);
    assert_int_equal(bench_read(&bench, F4_USART2), 0x00);
    pass(&bench, 1);
    assert_int_equal(bench_read(&bench, F4_USART2), 0x80);
    pass(&bench, 100000);
    assert_int_equal(bench_read(&bench, F4_USART2), 0xC0);
    assert_int_equal(line_bytes, 2);
    assert_memory_equal(line, "ac", 2);
    start_usart(&bench, 1 << 6, 0);
    assert_true(bench.irqs[38]);
    bench_write(&bench, F4_USART2 + 4, 'd'); /* SR was read: TC falls */
    assert_false(bench.irqs[38]);
    pass(&bench, 100000);
    assert_true(bench.irqs[38]);
    bench_write(&bench, F4_USART2 + 4, 'e'); /* and now it was not */
    assert_true(bench.irqs[38]);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_copied_in_time),
        cmocka_unit_test(a_port_is_fed_as_fast_as_it_sends),
        cmocka_unit_test(a_ring_takes_what_comes),
        cmocka_unit_test(two_buffers_take_turns),
        cmocka_unit_test(a_stream_switched_off_says_so),
        cmocka_unit_test(the_cores_own_memory_is_out_of_reach),
        cmocka_unit_test(a_ring_between_memories_ends),
        cmocka_unit_test(a_ring_that_feeds_nobody_ends),
        cmocka_unit_test(items_of_no_width_are_an_error),
        cmocka_unit_test(a_port_forgets_what_its_fifo_held),
        cmocka_unit_test(the_multiplexer_of_an_h743_says_who_asks),
        cmocka_unit_test(a_port_takes_the_time_of_its_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
