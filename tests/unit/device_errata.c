/* SPDX-License-Identifier: MIT
 * Who is known by what, which faults follow from it, and how the faults' remedies look on the wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/known.h"
#include "tests/support/script_bus.h"

enum { FAULTS_MAX = 8 };

struct known_case {
    uint16_t vendor, product, bcd_device;
    const char *layout, *serial;
    uint16_t transfer_bytes;
    uint8_t rom_id;
    const char *chip, *firmware;
    const char *faults; /* ids, each with a blank behind */
};

#define ST_ROM(bcd) 0x0483, 0xDF11, (bcd)
#define H743        "@Internal Flash   /0x08000000/16*128Kg"
#define F405        "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg"

static const struct known_case cases[] = {
    {ST_ROM(0x0200), H743, "200364500000", 1024, 0x90, "STM32H742/743/750/753", "ROM bootloader",
     "h743-bank2-erase-wedge h743-v9.0-leave h7-1024-byte-limit non-unique-serial "},
    {ST_ROM(0x0200), H743, "200364500000", 1024, 0x91, "STM32H742/743/750/753", "ROM bootloader",
     "h743-v9.1-bank2-early-return h743-v9.1-leave h7-1024-byte-limit non-unique-serial "},
    {ST_ROM(0x0200), H743, "200364500000", 1024, 0x92, "STM32H742/743/750/753", "ROM bootloader",
     "h7-1024-byte-limit non-unique-serial "},
    {ST_ROM(0x0200), H743, "100364500000", 1024, 0xD3, "STM32H742/743/750/753", "ROM bootloader",
     "h743-v13.3-mass-erase h7-1024-byte-limit non-unique-serial "},
    {ST_ROM(0x0200), H743, "X", 1024, 0, "STM32H742/743/750/753", "ROM bootloader",
     "h743-bank2-erase-wedge h743-v9.1-bank2-early-return h743-v13.3-mass-erase h743-v9.0-leave "
     "h7-1024-byte-limit "},
    {ST_ROM(0x2200), F405, "X", 2048, 0x31, "STM32F405/407/415/417", "ROM bootloader",
     "f4-x8-default mass-erase-100ms "},
    {ST_ROM(0x2100), F405, "X", 2048, 0x30, "STM32F405/407/415/417", "ROM bootloader",
     "f4-x8-default mass-erase-100ms "},
    {ST_ROM(0x2200), F405, "X", 2048, 0x33, "STM32F2", "ROM bootloader",
     "f4-x8-default mass-erase-100ms "},
    {ST_ROM(0x2200), F405, "X", 2048, 0, "STM32F4", "ROM bootloader",
     "f4-x8-default mass-erase-100ms "},
    {ST_ROM(0x2200), F405 ",04*016Kg,01*064Kg,07*128Kg", "X", 2048, 0x91, "STM32F42x/43x",
     "ROM bootloader", "f4-x8-default mass-erase-100ms "},
    {ST_ROM(0x2200), "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg", "X", 2048, 0xD0,
     "STM32F411", "ROM bootloader", "f4-x8-default mass-erase-100ms "},
    {ST_ROM(0x2200), "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg", "X", 2048, 0x93,
     "STM32F76x/77x", "ROM bootloader", "f7-v9.3-bank2-off-by-four "},
    {ST_ROM(0x2200), "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,03*256Kg", "X", 2048, 0x90,
     "STM32F74x/75x", "ROM bootloader", ""},
    {ST_ROM(0x0200), "@Internal Flash   /0x08000000/8*128Kg", "X", 1024, 0x93, "STM32H723/733",
     "ROM bootloader", "h7-1024-byte-limit "},
    {ST_ROM(0x0200), "@Internal Flash   /0x08000000/64*02Kg", "X", 2048, 0xD4, "STM32G43x",
     "ROM bootloader", "g4-1024-byte-limit "},
    {ST_ROM(0x2200), "@Internal Flash  /0x08000000/0256*0002Kg", "X", 2048, 0x92, "STM32L47x/49x",
     "ROM bootloader", "l4-getstatus-stall "},
    {ST_ROM(0x0200), "@Internal Flash /0x08000000/64*08Kg", "X", 1024, 0, "STM32C5",
     "ROM bootloader", "strict-rom "},
    {ST_ROM(0x0200), "@Internal Flash  /0x08000000/128*08Kg", "FFFFFFFEFFFF", 1024, 0, "",
     "ROM bootloader", "non-unique-serial "},
    {ST_ROM(0x0300), F405, "X", 2048, 0, "", "mboot", ""},
    {ST_ROM(0x0200), "@Flash /0x90000000/64*4Kg", "X", 0, 0, "", "Daisy bootloader",
     "transfer-size-0 "},
    {ST_ROM(0x0200), "@Internal Flash   /0x08000000/08*04Ka,1000*04Kg", "X", 2048, 0, "AT32",
     "Artery bootloader", ""},
    {0x28E9, 0x0189, 0x1000, "@Internal Flash  /0x08000000/512*002Kg", "3CBJ", 2048, 0, "GD32VF103",
     "GD32 bootloader", "absurd-poll-timeout gd32-leave "},
    {0x37C5, 0x924A, 0x0100, "FIRMWARE", "X", 4096, 0, "", "OpenMV bootloader", ""},
    {0x1D50, 0x6017, 0x0100, "@Internal Flash   /0x08000000/8*001Ka,120*001Kg", "X", 1024, 0, "",
     "Black Magic bootloader", ""},
    {0x1209, 0x0001, 0x0100, "@Internal Flash", "X", 1024, 0, "", "", ""},
};

