/* SPDX-License-Identifier: MIT
 * Damaged files of every format: which error, at which offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "image/image.h"
#include "tests/support/image_files.h"

enum { WHOLE = 0, NOT_SEALED = 0, SEALED = 1, NO_POKE = -1 };

/* One good file, cut and poked. A poke writes value, least significant byte first, at an offset. */
struct damage {
    const char *name;
    void (*make)(struct buffer *file);
    size_t cut_to; /* WHOLE: nothing is cut */
    int poke_at, poke_bytes;
    uint32_t poke;
    int sealed; /* the CRC of the suffix is made right again */
    enum dfk_code code;
    uint64_t offset;
    const char *says;
};

static void files_uf2_md5(struct buffer *file)
{
    files_uf2(file);
    file->data[9] |= 0x40;
}

/* Two program headers for the whole file. */
static void files_elf_twice(struct buffer *file)
{
    files_elf(file);
    put_le16(file->data + 44, 2);
    put_le32(file->data + 56, 0);
    put_le32(file->data + 68, 124);
    put_le32(file->data + 72, 124);
    uint8_t header[32];
    memcpy(header, file->data + 52, sizeof header);
    file->length = 84;
    buffer_append(file, header, sizeof header);
    buffer_append(file, "abcdefgh", 8);
}

