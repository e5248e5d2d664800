/* SPDX-License-Identifier: MIT
 * The bus of an ARM guest: what answers at an address that is not plain memory. */
#include <stdio.h>

#include "twin/board/arm_inside.h"

/* Source: ARMv7-M ARM, "The system address map"; Cortex-M4 TRM, "Bit-banding" */
enum { BAND_BYTES = 0x02000000, PERIPHERALS_BYTES = 0x20000000, PRIVATE_BYTES = 0x00100000 };
static const uint32_t sram_band = 0x22000000;
static const uint32_t sram_base = 0x20000000;
static const uint32_t peripheral_band = 0x42000000;
static const uint32_t peripherals = 0x40000000;
static const uint32_t private_base = 0xE0000000;

void arm_report_at(struct arm *arm, uint32_t addr, const char *text)
{
    char line[96];
    (void)snprintf(line, sizeof line, "%s 0x%08x:", text, (unsigned)addr);
    arm_report(arm, addr, line);
}

void arm_report(struct arm *arm, uint32_t key, const char *text)
{
    for (uint32_t i = 0; i < arm->report_count; i++) {
        if (arm->reported[i] == key) {
            return;
        }
    }
    if (arm->config.log == NULL || arm->report_count == ARM_REPORTS_MAX) {
        return;
    }
    arm->reported[arm->report_count++] = key;
    char line[160];
    (void)snprintf(line, sizeof line, "%s pc 0x%08x", text, (unsigned)cpu_pc(arm->cpu));
    arm->config.log(arm->config.log_self, line);
}

static const struct soc_part *search(const struct soc_part *parts, size_t count, uint32_t addr)
{
    for (size_t i = 0; i < count; i++) {
        if (addr - parts[i].base < parts[i].bytes) {
            return &parts[i];
        }
    }
    return NULL;
}

static const struct soc_part *find_part(struct arm *arm, uint32_t addr)
{
    const struct soc_part **cached = &arm->cache[(addr >> 8) % ARM_CACHE];
    if (*cached != NULL && addr - (*cached)->base < (*cached)->bytes) {
        return *cached;
    }
    const struct soc_part *part = search(arm->core_parts, ARM_CORE_PARTS, addr);
    if (part == NULL) {
        part = search(arm->around.parts, arm->around.part_count, addr);
    }
    *cached = part != NULL ? part : *cached;
    return part;
}

static bool is_core_part(const struct arm *arm, const struct soc_part *part)
{
    return part >= arm->core_parts && part < arm->core_parts + ARM_CORE_PARTS;
}

/* Only privileged code may reach the core's own peripherals. */
static bool may_reach(struct arm *arm, uint32_t addr)
{
    return addr < private_base || cpu_privileged(arm->cpu) ||
           (addr == 0xE000EF00 && (arm->scb.ccr & SOC_CCR_USERSETMPEND) != 0);
}

static struct soc_part const *reach(struct arm *arm, uint32_t addr)
{
    const struct soc_part *part = may_reach(arm, addr) ? find_part(arm, addr) : NULL;
    arm->counts.accesses++;
    arm->bus_error = false;
    if (part == NULL) {
        arm_report_at(arm, addr, "nothing is at");
    } else {
        arm_update_time(arm);
    }
    return part;
}

static uint64_t due_of(const struct soc_part *part)
{
    return part->due == NULL ? UINT64_MAX : part->due(part->self);
}

/* An access may have brought an event nearer, of the part or of one that has no registers. */
static void notice_due(struct arm *arm, const struct soc_part *part)
{
    uint64_t due = due_of(part);
    for (uint32_t i = 0; i < arm->hidden_count; i++) {
        uint64_t its = due_of(arm->hidden[i]);
        due = its < due ? its : due;
    }
    if (due < arm->slice_end_ns || arm->around.clocks->cpu != arm->hz) {
        cpu_attend(arm->cpu);
    }
}

static bool read_part(struct arm *arm, uint32_t addr, uint32_t width, uint32_t *value)
{
    const struct soc_part *part = reach(arm, addr);
    *value = 0;
    if (part == NULL) {
        return false;
    }
    bool replaced = arm->around.read != NULL && !is_core_part(arm, part);
    *value = replaced ? arm->around.read(arm->around.bus, addr, width)
                      : part->read(part->self, addr - part->base, width);
    notice_due(arm, part);
    if (!part->flows && !is_core_part(arm, part)) {
        arm_notice_load(arm, addr, *value);
    }
    return !arm->bus_error;
}

