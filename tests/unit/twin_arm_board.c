/* SPDX-License-Identifier: MIT
 * What is soldered to the chips of boards that run ARM code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twin/board/arm_board.h"
#include "twin/board/board.h"
#include "twin/guest.h"
#include "twin/time.h"

/* A board whose flash is empty, with the clock of port A on. */
static struct board *open_board(const char *name, uint32_t enable, uint32_t bits)
{
    const struct board_config config = {
        .name = name, .seed = 1, .boot0_low = true, .make_program = arm_board_make};
    struct dfk_error err = {0};
    struct board *board = NULL;
    assert_int_equal(board_open(&config, &board, &err), 0);
    soc_chip_write(arm_board_chip(board_guest(board)), enable, 4, bits);
    return board;
}

/* Drivers of others look at PA9 before they connect. */
static void vbus_is_seen_at_its_pin(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t enable, port, seen;
    } rows[] = {
        {"pybv11", 0x40023830, 0x40020000, 1},
        {"nucleo-h743zi", 0x580244E0, 0x58020000, 1},
        {"openmv4p", 0x580244E0, 0x58020000, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct board *board = open_board(rows[i].name, rows[i].enable, 1);
        struct soc_chip *chip = arm_board_chip(board_guest(board));
        soc_chip_write(chip, rows[i].port, 4, 0xA8000000);
        assert_int_equal(soc_chip_read(chip, rows[i].port + 0x10, 4) >> 9 & 1, rows[i].seen);
        struct dfk_error err = {0};
        assert_int_equal(board_close(board, &err), 0);
    }
}

/* Loads the stack pointer and the address from a ROM's vector table, and jumps. */
static void put_jump(struct board *board, uint32_t table)
{
    static const uint16_t code[] = {
        0x4803,         /* ldr r0, [pc, #12] */
        0x6801,         /* ldr r1, [r0] */
        0xF381, 0x8808, /* msr msp, r1 */
        0x6841,         /* ldr r1, [r0, #4] */
        0x4708,         /* bx r1 */
        0xBF00, 0xBF00,
    };
    const uint32_t vectors[2] = {0x20000400, 0x08000009};
    assert_true(board_poke(board, 0x08000000, (const uint8_t *)vectors, sizeof vectors));
    assert_true(board_poke(board, 0x08000008, (const uint8_t *)code, sizeof code));
    assert_true(board_poke(board, 0x08000018, (const uint8_t *)&table, sizeof table));
}

/* Programs send their user to the ROM's bootloader by a jump. */
static void a_jump_to_system_memory_starts_the_rom(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t table;
    } rows[] = {{"pybv11", 0x1FFF0000}, {"nucleo-h743zi", 0x1FF09800}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct board *board = open_board(rows[i].name, 0, 0);
        struct usb_port *port = board_port(board);
        put_jump(board, rows[i].table);
        board_reset(board, true, false);
        assert_string_equal(board_guest(board)->kind, "arm");
        port->run(port, port->now(port) + 1000ull * TWIN_MS);
        assert_string_equal(board_guest(board)->kind, "rom");
        assert_true(port->attached(port));
        board_reset(board, false, false);
        assert_string_equal(board_guest(board)->kind, "arm");
        struct dfk_error err = {0};
        assert_int_equal(board_close(board, &err), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vbus_is_seen_at_its_pin),
        cmocka_unit_test(a_jump_to_system_memory_starts_the_rom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