static const struct damage binaries[] = {
    /* DfuSe */
    {"dfuse cut in its signature", files_dfuse, 4, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 4,
     "prefix has 11 bytes"},
    {"dfuse cut in its prefix", files_dfuse, 10, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 10,
     "prefix has 11 bytes, the file has 10"},
    {"dfuse cut after its prefix", files_dfuse, 11, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 11,
     "target 1 of 2 is missing"},
    {"dfuse cut in target 1", files_dfuse, 284, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 11,
     "target 1 of 2 is missing or cut off"},
    {"dfuse cut after target 1", files_dfuse, 285, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 285,
     "element 1 of target 1 is missing"},
    {"dfuse cut in an element header", files_dfuse, 292, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 285,
     "element 1 of target 1 is missing"},
    {"dfuse cut in an element", files_dfuse, 300, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 289,
     "element 1 of target 1 claims 8 bytes, 7 are left"},
    {"dfuse cut in element 2", files_dfuse, 324, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 305,
     "element 2 of target 1 claims 16 bytes, 15 are left"},
    {"dfuse cut before target 2", files_dfuse, 325, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 325,
     "target 2 of 2 is missing"},
    {"dfuse cut in target 2", files_dfuse, 598, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 325,
     "target 2 of 2 is missing or cut off"},
    {"dfuse cut in the last element", files_dfuse, 614, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 603,
     "claims 8 bytes, 7 are left"},
    {"dfuse cut in its suffix", files_dfuse, 620, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 615,
     "5 bytes after the last target are no DFU suffix"},
    {"dfuse with a flipped bit", files_dfuse, WHOLE, 293, 1, 'a' ^ 4, NOT_SEALED, DFK_E_BAD_FILE,
     627, "the DFU suffix has CRC 0x"},
    {"dfuse with CRC 0", files_dfuse, WHOLE, 627, 4, 0, NOT_SEALED, DFK_E_BAD_FILE, 627,
     "has CRC 0x00000000"},
    {"dfuse with a damaged suffix signature", files_dfuse, WHOLE, 624, 1, 'X', SEALED,
     DFK_E_BAD_FILE, 623, "signed 55 58 44"},
    {"dfuse with suffix length 0", files_dfuse, WHOLE, 626, 1, 0, SEALED, DFK_E_BAD_FILE, 626,
     "claims 0 bytes, wanted 16 to 631"},
    {"dfuse with suffix length 15", files_dfuse, WHOLE, 626, 1, 15, SEALED, DFK_E_BAD_FILE, 626,
     "claims 15 bytes"},
    {"dfuse with a suffix over its data", files_dfuse, WHOLE, 626, 1, 255, SEALED, DFK_E_BAD_FILE,
     325, "target 2 of 2 is missing or cut off"},
    {"dfuse with a damaged signature", files_dfuse, WHOLE, 0, 1, 'd', SEALED, DFK_E_BAD_FILE, 0,
     "does not start with \"DfuSe\""},
    {"dfuse with too many targets", files_dfuse, WHOLE, 10, 1, 3, SEALED, DFK_E_BAD_FILE, 615,
     "target 3 of 3 is missing"},
    {"dfuse with 255 targets", files_dfuse, WHOLE, 10, 1, 255, SEALED, DFK_E_BAD_FILE, 615,
     "target 3 of 255 is missing"},
    {"dfuse with a target not counted", files_dfuse, WHOLE, 10, 1, 1, SEALED, DFK_E_BAD_FILE, 325,
     "a target begins here, but the prefix counts only 1"},
    {"dfuse with no target", files_dfuse, WHOLE, 10, 1, 0, SEALED, DFK_E_BAD_FILE, 11,
     "the prefix counts only 0"},
    {"dfuse with damaged target 1", files_dfuse, WHOLE, 11, 1, 't', SEALED, DFK_E_BAD_FILE, 11,
     "target 1 does not start with \"Target\""},
    {"dfuse with damaged target 2", files_dfuse, WHOLE, 330, 1, 'T', SEALED, DFK_E_BAD_FILE, 325,
     "target 2 does not start with \"Target\""},
    {"dfuse with 4294967295 elements", files_dfuse, WHOLE, 281, 4, UINT32_MAX, SEALED,
     DFK_E_BAD_FILE, 329, "element 3 of target 1 claims"},
    {"dfuse with an element too few", files_dfuse, WHOLE, 281, 4, 1, SEALED, DFK_E_BAD_FILE, 301,
     "target 2 does not start with"},
    {"dfuse with an element too many", files_dfuse, WHOLE, 595, 4, 2, SEALED, DFK_E_BAD_FILE, 615,
     "element 2 of target 2 is missing"},
    {"dfuse with an element of 4 GiB", files_dfuse, WHOLE, 289, 4, UINT32_MAX, SEALED,
     DFK_E_BAD_FILE, 289, "claims 4294967295 bytes, 322 are left"},
    {"dfuse with an element past 4 GiB", files_dfuse, WHOLE, 285, 4, 0xFFFFFFFC, SEALED,
     DFK_E_BAD_FILE, 293, "8 bytes at 0xFFFFFFFC pass the end of the address space"},
    {"dfuse with elements that disagree", files_dfuse, WHOLE, 301, 4, 0x08000004, SEALED,
     DFK_E_OVERLAP, 0, "two parts want different bytes at 0x08000004"},

    /* raw bytes with a suffix */
    {"dfu with a flipped bit", files_dfu, WHOLE, 0, 1, 'B', NOT_SEALED, DFK_E_BAD_FILE, 20,
     "the DFU suffix has CRC"},
    {"dfu with CRC 0", files_dfu, WHOLE, 20, 4, 0, NOT_SEALED, DFK_E_BAD_FILE, 20,
     "has CRC 0x00000000"},
    {"dfu with a flipped id", files_dfu, WHOLE, 12, 1, 0x82, NOT_SEALED, DFK_E_BAD_FILE, 20, "CRC"},
    {"dfu with a damaged signature", files_dfu, WHOLE, 16, 1, 'u', SEALED, DFK_E_BAD_FILE, 16,
     "signed 75 46 44, wanted \"UFD\""},
    {"dfu with suffix length 15", files_dfu, WHOLE, 19, 1, 15, SEALED, DFK_E_BAD_FILE, 19,
     "claims 15 bytes, wanted 16 to 24"},
    {"dfu with a suffix longer than the file", files_dfu, WHOLE, 19, 1, 25, SEALED, DFK_E_BAD_FILE,
     19, "claims 25 bytes, wanted 16 to 24"},
    {"dfu with nothing but a suffix", files_dfu, WHOLE, 19, 1, 24, SEALED, DFK_E_BAD_FILE, 0,
     "holds no bytes to flash"},

    /* ELF */
    {"elf cut in its magic", files_elf, 3, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 3,
     "the ELF header has 52 bytes, the file has 3"},
    {"elf cut in its header", files_elf, 51, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 51, "has 51"},
    {"elf cut in the program headers", files_elf, 60, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 28,
     "1 program headers at offset 52 pass the end of the file"},
    {"elf cut in its bytes", files_elf, 90, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 56,
     "8 bytes to load from offset 84 pass the end of the file at 90"},
    {"elf with a damaged magic", files_elf, WHOLE, 1, 1, 'e', 0, DFK_E_BAD_FILE, 0,
     "does not start with 7F \"ELF\""},
    {"elf of 64 bits", files_elf, WHOLE, 4, 1, 2, 0, DFK_E_BAD_FILE, 4,
     "a 64-bit ELF file, wanted 32 bits"},
    {"elf of class 7", files_elf, WHOLE, 4, 1, 7, 0, DFK_E_BAD_FILE, 4, "unknown class"},
    {"elf in big endian", files_elf, WHOLE, 5, 1, 2, 0, DFK_E_BAD_FILE, 5, "a big-endian ELF file"},
    {"elf in byte order 3", files_elf, WHOLE, 5, 1, 3, 0, DFK_E_BAD_FILE, 5, "unknown byte order"},
    {"elf for x86", files_elf, WHOLE, 18, 2, 3, 0, DFK_E_BAD_FILE, 18,
     "an ELF file for machine 3, wanted 40 (ARM)"},
    {"elf for RISC-V", files_elf, WHOLE, 18, 2, 243, 0, DFK_E_BAD_FILE, 18, "machine 243"},
    {"elf that was not linked", files_elf, WHOLE, 16, 2, 1, 0, DFK_E_BAD_FILE, 16,
     "an object file that was not linked"},
    {"elf with no program headers", files_elf, WHOLE, 44, 2, 0, 0, DFK_E_BAD_FILE, 44,
     "no program headers"},
    {"elf with 65535 program headers", files_elf, WHOLE, 44, 2, 0xFFFF, 0, DFK_E_BAD_FILE, 44,
     "65535 or more"},
    {"elf with a program header too many", files_elf, WHOLE, 44, 2, 2, 0, DFK_E_BAD_FILE, 28,
     "2 program headers at offset 52 pass the end"},
    {"elf with long program headers", files_elf, WHOLE, 42, 2, 40, 0, DFK_E_BAD_FILE, 42,
     "program headers of 40 bytes, wanted 32"},
    {"elf with program headers at 4 GiB", files_elf, WHOLE, 28, 4, UINT32_MAX, 0, DFK_E_BAD_FILE,
     28, "at offset 4294967295 pass the end"},
    {"elf with bytes at 4 GiB", files_elf, WHOLE, 56, 4, 0xFFFFFFF0, 0, DFK_E_BAD_FILE, 56,
     "from offset 4294967280 pass the end"},
    {"elf with 4 GiB of bytes", files_elf, WHOLE, 68, 4, UINT32_MAX, 0, DFK_E_BAD_FILE, 56,
     "4294967295 bytes to load from offset 84"},
    {"elf with more bytes than memory", files_elf, WHOLE, 72, 4, 4, 0, DFK_E_BAD_FILE, 68,
     "8 bytes to load into 4 bytes of memory"},
    {"elf past the address space", files_elf, WHOLE, 64, 4, 0xFFFFFFFC, 0, DFK_E_BAD_FILE, 84,
     "8 bytes at 0xFFFFFFFC pass the end of the address space"},
    {"elf with nothing to load", files_elf, WHOLE, 52, 4, 4, 0, DFK_E_BAD_FILE, 0,
     "holds no bytes to flash"},

    {"elf that loads its bytes twice", files_elf_twice, WHOLE, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE,
     100, "the program headers load 248 bytes, the file has 124"},

    /* UF2 */
    {"uf2 cut in its magic", files_uf2, 3, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 0,
     "the last block has 3 bytes, wanted 512"},
    {"uf2 cut in its first block", files_uf2, 100, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 0,
     "the last block has 100 bytes, wanted 512"},
    {"uf2 cut after a block", files_uf2, 512, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 512,
     "the file has 1 blocks, its blocks claim 2: it is cut off"},
    {"uf2 cut in its last block", files_uf2, 1023, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 512,
     "the last block has 511 bytes"},
    {"uf2 with a damaged first magic", files_uf2, WHOLE, 0, 1, 'u', 0, DFK_E_BAD_FILE, 0,
     "magic number 0x0A324675, wanted 0x0A324655"},
    {"uf2 with a damaged second magic", files_uf2, WHOLE, 516, 1, 0, 0, DFK_E_BAD_FILE, 516,
     "magic number 0x9E5D5100, wanted 0x9E5D5157"},
    {"uf2 with a damaged last magic", files_uf2, WHOLE, 508, 1, 0x31, 0, DFK_E_BAD_FILE, 508,
     "wanted 0x0AB16F30"},
    {"uf2 with a payload too long", files_uf2, WHOLE, 528, 4, 477, 0, DFK_E_BAD_FILE, 528,
     "a payload of 477 bytes, at most 476 fit"},
    {"uf2 with a payload over its MD5", files_uf2_md5, WHOLE, 16, 4, 453, 0, DFK_E_BAD_FILE, 16,
     "a payload of 453 bytes, at most 452 fit"},
    {"uf2 with block 2 of 2", files_uf2, WHOLE, 532, 4, 2, 0, DFK_E_BAD_FILE, 532,
     "block number 2 of 2"},
    {"uf2 with a block twice", files_uf2, WHOLE, 532, 4, 0, 0, DFK_E_BAD_FILE, 1024,
     "block 1 of 2 is missing"},
    {"uf2 with counts that differ", files_uf2, WHOLE, 536, 4, 3, 0, DFK_E_BAD_FILE, 536,
     "the block claims 3 blocks in all, the first 2"},
    {"uf2 with 4294967295 blocks", files_uf2, WHOLE, 24, 4, UINT32_MAX, 0, DFK_E_BAD_FILE, 1024,
     "its blocks claim 4294967295"},
    {"uf2 with two families", files_uf2, WHOLE, 540, 4, 0x6DB66082, 0, DFK_E_USAGE, 0,
     "several chip families (0x57755A57, 0x6DB66082)"},
    {"uf2 past the address space", files_uf2, WHOLE, 524, 4, 0xFFFFFF80, 0, DFK_E_BAD_FILE, 512,
     "256 bytes at 0xFFFFFF80 pass the end"},
    {"uf2 with blocks that disagree", files_uf2, WHOLE, 524, 4, 0x08000080, 0, DFK_E_OVERLAP, 0,
     "two parts want different bytes at 0x08000080"},

    /* gzip */
    {"gzip cut in its header", files_gzip, 5, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 5,
     "damaged gzip file: the file ends too early"},
    {"gzip cut in its data", files_gzip, 14, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 14,
     "the file ends too early"},
    {"gzip cut in its trailer", files_gzip, 25, NO_POKE, 0, 0, 0, DFK_E_BAD_FILE, 25,
     "the file ends too early"},
    {"gzip with an unknown method", files_gzip, WHOLE, 2, 1, 7, 0, DFK_E_BAD_FILE, 4,
     "unknown compression method"},
    {"gzip with a damaged CRC", files_gzip, WHOLE, 18, 1, 0, 0, DFK_E_BAD_FILE, 22,
     "incorrect data check"},
    {"gzip with a damaged length", files_gzip, WHOLE, 22, 1, 7, 0, DFK_E_BAD_FILE, 26,
     "incorrect length check"},
    {"gzip with a damaged block", files_gzip, WHOLE, 10, 1, 0xCF, 0, DFK_E_BAD_FILE, 11,
     "invalid block type"},
};

