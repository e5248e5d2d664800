/* SPDX-License-Identifier: MIT
 * ELF files for 32-bit ARM: what the program headers load, at its physical address. */
#include <inttypes.h>

#include <elf.h>
#include <gelf.h>

#include "core/bytes.h"
#include "image/formats.h"

/* Places in the ELF header. Source TIS ELF 1.2, "ELF Header" */
enum {
    HEADER_BYTES = 52,
    IDENT_CLASS = 4,
    IDENT_DATA = 5,
    AT_TYPE = 0x10,
    AT_MACHINE = 0x12,
    AT_START = 0x18,
    AT_PROGRAM_HEADERS = 0x1C,
    AT_ENTRY_BYTES = 0x2A,
    AT_ENTRY_COUNT = 0x2C,
    PROGRAM_HEADER_BYTES = 32,
    PROGRAM_HEADER_FILE_OFFSET = 4,
    PROGRAM_HEADER_FILE_BYTES = 16,
};

struct elf_walk {
    const struct image_source *source;
    struct dfk_image *image;
    struct dfk_error *err;
    Elf *elf;
    uint32_t table;         /* offset of the program headers */
    uint32_t table_end;     /* after the last one */
    uint64_t first_section; /* offset of the first section that is loaded, or of the file's end */
    uint64_t loaded;        /* bytes of the segments so far */
};

bool elf_matches(const struct image_source *source)
{
    return image_has_nearly(source, 0, ELFMAG, SELFMAG);
}

/* ---- header -------------------------------------------------------------------------------- */

static int check_ident(const struct image_source *source, struct dfk_error *err)
{
    const uint8_t *data = source->data;
    if (source->length < HEADER_BYTES) {
        return image_refuse(source, source->length, err,
                            "the ELF header has 52 bytes, the file has %zu", source->length);
    }
    if (get_be32(data) != 0x7F454C46) {
        return image_refuse(source, 0, err, "the file does not start with 7F \"ELF\"");
    }
    if (data[IDENT_CLASS] != ELFCLASS32) {
        return image_refuse(source, IDENT_CLASS, err, "%s ELF file, wanted 32 bits",
                            data[IDENT_CLASS] == ELFCLASS64 ? "a 64-bit" : "an unknown class of");
    }
    if (data[IDENT_DATA] != ELFDATA2LSB) {
        return image_refuse(source, IDENT_DATA, err, "%s ELF file, wanted little endian",
                            data[IDENT_DATA] == ELFDATA2MSB ? "a big-endian"
                                                            : "an unknown byte order of");
    }
    return 0;
}

static int check_machine(const struct image_source *source, struct dfk_error *err)
{
    unsigned machine = get_le16(source->data + AT_MACHINE);
    unsigned type = get_le16(source->data + AT_TYPE);
    if (machine != EM_ARM) {
        int result = image_refuse(source, AT_MACHINE, err,
                                  "an ELF file for machine %u, wanted 40 (ARM)", machine);
        dfk_fail_why(err, "the program was compiled for another processor");
        return result;
    }
    if (type != ET_EXEC && type != ET_DYN) {
        return image_refuse(source, AT_TYPE, err, "an ELF file of type %u%s, wanted 2 (executable)",
                            type, type == ET_REL ? " (an object file that was not linked)" : "");
    }
    return 0;
}

static int check_table(struct elf_walk *walk)
{
    const uint8_t *data = walk->source->data;
    uint32_t entry_bytes = get_le16(data + AT_ENTRY_BYTES);
    uint32_t count = get_le16(data + AT_ENTRY_COUNT);
    walk->table = get_le32(data + AT_PROGRAM_HEADERS);
    if (count == 0) {
        return image_refuse(walk->source, AT_ENTRY_COUNT, walk->err,
                            "the ELF file has no program headers: nothing to load");
    }
    if (count == PN_XNUM) {
        return image_refuse(walk->source, AT_ENTRY_COUNT, walk->err,
                            "65535 or more program headers, wanted 1 to 65534");
    }
    if (entry_bytes != PROGRAM_HEADER_BYTES) {
        return image_refuse(walk->source, AT_ENTRY_BYTES, walk->err,
                            "program headers of %" PRIu32 " bytes, wanted 32", entry_bytes);
    }
    uint64_t end = (uint64_t)walk->table + (uint64_t)count * PROGRAM_HEADER_BYTES;
    if (end > walk->source->length) {
        return image_refuse(walk->source, AT_PROGRAM_HEADERS, walk->err,
                            "%" PRIu32 " program headers at offset %" PRIu32
                            " pass the end of the file",
                            count, walk->table);
    }
    walk->table_end = (uint32_t)end;
    return 0;
}

/* ---- segments ------------------------------------------------------------------------------ */

