/* SPDX-License-Identifier: MIT
 * Serial ports, CRC, random numbers, identification, clock recovery; the maps themselves. */
#include "tests/support/soc_bench.h"
#include "twin/soc/registers.h"
#include "twin/soc/usart.h"

enum {
    F4_RCC = 0x40023800,
    F4_USART1 = 0x40011000,
    F4_CRC = 0x40023000,
    F4_RNG = 0x50060800,
    H7_RCC = 0x58024400,
    H7_USART3 = 0x40004800,
    H7_CRC = 0x58024C00,
    H7_CRS = 0x40008400,
};

static void keep(void *context, uint8_t byte)
{
    uint8_t *text = context;
    size_t length = strlen((char *)text);
    text[length] = byte;
}

static void a_serial_port_of_an_f405_talks(void **context)
{
    (void)context;
    struct bench bench;
    uint8_t text[8] = {0};
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_RCC + 0x44, 1 << 4);
    soc_usart_listen(&bench.chip, 1, keep, text);
    assert_int_equal(bench_read(&bench, F4_USART1), 0xC0);
    bench_write(&bench, F4_USART1 + 4, 'x'); /* not on yet */
    bench_write(&bench, F4_USART1 + 0x0C, 1 << 13 | 1 << 3 | 1 << 2 | 1 << 5);
    soc_chip_write(&bench.chip, F4_USART1 + 4, 1, 'o');
    bench_write(&bench, F4_USART1 + 4, 'k');
    assert_string_equal((char *)text, "ok");
    assert_false(bench.irqs[37]);
    assert_true(soc_usart_push(&bench.chip, 1, 'a'));
    assert_true(soc_usart_push(&bench.chip, 1, 'b'));
    assert_true(bench.irqs[37]);
    assert_int_equal(bench_read(&bench, F4_USART1), 0xE0);
    assert_int_equal(bench_read(&bench, F4_USART1 + 4), 'a');
    assert_true(bench.irqs[37]);
    assert_int_equal(bench_read(&bench, F4_USART1 + 4), 'b');
    assert_false(bench.irqs[37]);
    assert_int_equal(bench_read(&bench, F4_USART1), 0xC0);
    assert_false(soc_usart_push(&bench.chip, 8, 'a')); /* an F405 has six */
    bench_close(&bench);
}

static void a_serial_port_of_an_h743_talks(void **context)
{
    (void)context;
    struct bench bench;
    uint8_t text[8] = {0};
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, H7_RCC + 0xE8, 1 << 18);
    soc_usart_listen(&bench.chip, 3, keep, text);
    bench_write(&bench, H7_USART3, 1 | 1 << 3 | 1 << 2);
    assert_int_equal(bench_read(&bench, H7_USART3 + 0x1C), 0x6000C0);
    bench_write(&bench, H7_USART3 + 0x28, 'h');
    assert_string_equal((char *)text, "h");
    assert_true(soc_usart_push(&bench.chip, 3, 'q'));
    assert_int_equal(bench_read(&bench, H7_USART3 + 0x1C), 0x6000E0);
    assert_int_equal(bench_read(&bench, H7_USART3 + 0x24), 'q');
    bench_write(&bench, H7_USART3 + 0x20, 1 << 6);
    assert_int_equal(bench_read(&bench, H7_USART3 + 0x1C), 0x600080);
    bench_write(&bench, H7_USART3, 1 | 1 << 3 | 1 << 7);
    assert_true(bench.irqs[39]);
    bench_close(&bench);
}

/* CRC-32 over words, high bit first, as the F4 has it: 0x12345678 gives 0xDF8A8A2B. */
static void the_crc_unit_reckons(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_RCC + 0x30, 1 << 12);
    assert_int_equal(bench_read(&bench, F4_CRC), 0xFFFFFFFF);
    bench_write(&bench, F4_CRC, 0x12345678);
    assert_int_equal(bench_read(&bench, F4_CRC), 0xDF8A8A2B);
    bench_write(&bench, F4_CRC + 8, 1);
    assert_int_equal(bench_read(&bench, F4_CRC), 0xFFFFFFFF);
    bench_write(&bench, F4_CRC + 4, 0x1FF);
    assert_int_equal(bench_read(&bench, F4_CRC + 4), 0xFF);
    bench_close(&bench);
}