struct text_damage {
    const char *name, *text;
    enum dfk_code code;
    uint64_t offset;
    const char *says;
};

#define HEX_04  ":020000040800F2\n"
#define HEX_END ":00000001FF\n"
#define SREC_S3 "S30D080000006162636465666768C6\n"

static const struct text_damage texts[] = {
    {"hex of one character", ":", DFK_E_BAD_FILE, 1, "8 digits are missing"},
    {"hex cut in a record", ":0200000408", DFK_E_BAD_FILE, 11, "2 digits are missing"},
    {"hex cut before its end record", HEX_04 ":080000006162636465666768D4\n", DFK_E_BAD_FILE, 44,
     "line 3, offset 44: the end record (type 01) is missing: the file is cut off"},
    {"hex with a short line", ":0200000408\n00F2\n" HEX_END, DFK_E_BAD_FILE, 11,
     "the record ends too early: 2 digits are missing"},
    {"hex with a wrong digit", ":02000004080OF2\n" HEX_END, DFK_E_BAD_FILE, 12,
     "character 0x4F is no hexadecimal digit"},
    {"hex with a wrong checksum", HEX_04 ":080000006162636465666768D5\n" HEX_END, DFK_E_BAD_FILE,
     41, "line 2, offset 41: checksum 0xD5, the record has 0xD4"},
    {"hex with a flipped digit", ":020000040810F2\n" HEX_END, DFK_E_BAD_FILE, 13,
     "checksum 0xF2, the record has 0xE2"},
    {"hex with record type 06", ":00000006FA\n" HEX_END, DFK_E_BAD_FILE, 7,
     "record type 0x06, wanted 00 to 05"},
    {"hex with a long end record", HEX_04 ":0100000100FE\n", DFK_E_BAD_FILE, 17,
     "a record of type 01 with 1 bytes, wanted 0"},
    {"hex with a short base", ":0100000408F3\n" HEX_END, DFK_E_BAD_FILE, 1,
     "a record of type 04 with 1 bytes, wanted 2"},
    {"hex with a long segment", ":03000002000000FB\n" HEX_END, DFK_E_BAD_FILE, 1, "wanted 2"},
    {"hex with a short start",
     ":0200000508"
     "00F1\n" HEX_END,
     DFK_E_BAD_FILE, 1, "wanted 4"},
    {"hex with a line of text", HEX_04 "hello\n" HEX_END, DFK_E_BAD_FILE, 16,
     "line 2, offset 16: character 0x68, wanted ':'"},
    {"hex with more after a checksum", ":020000040800F2,\n" HEX_END, DFK_E_BAD_FILE, 15,
     "character 0x2C after the end of the record"},
    {"hex with a damaged mark", ";020000040800F2\n" HEX_END, DFK_E_BAD_FILE, 0,
     "character 0x3B, wanted ':'"},
    {"hex past the address space",
     ":02000004FFFFFC\n:02FFFF006162"
     "3D\n" HEX_END,
     DFK_E_BAD_FILE, 16, "2 bytes at 0xFFFFFFFF pass the end of the address space (offset 16)"},
    {"hex with records that disagree", ":0200000061623B\n:01000100639B\n" HEX_END, DFK_E_OVERLAP, 0,
     "different bytes at 0x00000001: 0x62"},
    {"hex without data", HEX_04 HEX_END, DFK_E_BAD_FILE, 0, "the hex file holds no bytes to flash"},
    {"srec of one character", "S", DFK_E_BAD_FILE, 1, "record type 0x00"},
    {"srec cut in a record", "S30D0800000061", DFK_E_BAD_FILE, 14, "the record ends too early"},
    {"srec cut before its end", SREC_S3, DFK_E_BAD_FILE, 31,
     "line 2, offset 31: the end record (S7, S8 or S9) is missing: the file is cut off"},
    {"srec with a wrong checksum", "S30D080000006162636465666768C7\nS70500000000FA\n",
     DFK_E_BAD_FILE, 28, "checksum 0xC7, the record has 0xC6"},
    {"srec with a flipped digit", "S30D080000006162636465666778C6\nS70500000000FA\n",
     DFK_E_BAD_FILE, 28, "checksum 0xC6, the record has 0xB6"},
    {"srec of type 4", SREC_S3 "S4030000FC\n", DFK_E_BAD_FILE, 32, "record type 0x34"},
    {"srec with too short a count", "S304080000F3\n", DFK_E_BAD_FILE, 2,
     "an S3 record claims 4 bytes, wanted 5"},
    {"srec with a count of 0", "S300\n", DFK_E_BAD_FILE, 2, "claims 0 bytes"},
    {"srec with a wrong digit", "S30D08000Z006162636465666768C6\n", DFK_E_BAD_FILE, 9,
     "character 0x5A is no hexadecimal digit"},
    {"srec with a lost record", SREC_S3 "S5030002FA\nS70500000000FA\n", DFK_E_BAD_FILE, 35,
     "the file claims 2 data records and has 1"},
    {"srec with a line of text", SREC_S3 "hello\n", DFK_E_BAD_FILE, 31, "wanted 'S'"},
    {"srec with more after a checksum", "S30D080000006162636465666768C6!\n", DFK_E_BAD_FILE, 30,
     "character 0x21 after the end of the record"},
    {"srec with data in its end record", SREC_S3 "S70D080000006162636465666768C6\n", DFK_E_BAD_FILE,
     33, "an S7 record with 8 bytes of data, wanted none"},
    {"srec with data in a header", "S005080061622F\n" SREC_S3, DFK_E_BAD_FILE, 4,
     "an S0 record with address 0x0800, wanted 0"},
    {"srec past the address space",
     "S307FFFFFFFF6162"
     "39\nS70500000000FA\n",
     DFK_E_BAD_FILE, 0, "2 bytes at 0xFFFFFFFF pass the end of the address space"},
    {"srec with records that disagree",
     "S105000061"
     "6237\nS1040001"
     "6397\nS9030000FC\n",
     DFK_E_OVERLAP, 0, "different bytes at 0x00000001"},
    {"srec without data", "S00600004844521B\nS9030000FC\n", DFK_E_BAD_FILE, 0,
     "the srec file holds no bytes to flash"},
    {"an empty file", "", DFK_E_BAD_FILE, 0, "the file is empty"},
};