static bool write_part(struct arm *arm, uint32_t addr, uint32_t width, uint32_t value)
{
    const struct soc_part *part = reach(arm, addr);
    arm_notice_store(arm);
    if (part == NULL) {
        return false;
    }
    if (arm->around.write != NULL && !is_core_part(arm, part)) {
        arm->around.write(arm->around.bus, addr, width, value);
    } else {
        part->write(part->self, addr - part->base, width, value);
    }
    notice_due(arm, part);
    return !arm->bus_error;
}

/* The byte of SRAM at an address, NULL outside. */
static uint8_t *sram_byte(struct arm *arm, uint32_t addr)
{
    const struct arm_memory *rams = arm->config.chip->rams;
    for (uint32_t i = 0; i < ARM_RAMS_MAX && rams[i].bytes != 0; i++) {
        if (addr - rams[i].base < rams[i].bytes) {
            return arm->rams[i] + (addr - rams[i].base);
        }
    }
    return NULL;
}

static bool is_band(const struct arm *arm, uint32_t addr, uint32_t band)
{
    return arm->config.chip->bit_band && addr - band < BAND_BYTES;
}

/* The word of which an address of an alias is one bit. */
static uint32_t band_word(uint32_t addr, uint32_t band, uint32_t base)
{
    return base + ((addr - band) / 32 & ~3u);
}

static uint32_t band_bit(uint32_t addr)
{
    return addr / 4 % 32;
}

static bool read_band(struct arm *arm, uint32_t addr, uint32_t *value)
{
    uint32_t word = 0;
    if (!is_band(arm, addr, sram_band)) {
        bool ok = read_part(arm, band_word(addr, peripheral_band, peripherals), 4, &word);
        *value = word >> band_bit(addr) & 1;
        return ok;
    }
    const uint8_t *byte = sram_byte(arm, sram_base + (addr - sram_band) / 32);
    *value = byte == NULL ? 0 : (uint32_t)(*byte >> band_bit(addr) % 8 & 1);
    return byte != NULL;
}

static bool write_band(struct arm *arm, uint32_t addr, uint32_t value)
{
    uint32_t bit = band_bit(addr);
    if (!is_band(arm, addr, sram_band)) {
        uint32_t at = band_word(addr, peripheral_band, peripherals);
        uint32_t word = 0;
        bool ok = read_part(arm, at, 4, &word);
        word = (word & ~(1u << bit)) | (value & 1) << bit;
        return ok && write_part(arm, at, 4, word);
    }
    uint8_t *byte = sram_byte(arm, sram_base + (addr - sram_band) / 32);
    if (byte == NULL) {
        return false;
    }
    *byte = (uint8_t)((*byte & ~(1u << bit % 8)) | (value & 1) << bit % 8);
    return true;
}

/* Whether bus errors of loads and stores go unnoticed now. */
static bool ignores_errors(struct arm *arm)
{
    return (arm->scb.ccr & SOC_CCR_BFHFNMIGN) != 0 &&
           soc_nvic_execution(&arm->nvic, arm_masks(arm)) < 0;
}

static bool bus_read(void *self, uint32_t addr, uint32_t width, uint32_t *value)
{
    struct arm *arm = self;
    bool band = is_band(arm, addr, sram_band) || is_band(arm, addr, peripheral_band);
    bool ok = band ? read_band(arm, addr, value) : read_part(arm, addr, width, value);
    return ok || ignores_errors(arm);
}

/* Where an address of the array, or of a place where it appears too, lies in the array. */
static bool in_flash(const struct arm *arm, uint32_t addr, uint32_t *place)
{
    const struct arm_chip *chip = arm->config.chip;
    const struct mem_geometry *geometry = arm->config.flash->geometry;
    *place = addr;
    bool found = mem_flash_holds(arm->config.flash, addr, 1);
    for (uint32_t i = 0; i < chip->flash_place_count && !found; i++) {
        found = addr - chip->flash_places[i] < geometry->bytes;
        *place = addr - chip->flash_places[i] + geometry->base;
    }
    return found;
}

/* A store may have made the array busy or changed it, which is seen to between two stretches of
 * code; one that only fills the buffer of the controller has not. */