/* The offset of the first section that is loaded, or limit. */
static uint64_t find_first_section(Elf *elf, uint64_t limit)
{
    uint64_t first = limit;
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section != NULL;
         section = elf_nextscn(elf, section)) {
        /* A copy: libelf's own structs lie unaligned when the file's do. */
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != NULL && (header.sh_flags & SHF_ALLOC) != 0 &&
            header.sh_type != SHT_NOBITS && header.sh_size > 0 &&
            header.sh_offset >= HEADER_BYTES && header.sh_offset < first) {
            first = header.sh_offset;
        }
    }
    return first;
}

/* Linkers for systems with pages load the file's own headers too, below the first section. */
static void crop_headers(const struct elf_walk *walk, uint32_t offset, struct dfk_segment *part)
{
    if (offset >= HEADER_BYTES || part->addr > UINT32_MAX - part->length) {
        return;
    }
    uint64_t end = (uint64_t)offset + part->length;
    uint64_t begin = walk->first_section < end ? walk->first_section : walk->table_end;
    begin = begin < end ? begin : end;
    uint32_t cut = (uint32_t)(begin - offset);
    image_warn(walk->image, "elf-headers", offset,
               "the segment at 0x%08" PRIX32 " starts with the headers of the file; %" PRIu32
               " bytes are left out",
               part->addr, cut);
    part->addr += cut;
    part->data += cut;
    part->length -= cut;
}

static int check_segment(struct elf_walk *walk, const GElf_Phdr *header, size_t at)
{
    const struct image_source *source = walk->source;
    if (header->p_offset > source->length || header->p_filesz > source->length - header->p_offset) {
        return image_refuse(source, at + PROGRAM_HEADER_FILE_OFFSET, walk->err,
                            "%" PRIu64 " bytes to load from offset %" PRIu64
                            " pass the end of the file at %zu",
                            header->p_filesz, header->p_offset, source->length);
    }
    if (header->p_filesz > header->p_memsz) {
        return image_refuse(source, at + PROGRAM_HEADER_FILE_BYTES, walk->err,
                            "%" PRIu64 " bytes to load into %" PRIu64 " bytes of memory",
                            header->p_filesz, header->p_memsz);
    }
    /* No linker loads the same bytes twice; a file that does could keep us busy for hours. */
    walk->loaded += header->p_filesz;
    if (walk->loaded > source->length) {
        return image_refuse(source, at + PROGRAM_HEADER_FILE_BYTES, walk->err,
                            "the program headers load %" PRIu64 " bytes, the file has %zu",
                            walk->loaded, source->length);
    }
    return 0;
}

static int add_segment(struct elf_walk *walk, int index)
{
    GElf_Phdr header;
    size_t at = walk->table + (size_t)index * PROGRAM_HEADER_BYTES;
    if (gelf_getphdr(walk->elf, index, &header) == NULL) {
        return image_refuse(walk->source, at, walk->err, "program header %d cannot be read: %s",
                            index, elf_errmsg(-1));
    }
    if (header.p_type != PT_LOAD || header.p_filesz == 0) {
        return 0;
    }
    int result = check_segment(walk, &header, at);
    if (result != 0) {
        return result;
    }
    struct dfk_segment part = {0, (uint32_t)header.p_paddr, (uint32_t)header.p_filesz,
                               walk->source->data + header.p_offset};
    crop_headers(walk, (uint32_t)header.p_offset, &part);
    return image_add(walk->image, &part, (uint64_t)(part.data - walk->source->data), walk->err);
}

static int add_segments(struct elf_walk *walk)
{
    int count = get_le16(walk->source->data + AT_ENTRY_COUNT);
    int result = 0;
    for (int i = 0; i < count && result == 0; i++) {
        result = add_segment(walk, i);
    }
    return result;
}

int elf_read(const struct image_source *source, struct dfk_image *image, struct dfk_error *err)
{
    struct elf_walk walk = {.source = source, .image = image, .err = err};
    int result = check_ident(source, err);
    result = result == 0 ? check_machine(source, err) : result;
    result = result == 0 ? check_table(&walk) : result;
    if (result != 0) {
        return result;
    }
    (void)elf_version(EV_CURRENT);
    walk.elf = elf_memory((char *)(uintptr_t)source->data, source->length);
    if (walk.elf == NULL) {
        return image_refuse(source, 0, err, "the ELF file cannot be read: %s", elf_errmsg(-1));
    }
    uint32_t entry = get_le32(source->data + AT_START);
    image_info(image)->entry = entry != 0 ? entry : UINT32_MAX; /* 0: none */
    walk.first_section = find_first_section(walk.elf, source->length);
    result = add_segments(&walk);
    (void)elf_end(walk.elf);
    return result;
}