/* With bits turned round it is the CRC-32 of zip and Ethernet: "123456789" gives 0xCBF43926. */
static void the_crc_unit_of_an_h743_turns_bits_round(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, H7_RCC + 0xE0, 1 << 19);
    bench_write(&bench, H7_CRC + 8, 1 << 5 | 1 << 7 | 1);
    for (uint32_t i = 0; i < 9; i++) {
        soc_chip_write(&bench.chip, H7_CRC, 1, '1' + i);
    }
    assert_int_equal(bench_read(&bench, H7_CRC) ^ 0xFFFFFFFF, 0xCBF43926);
    bench_write(&bench, H7_CRC + 8, 1 << 3); /* CRC-16/CCITT-FALSE: 0x29B1 */
    bench_write(&bench, H7_CRC + 0x14, 0x1021);
    bench_write(&bench, H7_CRC + 0x10, 0xFFFF);
    for (uint32_t i = 0; i < 9; i++) {
        soc_chip_write(&bench.chip, H7_CRC, 1, '1' + i);
    }
    assert_int_equal(bench_read(&bench, H7_CRC), 0x29B1);
    bench_close(&bench);
}

static void random_numbers_follow_from_the_seed(void **context)
{
    (void)context;
    struct bench bench;
    uint32_t numbers[2][3];
    for (size_t run = 0; run < 2; run++) {
        bench_open(&bench, &soc_map_f405);
        bench_write(&bench, F4_RCC + 0x34, 1 << 6);
        assert_int_equal(bench_read(&bench, F4_RNG + 4), 0);
        assert_int_equal(bench_read(&bench, F4_RNG + 8), 0);
        bench_write(&bench, F4_RNG, 1 << 2);
        assert_int_equal(bench_read(&bench, F4_RNG + 4), 1);
        for (size_t i = 0; i < 3; i++) {
            numbers[run][i] = bench_read(&bench, F4_RNG + 8);
        }
        bench_close(&bench);
    }
    assert_memory_equal(numbers[0], numbers[1], sizeof numbers[0]);
    assert_int_not_equal(numbers[0][0], numbers[0][1]);
    assert_int_not_equal(numbers[0][1], numbers[0][2]);
}

static void a_chip_says_what_it_is(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    assert_int_equal(bench_read(&bench, 0xE0042000), 0x100F6413);
    assert_int_equal(bench_read(&bench, 0x1FFF7A10), 0x33323130);
    assert_int_equal(soc_chip_read(&bench.chip, 0x1FFF7A22, 2), 1024);
    assert_int_equal(soc_chip_read(&bench.chip, 0x1FFFC000, 2), 0xAAEC);
    bench_close(&bench);
    bench_open(&bench, &soc_map_h743);
    assert_int_equal(bench_read(&bench, 0x5C001000), 0x20036450);
    assert_int_equal(bench_read(&bench, 0x1FF1E804), 0x37363534);
    assert_int_equal(soc_chip_read(&bench.chip, 0x1FF1E880, 2), 2048);
    bench_close(&bench);
}

static void clock_recovery_is_in_step_when_on(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, H7_RCC + 0xEC, 2);
    assert_int_equal(bench_read(&bench, H7_CRS), 0x2000);
    assert_int_equal(bench_read(&bench, H7_CRS + 4), 0x2022BB7F);
    assert_int_equal(bench_read(&bench, H7_CRS + 8), 0);
    bench_write(&bench, H7_CRS + 4, 0x3022BB7F);
    bench_write(&bench, H7_CRS, 0x2060);
    bench_write(&bench, H7_CRS + 4, 0);
    bench_write(&bench, H7_CRS, 0x0060);
    assert_int_equal(bench_read(&bench, H7_CRS + 4), 0x3022BB7F);
    assert_int_equal(bench_read(&bench, H7_CRS), 0x2060);
    assert_int_equal(bench_read(&bench, H7_CRS + 8) & 1, 1);
    bench_close(&bench);
}

