/* SPDX-License-Identifier: MIT
 * The table of devices that are known by what they show of themselves. */
#include "device/known.h"

#include <string.h>

enum { ST = 0x0483, ST_DFU = 0xDF11, ANY = 0, BOOT_RELEASE = 0x4000, BOOT_RELEASE_MASK = 0xF000 };

#define TIMING_F7                                                                                  \
    {                                                                                              \
        1563, 400, 8000, 64000, 16000, 205, DEVICE_WIRE_NS_PER_BYTE,                               \
            "DS11532, flash memory, x8, doubled"                                                   \
    }
/* The slowest parallelism for the deadline, x64 for the estimate. */
#define TIMING_H7                                                                                  \
    {                                                                                              \
        782, 0, 4000, 64000, 3125, 19, DEVICE_WIRE_NS_PER_BYTE,                                    \
            "DS12110, flash memory, x8, doubled"                                                   \
    }
#define TIMING_PAGES                                                                               \
    {                                                                                              \
        1100, 0, 500, 32000, 10300, 60, DEVICE_WIRE_NS_PER_BYTE,                                   \
            "DS12288, flash memory, with margin"                                                   \
    }
/* As the F4 and the H7 program when nothing is in their way: dfukit-boot uses x32 and x64. */
#define TIMING_BOOT_H7                                                                             \
    {                                                                                              \
        782, 0, 4000, 64000, 3125, 40, DEVICE_WIRE_NS_PER_BYTE,                                    \
            "DS12110, flash memory, x8, doubled"                                                   \
    }
/* The estimate is the F4's, the maxima are those of the slowest part that mboot runs on. */
#define TIMING_MBOOT                                                                               \
    {                                                                                              \
        782, 250, 4000, 32000, 4000, 60, DEVICE_WIRE_NS_PER_BYTE, "DS12110, flash memory, doubled" \
    }
#define TIMING_GD32                                                                                \
    {                                                                                              \
        0, 100, 1000, 20000, 25000, 150, DEVICE_WIRE_NS_PER_BYTE,                                  \
            "GD32VF103 datasheet, with margin"                                                     \
    }
#define TIMING_UNKNOWN                                                                             \
    {                                                                                              \
        .read_ns_per_byte = DEVICE_WIRE_NS_PER_BYTE                                                \
    }

#define F4   "@Internal Flash  /0x08000000/04*016Kg"
#define ROM  "ROM bootloader"
#define BOOT "dfukit-boot"

/* More particular rows first. Layout strings are those of real devices, blanks included.
 * ID addresses: AN2606, "Bootloader identification". */
