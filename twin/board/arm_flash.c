/* SPDX-License-Identifier: MIT
 * The flash of an ARM guest between two stretches of code: what cannot be read, what has changed.
 */
#include <stdlib.h>
#include <string.h>

#include "twin/board/arm_inside.h"

enum { GUARD_NS = 200 * TWIN_US };

/* Guards a range of the array wherever it appears. */
static void guard(struct arm *arm, uint32_t offset, uint32_t bytes, bool on)
{
    const struct arm_chip *chip = arm->config.chip;
    cpu_guard(arm->cpu, arm->config.flash->geometry->base + offset, bytes, on);
    for (uint32_t i = 0; i < chip->flash_place_count; i++) {
        cpu_guard(arm->cpu, chip->flash_places[i] + offset, bytes, on);
    }
}

static void forget_code(struct arm *arm, uint32_t offset, uint32_t bytes)
{
    const struct arm_chip *chip = arm->config.chip;
    cpu_code_changed(arm->cpu, arm->config.flash->geometry->base + offset, bytes);
    for (uint32_t i = 0; i < chip->flash_place_count; i++) {
        cpu_code_changed(arm->cpu, chip->flash_places[i] + offset, bytes);
    }
}

static bool has_run(const struct arm *arm, uint32_t offset, uint32_t bytes)
{
    const struct arm_chip *chip = arm->config.chip;
    bool ran = cpu_code_ran(arm->cpu, arm->config.flash->geometry->base + offset, bytes);
    for (uint32_t i = 0; i < chip->flash_place_count; i++) {
        ran = ran || cpu_code_ran(arm->cpu, chip->flash_places[i] + offset, bytes);
    }
    return ran;
}

/* Guards the pages of a range in which words cannot be read, and no others. */
static void look_for_bad(struct arm *arm, uint32_t offset, uint32_t bytes)
{
    const struct mem_flash *flash = arm->config.flash;
    uint32_t first = offset / ARM_PAGE;
    uint32_t last = (offset + bytes - 1) / ARM_PAGE;
    for (uint32_t page = first; page <= last && page < ARM_PAGES_MAX; page++) {
        uint32_t addr = flash->geometry->base + page * ARM_PAGE;
        bool bad = mem_flash_find_bad(flash, addr, ARM_PAGE, NULL);
        if (bad != (arm->page_bad[page] != 0)) {
            arm->page_bad[page] = bad;
            guard(arm, page * ARM_PAGE, ARM_PAGE, bad);
        }
    }
}

static void settle_changes(struct arm *arm)
{
    uint32_t offset = arm->dirty_from - arm->config.flash->geometry->base;
    uint32_t bytes = arm->dirty_to - arm->dirty_from;
    if (bytes == 0) {
        return;
    }
    arm->dirty_from = arm->dirty_to = 0;
    if (has_run(arm, offset, bytes)) {
        forget_code(arm, offset, bytes);
    }
    if (arm->known_flash != NULL) {
        memcpy(arm->known_flash + offset, arm->config.flash->cells + offset, bytes);
    }
    if (arm->config.flash->geometry->ecc_word_bytes != 0) {
        look_for_bad(arm, offset, bytes);
    }
}

void arm_look_at_flash(struct arm *arm)
{
    const struct mem_flash *flash = arm->config.flash;
    uint32_t bytes = flash->geometry->bytes;
    bool first = arm->known_flash == NULL;
    arm->known_flash = first ? malloc(bytes) : arm->known_flash;
    for (uint32_t at = 0; at < bytes; at += ARM_PAGE) {
        uint8_t *known = arm->known_flash == NULL ? NULL : arm->known_flash + at;
        if (first || memcmp(known, flash->cells + at, ARM_PAGE) != 0) {
            forget_code(arm, at, ARM_PAGE);
            if (known != NULL) {
                memcpy(known, flash->cells + at, ARM_PAGE);
            }
        }
    }
    if (flash->geometry->ecc_word_bytes != 0) {
        look_for_bad(arm, 0, bytes);
    }
}

/* While the whole core stands still anyway, nobody has to wait for the flash. */
static bool has_to_wait(struct arm *arm, uint32_t bank)
{
    const struct arm_flash *flash = &arm->around.flash;
    const struct mem_geometry *geometry = arm->config.flash->geometry;
    if (flash->busy_until == NULL || bank * geometry->bank_bytes >= geometry->bytes) {
        return false;
    }
    uint64_t until_ns =
        flash->busy_until(flash->self, geometry->base + bank * geometry->bank_bytes);
    return until_ns > arm->time.now_ns && until_ns > arm->stall_ns;
}

bool arm_flash_has_turned(struct arm *arm)
{
    bool busy = false;
    for (uint32_t bank = 0; bank < ARM_BANKS; bank++) {
        busy = busy || (has_to_wait(arm, bank) && !arm->guarded[bank]);
    }
    return busy;
}

/* Who writes a unit writes the next one soon after: the guard, which is slow to take away and to
 * put up, stays for a moment. What is read meanwhile asks, and need not wait. */
static void settle_bank(struct arm *arm, uint32_t bank)
{
    bool busy = has_to_wait(arm, bank);
    uint32_t bytes = arm->config.flash->geometry->bank_bytes;
    if (busy) {
        arm->guard_end_ns[bank] = arm->time.now_ns + GUARD_NS;
    }
    if (busy == arm->guarded[bank] || (!busy && arm->time.now_ns < arm->guard_end_ns[bank])) {
        return;
    }
    arm->guarded[bank] = busy;
    guard(arm, bank * bytes, bytes, busy);
    for (uint32_t page = bank * bytes / ARM_PAGE; page < (bank + 1) * bytes / ARM_PAGE; page++) {
        if (!busy && page < ARM_PAGES_MAX && arm->page_bad[page] != 0) {
            guard(arm, page * ARM_PAGE, ARM_PAGE, true);
        }
    }
}

void arm_settle_flash(struct arm *arm)
{
    settle_changes(arm);
    for (uint32_t bank = 0; bank < ARM_BANKS; bank++) {
        settle_bank(arm, bank);
    }
}

/* The RAM at an address; NULL where there is none. */
static uint8_t *find_ram(struct arm *arm, uint32_t addr)
{
    const struct arm_memory *rams = arm->config.chip->rams;
    for (uint32_t i = 0; i < ARM_RAMS_MAX && rams[i].bytes != 0; i++) {
        if (addr - rams[i].base <= rams[i].bytes - sizeof(uint32_t)) {
            return arm->rams[i] + (addr - rams[i].base);
        }
    }
    return NULL;
}

bool arm_poke(struct arm *arm, uint32_t addr, uint32_t word)
{
    uint8_t *ram = find_ram(arm, addr);
    if (ram != NULL) {
        memcpy(ram, &word, sizeof word);
        cpu_code_changed(arm->cpu, addr, sizeof word);
    }
    return ram != NULL;
}

bool arm_peek(struct arm *arm, uint32_t addr, uint32_t *word)
{
    const struct mem_flash *flash = arm->config.flash;
    const uint8_t *from = find_ram(arm, addr);
    if (from == NULL && mem_flash_holds(flash, addr, sizeof *word)) {
        from = flash->cells + (addr - flash->geometry->base);
    }
    if (from != NULL) {
        memcpy(word, from, sizeof *word);
    }
    return from != NULL;
}