static void notice_flash(struct arm *arm)
{
    if (arm->dirty_from != arm->dirty_to || arm_due(arm) < arm->slice_end_ns ||
        arm_flash_has_turned(arm)) {
        cpu_attend(arm->cpu);
    }
}

static bool store_flash(struct arm *arm, uint32_t addr, uint32_t width, uint32_t value)
{
    const struct arm_flash *flash = &arm->around.flash;
    arm->bus_error = false;
    arm_notice_store(arm);
    arm_update_time(arm);
    bool ok = flash->store != NULL && flash->store(flash->self, addr, width, value);
    notice_flash(arm);
    return ok && !arm->bus_error;
}

static bool bus_write(void *self, uint32_t addr, uint32_t width, uint32_t value)
{
    struct arm *arm = self;
    uint32_t place = 0;
    bool ok = false;
    if (is_band(arm, addr, sram_band) || is_band(arm, addr, peripheral_band)) {
        ok = write_band(arm, addr, value);
    } else if (in_flash(arm, addr, &place)) {
        ok = store_flash(arm, place, width, value);
    } else {
        ok = write_part(arm, addr, width, value);
    }
    return ok || ignores_errors(arm);
}

/* The data cache, roughly: with it, what lies in the same 16 KiB as the code that runs has been
 * read before, as the constants of a small program have, and is still there. */
static bool is_cached(struct arm *arm, uint32_t addr)
{
    enum { CACHE_BYTES = 16 * 1024 };
    bool near = addr / CACHE_BYTES == cpu_pc(arm->cpu) / CACHE_BYTES;
    return near && (arm->scb.ccr & SOC_CCR_DC) != 0;
}

/* A load from flash that may be busy or bad. One that has to wait is begun anew afterwards. */
static bool bus_guard(void *self, uint32_t addr, uint32_t width)
{
    struct arm *arm = self;
    const struct arm_flash *flash = &arm->around.flash;
    uint32_t place = 0;
    if (!in_flash(arm, addr, &place)) {
        return true;
    }
    arm_update_time(arm);
    uint64_t free_ns = flash->busy_until == NULL ? 0 : flash->busy_until(flash->self, place);
    if (arm->running && free_ns > arm->time.now_ns && !is_cached(arm, addr)) {
        arm->busy = true;
        arm->stall_ns = free_ns > arm->stall_ns ? free_ns : arm->stall_ns;
        return false;
    }
    return flash->check == NULL || flash->check(flash->self, place, width) || ignores_errors(arm);
}

struct cpu_bus arm_make_bus(struct arm *arm)
{
    return (struct cpu_bus){arm, bus_read, bus_write, bus_guard};
}

/* Pages of a part that no window covers. */
static bool map_part(struct arm *arm, const struct soc_part *part)
{
    bool covered = part->base - peripherals < PERIPHERALS_BYTES ||
                   part->base - private_base < PRIVATE_BYTES || part->bytes == 0;
    uint32_t from = part->base & ~(uint32_t)(ARM_PAGE - 1);
    uint32_t to = (part->base + part->bytes + ARM_PAGE - 1) & ~(uint32_t)(ARM_PAGE - 1);
    return covered || cpu_map_io(arm->cpu, from, to - from);
}

/* Who has to be asked for events. */
static bool list_timed(struct arm *arm, const struct soc_part *part)
{
    if (part->due == NULL) {
        return true;
    }
    bool hidden = part->bytes == 0;
    if (arm->timed_count == ARM_TIMED_MAX || (hidden && arm->hidden_count == ARM_HIDDEN_MAX)) {
        return false;
    }
    arm->timed[arm->timed_count++] = part;
    if (hidden) {
        arm->hidden[arm->hidden_count++] = part;
    }
    return true;
}

bool arm_map_parts(struct arm *arm)
{
    bool ok = cpu_map_io(arm->cpu, peripherals, PERIPHERALS_BYTES) &&
              cpu_map_io(arm->cpu, private_base, PRIVATE_BYTES);
    if (arm->config.chip->bit_band) {
        ok = ok && cpu_map_io(arm->cpu, sram_band, BAND_BYTES);
    }
    for (size_t i = 0; ok && i < arm->around.part_count; i++) {
        ok = map_part(arm, &arm->around.parts[i]) && list_timed(arm, &arm->around.parts[i]);
    }
    return ok;
}