/* No two parts of a chip lie over each other, and each can be found. */
static void maps_make_sense(void **context)
{
    (void)context;
    const struct soc_map *maps[2] = {&soc_map_f405, &soc_map_h743};
    for (size_t m = 0; m < 2; m++) {
        struct bench bench;
        bench_open(&bench, maps[m]);
        for (size_t i = 0; i < maps[m]->row_count; i++) {
            const struct soc_row *row = &maps[m]->rows[i];
            const struct soc_part *part = soc_chip_find(&bench.chip, row->base + row->bytes - 4);
            assert_ptr_equal(soc_chip_row(&bench.chip, row->name), row);
            assert_true(row->make == NULL ? part == NULL : part->base == row->base);
        }
        for (size_t i = 0; i < bench.chip.part_count; i++) {
            const struct soc_part *part = &bench.chip.parts[i];
            for (size_t j = 0; j < i; j++) {
                const struct soc_part *other = &bench.chip.parts[j];
                assert_true(part->base >= other->base + other->bytes ||
                            other->base >= part->base + part->bytes);
            }
        }
        for (size_t i = 0; i < maps[m]->region_count; i++) {
            const struct soc_region *region = &maps[m]->regions[i];
            for (uint32_t addr = region->base; addr < region->base + region->bytes; addr += 0x400) {
                bool usb = addr - 0x40040000 < 0x80000 || addr - 0x50000000 < 0x40000;
                assert_true(usb || soc_chip_find(&bench.chip, addr) != NULL);
            }
        }
        bench_close(&bench);
    }
}

/* Whatever software stores anywhere, and whenever: nothing breaks, and a seed decides it all. */
static uint32_t hammer(const struct soc_map *map, uint32_t seed)
{
    struct bench bench;
    uint32_t x = seed, sum = 0;
    bench_open(&bench, map);
    for (int i = 0; i < 100000; i++) {
        const struct soc_part *part = &bench.chip.parts[(x >> 8) % bench.chip.part_count];
        uint32_t width = 1u << (x >> 4 & 3) % 3;
        uint32_t addr =
            part->base + ((x >> 10) % (part->bytes < 0x400 ? part->bytes : 0x400) & ~3u);
        x ^= x << 13, x ^= x >> 17, x ^= x << 5;
        soc_chip_write(&bench.chip, addr, width, (i & 7) != 0 ? x : UINT32_MAX);
        sum = sum * 31 + soc_chip_read(&bench.chip, addr, width);
        uint32_t cell = 0x08000000 + (x >> 3) % bench.flash.geometry->bytes / 4 * 4;
        (void)soc_chip_store_flash(&bench.chip, cell, width, x);
        (void)soc_chip_check_flash(&bench.chip, cell, 4);
        if (x % 64 == 0) {
            bench.time.now_ns += x;
            soc_chip_advance(&bench.chip);
            (void)soc_chip_due(&bench.chip);
        }
        if (x % 4096 == 0) {
            soc_chip_reset(&bench.chip, (enum reset_cause)(x >> 12 & 3));
        }
    }
    bench_close(&bench);
    return sum;
}

static void any_access_is_survived(void **context)
{
    (void)context;
    assert_int_equal(hammer(&soc_map_f405, 1), hammer(&soc_map_f405, 1));
    assert_int_equal(hammer(&soc_map_h743, 2), hammer(&soc_map_h743, 2));
    assert_int_not_equal(hammer(&soc_map_h743, 2), hammer(&soc_map_h743, 3));
}

static void an_access_sees_its_lanes(void **context)
{
    (void)context;
    assert_int_equal(soc_lanes(0x12345678, 2, 2), 0x1234);
    assert_int_equal(soc_lanes(0x12345678, 1, 1), 0x56);
    assert_int_equal(soc_lanes(0x12345678, 0, 4), 0x12345678);
    struct soc_store store = soc_store(0x16, 2, 0xABCD);
    assert_int_equal(store.offset, 0x14);
    assert_int_equal(soc_merge(0x11111111, &store, 0xFF00FFFF), 0xAB111111);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_serial_port_of_an_f405_talks),
        cmocka_unit_test(a_serial_port_of_an_h743_talks),
        cmocka_unit_test(the_crc_unit_reckons),
        cmocka_unit_test(the_crc_unit_of_an_h743_turns_bits_round),
        cmocka_unit_test(random_numbers_follow_from_the_seed),
        cmocka_unit_test(a_chip_says_what_it_is),
        cmocka_unit_test(clock_recovery_is_in_step_when_on),
        cmocka_unit_test(maps_make_sense),
        cmocka_unit_test(any_access_is_survived),
        cmocka_unit_test(an_access_sees_its_lanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