static const struct known_device table[] = {
    {ANY, ANY, ANY, "@Internal Flash  /0x08000000/01*016Ka", FAMILY_DFUKIT_BOOT, "STM32F4", BOOT, 0,
     4, false, DEVICE_TIMING_F4_X32},
    {ANY, ANY, ANY, "@Internal Flash  /0x08000000/01*128Ka", FAMILY_DFUKIT_BOOT, "STM32H7", BOOT, 0,
     32, false, TIMING_BOOT_H7},
    {ANY, ANY, ANY, "", FAMILY_DFUKIT_BOOT, "", BOOT, 0, 32, false, TIMING_BOOT_H7},
    {ST, ST_DFU, 0x0300, "", FAMILY_MBOOT, "", "mboot", 0, 32, true, TIMING_MBOOT},
    {ST, ST_DFU, ANY, F4 ",01*064Kg,07*128Kg,04*016Kg", FAMILY_F4, "STM32F42x/43x", ROM, 0x1FFF76DE,
     4, true, DEVICE_TIMING_F4_X8},
    {ST, ST_DFU, ANY, F4 ",01*064Kg,07*128Kg", FAMILY_F4, "STM32F4", ROM, 0x1FFF77DE, 4, true,
     DEVICE_TIMING_F4_X8},
    {ST, ST_DFU, ANY, F4, FAMILY_F4, "STM32F4", ROM, 0x1FFF76DE, 4, true, DEVICE_TIMING_F4_X8},
    {ST, ST_DFU, ANY, "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg", FAMILY_F76,
     "STM32F76x/77x", ROM, 0x1FF0EDBE, 8, true, TIMING_F7},
    {ST, ST_DFU, ANY, "@Internal Flash  /0x08000000/04*032Kg", FAMILY_F7, "STM32F74x/75x", ROM,
     0x1FF0EDBE, 8, true, TIMING_F7},
    {ST, ST_DFU, ANY, "@Internal Flash   /0x08000000/16*128Kg", FAMILY_H743,
     "STM32H742/743/750/753", ROM, 0x1FF1E7FE, 32, true, TIMING_H7},
    {ST, ST_DFU, ANY, "@Internal Flash   /0x08000000/8*128Kg", FAMILY_H7, "STM32H723/733", ROM,
     0x1FF1E7FE, 32, true, TIMING_H7},
    {ST, ST_DFU, ANY, "@Internal Flash   /0x08000000/256*08Kg", FAMILY_H7, "STM32H7A3/7B3", ROM,
     0x1FF13FFE, 16, true, TIMING_H7},
    {ST, ST_DFU, ANY, "@Internal Flash   /0x08000000/256*02Kg", FAMILY_G4, "STM32G47x", ROM,
     0x1FFF6FFE, 8, true, TIMING_PAGES},
    {ST, ST_DFU, ANY, "@Internal Flash   /0x08000000/64*02Kg", FAMILY_G4, "STM32G43x", ROM,
     0x1FFF6FFE, 8, true, TIMING_PAGES},
    {ST, ST_DFU, ANY, "@Internal Flash  /0x08000000/0256*0002Kg", FAMILY_L4, "STM32L47x/49x", ROM,
     0x1FFF6FFE, 8, true, TIMING_PAGES},
    {ST, ST_DFU, ANY, "@Internal Flash /0x08000000/64*08Kg", FAMILY_STRICT, "STM32C5", ROM, 0, 16,
     false, TIMING_PAGES},
    {ST, ST_DFU, ANY, "@Internal Flash   /0x08000000/08*04Ka", FAMILY_OTHER, "AT32",
     "Artery bootloader", 0, 8, false, TIMING_UNKNOWN},
    {ST, ST_DFU, ANY, "@Flash /0x90000000", FAMILY_OTHER, "", "Daisy bootloader", 0, 8, false,
     TIMING_UNKNOWN},
    {0x1D50, 0x6017, ANY, "", FAMILY_OTHER, "", "Black Magic bootloader", 0, 8, false,
     TIMING_UNKNOWN},
    {0x28E9, 0x0189, ANY, "", FAMILY_GD32, "GD32VF103", "GD32 bootloader", 0, 4, false,
     TIMING_GD32},
    {0x37C5, 0x9204, ANY, "", FAMILY_OTHER, "", "OpenMV bootloader", 0, 1, false, TIMING_UNKNOWN},
    {0x37C5, 0x924A, ANY, "", FAMILY_OTHER, "", "OpenMV bootloader", 0, 1, false, TIMING_UNKNOWN},
    {ST, ST_DFU, ANY, "@Internal Flash", FAMILY_OTHER_ROM, "", ROM, 0, 16, false, TIMING_UNKNOWN},
};

/* What only the bootloader ID tells: some chips show the same strings. */
struct known_id {
    uint32_t id_addr;
    uint8_t id;
    const char *chip;
};

static const struct known_id ids[] = {
    {0x1FFF77DE, 0x30, "STM32F405/407/415/417"},
    {0x1FFF77DE, 0x31, "STM32F405/407/415/417"},
    {0x1FFF77DE, 0x90, "STM32F405/407/415/417"},
    {0x1FFF77DE, 0x91, "STM32F405/407/415/417"},
    {0x1FFF77DE, 0x20, "STM32F2"},
    {0x1FFF77DE, 0x33, "STM32F2"},
    {0x1FFF76DE, 0xD0, "STM32F411"},
    {0x1FFF76DE, 0xD1, "STM32F401"},
};

/* Whatever board it is on: by its name and by the release that only it has. */
static bool is_dfukit_boot(const struct dfk_device_info *info)
{
    return (info->bcd_device & BOOT_RELEASE_MASK) == BOOT_RELEASE &&
           strstr(info->product_text, BOOT) != NULL;
}

static bool is_row(const struct dfk_device_info *info, const struct known_device *row)
{
    const char *text = info->alternate_count > 0 ? info->alternates[0].text : "";
    return (row->family != FAMILY_DFUKIT_BOOT || is_dfukit_boot(info)) &&
           (row->vendor == ANY || row->vendor == info->vendor) &&
           (row->product == ANY || row->product == info->product) &&
           (row->bcd_device == ANY || row->bcd_device == info->bcd_device) &&
           strncmp(text, row->layout, strlen(row->layout)) == 0;
}

const struct known_device *known_find(const struct dfk_device_info *info)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (is_row(info, &table[i])) {
            return &table[i];
        }
    }
    return NULL;
}

const char *known_chip(const struct known_device *row, uint8_t rom_id)
{
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        if (ids[i].id_addr == row->id_addr && ids[i].id == rom_id) {
            return ids[i].chip;
        }
    }
    return row->chip;
}