static bool check(const char *name, const struct buffer *file, const struct text_damage *wanted)
{
    struct dfk_error err = {0};
    struct dfk_image *image = NULL;
    int result = image_parse("test", file->data, file->length, NULL, &image, &err);
    dfk_image_free(image);
    bool offset_right = wanted->code != DFK_E_BAD_FILE ||
                        (err.where.kind == DFK_WHERE_FILE && err.where.offset == wanted->offset);
    if (result == -(int)wanted->code && offset_right &&
        (wanted->says == NULL || strstr(err.what, wanted->says) != NULL)) {
        return true;
    }
    print_error("%s: got %d at %llu: %s\n  wanted %d at %llu: %s\n", name, result,
                (unsigned long long)err.where.offset, err.what, -(int)wanted->code,
                (unsigned long long)wanted->offset, wanted->says);
    return false;
}

static void make_damaged(const struct damage *damage, struct buffer *file)
{
    damage->make(file);
    file->length = damage->cut_to != WHOLE ? damage->cut_to : file->length;
    for (int i = 0; damage->poke_at >= 0 && i < damage->poke_bytes; i++) {
        file->data[damage->poke_at + i] = (uint8_t)(damage->poke >> (8 * i));
    }
    if (damage->sealed) {
        files_seal(file);
    }
}

static void each_damaged_binary_is_refused_at_its_offset(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++) {
        const struct damage *damage = &binaries[i];
        struct buffer file = {0};
        struct text_damage wanted = {damage->name, "", damage->code, damage->offset, damage->says};
        make_damaged(damage, &file);
        wrong += !check(damage->name, &file, &wanted);
        buffer_free(&file);
    }
    assert_int_equal(wrong, 0);
}

static void each_damaged_text_is_refused_at_its_offset(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer file = {0};
        buffer_append(&file, texts[i].text, strlen(texts[i].text));
        wrong += !check(texts[i].name, &file, &texts[i]);
        buffer_free(&file);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_damaged_binary_is_refused_at_its_offset),
        cmocka_unit_test(each_damaged_text_is_refused_at_its_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