/* A device as it is after its strings were read. */
static void make(struct device *device, struct dfk_alternate *alternate,
                 const struct known_case *from)
{
    memset(device, 0, sizeof *device);
    memset(alternate, 0, sizeof *alternate);
    strcpy(alternate->text, from->layout);
    strcpy(device->info.serial, from->serial);
    device->info.mode = DFK_MODE_DFUSE;
    device->info.vendor = from->vendor;
    device->info.product = from->product;
    device->info.bcd_device = from->bcd_device;
    device->info.transfer_bytes = from->transfer_bytes;
    device->info.alternates = alternate;
    device->info.alternate_count = 1;
}

static void strings_and_rom_id_tell_chip_and_faults(void **context)
{
    (void)context;
    static struct device device;
    struct dfk_alternate alternate;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char faults[400] = "";
        make(&device, &alternate, &cases[i]);
        device_recognise(&device);
        device.rom_id = cases[i].rom_id;
        device_find_faults(&device);
        for (size_t j = 0; j < device.info.fault_count; j++) {
            strcat(strcat(faults, device.info.faults[j].id), " ");
        }
        const struct known_device *row = known_find(&device.info);
        const char *chip = row == NULL ? "" : known_chip(row, device.rom_id);
        if (strcmp(faults, cases[i].faults) != 0 || strcmp(chip, cases[i].chip) != 0 ||
            strncmp(device.info.firmware, cases[i].firmware, strlen(cases[i].firmware)) != 0) {
            fail_msg("case %zu, %s: chip \"%s\", firmware \"%s\", faults \"%s\"", i,
                     cases[i].layout, chip, device.info.firmware, faults);
        }
    }
}

static void every_row_says_what_why_and_where_from(void **context)
{
    (void)context;
    size_t count = 0;
    const struct dfk_known_fault *row = device_errata_at(0);
    while (row != NULL) {
        assert_true(row->id[0] != '\0' && row->does[0] != '\0');
        assert_true(row->remedy[0] != '\0' && row->source[0] != '\0');
        row = device_errata_at(++count);
    }
    assert_true(count >= 17);
}

#define F405_BOARD                                                                                 \
    .path = "1-1",                                                                                 \
    .configuration = "09 02 2400 01 01 00 c0 32  09 04 00 00 00 fe 01 02 04"                       \
                     "  09 04 00 03 00 fe 01 02 05  09 21 0b ff00 0008 1a01",                      \
    .vendor = 0x0483, .product = 0xDF11, .bcd_device = 0x2200, .product_text = "", .serial = "X",  \
    .strings = {[3] = F405, [4] = "@Device Feature/0xFFFF0000/01*004 e"}

#define OPEN_F405                                                                                  \
    {GETSTATUS, IDLE, 0}, {"21 01 0000 0000 0500 | 21 dc77ff1f", "", 0}, {GETSTATUS, BUSY, 0},     \
        {GETSTATUS, DNLOAD_IDLE, 0}, {ABORT, "", 0}, {"a1 02 0200 0000 0400", "ffff31ff", 0, 2},   \
    {                                                                                              \
        ABORT, "", 0                                                                               \
    }
#define TO_FEATURE                                                                                 \
    {"alternate 3", "", 0}, {GETSTATUS, IDLE, 0}, {"21 01 0000 0000 0500 | 21 0000ffff", "", 0},   \
        {GETSTATUS, BUSY, 0},                                                                      \
    {                                                                                              \
        GETSTATUS, DNLOAD_IDLE, 0                                                                  \
    }

/* Source AN2606, STM32F40x, "Device Feature" */
static void an_f405_is_switched_to_32_bits_once(void **context)
{
    (void)context;
    static const struct script_device board = {F405_BOARD};
    struct script_bus bus;
    struct dfk_error err = {0};
    script_init(&bus, &board, 1);
    SCRIPT_EXPECT(&bus, OPEN_F405);
    struct device *device = script_open(&bus);
    assert_string_equal(device_get_info(device)->chip, "STM32F405/407/415/417");
    assert_string_equal(device_get_info(device)->firmware, "ROM bootloader V3.1");
    assert_int_equal(device_get_traits(device)->block_bytes, 2048);
    assert_int_equal(device_get_traits(device)->timing.erase_max_ms, 4000);
    SCRIPT_EXPECT(&bus, TO_FEATURE, {"21 01 0200 0000 0400 | 03ffffff", "", 0},
                  {GETSTATUS, BUSY, 0}, {GETSTATUS, DNLOAD_IDLE, 0}, {ABORT, "", 0},
                  {"alternate 0", "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_speed_up(device, &err), 0);
    assert_int_equal(device_get_traits(device)->timing.erase_max_ms, 2000);
    assert_string_equal(bus.said, "f4-x8-default ");
    assert_int_equal(device_speed_up(device, &err), 0);
    script_done(&bus);
    device_close(device);
}

static void an_f405_that_declines_stays_as_it_is(void **context)
{
    (void)context;
    static const struct script_device board = {F405_BOARD};
    struct script_bus bus;
    struct dfk_error err = {0};
    script_init(&bus, &board, 1);
    SCRIPT_EXPECT(&bus, OPEN_F405);
    struct device *device = script_open(&bus);
    SCRIPT_EXPECT(&bus, TO_FEATURE, {"21 01 0200 0000 0400 | 03ffffff", "", 0},
                  {GETSTATUS, BUSY, 0}, {GETSTATUS, "0b 000000 0a 00", 0, 2}, {CLRSTATUS, "", 0},
                  {GETSTATUS, IDLE, 0}, {"alternate 0", "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_speed_up(device, &err), 0);
    assert_int_equal(err.code, DFK_OK);
    assert_int_equal(device_get_traits(device)->timing.erase_max_ms, 4000);
    assert_string_equal(bus.said, "");
    SCRIPT_EXPECT(&bus, {"alternate 3", "gone", 0});
    assert_int_equal(device_speed_up(device, &err), -DFK_E_LOST);
    device_close(device);
}

static void other_parts_are_not_sped_up(void **context)
{
    (void)context;
    struct script_bus bus;
    script_init(&bus, &script_h743, 1);
    SCRIPT_EXPECT(&bus, SCRIPT_OPEN_H743("92"));
    struct device *device = script_open(&bus);
    assert_int_equal(device_speed_up(device, NULL), 0);
    device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_and_rom_id_tell_chip_and_faults),
        cmocka_unit_test(every_row_says_what_why_and_where_from),
        cmocka_unit_test(an_f405_is_switched_to_32_bits_once),
        cmocka_unit_test(an_f405_that_declines_stays_as_it_is),
        cmocka_unit_test(other_parts_are_not_sped_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
